"""The image: whether it is there, and whether Azure Container Instances can run it."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import registry, registry_data
from aciwizard.azure.pull import Image as Pulled
from aciwizard.azure.pull import Puller
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import Deployment

SIZE_LIMIT = 15 * 10**9  # bytes of an image (Azure Container Instances FAQ)
OLDEST_WINDOWS = 17763  # build of Windows Server 2019 (same FAQ)
MAY_NOT_LOOK = ("UNAUTHORIZED", "DENIED", "InvalidClientSecret", "HTTP401", "HTTP403")
_MISSING = ("MANIFEST_UNKNOWN", "NAME_UNKNOWN")


class Image:
    name = "image"
    title = "Image"
    why = "An image that is missing, or built for another machine, is better found now than later."
    needs: tuple[str, ...] = ("registry",)
    patience: Mapping[str, Patience] = {
        "": Patience(60, "Azure copies the image into the registry"),
        "NameNotResolved": Patience(40, "the registry's name is not known everywhere yet"),
    }
    keeps: Mapping[str, Kept] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan, there = deployment.plan, deployment.registry
        happened = f"Looking for the image {plan.image}"
        if there is None:
            return self._missing(deployment, Problem("ImageNotFound", happened))
        puller = Puller(deployment.session, there.login_server, None)
        try:
            found = await puller.image(plan.repository, plan.tag, happened)
        except Problem as problem:
            if problem.code in MAY_NOT_LOOK:  # unknown never blocks: the principal will look
                return Finding(State.SATISFIED, "you may not look into it; the principal will")
            if problem.code not in _MISSING:
                raise
            raw = "" if plan.import_from else await _newest(deployment, problem.raw)
            return self._missing(deployment, Problem("ImageNotFound", happened, raw))
        deployment.image = found
        if problem_found := unfit(found, happened):
            return Finding(State.BLOCKED, happened, problem=problem_found)
        ports = ", ".join(str(port) for port in found.ports) or "none"
        platform = f"{found.os}/{found.architecture}"
        size = f", {found.size / 1e6:.0f} MB" if found.size >= 10**6 else ""
        words = f"{plan.image}, {platform}{size}, ports {ports}"
        return Finding(State.SATISFIED, words)

    @staticmethod
    def _missing(deployment: Deployment, problem: Problem) -> Finding:
        plan = deployment.plan
        if plan.import_from is None:
            return Finding(State.BLOCKED, problem.happened, problem=problem)
        words = f"{plan.image}, copied from {plan.import_from}"
        return Finding(State.WAITING if deployment.importing else State.CREATE, words)

    async def apply(self, deployment: Deployment) -> None:
        plan, there = deployment.plan, deployment.found_registry
        with deployment.effect(self.name, "image", plan.image, there.id):
            await registry.import_image(
                deployment.session, there, plan.import_from or "", plan.image
            )
        deployment.importing = True
        deployment.record(self.name, "image", plan.image, there.id)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        there = await registry.by_id(deployment.session, sought.detail)
        repository, _, tag = sought.id.rpartition(":")
        if there is None:
            return None
        happened = f"Looking for the image {sought.id}"
        try:
            puller = Puller(deployment.session, there.login_server, None)
            await puller.manifest(repository, tag, happened)
        except Problem as problem:
            if problem.code in _MISSING:
                return None
            raise
        return sought

    async def undo(self, deployment: Deployment, made: Made) -> None:
        there = await registry.by_id(deployment.session, made.detail)
        repository, _, tag = made.id.rpartition(":")
        if there is not None:
            await registry_data.remove_tag(deployment.session, there, repository, tag)

    async def purge(self, deployment: Deployment, made: Made) -> None:
        """A removed image is gone."""

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        if plan.import_from is None:
            return f"az acr repository show --name {plan.registry} --image {plan.image}"
        return (
            f"az acr import --name {plan.registry} --source {plan.import_from} --image {plan.image}"
        )


def unfit(image: Pulled, happened: str) -> Problem | None:
    """Why Azure Container Instances cannot run an image, or None: it runs amd64 only (its FAQ)."""
    if image.architecture != "amd64":
        return Problem("ImageNotAmd64", happened, f"built for {', '.join(image.platforms)}")
    if image.os == "windows" and image.os_version:
        build = image.os_version.split(".")[2:3]
        if build and build[0].isdigit() and int(build[0]) < OLDEST_WINDOWS:
            return Problem("OsVersionNotSupported", happened, f"Windows {image.os_version}")
    if image.size > SIZE_LIMIT:
        return Problem("ImageTooLarge", happened, f"{image.size / 1e9:.1f} GB")
    return None


async def _newest(deployment: Deployment, raw: str) -> str:
    """What is there instead: the newest tags, or that there is no such repository."""
    plan = deployment.plan
    try:
        async for page in registry_data.tags(
            deployment.session, deployment.found_registry, plan.repository
        ):
            return f"{raw}\nnewest tags: {', '.join(tag.name for tag in page[:5])}"
    except Problem as problem:
        if problem.code == "NAME_UNKNOWN":
            return f"{raw}\nthere is no repository {plan.repository}"
    return raw
