"""Azure Resource Manager's front: who is let in, to do what, and to which place."""

from __future__ import annotations

import re

import pytest

from aciwizard.sandbox import deleted_vaults, instances, registry, roles, subscriptions, vault
from aciwizard.sandbox.http import Route
from aciwizard.sandbox.model import ResourceGroup
from aciwizard.sandbox.pace import Durations
from aciwizard.sandbox.world import World
from tests.sandbox.conftest import (
    ADA,
    ARM,
    BEN,
    NEW,
    NIA,
    OFF,
    PULLER,
    PULLER_APP,
    REGISTRY,
    REX,
    RG,
    SUB,
    Cloud,
    Still,
)

SERVICES = (roles, subscriptions, registry, vault, deleted_vaults, instances)
GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BASIC = {"location": "eastus", "sku": {"name": "Basic"}}
# Whoever is signed in may ask these: lists show what a caller may see, operations are signed.
OPEN = {
    "/subscriptions",
    "/tenants",
    f"/subscriptions/{SUB}/operationresults/x",
    f"/subscriptions/{SUB}/providers/Microsoft.ContainerRegistry/locations/x/operationResults/x",
    f"/subscriptions/{SUB}/providers/Microsoft.ContainerInstance/locations/x/operations/x",
    f"/subscriptions/{SUB}/providers/Microsoft.Authorization/permissions",
}


def registries(subscription: str = SUB, group: str = "rg", name: str = "other") -> str:
    place = f"/subscriptions/{subscription}/resourceGroups/{group}"
    return f"{place}/providers/Microsoft.ContainerRegistry/registries/{name}"


# -- 401 ------------------------------------------------------------------------------------------


async def test_nobody_is_refused(cloud: Cloud) -> None:
    reply = await cloud.arm("GET", RG, Authorization="")
    message = "Authentication failed. The 'Authorization' header is missing."
    assert reply.refusal == (401, "AuthenticationFailed", message)
    challenge = reply.headers["www-authenticate"]
    assert challenge.startswith('Bearer authorization_uri="https://login.microsoftonline.com/')
    assert reply.headers["x-ms-failure-cause"] == "gateway"


async def test_a_token_for_something_else_is_refused(cloud: Cloud) -> None:
    forged = Cloud(World(Still())).token()
    for token in ("nonsense", cloud.token(aud="https://vault.azure.net"), forged):
        reply = await cloud.arm("GET", RG, Authorization=f"Bearer {token}")
        assert reply.fault == (401, "InvalidAuthenticationToken")
        assert "www-authenticate" in reply.headers


async def test_an_expired_token_is_told_so(cloud: Cloud) -> None:
    old = cloud.token(lifetime=-60)
    status, code, message = (await cloud.arm("GET", RG, Authorization=f"Bearer {old}")).refusal
    assert (status, code) == (401, "ExpiredAuthenticationToken")
    moment = r"'\d{1,2}/\d{1,2}/20\d\d 1?\d:\d\d:\d\d [AP]M'"
    assert re.fullmatch(
        f"The access token expiry UTC time {moment} is earlier than current UTC time {moment}.",
        message,
    )


@pytest.mark.parametrize("aud", [ARM, f"{ARM}/", "https://management.core.windows.net/"])
async def test_both_names_of_the_audience_will_do(cloud: Cloud, aud: str) -> None:
    reply = await cloud.arm("GET", RG, Authorization=f"Bearer {cloud.token(aud=aud)}")
    assert reply.status == 200


# -- 403 ------------------------------------------------------------------------------------------


