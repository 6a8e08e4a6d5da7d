"""The resource group the vault and the container go into."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import subscriptions
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.steps.deployment import Deployment


class ResourceGroup:
    name = "resource_group"
    title = "Resource group"
    why = "Azure keeps everything in groups, so that things that belong together end together."
    needs: tuple[str, ...] = ("registry",)
    patience: Mapping[str, Patience] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        found = await subscriptions.find_group(
            deployment.session, plan.subscription, plan.resource_group
        )
        if found:
            return Finding(State.SATISFIED, f"{found.name} in {found.location}")
        return Finding(State.CREATE, f"{plan.resource_group} in {deployment.location}")

    async def apply(self, deployment: Deployment) -> None:
        plan = deployment.plan
        made = await subscriptions.create_group(
            deployment.session, plan.subscription, plan.resource_group, deployment.location
        )
        deployment.record(self.name, "resource group", made.name)

    async def undo(self, deployment: Deployment, made: Made) -> None:
        await subscriptions.delete_group(deployment.session, deployment.plan.subscription, made.id)

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return f"az group create --name {plan.resource_group} --location {deployment.location}"
