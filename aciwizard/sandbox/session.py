"""Microsoft Entra's sign-in: discovery, and tokens for secrets, device codes and refreshes."""

from __future__ import annotations

import base64
import json
from typing import Any

from aciwizard.sandbox import device_code
from aciwizard.sandbox.entra_errors import HOST, no_tenant, refusal
from aciwizard.sandbox.http import Answer, Call, Routes
from aciwizard.sandbox.model import Tenant, User
from aciwizard.sandbox.tokens import LIFETIME, access_token
from aciwizard.sandbox.world import World

routes = Routes()
AUDIENCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://graph.microsoft.com",
    "https://vault.azure.net",
    "https://containerregistry.azure.net",
)


async def answer(world: World, call: Call) -> Answer:
    await world.pace.sleep(world.pace.durations.latency)
    found = routes.find(call) or device_code.routes.find(call)
    if found is None:
        return Answer(404, "", content_type="text/plain")
    route, matched = found
    return await route.handler(world, matched)


# -- discovery --------------------------------------------------------------------------------------


@routes("GET", "/common/discovery/instance")
async def instance(world: World, call: Call) -> Answer:
    return Answer(
        body={
            "tenant_discovery_endpoint": f"https://{HOST}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [
                {
                    "preferred_network": HOST,
                    "preferred_cache": "login.windows.net",
                    "aliases": [HOST, "login.windows.net", "sts.windows.net"],
                }
            ],
        }
    )


@routes("GET", "/{tenant}/v2.0/.well-known/openid-configuration")
async def configuration(world: World, call: Call) -> Answer:
    tenant = world.tenant(call.values["tenant"])
    if tenant is None:
        return no_tenant(world, call)
    base = f"https://{HOST}/{call.values['tenant']}"
    id = tenant.id if call.values["tenant"] not in ("common", "organizations") else "{tenantid}"
    return Answer(
        body={
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"https://{HOST}/{id}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "tenant_region_scope": "NA",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        }
    )


@routes("GET", "/{tenant}/discovery/v2.0/keys")
async def keys(world: World, call: Call) -> Answer:
    return Answer(body={"keys": [world.signer.public_key()]})


# -- tokens -----------------------------------------------------------------------------------------


@routes("POST", "/{tenant}/oauth2/v2.0/token")
async def token(world: World, call: Call) -> Answer:
    tenant = world.tenant(call.values["tenant"])
    if tenant is None:
        return no_tenant(world, call)
    form = call.form()
    match form.get("grant_type", ""):
        case "client_credentials":
            return _client_credentials(world, tenant, form)
        case "refresh_token":
            return _refreshed(world, tenant, form)
        case "urn:ietf:params:oauth:grant-type:device_code" | "device_code":
            return _device_token(world, tenant, form)
        case other:
            words = f"The app requested an unsupported grant type '{other}'."
            return refusal(world, 400, "unsupported_grant_type", 70003, words)


def _audience(scope: str) -> str | None:
    """The resource a scope asks for, just `/.default` taken off; None for one that is not here."""
    for word in scope.split():
        resource = word.removesuffix("/.default").removesuffix("/user_impersonation")
        if resource.rstrip("/") in AUDIENCES:
            return resource
    return None


def _unknown_resource(world: World, scope: str) -> Answer:
    words = f"The resource principal named {scope} was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
    return refusal(world, 400, "invalid_resource", 500011, words)


def _client_credentials(world: World, tenant: Tenant, form: dict[str, str]) -> Answer:
    app_id = form.get("client_id", "")
    principal = world.principal_of(app_id)
    problem = world.password_problem(app_id, form.get("client_secret", ""))
    if principal is None or principal.tenant != tenant.id:
        problem = "unknown"
    match problem:
        case "unknown":
            words = f"Application with identifier '{app_id}' was not found in the directory '{tenant.name}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
            return refusal(world, 400, "unauthorized_client", 700016, words)
        case "invalid":
            words = f"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app_id}'."
            return refusal(world, 401, "invalid_client", 7000215, words)
        case "expired":
            words = f"The provided client secret keys for app '{app_id}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
            return refusal(world, 401, "invalid_client", 7000222, words)
    audience = _audience(form.get("scope", ""))
    if audience is None:
        return _unknown_resource(world, form.get("scope", ""))
    assert principal is not None
    return _grant(world, access_token(world.signer, tenant, principal, audience))


def _device_token(world: World, tenant: Tenant, form: dict[str, str]) -> Answer:
    code = world.device_codes.get(form.get("device_code", ""))
    if code is None:
        return refusal(
            world,
            400,
            "bad_verification_code",
            70018,
            "Invalid verification code due to User typing in wrong user code for device code flow.",
        )
    if world.reached(code.expires_at):
        return refusal(
            world,
            400,
            "expired_token",
            70019,
            "Verification code expired. Have the user retry the sign-in.",
        )
    user = next((user for user in world.users if user.id == code.user), None)
    if user is None or code.approved_at is None or not world.reached(code.approved_at):
        return refusal(
            world,
            400,
            "authorization_pending",
            70016,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    return _user_grant(world, tenant, user, {"scope": code.scope, **form})


def _refreshed(world: World, tenant: Tenant, form: dict[str, str]) -> Answer:
    claims = world.signer.read(form.get("refresh_token", "").partition(".")[2])
    user = next((user for user in world.users if user.id == claims.get("oid")), None)
    if user is None or claims.get("use") != "refresh":
        return refusal(
            world,
            400,
            "invalid_grant",
            9002313,
            "Invalid request. Request is malformed or invalid.",
        )
    return _user_grant(world, tenant, user, form)


def _user_grant(world: World, tenant: Tenant, user: User, form: dict[str, str]) -> Answer:
    if user.tenant != tenant.id:
        words = f"User account '{user.principal_name}' from identity provider 'https://sts.windows.net/{user.tenant}/' does not exist in tenant '{tenant.name}' and cannot access the application '{form.get('client_id', '')}' in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account."
        return refusal(world, 400, "invalid_grant", 50020, words)
    audience = _audience(form.get("scope", ""))
    if audience is None:
        return _unknown_resource(world, form.get("scope", ""))
    # No two are the same: MSAL does not send one again that was refused a moment ago.
    lasting = {
        "oid": user.id,
        "tid": tenant.id,
        "use": "refresh",
        "jti": str(len(world.signer.minted)),
    }
    refresh = f"0.{world.signer.sign(lasting, 90 * LIFETIME)}"
    identity = {
        "aud": form.get("client_id", ""),
        "iss": f"https://{HOST}/{tenant.id}/v2.0",
        "oid": user.id,
        "tid": tenant.id,
        "sub": user.id,
        "name": user.name,
        "preferred_username": user.principal_name,
        "ver": "2.0",
    }
    client = json.dumps({"uid": user.id, "utid": user.tenant}).encode()
    more = {
        "scope": form.get("scope", ""),
        "refresh_token": refresh,
        "id_token": world.signer.sign(identity, LIFETIME),
        "client_info": base64.urlsafe_b64encode(client).rstrip(b"=").decode(),
        "foci": "1",
    }
    return _grant(world, access_token(world.signer, tenant, user, audience), more)


def _grant(world: World, token: str, more: dict[str, Any] | None = None) -> Answer:
    timing = {"expires_in": LIFETIME, "ext_expires_in": LIFETIME, "refresh_in": LIFETIME // 2}
    body = {"token_type": "Bearer", **timing, "access_token": token, **(more or {})}
    return Answer(200, body, {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})
