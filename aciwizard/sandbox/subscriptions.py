"""ARM: subscriptions, tenants, locations, resource groups, providers and the list of resources."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from aciwizard.sandbox import roles
from aciwizard.sandbox.http import Answer, Call, Routes, error
from aciwizard.sandbox.locations import LOCATIONS
from aciwizard.sandbox.model import ResourceGroup, Subscription
from aciwizard.sandbox.operations import begin, poll
from aciwizard.sandbox.world import World

routes = Routes()
_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"


def _visible(world: World, caller: str, subscription: Subscription) -> bool:
    scope = f"/subscriptions/{subscription.id}"
    return any(
        held.principal == caller
        and (roles.covers(held.scope, scope) or roles.covers(scope, held.scope))
        for held in world.assignments
    )


def _subscription(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription.id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
        "displayName": subscription.name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


@routes("GET", "/subscriptions")
async def list_subscriptions(world: World, call: Call) -> Answer:
    seen = [_subscription(s) for s in world.subscriptions if _visible(world, call.caller, s)]
    return _paged(call, seen)


@routes("GET", "/subscriptions/{subscription}")
async def get_subscription(world: World, call: Call) -> Answer:
    subscription = world.subscription(call.values["subscription"])
    if not _visible(world, call.caller, subscription):
        raise roles.refusal(world, call, "Microsoft.Resources/subscriptions/read")
    return Answer(body=_subscription(subscription))


@routes("GET", "/tenants")
async def list_tenants(world: World, call: Call) -> Answer:
    value = [
        {
            "id": f"/tenants/{tenant.id}",
            "tenantId": tenant.id,
            "countryCode": "US",
            "displayName": tenant.name,
            "domains": [tenant.domain],
            "tenantCategory": "Home",
            "defaultDomain": tenant.domain,
            "tenantType": "AAD",
        }
        for tenant in world.tenants
    ]
    return Answer(body={"value": value})


@routes(
    "GET",
    "/subscriptions/{subscription}/locations",
    "Microsoft.Resources/subscriptions/locations/read",
)
async def list_locations(world: World, call: Call) -> Answer:
    subscription = call.values["subscription"]
    return Answer(body={"value": [location.body(subscription) for location in LOCATIONS]})


# -- resource groups --------------------------------------------------------------------------------


def _group(group: ResourceGroup) -> dict[str, Any]:
    state = "Succeeded" if group.deleted_at is None else "Deleting"
    body: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": {"provisioningState": state},
    }
    if group.tags is not None:
        body["tags"] = group.tags
    return body


def _missing(name: str) -> Answer:
    refusal = error(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    return refusal.plus(x_ms_failure_cause="gateway")


@routes("GET", "/subscriptions/{subscription}/resourcegroups", f"{_GROUPS}/read")
async def list_groups(world: World, call: Call) -> Answer:
    subscription = call.values["subscription"].lower()
    live = [
        g
        for g in world.groups
        if g.subscription == subscription and world.group(subscription, g.name)
    ]
    return _paged(call, [_group(group) for group in live])


@routes("GET", "/subscriptions/{subscription}/resourcegroups/{group}", f"{_GROUPS}/read")
async def get_group(world: World, call: Call) -> Answer:
    group = world.group(call.values["subscription"], call.values["group"])
    return Answer(body=_group(group)) if group else _missing(call.values["group"])


@routes("HEAD", "/subscriptions/{subscription}/resourcegroups/{group}", f"{_GROUPS}/read")
async def head_group(world: World, call: Call) -> Answer:
    group = world.group(call.values["subscription"], call.values["group"])
    return Answer(204) if group else Answer(404).plus(x_ms_failure_cause="gateway")


@routes("PUT", "/subscriptions/{subscription}/resourcegroups/{group}", f"{_GROUPS}/write")
async def put_group(world: World, call: Call) -> Answer:
    sent, name = call.json(), call.values["group"]
    location = str(sent.get("location", "")).replace(" ", "").lower()
    if location not in {known.name for known in LOCATIONS}:
        return error(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{sent.get('location')}' is not available for resource group.",
        )
    group = world.group(call.values["subscription"], name)
    if group is None:
        group = ResourceGroup(call.values["subscription"].lower(), name, location, sent.get("tags"))
        world.groups.append(group)
        return Answer(201, _group(group))
    if group.location != location:
        return error(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location '{group.location}'.",
        )
    group.tags = sent.get("tags", group.tags)
    return Answer(200, _group(group))


@routes("DELETE", "/subscriptions/{subscription}/resourcegroups/{group}", f"{_GROUPS}/delete")
async def delete_group(world: World, call: Call) -> Answer:
    group = world.group(call.values["subscription"], call.values["group"])
    if group is None:
        return _missing(call.values["group"])
    seconds = world.pace.durations.group_deletion
    group.deleted_at = world.after(seconds)
    inside = group.id.lower() + "/"
    world.instances = [made for made in world.instances if not made.id.lower().startswith(inside)]
    world.registries = [made for made in world.registries if not made.id.lower().startswith(inside)]
    for made in world.vaults:
        if made.id.lower().startswith(inside):
            made.deleted = made.deleted or world.utc()
    location = begin(world, f"/subscriptions/{group.subscription}/operationresults", seconds, call)
    return Answer(202, None, {"Location": location, "Retry-After": "15"})


@routes("GET", "/subscriptions/{subscription}/operationresults/{operation}")
async def deletion(world: World, call: Call) -> Answer:
    return poll(world, call, Answer(202, None, {"Retry-After": "15"}), Answer(200))


# -- providers and resources ------------------------------------------------------------------------

_TYPES = {
    "Microsoft.ContainerInstance": ("containerGroups", "2023-05-01"),
    "Microsoft.ContainerRegistry": ("registries", "2025-11-01"),
    "Microsoft.KeyVault": ("vaults", "2026-02-01"),
    "Microsoft.ManagedIdentity": ("userAssignedIdentities", "2023-01-31"),
}


def _provider(world: World, subscription: Subscription, namespace: str) -> dict[str, Any]:
    moment = subscription.registered.get(namespace.lower())
    state = "NotRegistered"
    if moment is not None:
        state = "Registered" if world.reached(moment) else "Registering"
    kind, version = _TYPES[namespace]
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{namespace}",
        "namespace": namespace,
        "resourceTypes": [
            {
                "resourceType": kind,
                "locations": [location.display for location in LOCATIONS],
                "apiVersions": [version],
                "capabilities": "SupportsTags, SupportsLocation",
            }
        ],
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
    }


def _namespace(call: Call) -> str | None:
    wanted = call.values["namespace"].lower()
    return next((name for name in _TYPES if name.lower() == wanted), None)


def _no_namespace(call: Call) -> Answer:
    return error(
        404,
        "InvalidResourceNamespace",
        f"The resource namespace '{call.values['namespace']}' is invalid.",
    )


@routes(
    "GET",
    "/subscriptions/{subscription}/providers/{namespace}",
    "Microsoft.Resources/subscriptions/providers/read",
)
async def get_provider(world: World, call: Call) -> Answer:
    namespace = _namespace(call)
    subscription = world.subscription(call.values["subscription"])
    return (
        Answer(body=_provider(world, subscription, namespace)) if namespace else _no_namespace(call)
    )


@routes(
    "POST",
    "/subscriptions/{subscription}/providers/{namespace}/register",
    "{namespace}/register/action",
)
async def register(world: World, call: Call) -> Answer:
    namespace = _namespace(call)
    if namespace is None:
        return _no_namespace(call)
    subscription = world.subscription(call.values["subscription"])
    ready = world.after(world.pace.durations.provider_registration)
    subscription.registered.setdefault(namespace.lower(), ready)
    return Answer(body=_provider(world, subscription, namespace))


@routes(
    "GET",
    "/subscriptions/{subscription}/resources",
    "Microsoft.Resources/subscriptions/resources/read",
)
async def list_resources(world: World, call: Call) -> Answer:
    return _resources(world, call, f"/subscriptions/{call.values['subscription']}/")


@routes(
    "GET",
    "/subscriptions/{subscription}/resourcegroups/{group}/resources",
    f"{_GROUPS}/resources/read",
)
async def list_group_resources(world: World, call: Call) -> Answer:
    group = world.group(call.values["subscription"], call.values["group"])
    return _resources(world, call, f"{group.id}/") if group else _missing(call.values["group"])


def _resources(world: World, call: Call, inside: str) -> Answer:
    wanted = call.query.get("$filter", "")
    kind = re.search(r"resourceType eq '([^']*)'", wanted, re.IGNORECASE)
    name = re.search(r"\bname eq '([^']*)'", wanted, re.IGNORECASE)
    value = [
        each
        for each in world.resources()
        if each["id"].lower().startswith(inside.lower())
        and (not kind or kind[1].lower() == each["type"].lower())
        and (not name or name[1].lower() == each["name"].lower())
    ]
    size = call.query.get("$top", "")
    return _paged(call, value, int(size) if size.isdecimal() and int(size) else 200)


def _paged(call: Call, items: list[dict[str, Any]], size: int = 200) -> Answer:
    """A page of a list; ARM's nextLink is the same query with a $skiptoken."""
    start = int(call.query.get("$skiptoken", "0") or 0)
    body: dict[str, Any] = {"value": items[start : start + size]}
    if start + size < len(items):
        query = urlencode({**call.query, "$skiptoken": start + size}, quote_via=quote)
        body["nextLink"] = f"https://{call.host}{call.path}?{query}"
    return Answer(body=body)
