"""Success: the container runs, stays up for a moment, and its port answers."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import instances, probe
from aciwizard.core.events import Finding, Made, Proof, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment

STABLE = 4.0  # seconds a container must have been seen running without a restart
TOO_MANY_RESTARTS = 3
MOST_SILENCES = 20  # questions without an answer, at growing pauses: about three minutes


class Answer:
    name = "answer"
    title = "Answer"
    why = "Azure calls a deployment succeeded while the container crashes; an answer is proof."
    needs: tuple[str, ...] = ("container_group",)
    patience: Mapping[str, Patience] = {"": Patience(90, "the container does not answer yet")}
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        if deployment.proof is not None:
            return Finding(State.PROVEN, _told(deployment.proof))
        group = await instances.find(
            deployment.session, plan.subscription, plan.resource_group, plan.container
        )
        deployment.group = group
        if group is None:
            return Finding(State.CREATE, "the address will be asked for an answer")
        match group.container_state:
            case "Running":
                return await self._running(deployment, group)
            case "Terminated":
                return await self._ended(deployment, group)
            case _ if group.restarts != deployment.restarts_seen:
                deployment.restarts_seen = group.restarts
                deployment.tell_log(await _log(deployment))
                return Finding(State.WAITING, f"restarted {group.restarts} times: {group.detail}")
            case _ if group.restarts >= TOO_MANY_RESTARTS or "CrashLoop" in group.detail:
                return await self._failed(deployment, group, "ContainerCrashes")
            case _:
                return Finding(State.WAITING, group.detail or "the container is not running yet")

    async def _running(self, deployment: Deployment, group: instances.Group) -> Finding:
        now, restarts = deployment.clock.monotonic(), group.restarts
        since, seen_anew = deployment.running_since, restarts != deployment.restarts_seen
        if since is None or seen_anew:
            since, seen_anew = now, True
            deployment.running_since, deployment.restarts_seen = now, restarts
        if restarts >= TOO_MANY_RESTARTS:
            return await self._failed(deployment, group, "ContainerCrashes")
        if seen_anew or deployment.silences:
            deployment.tell_log(await _log(deployment))
        up = now - since
        if up < STABLE:
            return Finding(State.WAITING, "running; watching whether it stays up")
        if not group.ports:
            return self._proved(deployment, Proof(group.name, "Running", restarts, 0, up))
        for port in group.ports:
            if status := await probe.answers(deployment.session, group.address, port):
                address = probe.url(group.address, port)
                return self._proved(deployment, Proof(address, "Running", restarts, status, up))
        deployment.silences += 1
        if deployment.silences > MOST_SILENCES:
            return await self._failed(deployment, group, "PortNotAnswering")
        ports = ", ".join(str(port) for port in group.ports)
        return Finding(State.WAITING, f"runs, but nothing answers on {ports} yet")

    async def _ended(self, deployment: Deployment, group: instances.Group) -> Finding:
        job = group.restart_policy in ("Never", "OnFailure")
        if group.exit_code == 0 and job:
            return self._proved(deployment, Proof(group.name, "Succeeded", group.restarts, 0, 0.0))
        if job and group.restart_policy == "OnFailure":
            return Finding(
                State.WAITING, f"ended with exit code {group.exit_code}; Azure starts it again"
            )
        return await self._failed(deployment, group, "ContainerExited")

    async def _failed(self, deployment: Deployment, group: instances.Group, code: str) -> Finding:
        exit_code = group.exit_code if group.exit_code is not None else group.last_exit
        happened = f"Watching container {group.name}"
        ended = f"exit code {exit_code}, " if exit_code is not None else ""
        raw = f"{ended}{group.restarts} restarts\n{await _log(deployment)}"
        problem = Problem("OutOfMemory" if exit_code == 137 else code, happened, raw)
        return Finding(State.BLOCKED, happened, problem=problem)

    @staticmethod
    def _proved(deployment: Deployment, proof: Proof) -> Finding:
        deployment.proof = proof
        return Finding(State.PROVEN, _told(proof))

    async def apply(self, deployment: Deployment) -> None:
        """Nothing is made: the answer is the proof."""

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        """Nothing was made."""
        return None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        """Nothing was made."""

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """Nothing was made."""

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return (
            f"az container show --resource-group {plan.resource_group} --name {plan.container} "
            "--query ipAddress.fqdn --output tsv"
        )


def _told(proof: Proof) -> str:
    restarts = f"{proof.restarts} restarts" if proof.restarts else "no restart"
    answered = f", answered {proof.status}" if proof.status else ""
    return f"{proof.address} {proof.state.lower()}, {restarts}{answered}"


async def _log(deployment: Deployment) -> str:
    """The container's last log lines, or why there are none."""
    plan = deployment.plan
    try:
        text = await instances.logs(
            deployment.session, plan.subscription, plan.resource_group, plan.container, tail=20
        )
    except Problem as problem:
        return f"(no log: {problem.code})"
    return text or "(the log is empty)"
