"""Microsoft Entra's sign-in, asked as MSAL asks it."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from aciwizard.sandbox.device_code import CODE_LIFETIME
from aciwizard.sandbox.model import Password, User
from tests.sandbox.conftest import (
    ADA,
    ELSEWHERE,
    HOME,
    PULLER,
    PULLER_APP,
    PULLER_SECRET,
    Cloud,
    Reply,
)

ARM_SCOPE = "https://management.azure.com/.default"
TOKEN = f"/{HOME}/oauth2/v2.0/token"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


async def secret_grant(cloud: Cloud, tenant: str = HOME, **changes: str) -> Reply:
    form = {
        "grant_type": "client_credentials",
        "client_id": PULLER_APP,
        "client_secret": PULLER_SECRET,
        "scope": ARM_SCOPE,
        "claims": '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
        **changes,
    }
    return await cloud.entra("POST", f"/{tenant}/oauth2/v2.0/token", **form)


async def device_start(cloud: Cloud, tenant: str = HOME) -> Any:
    scope = f"{ARM_SCOPE} offline_access openid profile"
    url = f"/{tenant}/oauth2/v2.0/devicecode"
    reply = await cloud.entra("POST", url, client_id="cli", scope=scope)
    assert reply.status == 200
    return reply.json


async def device_poll(cloud: Cloud, code: str, tenant: str = HOME) -> Reply:
    form = {"grant_type": DEVICE, "device_code": code, "client_id": "cli"}  # the code has a scope
    return await cloud.entra("POST", f"/{tenant}/oauth2/v2.0/token", **form)


def claims(token: str) -> dict[str, Any]:
    held: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return held


def refused(reply: Reply, status: int, error: str, code: int) -> str:
    """Check an OAuth error and its AADSTS number; returns the words after it."""
    body = reply.json
    assert (reply.status, body["error"], body["error_codes"]) == (status, error, [code])
    words, _, rest = body["error_description"].partition(" Trace ID: ")
    assert rest == (
        f"{body['trace_id']} Correlation ID: {body['correlation_id']} "
        f"Timestamp: {body['timestamp']}"
    )
    assert words.startswith(f"AADSTS{code}: ")
    return str(words.removeprefix(f"AADSTS{code}: "))


# -- discovery ------------------------------------------------------------------------------------


async def test_the_authority_is_known(cloud: Cloud) -> None:
    url = f"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/{HOME}/oauth2/v2.0/authorize"
    found = (await cloud.entra("GET", url)).json
    assert found["tenant_discovery_endpoint"].endswith("/.well-known/openid-configuration")
    assert "login.microsoftonline.com" in found["metadata"][0]["aliases"]


@pytest.mark.parametrize(
    ("named", "issuer"),
    [
        (HOME, HOME),
        ("contoso.com", HOME),
        ("common", "{tenantid}"),
        ("organizations", "{tenantid}"),
    ],
)
async def test_a_tenant_tells_its_endpoints(cloud: Cloud, named: str, issuer: str) -> None:
    reply = await cloud.entra("GET", f"/{named}/v2.0/.well-known/openid-configuration")
    base, found = f"https://login.microsoftonline.com/{named}/oauth2/v2.0", reply.json
    assert found["token_endpoint"] == f"{base}/token"
    assert found["authorization_endpoint"] == f"{base}/authorize"
    assert found["device_authorization_endpoint"] == f"{base}/devicecode"
    assert found["issuer"] == f"https://login.microsoftonline.com/{issuer}/v2.0"


async def test_the_published_key_verifies_a_token(cloud: Cloud) -> None:
    token = (await secret_grant(cloud)).json["access_token"]
    (key,) = (await cloud.entra("GET", f"/{HOME}/discovery/v2.0/keys")).json["keys"]
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    jwt.decode(token, jwt.PyJWK(key, "RS256"), ["RS256"], audience="https://management.azure.com")


async def test_a_tenant_nobody_knows(cloud: Cloud) -> None:
    for method, path in [
        ("GET", "v2.0/.well-known/openid-configuration"),
        ("POST", "oauth2/v2.0/token"),
        ("POST", "oauth2/v2.0/devicecode"),
    ]:
        reply = await cloud.entra(method, f"/nowhere.com/{path}")
        words = refused(reply, 400, "invalid_tenant", 90002)
        assert words.startswith("Tenant 'nowhere.com' not found. Check to make sure you have the")


async def test_answers_take_time_and_unknown_paths_are_not_found(cloud: Cloud) -> None:
    assert (await cloud.entra("GET", "/common/nonsense")).status == 404
    assert cloud.world.pace.now() == pytest.approx(cloud.world.pace.durations.latency)


# -- a principal with a secret --------------------------------------------------------------------


async def test_a_secret_buys_a_token_and_nothing_else(cloud: Cloud) -> None:
    reply = await secret_grant(cloud)
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store, no-cache"
    body = reply.json
    assert body.pop("access_token")
    assert body == {
        "token_type": "Bearer",
        "expires_in": 86399,
        "ext_expires_in": 86399,
        "refresh_in": 43199,
    }


@pytest.mark.parametrize(
    "resource",
    [
        "https://management.azure.com",
        "https://management.core.windows.net/",  # az asks for …net//.default
        "https://graph.microsoft.com",
        "https://vault.azure.net",
        "https://containerregistry.azure.net",
    ],
)
async def test_the_token_names_the_principal_and_is_for_one_resource(
    cloud: Cloud, resource: str
) -> None:
    held = claims((await secret_grant(cloud, scope=f"{resource}/.default")).json["access_token"])
    assert held["aud"] == resource
    assert (held["oid"], held["appid"], held["tid"]) == (PULLER, PULLER_APP, HOME)
    assert (held["idtyp"], held["iss"]) == ("app", f"https://sts.windows.net/{HOME}/")
    assert held["exp"] - held["iat"] == 86399


async def test_a_wrong_secret(cloud: Cloud) -> None:
    for secret in ("wrong", "", "key"):
        reply = await secret_grant(cloud, client_secret=secret)
        words = refused(reply, 401, "invalid_client", 7000215)
        assert words == (
            "Invalid client secret provided. Ensure the secret being sent in the request is the "
            "client secret value, not the client secret ID, for a secret added to app "
            f"'{PULLER_APP}'."
        )


async def test_an_expired_secret(cloud: Cloud) -> None:
    cloud.world.applications[0].passwords[0].end = "2021-01-01T00:00:00Z"
    words = refused(await secret_grant(cloud), 401, "invalid_client", 7000222)
    assert words.startswith(f"The provided client secret keys for app '{PULLER_APP}' are expired.")


async def test_a_new_secret_is_wrong_for_a_moment(cloud: Cloud) -> None:
    new = Password("k", "new~canary7", None, "", "2099-01-01T00:00:00Z", cloud.world.after(12))
    cloud.world.applications[0].passwords.append(new)
    early = await secret_grant(cloud, client_secret="new~canary7")
    refused(early, 401, "invalid_client", 7000215)
    await cloud.wait(12)
    assert (await secret_grant(cloud, client_secret="new~canary7")).status == 200


async def test_an_application_that_is_not_in_this_tenant(cloud: Cloud) -> None:
    unknown = await secret_grant(cloud, client_id=ADA)
    words = refused(unknown, 400, "unauthorized_client", 700016)
    assert words.startswith(
        f"Application with identifier '{ADA}' was not found in the directory 'Contoso'."
    )
    elsewhere = refused(await secret_grant(cloud, ELSEWHERE), 400, "unauthorized_client", 700016)
    assert "in the directory 'Fabrikam'" in elsewhere and "wrong tenant" in elsewhere


async def test_a_new_principal_is_unknown_for_a_moment(cloud: Cloud) -> None:
    cloud.world.principals[0].visible_at = cloud.world.after(6)
    refused(await secret_grant(cloud), 400, "unauthorized_client", 700016)
    await cloud.wait(6)
    assert (await secret_grant(cloud)).status == 200


async def test_a_resource_nobody_knows_and_a_grant_nobody_knows(cloud: Cloud) -> None:
    scope = "https://example.com/.default"
    words = refused(await secret_grant(cloud, scope=scope), 400, "invalid_resource", 500011)
    assert words.startswith(f"The resource principal named {scope} was not found in the tenant.")
    odd = await secret_grant(cloud, grant_type="password")
    assert "'password'" in refused(odd, 400, "unsupported_grant_type", 70003)


# -- a person with a device code ------------------------------------------------------------------


async def test_a_device_code_is_approved_after_a_while(cloud: Cloud) -> None:
    started = await device_start(cloud)
    assert started["user_code"] in started["message"]
    assert started["verification_uri"] in started["message"]
    assert (started["expires_in"], started["interval"]) == (CODE_LIFETIME, 5)

    early = await device_poll(cloud, started["device_code"])
    refused(early, 400, "authorization_pending", 70016)
    await cloud.wait(cloud.world.pace.durations.device_code_approval)
    body = (await device_poll(cloud, started["device_code"])).json

    held = claims(body["access_token"])
    assert (held["oid"], held["upn"], held["idtyp"]) == (ADA, "ada@contoso.com", "user")
    assert (held["scp"], held["amr"]) == ("user_impersonation", ["pwd", "mfa"])
    assert "appid" not in held
    identity = claims(body["id_token"])
    assert (identity["aud"], identity["oid"]) == ("cli", ADA)
    assert identity["preferred_username"] == "ada@contoso.com"
    padded = body["client_info"] + "=" * (-len(body["client_info"]) % 4)
    assert json.loads(base64.urlsafe_b64decode(padded)) == {"uid": ADA, "utid": HOME}
    assert body["refresh_token"] and body["scope"].startswith(ARM_SCOPE)


async def test_a_person_may_have_to_approve_it(cloud: Cloud) -> None:
    cloud.world.manual = True
    cloud.world.users.append(User("guest", "<b>Guest", "guest@fabrikam.com", HOME, True, mfa=False))
    started = await device_start(cloud)
    await cloud.wait(600)
    refused(await device_poll(cloud, started["device_code"]), 400, "authorization_pending", 70016)

    page = started["verification_uri"].removeprefix("https://login.microsoftonline.com")
    assert "<option>guest@fabrikam.com</option>" in (await cloud.entra("GET", page)).text
    wrong = await cloud.entra("POST", page, otc="NOSUCHONE", user="guest@fabrikam.com")
    assert wrong.status == 400 and "did not work" in wrong.text
    typed = f" {started['user_code'].lower()} "
    assert (await cloud.entra("POST", page, otc=typed, user="guest@fabrikam.com")).status == 200

    held = claims((await device_poll(cloud, started["device_code"])).json["access_token"])
    assert (held["upn"], held["amr"]) == ("guest@fabrikam.com", ["pwd"])


async def test_a_device_code_expires(cloud: Cloud) -> None:
    cloud.world.manual = True
    code = (await device_start(cloud))["device_code"]
    await cloud.wait(CODE_LIFETIME)
    refused(await device_poll(cloud, code), 400, "expired_token", 70019)
    refused(await device_poll(cloud, "made up"), 400, "bad_verification_code", 70018)


async def test_a_person_from_another_tenant_is_not_let_in(cloud: Cloud) -> None:
    code = (await device_start(cloud, ELSEWHERE))["device_code"]
    await cloud.wait(60)
    words = refused(await device_poll(cloud, code, ELSEWHERE), 400, "invalid_grant", 50020)
    assert words.startswith("User account 'ada@contoso.com' from identity provider")
    assert "does not exist in tenant 'Fabrikam'" in words


async def test_nobody_approves_in_a_world_without_people(cloud: Cloud) -> None:
    cloud.world.users.clear()
    code = (await device_start(cloud))["device_code"]
    await cloud.wait(60)
    refused(await device_poll(cloud, code), 400, "authorization_pending", 70016)


# -- refreshing -----------------------------------------------------------------------------------


async def test_a_refresh_token_buys_a_token_for_another_resource(cloud: Cloud) -> None:
    code = (await device_start(cloud))["device_code"]
    await cloud.wait(60)
    first = (await device_poll(cloud, code)).json
    form = {"grant_type": "refresh_token", "client_id": "cli"}
    vault = "https://vault.azure.net/.default openid"
    again = await cloud.entra(
        "POST", TOKEN, **form, scope=vault, refresh_token=first["refresh_token"]
    )
    held = claims(again.json["access_token"])
    assert (held["aud"], held["oid"]) == ("https://vault.azure.net", ADA)
    newer = again.json["refresh_token"]
    assert (
        await cloud.entra("POST", TOKEN, **form, scope=ARM_SCOPE, refresh_token=newer)
    ).status == 200
    for made_up in ("", "0.nonsense", first["access_token"], f"0.{first['access_token']}"):
        reply = await cloud.entra("POST", TOKEN, **form, scope=ARM_SCOPE, refresh_token=made_up)
        refused(reply, 400, "invalid_grant", 9002313)
