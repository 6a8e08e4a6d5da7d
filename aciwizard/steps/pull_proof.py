"""Proof that the principal can pull, before anything is deployed with its credential.

A container group that cannot pull says `InaccessibleImage` for eight different reasons; a pull
made here says which. Replicas differ, so it must succeed three times in a row.
"""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure.pull import Puller
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment
from aciwizard.steps.image import unfit

IN_A_ROW = 3
_REASONS = {
    "InvalidClientSecret": "Microsoft Entra does not accept the new password everywhere yet",
    "UNAUTHORIZED": "the registry does not honour the new role yet",
    "DENIED": "the registry does not honour the new role yet",
}


class PullProof:
    name = "pull_proof"
    title = "Pull as the principal"
    why = "What the principal cannot pull, the container cannot either: better to see it here."
    needs: tuple[str, ...] = ("credential", "registry_role")
    patience: Mapping[str, Patience] = {
        "": Patience(70, "Azure makes the new credential effective")
    }
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan = deployment.plan
        if deployment.credential is None:
            return Finding(State.CREATE, f"{plan.image} must arrive {IN_A_ROW} times in a row")
        happened = f"Pulling {plan.image} as the principal"
        puller = Puller(
            deployment.session, deployment.found_registry.login_server, deployment.credential
        )
        for number in range(IN_A_ROW):
            try:
                await puller.manifest(plan.repository, plan.tag, happened)
            except Problem as problem:
                return self._refused(problem, number)
        if deployment.image is None:
            deployment.image = await puller.image(plan.repository, plan.tag, happened)
            if problem_found := unfit(deployment.image, happened):
                return Finding(State.BLOCKED, happened, problem=problem_found)
        return Finding(State.PROVEN, f"{plan.image} arrived {IN_A_ROW} times in a row")

    @staticmethod
    def _refused(problem: Problem, successes: int) -> Finding:
        reason = _REASONS.get(problem.code)
        if reason is None:
            raise problem
        so_far = f", after {successes} of {IN_A_ROW}" if successes else ""
        return Finding(State.WAITING, reason + so_far, progress=problem.code, problem=problem)

    async def apply(self, deployment: Deployment) -> None:
        """Nothing is made: the proof is the check."""

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        """Nothing was made."""
        return None

    async def undo(self, deployment: Deployment, made: Made) -> None:
        """Nothing was made."""

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """Nothing was made."""

    def az(self, deployment: Deployment) -> str:
        login, image = deployment.login_server, deployment.image_reference
        sign_in = f'docker login {login} --username "$APP_ID" --password-stdin'
        return f'printf %s "$PASSWORD" | {sign_in} && docker pull {image}'
