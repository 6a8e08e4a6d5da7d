"""The image: whether it is there, and whether Azure Container Instances can run it."""

from __future__ import annotations

from collections.abc import Mapping

from aciwizard.azure import registry as registries
from aciwizard.azure.pull import Image as Pulled
from aciwizard.azure.pull import Puller
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.steps.deployment import Deployment

SIZE_LIMIT = 15 * 10**9  # bytes of an image (Azure Container Instances FAQ)
OLDEST_WINDOWS = 17763  # build of Windows Server 2019 (same FAQ)
MAY_NOT_LOOK = ("UNAUTHORIZED", "DENIED", "InvalidClientSecret", "HTTP401", "HTTP403")


class Image:
    name = "image"
    title = "Image"
    why = "An image that is missing, or built for another machine, is better found now than later."
    needs: tuple[str, ...] = ("registry",)
    patience: Mapping[str, Patience] = {}

    async def check(self, deployment: Deployment) -> Finding:
        plan, registry = deployment.plan, deployment.found_registry
        happened = f"Looking for the image {plan.image}"
        puller = Puller(deployment.session, registry.login_server, None)
        try:
            found = await puller.image(plan.repository, plan.tag, happened)
        except Problem as problem:
            if problem.code in MAY_NOT_LOOK:  # unknown never blocks: the principal will look
                return Finding(State.SATISFIED, "you may not look into it; the principal will")
            if problem.code == "MANIFEST_UNKNOWN":
                problem = Problem("ImageNotFound", happened, await _newest(deployment, problem.raw))
            return Finding(State.BLOCKED, happened, problem=problem)
        deployment.image = found
        if problem_found := unfit(found, happened):
            return Finding(State.BLOCKED, happened, problem=problem_found)
        ports = ", ".join(str(port) for port in found.ports) or "none"
        platform = f"{found.os}/{found.architecture}"
        size = f", {found.size / 1e6:.0f} MB" if found.size >= 10**6 else ""
        words = f"{plan.image}, {platform}{size}, ports {ports}"
        return Finding(State.SATISFIED, words)

    async def apply(self, deployment: Deployment) -> None:
        """An image is chosen, never made by a deployment."""

    async def undo(self, deployment: Deployment, made: Made) -> None:
        """Nothing was made."""

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return f"az acr repository show --name {plan.registry} --image {plan.image}"


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
        async for page in registries.tags(
            deployment.session, deployment.found_registry, plan.repository
        ):
            return f"{raw}\nnewest tags: {', '.join(tag.name for tag in page[:5])}"
    except Problem as problem:
        if problem.code == "NAME_UNKNOWN":
            return f"{raw}\nthere is no repository {plan.repository}"
    return raw
