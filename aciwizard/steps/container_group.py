"""The container group (the article: "Deploy container")."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import instances
from aciwizard.core.events import ContainerEvent, Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import MADE_BY, Deployment

_PROVISIONING = ("Pending", "Creating", "Repairing", "Updating")
_DIGEST = "aciwizard-digest"
_KEY = "aciwizard-key"
_BUSY = Patience(40, "Azure is still busy with the container group")


class ContainerGroup:
    name = "container_group"
    title = "Container group"
    why = "This is what the rest was for: Azure pulls the image and starts the container."
    needs: tuple[str, ...] = ("providers", "resource_group", "pull_proof")
    patience: Mapping[str, Patience] = {
        "": Patience(200, "Azure pulls the image and starts the container"),
        "ContainerGroupTransitioning": _BUSY,
        "InaccessibleImage": Patience(5, "Azure could not pull yet what was pulled here"),
    }
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        found = await instances.find(
            deployment.session, plan.subscription, plan.resource_group, plan.container
        )
        deployment.group = found
        if found is None:
            return Finding(State.CREATE, self._words(deployment))
        happened = f"Looking at container group {found.name}"
        if found.tags.get(MADE_BY) != "aciwizard":
            problem = Problem("ContainerGroupNotOurs", happened, f"it runs {found.image}")
            return Finding(State.BLOCKED, happened, problem=problem)
        _tell_events(deployment, found)
        if found.provisioning in _PROVISIONING:
            newest = (
                found.events[-1].message if found.events else found.detail or found.provisioning
            )
            return Finding(
                State.WAITING, newest, progress=f"{len(found.events)} {found.provisioning}"
            )
        if found.provisioning == "Failed":
            raw = "\n".join(event.message for event in found.events) or found.detail
            problem = Problem("ContainerGroupFailed", happened, raw)
            return Finding(State.BLOCKED, happened, problem=problem)
        return self._compared(deployment, found)

    def _compared(self, deployment: Deployment, found: instances.Group) -> Finding:
        if fixed := self._fixed_differences(deployment, found):
            return Finding(State.REPLACE, f"{found.name}, because these cannot change: {fixed}")
        if changes := self._differences(deployment, found):
            return Finding(State.CHANGE, f"{found.name}: {changes}")
        return Finding(State.SATISFIED, f"{found.name} in {found.location}, {found.image}")

    @staticmethod
    def _words(deployment: Deployment) -> str:
        plan = deployment.plan
        ports = ", ".join(str(port) for port in deployment.ports)
        opened = f"open to everybody on {ports}" if ports else "no open port"
        return f"{plan.container}, {plan.cpu:g} CPU, {plan.memory:g} GB, {opened}"

    @staticmethod
    def _fixed_differences(deployment: Deployment, found: instances.Group) -> str:
        """What Azure does not change in a group that is there (InvalidContainerGroupUpdate)."""
        plan = deployment.plan
        pairs = {
            "region": (found.location.lower(), deployment.location.lower()),
            "system": (found.os, deployment.os),
            "CPU": (found.cpu, plan.cpu),
            "memory": (found.memory, plan.memory),
            "restart policy": (found.restart_policy, plan.restart_policy),
        }
        return _told(pairs)

    @staticmethod
    def _differences(deployment: Deployment, found: instances.Group) -> str:
        plan = deployment.plan
        given = {name: found.environment.get(name) for name in plan.environment}
        names = {*plan.environment, *plan.secure_environment}
        credential = deployment.credential
        pairs: dict[str, tuple[object, object]] = {
            "image": (found.image, deployment.image_reference),
            "ports": (sorted(found.ports), sorted(deployment.ports)),
            "DNS label": (found.label, plan.dns_label if deployment.ports else ""),
            "command": (found.command, plan.command),
            "environment": (given, dict(plan.environment)),
            "environment names": (sorted(found.environment), sorted(names)),
            "user name": (found.username, credential.app_id if credential else found.username),
            "password": (found.tags.get(_KEY, ""), deployment.key_id or found.tags.get(_KEY, "")),
        }
        return _told(pairs)

    async def apply(self, deployment: Deployment) -> None:
        plan, session, found = deployment.plan, deployment.session, deployment.group
        if found is not None and self._fixed_differences(deployment, found):
            await instances.delete(session, plan.subscription, plan.resource_group, plan.container)
        deployment.running_since, deployment.proof = None, None
        wanted = self._wanted(deployment)
        if found is not None:  # it was there before: changing it makes nothing that can be undone
            await instances.put(session, plan.subscription, wanted)
            return
        place = f"/subscriptions/{plan.subscription}/resourceGroups/{plan.resource_group}"
        id = f"{place}/providers/Microsoft.ContainerInstance/containerGroups/{plan.container}"
        with deployment.effect(self.name, "container group", id):
            await instances.put(session, plan.subscription, wanted)
        deployment.record(self.name, "container group", id)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        _, _, subscription, _, group, *_, name = sought.id.split("/")
        found = await instances.find(deployment.session, subscription, group, name)
        return sought if found and deployment.ours(found.tags) else None

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A deleted group is gone."""

    def _wanted(self, deployment: Deployment) -> instances.Wanted:
        plan, credential = deployment.plan, deployment.needed(deployment.credential, "credential")
        return instances.Wanted(
            group=plan.resource_group,
            name=plan.container,
            location=deployment.location,
            image=deployment.image_reference,
            os=deployment.os,
            cpu=plan.cpu,
            memory=plan.memory,
            ports=deployment.ports,
            dns_label=plan.dns_label,
            restart_policy=plan.restart_policy,
            command=plan.command,
            environment=plan.environment,
            secure=deployment.secure,
            server=deployment.found_registry.login_server,
            username=credential.app_id,
            password=credential.password,
            tags={
                **deployment.tags_over(deployment.group.tags if deployment.group else {}),
                _DIGEST: deployment.image.digest if deployment.image else "",
                _KEY: deployment.key_id,
            },
        )

    async def undo(self, deployment: Deployment, made: Made) -> None:
        parts = made.id.split("/")
        await instances.delete(deployment.session, parts[2], parts[4], parts[-1])

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        ports = " ".join(str(port) for port in deployment.ports)
        opened = f" --ports {ports} --dns-name-label {plan.dns_label}" if ports else ""
        return (
            f"az container create --resource-group {plan.resource_group} --name {plan.container} "
            f"--image {deployment.image_reference} --os-type {deployment.os} --cpu {plan.cpu:g} "
            f"--memory {plan.memory:g}{opened} --restart-policy {plan.restart_policy} "
            f"--registry-login-server {deployment.login_server} "
            '--registry-username "$APP_ID" --registry-password="$PASSWORD"'
        )


def _told(pairs: Mapping[str, tuple[object, object]]) -> str:
    return ", ".join(
        f"{what} {before} to {after}" for what, (before, after) in pairs.items() if before != after
    )


def _tell_events(deployment: Deployment, found: instances.Group) -> None:
    """Hand on container events nobody has heard yet; a repeat is one with a higher count."""
    for event in found.events:
        heard = ContainerEvent(event.name, event.message, event.count, event.last)
        if heard not in deployment.heard:
            deployment.heard.add(heard)
            deployment.emit(heard)
