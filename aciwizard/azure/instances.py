"""Container groups: what to send, what comes back, and what the region allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient
from azure.mgmt.containerinstance.models import (
    Container,
    ContainerGroup,
    ContainerPort,
    EnvironmentVariable,
    ImageRegistryCredential,
    IpAddress,
    Port,
    ResourceRequests,
    ResourceRequirements,
)

from aciwizard.azure.errors import telling
from aciwizard.azure.session import Session
from aciwizard.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Wanted:
    """A container group to be, complete: nothing is left to Azure's defaults.

    `cpu` in cores, `memory` in GB; `secure` are environment values nobody may see.
    """

    group: str
    name: str
    location: str
    image: str
    os: str  # Linux | Windows
    cpu: float
    memory: float
    ports: tuple[int, ...]
    dns_label: str
    restart_policy: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secure: Mapping[str, Secret]
    server: str
    username: str
    password: Secret
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event Azure reports of a container."""

    name: str
    message: str
    count: int
    last: str


@dataclass(frozen=True, slots=True)
class Group:
    """A container group as Azure sees it now. Absent parts are empty, never missing."""

    id: str
    name: str
    location: str
    image: str
    os: str
    cpu: float
    memory: float
    restart_policy: str
    ports: tuple[int, ...]
    environment: Mapping[str, str | None]  # None: a secure value, which is never told
    command: tuple[str, ...]
    username: str
    provisioning: str  # Pending, Creating, Succeeded, Failed, …
    state: str  # of the group: Pending, Running, Succeeded, Failed, Stopped
    container_state: str  # Waiting, Running, Terminated, ""
    detail: str
    exit_code: int | None
    restarts: int
    last_exit: int | None
    fqdn: str
    ip: str
    label: str
    tags: Mapping[str, str]
    events: tuple[Happened, ...] = field(default=())

    @property
    def address(self) -> str:
        """Where it can be reached: its name, or its IP address where it has none."""
        return self.fqdn or self.ip


def _client(session: Session, subscription: str) -> ContainerInstanceManagementClient:
    return session.management(ContainerInstanceManagementClient, subscription)


async def find(session: Session, subscription: str, group: str, name: str) -> Group | None:
    """A container group, or None; raises Problem."""
    client = _client(session, subscription)
    with telling(f"Reading container group {name}"):
        try:
            found = await client.container_groups.get(group, name)
        except ResourceNotFoundError:
            return None
    return _group(found)


def _text(value: Any) -> str:
    return "" if value is None else str(getattr(value, "value", value))


def _group(found: Any) -> Group:
    container = found.containers[0]
    view, address = container.instance_view, found.ip_address
    current = view.current_state if view else None
    previous = view.previous_state if view else None
    request = container.resources.requests
    credentials = found.image_registry_credentials or []
    return Group(
        id=str(found.id),
        name=str(found.name),
        location=_text(found.location),
        image=_text(container.image),
        os=_text(found.os_type),
        cpu=float(request.cpu),
        memory=float(request.memory_in_gb),
        restart_policy=_text(found.restart_policy),
        ports=tuple(int(p.port) for p in (address.ports if address else None) or []),
        environment={str(v.name): v.value for v in container.environment_variables or []},
        command=tuple(container.command or ()),
        username=_text(credentials[0].username) if credentials else "",
        provisioning=_text(found.provisioning_state),
        state=_text(found.instance_view.state) if found.instance_view else "",
        container_state=_text(current.state) if current else "",
        detail=_text(current.detail_status) if current else "",
        exit_code=current.exit_code if current else None,
        restarts=int((view.restart_count if view else 0) or 0),
        last_exit=previous.exit_code if previous else None,
        fqdn=_text(address.fqdn) if address else "",
        ip=_text(address.ip) if address else "",
        label=_text(address.dns_name_label) if address else "",
        tags=dict(found.tags or {}),
        events=tuple(_happened(event) for event in (view.events if view else None) or []),
    )


def _happened(event: Any) -> Happened:
    last = event.last_timestamp
    moment = last.isoformat() if last is not None else ""
    return Happened(_text(event.name), _text(event.message), int(event.count or 1), moment)


async def put(session: Session, subscription: str, wanted: Wanted) -> Group:
    """Send a container group; returns Azure's first answer, raises Problem.

    Azure pulls the image before it answers, so a refused pull is known here. Nobody waits for the
    long operation behind it: reading the group tells more.
    """
    client = _client(session, subscription)
    with telling(f"Creating container group {wanted.name}"):
        poller = await client.container_groups.begin_create_or_update(
            wanted.group, wanted.name, _body(wanted), polling=False
        )
        return _group(await poller.result())


def _body(wanted: Wanted) -> ContainerGroup:
    variables = [EnvironmentVariable(name=k, value=v) for k, v in wanted.environment.items()]
    variables += [
        EnvironmentVariable(name=k, secure_value=v.reveal()) for k, v in wanted.secure.items()
    ]
    container = Container(
        name=wanted.name,
        image=wanted.image,
        resources=ResourceRequirements(
            requests=ResourceRequests(cpu=wanted.cpu, memory_in_gb=wanted.memory)
        ),
        ports=[ContainerPort(port=port, protocol="TCP") for port in wanted.ports],
        environment_variables=variables,
        command=list(wanted.command) or None,
    )
    address = IpAddress(
        ports=[Port(port=port, protocol="TCP") for port in wanted.ports],
        type="Public",
        dns_name_label=wanted.dns_label or None,
    )
    credential = ImageRegistryCredential(
        server=wanted.server, username=wanted.username, password=wanted.password.reveal()
    )
    return ContainerGroup(
        location=wanted.location,
        tags=dict(wanted.tags),
        containers=[container],
        image_registry_credentials=[credential],
        restart_policy=wanted.restart_policy,
        ip_address=address if wanted.ports else None,
        os_type=wanted.os,
    )


async def delete(session: Session, subscription: str, group: str, name: str) -> None:
    """Delete a container group; gone is fine. Raises Problem."""
    client = _client(session, subscription)
    with telling(f"Deleting container group {name}"):
        poller = await client.container_groups.begin_delete(group, name, polling=False)
        await poller.result()


async def logs(session: Session, subscription: str, group: str, name: str, tail: int = 200) -> str:
    """The last lines of the container's log; raises Problem (ContainerLogNotAvailable early on)."""
    client = _client(session, subscription)
    with telling(f"Reading the log of {name}"):
        found = await client.containers.list_logs(group, name, name, tail=tail)
    return str(found.content or "")


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a region's quota is used: `StandardCores` in cores, `ContainerGroups` a count."""

    name: str
    used: int
    limit: int


async def usages(session: Session, subscription: str, location: str) -> list[Usage]:
    """A region's quota; raises Problem."""
    client = _client(session, subscription)
    with telling(f"Reading the quota of {location}"):
        return [
            Usage(_text(one.name and one.name.value), one.current_value or 0, one.limit or 0)
            async for one in client.location.list_usage(location)
        ]


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest container group a region takes: cores, and memory in GB."""

    cpu: float
    memory: float


async def limits(session: Session, subscription: str, location: str, os: str) -> Limits | None:
    """What a region can run for an operating system, None where Azure does not say.

    Raises Problem.
    """
    client = _client(session, subscription)
    with telling(f"Reading what {location} can run"):
        async for one in client.location.list_capabilities(location):
            able = one.capabilities
            plain = _text(one.gpu) in ("", "None")
            if _text(one.os_type).lower() == os.lower() and able is not None and plain:
                return Limits(float(able.max_cpu or 0), float(able.max_memory_in_gb or 0))
    return None
