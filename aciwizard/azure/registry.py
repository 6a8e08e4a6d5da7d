"""Container registries: found, made, filled with an image, deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.containerregistry.aio import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import (
    ImportImageParameters,
    ImportSource,
    RegistryNameCheckRequest,
    Sku,
)
from azure.mgmt.containerregistry.models import Registry as Wanted

from aciwizard.azure.errors import telling
from aciwizard.azure.session import Session
from aciwizard.azure.subscriptions import Place


@dataclass(frozen=True, slots=True)
class Registry:
    """What decides how to pull from a registry (Azure's answer to GET registries/{name})."""

    id: str
    name: str
    group: str
    location: str
    sku: str
    login_server: str  # not always {name}.azurecr.io: a label scope adds a hash
    abac: bool  # AcrPull does nothing then
    closed: bool  # no service principal can pull then
    admin_enabled: bool
    anonymous_pull: bool
    provisioning: str = "Succeeded"
    tags: Mapping[str, str] = field(default_factory=dict)


def _client(session: Session, subscription: str) -> ContainerRegistryManagementClient:
    return session.management(ContainerRegistryManagementClient, subscription)


async def all_registries(session: Session, subscription: str) -> AsyncIterator[Registry]:
    """Every registry of a subscription; raises Problem."""
    with telling("Listing registries"):
        async for found in _client(session, subscription).registries.list():
            yield _registry(found)


async def find(
    session: Session, subscription: str, name: str, group: str | None = None
) -> Registry | None:
    """A registry by name, in one group or anywhere in the subscription; raises Problem."""
    async for registry in all_registries(session, subscription):
        same_group = group is None or registry.group.lower() == group.lower()
        if registry.name.lower() == name.lower() and same_group:
            return registry
    return None


def _registry(found: Any) -> Registry:
    rules = found.network_rule_set
    denied = rules is not None and str(_value(rules.default_action)) == "Deny"
    return Registry(
        id=str(found.id),
        name=str(found.name),
        group=str(found.id).split("/")[4],
        location=str(found.location),
        sku=str(_value(found.sku.name)),
        login_server=str(found.login_server),
        abac=str(_value(found.role_assignment_mode)) == "AbacRepositoryPermissions",
        closed=str(_value(found.public_network_access)) == "Disabled"
        or denied
        or bool(found.private_endpoint_connections),
        admin_enabled=bool(found.admin_user_enabled),
        anonymous_pull=bool(found.anonymous_pull_enabled),
        provisioning=str(_value(found.provisioning_state)),
        tags=dict(found.tags or {}),
    )


def _value(enumerated: Any) -> Any:
    return getattr(enumerated, "value", enumerated)


def id_of(place: Place, name: str) -> str:
    """The resource id a registry has, or will have."""
    group = f"/subscriptions/{place.subscription}/resourceGroups/{place.group}"
    return f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"


async def by_id(session: Session, id: str) -> Registry | None:
    """A registry by its resource id, or None; raises Problem."""
    _, _, subscription, _, group, *_, name = id.split("/")
    with telling(f"Reading registry {name}"):
        try:
            return _registry(await _client(session, subscription).registries.get(group, name))
        except ResourceNotFoundError:
            return None


async def available(session: Session, subscription: str, name: str) -> str:
    """ "" for a name that is free, else Azure's reason in its own words; raises Problem."""
    request = RegistryNameCheckRequest(name=name, type="Microsoft.ContainerRegistry/registries")
    with telling(f"Asking whether the registry name {name} is free"):
        answer = await _client(session, subscription).registries.check_name_availability(request)
    return "" if answer.name_available else str(answer.message or answer.reason)


async def create(
    session: Session, place: Place, name: str, sku: str, tags: Mapping[str, str]
) -> None:
    """Begin to make a registry; raises Problem."""
    client = _client(session, place.subscription)
    wanted = Wanted(location=place.location, sku=Sku(name=sku), tags=dict(tags))
    with telling(f"Creating registry {name}"):
        await client.registries.begin_create(place.group, name, wanted, polling=False)


async def delete(session: Session, id: str) -> None:
    """Delete a registry and all images in it; gone is fine. Raises Problem."""
    _, _, subscription, _, group, *_, name = id.split("/")
    with telling(f"Deleting registry {name}"), suppress(ResourceNotFoundError):
        await _client(session, subscription).registries.begin_delete(group, name, polling=False)


async def import_image(session: Session, registry: Registry, source: str, target: str) -> None:
    """Begin to copy a public image into a registry; raises Problem.

    `source` is host/repository:tag, `target` repository:tag. The import is a long operation
    without a resource of its own: the image is to be looked for until it is there.
    """
    host, _, image = source.partition("/")
    request = ImportImageParameters(
        source=ImportSource(registry_uri=host, source_image=image), target_tags=[target]
    )
    client = _client(session, registry.id.split("/")[2])
    with telling(f"Importing {source}"):
        await client.registries.begin_import_image(
            registry.group, registry.name, request, polling=False
        )
