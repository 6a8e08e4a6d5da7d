"""The resource group the vault and the container go into."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import subscriptions
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment


class ResourceGroup:
    name = "resource_group"
    title = "Resource group"
    why = "Azure keeps everything in groups, so that things that belong together end together."
    needs: tuple[str, ...] = ()
    patience: Mapping[str, Patience] = {}
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        found = await subscriptions.find_group(
            deployment.session, plan.subscription, plan.resource_group
        )
        if found:
            deployment.group_location = found.location
            return Finding(State.SATISFIED, f"{found.name} in {found.location}")
        if not plan.location:
            await deployment.look_for_registry()
        return Finding(State.CREATE, f"{plan.resource_group} in {deployment.location}")

    async def apply(self, deployment: Deployment) -> None:
        plan, name = deployment.plan, deployment.plan.resource_group
        with deployment.effect(self.name, "resource group", name, plan.subscription):
            await subscriptions.create_group(
                deployment.session, plan.subscription, name, deployment.location, deployment.tags
            )
        deployment.record(self.name, "resource group", name, plan.subscription)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        found = await subscriptions.find_group(deployment.session, sought.detail, sought.id)
        return sought if found and deployment.ours(found.tags) else None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        session = deployment.session
        if inside := await subscriptions.resources_in(session, made.detail, made.id):
            happened = f"Deleting resource group {made.id}"
            raise Problem("GroupHoldsMore", happened, "\n".join(inside))
        await subscriptions.delete_group(session, made.detail, made.id)

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A deleted group is gone."""

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return f"az group create --name {plan.resource_group} --location {deployment.location}"
