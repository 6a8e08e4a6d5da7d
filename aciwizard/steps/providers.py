"""Resource providers: a subscription must have registered the services it uses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aciwizard.azure import subscriptions
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.plan import Plan
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment

NAMESPACES = ("Microsoft.ContainerInstance", "Microsoft.KeyVault")


def namespaces(plan: Plan) -> tuple[str, ...]:
    """What must be registered; the registry's own service is, unless a registry is to be made."""
    return NAMESPACES if plan.registry_sku is None else (*NAMESPACES, "Microsoft.ContainerRegistry")


class Providers:
    name = "providers"
    title = "Resource providers"
    why = "A subscription that never used a service must register it once before anything is made."
    needs: tuple[str, ...] = ()
    patience: Mapping[str, Patience] = {"": Patience(90, "Azure registers the services")}
    keeps: Mapping[str, Kept] = {
        "registration": Kept("A registration costs nothing and stays", purgeable=False)
    }

    async def check(self, deployment: Deployment) -> Finding:
        states = await self._states(deployment)
        open_ones = {name: state for name, state in states.items() if state != "Registered"}
        if not open_ones:
            return Finding(State.SATISFIED, "registered")
        if all(state == "Registering" for state in open_ones.values()):
            return Finding(State.WAITING, f"Azure registers {', '.join(open_ones)}")
        return Finding(State.CREATE, f"register {', '.join(open_ones)}")

    async def _states(self, deployment: Deployment) -> dict[str, str]:
        plan, names = deployment.plan, namespaces(deployment.plan)
        asked = [
            subscriptions.registration(deployment.session, plan.subscription, name)
            for name in names
        ]
        return dict(zip(names, await asyncio.gather(*asked), strict=True))

    async def apply(self, deployment: Deployment) -> None:
        for name, state in (await self._states(deployment)).items():
            if state not in ("Registered", "Registering"):
                await subscriptions.register(deployment.session, deployment.plan.subscription, name)
                deployment.record(self.name, "registration", name)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        """A registration is never taken back, so it need not be found."""
        return None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        """A registration stays: it costs nothing, and others may have begun to rely on it."""

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A registration stays."""

    def az(self, deployment: Deployment) -> str:
        names = namespaces(deployment.plan)
        return "\n".join(f"az provider register --namespace {name} --wait" for name in names)
