"""Your own right to write secrets into the vault, which not even its owner has by itself."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import roles, vault
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment

ROLE = "Key Vault Secrets Officer"
NEEDED = {"get", "set"}
_DENIED = ("ForbiddenByRbac", "AccessDenied")
_NOT_YET = "the right to write secrets is not effective yet"


class VaultAccess:
    name = "vault_access"
    title = "Vault access"
    why = "Making a vault gives no right to its secrets: that is a role of its own."
    needs: tuple[str, ...] = ("vault",)
    patience: Mapping[str, Patience] = {
        "": Patience(70, _NOT_YET),
        "NameNotResolved": Patience(40, "the vault's name is not known everywhere yet"),
    }

    keeps: Mapping[str, Kept] = {
        "access policy": Kept(
            "An access policy stays: removing it could take more than was given", purgeable=False
        )
    }

    async def check(self, deployment: Deployment) -> Finding:
        found, plan = deployment.vault, deployment.plan
        if found is None:
            return Finding(State.CREATE, f"{ROLE} for you on {plan.vault}")
        mine = found.policies.get(deployment.session.identity.object_id.lower(), frozenset())
        by_policy = not found.rbac and not mine >= NEEDED
        if by_policy:
            missing = ", ".join(sorted(NEEDED - mine))
            return Finding(State.CHANGE, f"an access policy for you on {found.name}: {missing}")
        if found.rbac and not found.ready:
            return await self._registering(deployment, found)
        try:
            name = plan.password_secret
            deployment.stored_password = await vault.read_secret(
                deployment.session, found.uri, name
            )
        except Problem as problem:
            if problem.code in _DENIED:
                return await self._denied(deployment, found, problem)
            raise
        deployment.vault_open = True
        return Finding(State.SATISFIED, f"you may read and write secrets in {found.name}")

    async def _registering(self, deployment: Deployment, found: vault.Vault) -> Finding:
        """A vault without a name yet can be given roles already: the two waits overlap."""
        if not await self._role_held(deployment, found):
            return Finding(State.CREATE, f"{ROLE} for you on {found.name}")
        seen = await vault.find(
            deployment.session, deployment.plan.subscription, found.group, found.name
        )
        deployment.vault = deployment.needed(seen, "vault")
        return Finding(State.WAITING, "Azure registers the vault's name")

    async def _denied(
        self, deployment: Deployment, found: vault.Vault, problem: Problem
    ) -> Finding:
        if found.rbac and not await self._role_held(deployment, found):
            return Finding(State.CREATE, f"{ROLE} for you on {found.name}")
        return Finding(State.WAITING, _NOT_YET, problem=problem)

    @staticmethod
    async def _role_held(deployment: Deployment, found: vault.Vault) -> bool:
        if not deployment.vault_role_held:
            me = deployment.session.identity.object_id
            held = await roles.held(deployment.session, found.id, me)
            deployment.vault_role_held = any(one.role == roles.ROLE_IDS[ROLE] for one in held)
        return deployment.vault_role_held

    async def apply(self, deployment: Deployment) -> None:
        found, me = deployment.needed(deployment.vault, "vault"), deployment.session.identity
        if found.rbac:
            id = roles.id_of(found.id, ROLE, me.object_id)
            with deployment.effect(self.name, "role assignment", id, ROLE):
                made = await roles.assign(deployment.session, found.id, ROLE, me.object_id, me.kind)
            deployment.vault_role_held = True
            if made:
                deployment.record(self.name, "role assignment", made, ROLE)
            else:
                deployment.ledger.give_up(Made(self.name, "role assignment", id))
        else:
            await vault.allow(deployment.session, found, me.object_id)
            deployment.record(self.name, "access policy", found.id, me.object_id)
            deployment.vault = await vault.find(
                deployment.session, deployment.plan.subscription, found.group, found.name
            )

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        if sought.kind != "role assignment":
            return None
        return sought if await roles.there(deployment.session, sought.id) else None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        if made.kind == "role assignment":
            await roles.remove(deployment.session, made.id)
        # An access policy stays: taking it away could take more than was given.

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A removed assignment is gone."""

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return (
            f"az role assignment create --role '{ROLE}' --assignee-object-id "
            '"$(az ad signed-in-user show --query id --output tsv)" '
            "--assignee-principal-type User --scope "
            f'"$(az keyvault show --name {plan.vault} --query id --output tsv)"'
        )
