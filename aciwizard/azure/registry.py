"""Container registries: what they are, and what is in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.containerregistry import ArtifactManifestOrder, ArtifactTagOrder
from azure.containerregistry.aio import ContainerRegistryClient
from azure.mgmt.containerregistry.aio import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import (
    ImportImageParameters,
    ImportSource,
    Sku,
)
from azure.mgmt.containerregistry.models import (
    Registry as Wanted,
)

from aciwizard.azure.errors import telling
from aciwizard.azure.pull import Puller
from aciwizard.azure.session import Session
from aciwizard.core.clock import Clock
from aciwizard.core.patience import Wait
from aciwizard.core.problems import Problem

MOST_LOOKS = 20  # for an imported image, at growing pauses


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


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    digest: str
    updated: datetime


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
    )


def _value(enumerated: Any) -> Any:
    return getattr(enumerated, "value", enumerated)


def _data(session: Session, registry: Registry) -> ContainerRegistryClient:
    def make(**common: Any) -> ContainerRegistryClient:
        return ContainerRegistryClient(registry.login_server, session.credential, **common)

    return session.client((ContainerRegistryClient, registry.login_server), make)


async def repositories(session: Session, registry: Registry) -> AsyncIterator[list[str]]:
    """A registry's repositories, a list for every page Azure sends; raises Problem."""
    with telling(f"Listing the repositories of {registry.name}"):
        pages = _data(session, registry).list_repository_names().by_page()
        async for page in pages:
            yield [str(name) async for name in page]


async def tags(session: Session, registry: Registry, repository: str) -> AsyncIterator[list[Tag]]:
    """A repository's tags, newest first, a list for every page; raises Problem."""
    order = ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING
    with telling(f"Listing the tags of {repository}"):
        client = _data(session, registry)
        async for page in client.list_tag_properties(repository, order_by=order).by_page():
            yield [Tag(tag.name, tag.digest, tag.last_updated_on) async for tag in page]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the registry says of a manifest without sending it: size in bytes, and its platform.

    An index of several platforms has none of its own.
    """

    digest: str
    size: int
    platform: str


async def manifests(
    session: Session, registry: Registry, repository: str
) -> AsyncIterator[list[Manifest]]:
    """A repository's manifests, newest first, a list for every page; raises Problem."""
    order = ArtifactManifestOrder.LAST_UPDATED_ON_DESCENDING
    with telling(f"Listing the images of {repository}"):
        client = _data(session, registry)
        async for page in client.list_manifest_properties(repository, order_by=order).by_page():
            yield [_manifest(found) async for found in page]


def _manifest(found: Any) -> Manifest:
    os, architecture = _value(found.operating_system), _value(found.architecture)
    platform = f"{os}/{architecture}" if os and architecture else ""
    return Manifest(str(found.digest), int(found.size_in_bytes or 0), platform)


SAMPLE = "azuredocs/aci-helloworld:latest"  # the article's image, on Microsoft's public registry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new registry goes."""

    subscription: str
    group: str
    location: str


async def create(session: Session, place: Place, name: str) -> Registry:
    """Make a small registry; raises Problem."""
    client = _client(session, place.subscription)
    wanted = Wanted(location=place.location, sku=Sku(name="Basic"))
    with telling(f"Creating registry {name}"):
        poller = await client.registries.begin_create(place.group, name, wanted, polling=False)
        return _registry(await poller.result())


async def import_sample(session: Session, clock: Clock, registry: Registry) -> None:
    """Import Microsoft's sample image into a registry as aci-helloworld:v1.

    The import is a long operation without a resource to look at, so the image itself is looked
    for until it is there. Raises Problem.
    """
    client = _client(session, registry.id.split("/")[2])
    source = ImportSource(registry_uri="mcr.microsoft.com", source_image=SAMPLE)
    request = ImportImageParameters(source=source, target_tags=["aci-helloworld:v1"])
    with telling("Importing the sample image"):
        await client.registries.begin_import_image(
            registry.group, registry.name, request, polling=False
        )
    puller, wait = Puller(session, registry.login_server, None), Wait()
    while True:
        try:
            await puller.manifest("aci-helloworld", "v1", "Looking for the sample image")
        except Problem as problem:
            if wait.attempt >= MOST_LOOKS:
                raise
            await clock.sleep(wait.again("", "", problem.retry_after))
        else:
            return
