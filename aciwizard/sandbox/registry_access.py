"""Who may do what in a registry's data plane: credentials, registry tokens, challenges."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from aciwizard.sandbox import roles
from aciwizard.sandbox.http import Answer, Call, Refused
from aciwizard.sandbox.model import Registry
from aciwizard.sandbox.world import World

ANONYMOUS = "anonymous"
ADMIN = "admin"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN_USER = "00000000-0000-0000-0000-000000000000"
_AUDIENCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://containerregistry.azure.net",
)
_NEEDS = {  # what a registry scope's action asks for: legacy action, ABAC data action
    "pull": ("pull/read", "repositories/content/read"),
    "metadata_read": ("pull/read", "repositories/metadata/read"),
    "push": ("push/write", "repositories/content/write"),
    "metadata_write": ("push/write", "repositories/metadata/write"),
    "delete": ("artifacts/delete", "repositories/content/delete"),
    "catalog": ("pull/read", "catalog/read"),
}


def registry_of(world: World, call: Call) -> Registry:
    """The registry a call was sent to; the data plane's front has made sure there is one."""
    registry = world.registry_at(call.host)
    assert registry is not None, call.host
    return registry


def failure(status: int, code: str, message: str, detail: object = None) -> Answer:
    """A registry's error body, with the line end registries put behind it."""
    body: dict[str, Any] = {"errors": [{"code": code, "message": message}]}
    if detail is not None or code == "UNAUTHORIZED":
        body["errors"][0]["detail"] = detail
    answer = Answer(status, body)
    return Answer(
        status, answer.payload() + b"\n", {"Docker-Distribution-Api-Version": "registry/2.0"}
    )


def unauthorized(registry: Registry, scope: str = "", problem: str = "") -> Refused:
    """The 401 that tells a client where to get a token, and for which scope."""
    login = registry.login_server
    challenge = f'Bearer realm="https://{login}/oauth2/token",service="{login}"'
    detail = None
    if scope:
        challenge += f',scope="{scope}"'
        kind, name, action = scope.split(":", 2)
        detail = [{"Type": kind, "Name": name, "Action": action}]
    if problem:
        challenge += f',error="{problem}"'
    message = (
        "authentication required, visit https://aka.ms/acr/authorization for more information."
    )
    answer = failure(401, "UNAUTHORIZED", message, detail)
    exposed = "Docker-Content-Digest, WWW-Authenticate, Link, X-Ms-Correlation-Request-Id"
    return Refused(answer.plus(WWW_Authenticate=challenge, Access_Control_Expose_Headers=exposed))


def may(world: World, registry: Registry, who: str, action: str, name: str) -> bool:
    """Whether a principal, the admin user or anybody may do this to a repository (or the catalog)."""
    legacy, data = _NEEDS.get(action, ("none", "none"))
    if who == ADMIN:
        return registry.admin_enabled
    if who == ANONYMOUS:
        return registry.anonymous_pull and action in ("pull", "metadata_read", "catalog")
    prefix = "Microsoft.ContainerRegistry/registries"
    if registry.abac:
        place = f"{registry.id}/repositories/{name}" if name else registry.id
        return roles.allowed(world, who, f"{prefix}/{data}", place, data=True)
    return roles.allowed(world, who, f"{prefix}/{legacy}", registry.id)


def _granted(world: World, registry: Registry, who: str, scopes: str) -> list[dict[str, Any]]:
    access = []
    for scope in scopes.split():
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind == "registry":
            given = [actions] if may(world, registry, who, "catalog", "") else []
        else:
            wanted = [a for a in actions.split(",") if a]
            if actions == "*":
                wanted = ["pull", "push", "metadata_read"]
            given = [a for a in wanted if may(world, registry, who, a, name)]
        access.append({"type": kind, "name": name, "actions": given})
    return access


def access_token(world: World, registry: Registry, who: str, scopes: str) -> str:
    """A registry access token with what this principal may do of what it asked for."""
    access = _granted(world, registry, who, scopes)
    claims = {
        "aud": registry.login_server,
        "sub": who,
        "access": access,
        "jti": world.guid(),
    }
    return world.signer.sign(claims, 4500)


def exchanged(world: World, registry: Registry, entra_token: str) -> str:
    """A registry refresh token for an Entra token; raises Refused for one that is no good."""
    claims = world.signer.read(entra_token)
    if str(claims.get("aud", "")).rstrip("/") not in _AUDIENCES:
        raise Refused(failure(401, "UNAUTHORIZED", "The access token is invalid."))
    return refresh_token(world, registry, str(claims["oid"]))


def refresh_token(world: World, registry: Registry, who: str) -> str:
    grant = {
        "aud": registry.login_server,
        "sub": who,
        "grant_type": "refresh_token",
        "jti": world.guid(),
    }
    return world.signer.sign(grant, 3 * 3600)


def refreshed(world: World, registry: Registry, token: str) -> str:
    """The principal behind a registry refresh token; raises Refused."""
    claims = world.signer.read(token)
    if claims.get("aud") != registry.login_server or claims.get("grant_type") != "refresh_token":
        raise unauthorized(registry)
    return str(claims["sub"])


def checked(world: World, registry: Registry, user: str, password: str) -> str:
    """The principal a user name and password stand for; raises Refused in the registry's words."""
    if user == _TOKEN_USER:
        return refreshed(world, registry, password)
    if user.lower() == registry.name.lower():
        if registry.admin_enabled and password in registry.admin_passwords:
            return ADMIN
        raise unauthorized(registry)
    if not _GUID.fullmatch(user):
        raise Refused(
            failure(401, "UNAUTHORIZED", "aad access token with sp failed client id must be guid")
        )
    match world.password_problem(user, password):
        case "":
            principal = world.principal_of(user)
            assert principal is not None
            return principal.id
        case "unknown":
            raise Refused(failure(401, "UNAUTHORIZED", "Application not registered with AAD."))
        case _:
            raise Refused(failure(401, "UNAUTHORIZED", "Invalid clientid or client secret."))


def basic(call: Call) -> tuple[str, str] | None:
    """User and password of a Basic header, or None."""
    kind, _, encoded = call.header("authorization").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def require(world: World, registry: Registry, call: Call, scope: str) -> None:
    """Let a call through whose token grants a scope, or raise the 401 that asks for such a token."""
    kind, name, action = scope.split(":")
    if (pair := basic(call)) is not None:
        who = checked(world, registry, *pair)
        granted = _granted(world, registry, who, scope)
    else:
        claims = world.signer.read(call.bearer)
        granted = claims.get("access", []) if claims.get("aud") == registry.login_server else []
    for entry in granted:
        if (entry["type"], entry["name"]) == (kind, name) and action in entry["actions"]:
            return
    raise unauthorized(registry, scope, "insufficient_scope" if call.bearer else "")
