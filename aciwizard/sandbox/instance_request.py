"""What Azure Container Instances says to a PUT: its refusals, the pull, and the echo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from aciwizard.sandbox.http import Refused, error
from aciwizard.sandbox.life import TIMEOUT
from aciwizard.sandbox.model import ContainerGroup
from aciwizard.sandbox.pull import NotHere, Pulled, PullFailed, pull
from aciwizard.sandbox.world import World

_SECRETS = ("password", "secureValue", "storageAccountKey", "workspaceKey")  # never given back
_LABEL = re.compile(r"[a-z][a-z0-9-]{3,61}[a-z0-9]")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Sent:
    """A group as it was sent, and the one of that name that is there already."""

    group: ContainerGroup
    old: ContainerGroup | None

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*(self.group.properties.get("containers") or [])]

    @property
    def cores(self) -> float:
        """CPU cores all containers ask for."""
        return sum(float(_requests(c).get("cpu") or 0) for c in self.containers)

    @property
    def memory(self) -> float:
        """Memory all containers ask for, in GB."""
        return sum(float(_requests(c).get("memoryInGB") or 0) for c in self.containers)


def _requests(container: dict[str, Any]) -> dict[str, Any]:
    resources = (container.get("properties") or {}).get("resources") or {}
    return resources.get("requests") or {}


async def accepted(world: World, sent: Sent) -> list[Pulled]:
    """Every container's image, pulled; raises Refused as Azure refuses."""
    _well_formed(sent)
    _label_free(world, sent)
    _within_quota(world, sent)
    if sent.old is not None:
        _may_follow(world, sent)
    return [await _pulled(world, sent, container) for container in sent.containers]


def _well_formed(sent: Sent) -> None:
    name, properties = sent.group.name, sent.group.properties
    if properties.get("osType") not in ("Linux", "Windows"):
        said = properties.get("osType") or "<null>"
        raise Refused(
            error(
                400,
                "InvalidOsType",
                f"The 'osType' for container group '{said}' is invalid. The value must be one of 'Windows,Linux'.",
            )
        )
    if not _NAME.fullmatch(name):
        raise Refused(
            error(
                400, "InvalidContainerGroupName", f"The container group name '{name}' is invalid."
            )
        )
    if not sent.containers:
        raise Refused(
            error(400, "MissingContainers", f"The container group '{name}' has no containers.")
        )
    for container in sent.containers:
        asked = _requests(container)
        if not asked.get("cpu") and not asked.get("memoryInGB"):
            message = f"The resource requests are not specified in container '{container.get('name')}' of contain group '{name}'. Both memory and CPU requests are required since API version '2017-07-01-preview'."
            raise Refused(error(400, "ResourceRequestsNotSpecified", message))
        if not asked.get("cpu") or not asked.get("memoryInGB"):
            missing = "Memory" if asked.get("cpu") else "Cpu"
            message = f"The '{missing}' request is not specified in container '{container.get('name')}' in container group '{name}'."
            raise Refused(error(400, "ResourceSomeRequestsNotSpecified", message))


def _label_free(world: World, sent: Sent) -> None:
    label, name = sent.group.label, sent.group.name
    if not label:
        return
    if not _LABEL.fullmatch(label):
        message = f"The DNS name label '{label}' in container group '{name}' is invalid. It can contain only lowercase letters, numbers and hyphens. The first character must be a letter. The last character must be a letter or number. The value must be between 5 and 63 characters long."
        raise Refused(error(400, "InvalidDnsNameLabel", message))
    taken = world.instance_at(sent.group.fqdn)
    if taken is not None and taken is not sent.old:
        message = f"The DNS name label '{label}' in container group '{name}' not available. Try using a different label."
        raise Refused(error(409, "DnsNameLabelNotAvailable", message))


