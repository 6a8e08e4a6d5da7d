"""The principal's right to pull, on this registry and no wider."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import roles
from aciwizard.azure.registry import Registry
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment

_SEEN = Patience(36, "Azure does not know the new principal everywhere yet")


def role_for(registry: Registry | None, wanted: str) -> str:
    """The role that lets a principal pull, or push and pull.

    An ABAC registry does not honour AcrPull and AcrPush (Azure: repository permissions); one that
    is still to be made is not of that kind.
    """
    if registry is not None and registry.abac:
        kind = "Writer" if wanted == "push" else "Reader"
        return f"Container Registry Repository {kind}"
    return "AcrPush" if wanted == "push" else "AcrPull"


class RegistryRole:
    name = "registry_role"
    title = "Registry role"
    why = "The principal may do nothing until it is given a role, here only the one it needs."
    needs: tuple[str, ...] = ("registry", "principal")
    patience: Mapping[str, Patience] = {"PrincipalNotFound": _SEEN}
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        registry, principal = deployment.registry, deployment.principal_id
        role = role_for(registry, deployment.plan.role)
        words = f"{role} on {deployment.plan.registry}"
        if registry is not None and principal is not None:
            held = await roles.held(deployment.session, registry.id, principal)
            if any(one.role == roles.ROLE_IDS[role] for one in held):
                return Finding(State.SATISFIED, words)
        return Finding(State.CREATE, words)

    async def apply(self, deployment: Deployment) -> None:
        registry = deployment.found_registry
        principal = deployment.needed(deployment.principal_id, "service principal")
        role = role_for(registry, deployment.plan.role)
        id = roles.id_of(registry.id, role, principal)
        with deployment.effect(self.name, "role assignment", id, role):
            made = await roles.assign(
                deployment.session, registry.id, role, principal, "ServicePrincipal"
            )
        if made:
            deployment.record(self.name, "role assignment", made, role)
        else:
            deployment.ledger.give_up(Made(self.name, "role assignment", id))

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        return sought if await roles.there(deployment.session, sought.id) else None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        await roles.remove(deployment.session, made.id)

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A removed assignment is gone."""

    def az(self, deployment: Deployment) -> str:
        role, scope = role_for(deployment.registry, deployment.plan.role), "$REGISTRY_ID"
        if deployment.registry is not None:
            scope = deployment.registry.id
        return (
            f"az role assignment create --role '{role}' --assignee-object-id \"$SP_OBJECT_ID\" "
            f"--assignee-principal-type ServicePrincipal --scope {scope}"
        )
