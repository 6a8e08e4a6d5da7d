"""The service principal that pulls (the article: "Create service principal")."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import directory
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.plan import MARK
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import DEPLOYMENT, PERHAPS_MADE, Deployment

_REPLICATING = Patience(60, "Microsoft Entra copies the new application to all its replicas")


class Principal:
    name = "principal"
    title = "Service principal"
    why = "A container must not pull as you: it gets an identity of its own that can do only that."
    needs: tuple[str, ...] = ("registry", "image")
    patience: Mapping[str, Patience] = {
        "NoBackingApplicationObject": _REPLICATING,
        "Request_ResourceNotFound": _REPLICATING,
        PERHAPS_MADE: Patience(60, "looking whether it was made before the answer was lost"),
    }
    keeps: Mapping[str, Kept] = {
        "application": Kept("Entra keeps a deleted application for 30 days")
    }

    async def check(self, deployment: Deployment) -> Finding:
        # What this run made is known better here than in a replica that may lag behind.
        if deployment.application is None:
            deployment.application = await self._application(deployment)
        application = deployment.application
        if application is None:
            return Finding(State.CREATE, f"a principal named {deployment.plan.principal}")
        if deployment.principal_id is None:
            deployment.principal_id = await directory.principal_of(
                deployment.session, application.app_id
            )
        if deployment.principal_id is None:
            return Finding(State.CREATE, f"the principal of application {application.app_id}")
        return Finding(State.SATISFIED, f"{application.name}, {application.app_id}")

    async def _application(self, deployment: Deployment) -> directory.Application | None:
        wanted = deployment.plan.app_id
        if not wanted:
            found = await directory.by_tag(deployment.session, deployment.home)
            return found[0] if found else None
        application = await directory.by_app_id(deployment.session, wanted)
        if application is None:
            raise Problem("ApplicationNotFound", f"Looking for the application {wanted}")
        return application

    async def apply(self, deployment: Deployment) -> None:
        session, plan = deployment.session, deployment.plan
        tags = [MARK, deployment.home, f"{DEPLOYMENT}:{deployment.ledger.id}"]
        if deployment.application is None:
            with deployment.effect(self.name, "application", tags[-1]):
                made = await directory.create_application(session, plan.principal, tags)
            deployment.application = made
            deployment.record(self.name, "application", made.id, made.app_id)
        app_id = deployment.application.app_id
        with deployment.effect(self.name, "service principal", "", app_id):
            id = await directory.create_principal(session, app_id, tags)
        deployment.principal_id = id
        deployment.record(self.name, "service principal", id, app_id)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        """By object id, or by this deployment's mark where the answer was lost."""
        session = deployment.session
        match sought.kind:
            case "application" if not sought.id.startswith(DEPLOYMENT):
                return sought if await directory.by_id(session, sought.id) else None
            case "application":
                found = await directory.by_tag(session, sought.id)
                if found:
                    return Made(self.name, sought.kind, found[0].id, found[0].app_id, sought.at)
            case _:
                id = await directory.principal_of(session, sought.detail)
                if id is not None:
                    return Made(self.name, sought.kind, id, sought.detail, sought.at)
        if not sought.id or sought.id.startswith(DEPLOYMENT):
            deployment.wait_for_replicas(sought)
        return None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        if made.kind == "application":
            await directory.delete_application(deployment.session, made.id)
        else:
            await directory.delete_principal(deployment.session, made.id)

    async def purge(self, deployment: Deployment, made: Made) -> None:
        if made.kind == "application":
            await directory.purge_application(deployment.session, made.id)

    def az(self, deployment: Deployment) -> str:
        return (
            f"az ad app create --display-name {deployment.plan.principal}\n"
            'az ad sp create --id "$APP_ID"'
        )
