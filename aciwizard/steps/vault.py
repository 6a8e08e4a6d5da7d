"""The key vault that keeps the credential (the article: "Create key vault")."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import vault
from aciwizard.azure.subscriptions import Place
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment

STILL_PURGING = "StillPurging"


class Vault:
    name = "vault"
    title = "Key vault"
    why = "The password exists in clear only once; the vault is where it can be fetched again."
    needs: tuple[str, ...] = ("resource_group", "providers")
    patience: Mapping[str, Patience] = {STILL_PURGING: Patience(40, "Azure ends it for good")}
    keeps: Mapping[str, Kept] = {
        "vault": Kept("Azure keeps a deleted vault, its secrets and its name for up to 90 days")
    }

    async def check(self, deployment: Deployment) -> Finding:
        plan, session = deployment.plan, deployment.session
        found = await vault.find(session, plan.subscription, deployment.vault_group, plan.vault)
        deployment.vault = found
        if found is None:
            return await self._free(deployment)
        happened = f"Looking at vault {found.name}"
        if found.tenant.lower() != session.identity.tenant.lower():
            raw = f"it belongs to {found.tenant}, you are signed in to {session.identity.tenant}"
            problem = Problem("VaultOfAnotherTenant", happened, raw)
            return Finding(State.BLOCKED, happened, problem=problem)
        model = "Azure roles" if found.rbac else "access policies"
        return Finding(State.SATISFIED, f"{found.name} in {found.location}, access by {model}")

    async def _free(self, deployment: Deployment) -> Finding:
        plan, session = deployment.plan, deployment.session
        happened = f"Creating vault {plan.vault}"
        taken = await vault.available(session, plan.subscription, plan.vault)
        if not taken:
            words = f"{plan.vault} in {deployment.location}, access by Azure roles"
            return Finding(State.CREATE, words)
        region = await vault.deleted_location(session, plan.subscription, plan.vault)
        code = "VaultSoftDeleted" if region else "VaultAlreadyExists"
        raw = f"deleted in {region}, not purged\n{taken}" if region else taken
        return Finding(State.BLOCKED, happened, problem=Problem(code, happened, raw))

    async def apply(self, deployment: Deployment) -> None:
        plan, group = deployment.plan, deployment.vault_group
        place = Place(plan.subscription, group, deployment.location)
        within = f"/subscriptions/{plan.subscription}/resourceGroups/{group}"
        id = f"{within}/providers/Microsoft.KeyVault/vaults/{plan.vault}"
        with deployment.effect(self.name, "vault", id, deployment.location):
            await vault.create(deployment.session, place, plan.vault, deployment.tags)
        deployment.record(self.name, "vault", id, deployment.location)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        _, _, subscription, _, group, *_, name = sought.id.split("/")
        found = await vault.find(deployment.session, subscription, group, name)
        return sought if found and deployment.ours(found.tags) else None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        _, _, subscription, _, group, *_, name = made.id.split("/")
        await vault.delete(deployment.session, subscription, group, name)

    async def purge(self, deployment: Deployment, made: Made) -> None:
        session, parts = deployment.session, made.id.split("/")
        if made not in deployment.purging:
            await vault.purge(session, parts[2], parts[-1], made.detail)
            deployment.purging.add(made)
        if await vault.deleted(session, parts[2], parts[-1], made.detail):
            raise Problem(STILL_PURGING, f"Purging vault {parts[-1]}")

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return (
            f"az keyvault create --resource-group {deployment.vault_group} --name {plan.vault} "
            f"--location {deployment.location} --enable-rbac-authorization true"
        )
