"""Azure Resource Manager's front: who is calling, may they, and does the place exist."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from aciwizard.sandbox import deleted_vaults, instances, registry, roles, subscriptions, vault
from aciwizard.sandbox.http import Answer, Call, Refused, Route, Routes, error
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.world import World

AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
NAMESPACES = ("Microsoft.ContainerInstance", "Microsoft.ContainerRegistry", "Microsoft.KeyVault")
_PLACE = re.compile(
    r"/subscriptions/([^/]+)(?:/resourcegroups/([^/]+))?(/providers/)?", re.IGNORECASE
)
_CLOUD = {  # the cloud's own description, which `az cloud register` reads
    "name": "AzureCloud",
    "portal": "https://portal.azure.com",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
        "identityProvider": "AAD",
    },
    "resourceManager": "https://management.azure.com/",
    "microsoftGraphResourceId": "https://graph.microsoft.com/",
    "suffixes": {"keyVaultDns": "vault.azure.net", "acrLoginServer": "azurecr.io"},
}
_ROUTES: tuple[Routes, ...] = (
    roles.routes,
    subscriptions.routes,
    registry.routes,
    vault.routes,
    deleted_vaults.routes,
    instances.routes,
)


async def answer(world: World, call: Call) -> Answer:
    """Management traffic, with the headers ARM puts on everything."""
    await world.pace.sleep(world.pace.durations.latency)
    try:
        reply = await _gate(world, call)
    except Refused as refusal:
        reply = refusal.answer
    return finished(world, reply)


def finished(world: World, reply: Answer) -> Answer:
    """An answer with the headers ARM puts on everything."""
    return replace(reply, headers={**_common_headers(world), **reply.headers})


def action(call: Call) -> str:
    """The Azure action a call needs, as far as that can be told."""
    found = _route(call)
    if found is None or not found[0].action:
        return "Microsoft.Resources/subscriptions/read"
    return found[0].action.format(**found[1].values)


async def _gate(world: World, call: Call) -> Answer:
    found = _route(call)
    if call.path.lower() == "/metadata/endpoints":
        return Answer(body=_CLOUD)
    call = _signed_in(world, call)
    if "api-version" not in call.query:
        raise _gateway(
            error(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        )
    if found is None:
        raise _gateway(
            error(
                404,
                "InvalidResourceType",
                f"The resource type could not be found for the path '{call.path}'.",
            )
        )
    route, matched = found
    call = replace(matched, caller=call.caller)
    place = _PLACE.match(call.path)
    if place:
        _subscription_exists(world, place[1])
    action = route.action.format(**call.values)
    if action and not roles.allowed(world, call.caller, action, call.scope):
        raise roles.refusal(world, call, action)
    if place:
        _place_exists(world, call, route, place)
    return await route.handler(world, call)


def _route(call: Call) -> tuple[Route, Call] | None:
    return next((found for routes in _ROUTES if (found := routes.find(call))), None)


def _unauthorised(world: World, code: str, message: str) -> Refused:
    challenge = (
        'Bearer authorization_uri="https://login.microsoftonline.com/'
        f'{world.tenants[0].id}", error="invalid_token", error_description="The access token is missing or invalid."'
    )
    return _gateway(error(401, code, message).plus(WWW_Authenticate=challenge))


def expired(world: World, ended: datetime) -> Refused:
    """The 401 for a token that ended at a moment."""
    message = f"The access token expiry UTC time '{_american(ended)}' is earlier than current UTC time '{_american(datetime.now(UTC))}'."
    return _unauthorised(world, "ExpiredAuthenticationToken", message)


def _signed_in(world: World, call: Call) -> Call:
    if not call.bearer:
        message = "Authentication failed. The 'Authorization' header is missing."
        raise _unauthorised(world, "AuthenticationFailed", message)
    claims = world.signer.read(call.bearer)
    if ended := world.signer.ended(call.bearer):
        raise expired(world, ended)
    if str(claims.get("aud", "")).rstrip("/") not in AUDIENCES:
        message = "The access token is invalid."
        raise _unauthorised(world, "InvalidAuthenticationToken", message)
    return replace(call, caller=str(claims["oid"]))


def _subscription_exists(world: World, id: str) -> None:
    try:
        world.subscription(id)
    except Refused as refusal:
        raise _gateway(refusal.answer) from None


def _place_exists(world: World, call: Call, route: Route, place: re.Match[str]) -> None:
    subscription = world.subscription(place[1])
    writes = call.method in ("PUT", "PATCH", "DELETE")
    # What a disabled subscription holds can be read and deleted, and nothing else.
    if call.method in ("PUT", "PATCH", "POST") and subscription.state == "Disabled":
        message = f"The subscription '{subscription.id}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled."
        raise _gateway(error(409, "ReadOnlyDisabledSubscription", message))
    if place[2] and place[3] and world.group(place[1], place[2]) is None:
        raise _gateway(
            error(404, "ResourceGroupNotFound", f"Resource group '{place[2]}' could not be found.")
        )
    namespace = route.action.partition("/")[0]
    if (
        writes
        and place[3]
        and namespace in NAMESPACES
        and not _registered(world, place[1], namespace)
    ):
        message = f"The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
        detail = {
            "code": "MissingSubscriptionRegistration",
            "target": namespace,
            "message": message,
        }
        raise _gateway(error(409, "MissingSubscriptionRegistration", message, details=[detail]))


def _registered(world: World, subscription: str, namespace: str) -> bool:
    moment = world.subscription(subscription).registered.get(namespace.lower())
    return moment is not None and world.reached(moment)


def _american(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S %p}"


def _gateway(answer: Answer) -> Refused:
    return Refused(answer.plus(x_ms_failure_cause="gateway"))


def _common_headers(world: World) -> dict[str, str]:
    request = world.guid()
    moment = stamp(world.utc(), 0)
    return {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "x-ms-request-id": request,
        "x-ms-correlation-request-id": request,
        "x-ms-routing-request-id": f"EASTUS:{moment.replace('-', '').replace(':', '')}:{request}",
        "x-ms-ratelimit-remaining-subscription-reads": "11999",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Cache": "CONFIG_NOCACHE",
        "X-MSEdge-Ref": f"Ref A: {world.guid()} Ref B: SIMULATED Ref C: {moment}",
    }