async def test_a_reader_may_not_write_and_is_told_what_and_where(cloud: Cloud) -> None:
    reply = await cloud.arm("PUT", REGISTRY, BASIC, who=REX)
    assert reply.refusal == (
        403,
        "AuthorizationFailed",
        f"The client 'rex@contoso.com' with object id '{REX}' does not have authorization to "
        "perform action 'Microsoft.ContainerRegistry/registries/write' over scope "
        f"'{REGISTRY}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )
    assert reply.headers["x-ms-failure-cause"] == "gateway"


async def test_a_principal_is_called_by_its_application_id(cloud: Cloud) -> None:
    url = f"/subscriptions/{SUB}/providers/Microsoft.KeyVault/register"
    _, _, message = (await cloud.arm("POST", url, who=PULLER)).refusal
    assert message.startswith(
        f"The client '{PULLER_APP}' with object id '{PULLER}' does not have authorization to "
        f"perform action 'Microsoft.KeyVault/register/action' over scope '/subscriptions/{SUB}' "
    )


def path_of(route: Route) -> str:
    """A path that a route answers, every parameter filled in."""
    values = {"subscription": SUB, "scope": f"subscriptions/{SUB}", "group": "rg"}
    pattern = route.pattern.pattern.removesuffix("/?")
    path = re.sub(r"\(\?P<(\w+)>[^)]+\)", lambda found: values.get(found[1], "x"), pattern)
    path = path.replace("\\", "")
    return path if path.startswith("/") else f"/{path}"


ROUTES = [(route.method, path_of(route)) for service in SERVICES for route in service.routes]


@pytest.mark.parametrize(("method", "path"), sorted(set(ROUTES)))
async def test_every_call_is_authorised(cloud: Cloud, method: str, path: str) -> None:
    reply = await cloud.arm(method, path, {}, who=NIA)
    if path in OPEN:
        assert reply.status != 403
    elif method == "HEAD":
        assert reply.status == 403
    else:
        status, code, message = reply.refusal
        assert (status, code) == (403, "AuthorizationFailed")
        assert re.search(r"perform action '(Microsoft\.\w+|x)/[\w/]+' over scope '/", message)


async def test_a_role_reaches_what_is_below_it_and_nothing_beside(cloud: Cloud) -> None:
    cloud.world.groups.append(ResourceGroup(SUB, "rg-two", "eastus"))
    assert (await cloud.arm("PUT", registries(name="benreg1"), BASIC, who=BEN)).status == 200
    upper = registries(name="benreg2").replace("/resourceGroups/rg", "/RESOURCEGROUPS/RG")
    assert (await cloud.arm("PUT", upper, BASIC, who=BEN)).status == 200
    beside = await cloud.arm("PUT", registries(group="rg-two"), BASIC, who=BEN)
    assert beside.fault == (403, "AuthorizationFailed")
    above = await cloud.arm("GET", f"/subscriptions/{SUB}/resourcegroups", who=BEN)
    assert above.fault == (403, "AuthorizationFailed")


async def test_a_contributor_may_not_assign_roles(cloud: Cloud) -> None:
    url = f"{REGISTRY}/providers/Microsoft.Authorization/roleAssignments/x"
    _, code, message = (await cloud.arm("PUT", url, {}, who=BEN)).refusal
    assert code == "AuthorizationFailed"
    assert f"'Microsoft.Authorization/roleAssignments/write' over scope '{url}'" in message


# -- 400, 404, 409 --------------------------------------------------------------------------------


async def test_a_version_is_needed_and_any_version_will_do(cloud: Cloud) -> None:
    reply = await cloud.arm("GET", RG, version="")
    message = "The api-version query parameter (?api-version=) is required for all requests."
    assert reply.refusal == (400, "MissingApiVersionParameter", message)
    for version in ("2015-11-01", "2026-09-01-preview"):
        assert (await cloud.arm("GET", RG, version=version)).status == 200


async def test_places_that_are_not_there(cloud: Cloud) -> None:
    stranger = f"/subscriptions/{NIA}/resourcegroups"
    message = f"The subscription '{NIA}' could not be found."
    for who in (ADA, NIA):
        reply = await cloud.arm("GET", stranger, who=who)
        assert reply.refusal == (404, "SubscriptionNotFound", message)
        assert reply.headers["x-ms-failure-cause"] == "gateway"
    missing = await cloud.arm("PUT", registries(group="Gone"), BASIC)
    message = "Resource group 'Gone' could not be found."
    assert missing.refusal == (404, "ResourceGroupNotFound", message)
    assert missing.headers["x-ms-failure-cause"] == "gateway"
    odd = await cloud.arm("GET", f"{RG}/providers/Microsoft.Web/sites/x")
    assert odd.fault == (404, "InvalidResourceType")


async def test_a_body_that_is_no_object(cloud: Cloud) -> None:
    for body in (b"{", b"[]", b"\xff"):
        reply = await cloud.arm("PUT", REGISTRY, body)
        assert reply.fault == (400, "InvalidRequestContent")


async def test_a_service_must_be_registered_first(cloud: Cloud) -> None:
    url, space = registries(NEW), "Microsoft.ContainerRegistry"
    reply = await cloud.arm("PUT", url, BASIC)
    message = (
        f"The subscription is not registered to use namespace '{space}'. "
        "See https://aka.ms/rps-not-found for how to register subscriptions."
    )
    code = "MissingSubscriptionRegistration"
    assert reply.refusal == (409, code, message)
    assert reply.json["error"]["details"] == [{"code": code, "target": space, "message": message}]
    assert reply.headers["x-ms-failure-cause"] == "gateway"
    assert (await cloud.arm("GET", url)).fault == (404, "ResourceNotFound")  # reading is free

    await cloud.arm("POST", f"/subscriptions/{NEW}/providers/{space.lower()}/register")
    await cloud.wait(Durations().provider_registration - 1)
    assert (await cloud.arm("PUT", url, BASIC)).fault == (409, code)  # Registering is not enough
    await cloud.wait(1)
    assert (await cloud.arm("PUT", url, BASIC)).status == 200


async def test_a_disabled_subscription_is_for_reading_and_deleting(cloud: Cloud) -> None:
    url = registries(OFF)
    message = (
        f"The subscription '{OFF}' is disabled and therefore marked as read only. You cannot "
        "perform any write actions on this subscription until it is re-enabled."
    )
    for method, path in [
        ("PUT", url),
        ("PATCH", url),
        ("POST", f"{url}/importImage"),
        ("PUT", f"/subscriptions/{OFF}/resourcegroups/new"),
    ]:
        reply = await cloud.arm(method, path, BASIC)
        assert reply.refusal == (409, "ReadOnlyDisabledSubscription", message)
    assert (await cloud.arm("GET", f"/subscriptions/{OFF}/resourcegroups/rg")).status == 200
    assert (await cloud.arm("DELETE", f"/subscriptions/{OFF}/resourcegroups/rg")).status == 202


# -- what is on every answer ----------------------------------------------------------------------


async def test_every_answer_carries_arms_headers_and_takes_its_time(cloud: Cloud) -> None:
    good, bad = await cloud.arm("GET", RG), await cloud.arm("GET", f"{RG}-not")
    assert (good.status, bad.status) == (200, 404)
    for reply in (good, bad):
        held = reply.headers
        assert (held["cache-control"], held["pragma"], held["expires"]) == ("no-cache",) * 2 + (
            "-1",
        )
        assert held["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert held["x-content-type-options"] == "nosniff"
        assert held["x-cache"] == "CONFIG_NOCACHE"
        assert re.fullmatch(r"Ref A: \S+ Ref B: \S+ Ref C: \S+Z", held["x-msedge-ref"])
        assert re.fullmatch(GUID, held["x-ms-request-id"])
        assert held["x-ms-correlation-request-id"] == held["x-ms-request-id"]
        assert re.fullmatch(rf"[A-Z]+:\d{{8}}T\d{{6}}Z:{GUID}", held["x-ms-routing-request-id"])
        assert reply.answer.content_type == "application/json; charset=utf-8"
    assert good.headers["x-ms-request-id"] != bad.headers["x-ms-request-id"]
    assert "x-ms-failure-cause" not in good.headers
    assert cloud.world.pace.now() == pytest.approx(2 * Durations().latency)


async def test_the_cloud_describes_itself_to_anybody(cloud: Cloud) -> None:
    reply = await cloud.arm("GET", "/metadata/endpoints", version="2022-09-01", Authorization="")
    found = reply.json
    assert found["authentication"]["loginEndpoint"] == "https://login.microsoftonline.com/"
    assert "https://management.core.windows.net/" in found["authentication"]["audiences"]
    assert found["suffixes"] == {"keyVaultDns": "vault.azure.net", "acrLoginServer": "azurecr.io"}
    assert found["microsoftGraphResourceId"] == "https://graph.microsoft.com/"
