"""The registry that holds the image, and what it says about who can pull from it."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import registry
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.steps.deployment import Deployment


class Registry:
    name = "registry"
    title = "Registry"
    why = "The registry decides which credential can pull from it, so it is looked at first."
    needs: tuple[str, ...] = ()
    patience: Mapping[str, Patience] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        happened = f"Looking for registry {plan.registry}"
        found = await registry.find(
            deployment.session, plan.subscription, plan.registry, plan.registry_group
        )
        if found is None:
            return Finding(State.BLOCKED, happened, problem=Problem("RegistryNotFound", happened))
        deployment.registry = found
        if found.closed:
            happened = f"Looking at registry {found.name}"
            return Finding(State.BLOCKED, happened, problem=Problem("RegistryClosed", happened))
        kind = ", access by repository (ABAC)" if found.abac else ""
        return Finding(State.SATISFIED, f"{found.login_server} in {found.location}{kind}")

    async def apply(self, deployment: Deployment) -> None:
        """A registry is chosen, never made by a deployment."""

    async def undo(self, deployment: Deployment, made: Made) -> None:
        """Nothing was made."""

    def az(self, deployment: Deployment) -> str:
        return f"az acr show --name {deployment.plan.registry} --query loginServer --output tsv"