def _within_quota(world: World, sent: Sent) -> None:
    group, limit = sent.group, world.subscription(sent.group.subscription).cores
    place = (group.subscription, group.location)
    others = [made for made in world.instances if made is not sent.old]
    used = sum(
        Sent(made, None).cores for made in others if (made.subscription, made.location) == place
    )
    if used + sent.cores > limit:
        message = f"Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'StandardCores' exceeded in region '{group.location}'. Limit: '{limit}', Usage: '{round(used)}' Requested: '{round(sent.cores)}'."
        raise Refused(error(400, "ContainerGroupQuotaReached", message))
    if sent.cores > 4 or sent.memory > 16:
        message = f"The requested resource is not available in the location '{group.location}' at this moment. Please retry with a different resource request or in another location. Resource requested: '{sent.cores:g}' CPU '{sent.memory:g}' GB memory '{group.properties['osType']}' OS"
        raise Refused(error(409, "ServiceUnavailable", message))


def _may_follow(world: World, sent: Sent) -> None:
    old, group = sent.old, sent.group
    assert old is not None
    if world.pace.now() < old.started_at < float("inf"):
        message = f"The container group '{group.name}' is still transitioning, please retry later."
        raise Refused(error(409, "ContainerGroupTransitioning", message))
    before = (
        old.properties.get("osType"),
        old.properties.get("restartPolicy", "Always"),
        Sent(old, None).cores,
        Sent(old, None).memory,
    )
    after = (
        group.properties.get("osType"),
        group.properties.get("restartPolicy", "Always"),
        sent.cores,
        sent.memory,
    )
    if before != after or old.location != group.location:
        message = f"The updates on container group '{group.name}' are invalid. If you are going to update the os type, restart policy, network profile, CPU, memory or GPU resources for a container group, you must delete it first and then create a new one."
        raise Refused(error(400, "InvalidContainerGroupUpdate", message))


async def _pulled(world: World, sent: Sent, container: dict[str, Any]) -> Pulled:
    name, image = sent.group.name, str(container["properties"].get("image", ""))
    try:
        pulled = await pull(
            world, image, sent.group.properties.get("imageRegistryCredentials") or []
        )
    except NotHere as problem:
        if str(problem) == "index.docker.io":
            message = "An error response is received from the docker registry 'index.docker.io'. Please retry later."
            raise Refused(error(409, "RegistryErrorResponse", message)) from None
        raise _inaccessible(image, name) from None
    except PullFailed:
        raise _inaccessible(image, name) from None
    system = sent.group.properties["osType"]
    if str(pulled.config.get("os", "")).lower() != system.lower():
        message = f"The container image '{image}' doesn't support specified OS '{system}' for container group '{name}'."
        raise Refused(error(400, "ImageOsTypeNotMatchContainerGroup", message))
    version = str(pulled.config.get("os.version", ""))
    if version and int(version.split(".")[2]) < 17763:
        raise Refused(
            error(
                400, "OsVersionNotSupported", f"The OS version of image '{image}' is not supported."
            )
        )
    return pulled


def _inaccessible(image: str, group: str) -> Refused:
    message = f"The image '{image}' in container group '{group}' is not accessible. Please check the image and registry credential."
    return Refused(error(400, "InaccessibleImage", message))


def _shown(value: Any) -> Any:
    match value:
        case dict():
            return {key: _shown(held) for key, held in value.items() if key not in _SECRETS}
        case list():
            return [_shown(item) for item in value]
        case _:
            return value


def echo(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties as Azure gives them back: defaults filled in, every secret left out."""
    body: dict[str, Any] = _shown(properties)
    body.setdefault("sku", "Standard")
    body |= {"provisioningTimeoutInSeconds": TIMEOUT, "isCustomProvisioningTimeout": False}
    body.setdefault("initContainers", [])
    body.setdefault("restartPolicy", "Always")
    for container in body["containers"]:
        inner = container["properties"]
        inner["ports"] = inner.get("ports") or []
        inner["environmentVariables"] = inner.get("environmentVariables") or []
        asked = inner["resources"]["requests"]
        asked["cpu"], asked["memoryInGB"] = float(asked["cpu"]), float(asked["memoryInGB"])
    for credential in body.get("imageRegistryCredentials") or []:
        credential["isDelegatedIdentity"] = False
    for volume in body.get("volumes") or []:
        if "secret" in volume:
            volume["secret"] = {}
    return body
