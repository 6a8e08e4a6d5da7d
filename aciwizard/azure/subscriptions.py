"""Subscriptions, resource groups and resource providers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.resource.resources.models import ResourceGroup as Wanted
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient

from aciwizard.azure.errors import telling
from aciwizard.azure.session import Session


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    name: str
    state: str  # Enabled, Warned, PastDue, Disabled, Deleted
    tenant: str


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    name: str
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new thing goes; `location` is the region's short name."""

    subscription: str
    group: str
    location: str


async def all_subscriptions(session: Session) -> list[Subscription]:
    """Every subscription the signed-in identity can see; raises Problem."""
    client = session.management(SubscriptionClient)
    with telling("Listing subscriptions"):
        return [
            Subscription(
                str(found.subscription_id),
                str(found.display_name),
                str(getattr(found.state, "value", found.state)),
                str(found.tenant_id or ""),
            )
            async for found in client.subscriptions.list()
        ]


@dataclass(frozen=True, slots=True)
class Tenant:
    id: str
    name: str
    domain: str


async def all_tenants(session: Session) -> list[Tenant]:
    """The directories the signed-in identity is in; raises Problem."""
    client = session.management(SubscriptionClient)
    with telling("Listing directories"):
        return [
            Tenant(str(t.tenant_id), str(t.display_name or ""), str(t.default_domain or ""))
            async for t in client.tenants.list()
        ]


async def groups(session: Session, subscription: str) -> AsyncIterator[list[ResourceGroup]]:
    """A subscription's resource groups, a list for every page; raises Problem."""
    with telling("Listing resource groups"):
        async for page in _resources(session, subscription).resource_groups.list().by_page():
            yield [ResourceGroup(str(found.name), str(found.location)) async for found in page]


def _resources(session: Session, subscription: str) -> ResourceManagementClient:
    return session.management(ResourceManagementClient, subscription)


async def find_group(session: Session, subscription: str, name: str) -> ResourceGroup | None:
    """A resource group, or None; raises Problem."""
    with telling(f"Reading resource group {name}"):
        try:
            found = await _resources(session, subscription).resource_groups.get(name)
        except ResourceNotFoundError as error:
            if error.error and error.error.code == "ResourceGroupNotFound":
                return None
            raise
    return ResourceGroup(str(found.name), str(found.location), dict(found.tags or {}))


async def create_group(
    session: Session, subscription: str, name: str, location: str, tags: Mapping[str, str]
) -> None:
    """Make a resource group; raises Problem."""
    client, wanted = _resources(session, subscription), Wanted(location=location, tags=dict(tags))
    with telling(f"Creating resource group {name}"):
        await client.resource_groups.create_or_update(name, wanted)


async def resources_in(session: Session, subscription: str, name: str) -> list[str]:
    """The ids of what is in a resource group, [] where it is gone; raises Problem."""
    client = _resources(session, subscription)
    with telling(f"Listing what is in resource group {name}"):
        try:
            return [str(one.id) async for one in client.resources.list_by_resource_group(name)]
        except ResourceNotFoundError:
            return []


async def delete_group(session: Session, subscription: str, name: str) -> None:
    """Delete a resource group and all in it; returns once Azure has begun. Gone is fine."""
    with telling(f"Deleting resource group {name}"), suppress(ResourceNotFoundError):
        groups = _resources(session, subscription).resource_groups
        await groups.begin_delete(name, polling=False)


async def regions(session: Session, subscription: str) -> list[str]:
    """The regions that run container instances, by their display names; raises Problem."""
    client = _resources(session, subscription)
    with telling("Listing regions"):
        found = await client.providers.get("Microsoft.ContainerInstance")
    for kind in found.resource_types or []:
        if str(kind.resource_type).lower() == "containergroups":
            return [str(name) for name in kind.locations or []]
    return []


async def registration(session: Session, subscription: str, namespace: str) -> str:
    """A provider's state: Registered, Registering, NotRegistered, Unregistered; raises Problem."""
    with telling(f"Reading the registration of {namespace}"):
        found = await _resources(session, subscription).providers.get(namespace)
    return str(found.registration_state)


async def register(session: Session, subscription: str, namespace: str) -> None:
    """Begin a provider's registration, which takes Azure a minute or so; raises Problem."""
    with telling(f"Registering {namespace}"):
        await _resources(session, subscription).providers.register(namespace)
