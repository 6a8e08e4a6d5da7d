"""What is in a registry: repositories, tags and manifests, a list for every page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.containerregistry import ArtifactManifestOrder, ArtifactTagOrder
from azure.containerregistry.aio import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from aciwizard.azure.errors import telling
from aciwizard.azure.registry import Registry
from aciwizard.azure.session import Session


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    digest: str
    updated: datetime | None  # None where the registry does not say, or not in which zone


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
            yield [_tag(found) async for found in page]


def _tag(found: Any) -> Tag:
    updated = found.last_updated_on
    known = isinstance(updated, datetime) and updated.tzinfo is not None
    return Tag(str(found.name), str(found.digest), updated if known else None)


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
    os, architecture = found.operating_system, found.architecture
    both = [str(getattr(one, "value", one)) for one in (os, architecture) if one]
    platform = "/".join(both) if len(both) == 2 else ""
    return Manifest(str(found.digest), int(found.size_in_bytes or 0), platform)


async def remove_tag(session: Session, registry: Registry, repository: str, tag: str) -> None:
    """Take an image away: its manifest, or only the tag where others share it. Gone is fine.

    Raises Problem.
    """
    client = _data(session, registry)
    with telling(f"Removing {repository}:{tag}"), suppress(ResourceNotFoundError):
        found = await client.get_manifest_properties(repository, tag)
        if list(found.tags or []) == [tag]:
            await client.delete_manifest(repository, str(found.digest))
        else:
            await client.delete_tag(repository, tag)
