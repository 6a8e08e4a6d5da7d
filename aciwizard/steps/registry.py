"""The registry that holds the image, and what it says about who can pull from it."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import registry
from aciwizard.azure.subscriptions import Place
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment


class Registry:
    name = "registry"
    title = "Registry"
    why = "The registry decides which credential can pull from it, so it is looked at first."
    needs: tuple[str, ...] = ("providers", "resource_group")
    patience: Mapping[str, Patience] = {"": Patience(60, "Azure makes the registry")}
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        happened = f"Looking for registry {plan.registry}"
        found = await deployment.look_for_registry()
        if found is None:
            return await self._missing(deployment, happened)
        if found.provisioning == "Creating":
            deployment.registry = None
            return Finding(State.WAITING, "Azure makes the registry")
        if found.closed:
            happened = f"Looking at registry {found.name}"
            return Finding(State.BLOCKED, happened, problem=Problem("RegistryClosed", happened))
        kind = ", access by repository (ABAC)" if found.abac else ""
        return Finding(State.SATISFIED, f"{found.login_server} in {found.location}{kind}")

    @staticmethod
    async def _missing(deployment: Deployment, happened: str) -> Finding:
        plan = deployment.plan
        if plan.registry_sku is None:
            return Finding(State.BLOCKED, happened, problem=Problem("RegistryNotFound", happened))
        if taken := await registry.available(deployment.session, plan.subscription, plan.registry):
            problem = Problem("RegistryNameTaken", happened, taken)
            return Finding(State.BLOCKED, happened, problem=problem)
        words = f"{plan.registry} in {deployment.location}, {plan.registry_sku}"
        return Finding(State.CREATE, words)

    async def apply(self, deployment: Deployment) -> None:
        plan, session = deployment.plan, deployment.session
        place = Place(plan.subscription, deployment.registry_group, deployment.location)
        id = registry.id_of(place, plan.registry)
        with deployment.effect(self.name, "registry", id):
            await registry.create(
                session, place, plan.registry, plan.registry_sku or "Basic", deployment.tags
            )
        deployment.record(self.name, "registry", id)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        found = await registry.by_id(deployment.session, sought.id)
        return sought if found and deployment.ours(found.tags) else None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        await registry.delete(deployment.session, made.id)

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A deleted registry is gone."""

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        if plan.registry_sku is None:
            return f"az acr show --name {plan.registry} --query loginServer --output tsv"
        return (
            f"az acr create --resource-group {deployment.registry_group} --name {plan.registry} "
            f"--location {deployment.location} --sku {plan.registry_sku}"
        )
