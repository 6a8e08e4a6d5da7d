"""Key Vault's data plane: the secrets behind https://{vault}.vault.azure.net."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

from aciwizard.sandbox import vault_access as access
from aciwizard.sandbox.http import Answer, Call, Json, Refused, Routes
from aciwizard.sandbox.model import SecretVersion, StoredSecret, Vault
from aciwizard.sandbox.vault_access import refused
from aciwizard.sandbox.world import World

routes = Routes()  # action: what a role must allow, and behind it what an access policy must
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_DAY = 86_400
_PAGE = 25


async def answer(world: World, call: Call) -> Answer:
    """Traffic to a vault, with the headers Key Vault puts on everything."""
    await world.pace.sleep(world.pace.durations.latency)
    vault = world.vault_at(call.host)
    if vault is None:
        return Answer(400, "<h2>Bad Request - Invalid Hostname</h2>", content_type="text/html")
    try:
        reply = await _gate(world, vault, call)
    except Refused as refusal:
        reply = refusal.answer
    return finished(world, vault, call, reply)


def finished(world: World, vault: Vault, call: Call, reply: Answer) -> Answer:
    """An answer with the headers Key Vault puts on everything."""
    return replace(reply, headers={**_common_headers(world, vault, call), **reply.headers})


async def _gate(world: World, vault: Vault, call: Call) -> Answer:
    claims = access.signed_in(world, vault, call)
    if "api-version" not in call.query:
        raise refused(400, "BadParameter", "The api-version query parameter is required.")
    access.through_firewall(vault, claims)
    found = routes.find(call)
    if found is None:
        return Answer(404)
    route, call = found
    name = call.values.get("name")
    if name is not None and not _NAME.fullmatch(name):
        raise refused(400, "BadParameter", f"The request URI contains an invalid name: {name}")
    access.authorise(world, vault, claims, route.action, name)
    _forget_overdue(world, vault)
    return await route.handler(world, call)


def _common_headers(world: World, vault: Vault, call: Call) -> dict[str, str]:
    return {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "x-ms-keyvault-region": vault.location,
        "x-ms-client-request-id": call.header("x-ms-client-request-id") or world.guid(),
        "x-ms-request-id": world.guid(),
        "x-ms-keyvault-service-version": "1.9.1720.1",
        "x-ms-keyvault-network-info": f"conn_type=Ipv4;addr={access.CLIENT_ADDRESS};act_addr_fam=InterNetwork;",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
    }


# -- what there is, and how it is written -----------------------------------------------------------


def _vault(world: World, call: Call) -> Vault:
    vault = world.vault_at(call.host)
    assert vault is not None, "the gate lets only calls to a vault through"
    return vault


def _now(world: World) -> int:
    return int(world.utc().timestamp())


def _purge_date(vault: Vault, secret: StoredSecret) -> int:
    return (secret.deleted or 0) + vault.retention_days * _DAY


def _forget_overdue(world: World, vault: Vault) -> None:
    for name, secret in list(vault.secrets.items()):
        if secret.deleted is not None and _purge_date(vault, secret) <= _now(world):
            del vault.secrets[name]


def _live(world: World, call: Call) -> StoredSecret:
    secret = _vault(world, call).secrets.get(call.values["name"].lower())
    if secret is None or secret.deleted is not None:
        raise access.missing(call.values["name"])
    return secret


def _deleted(world: World, call: Call) -> StoredSecret:
    secret = _vault(world, call).secrets.get(call.values["name"].lower())
    if secret is None or secret.deleted is None:
        raise refused(404, "SecretNotFound", f"Deleted Secret not found: {call.values['name']}")
    return secret


def _version(world: World, call: Call) -> tuple[StoredSecret, SecretVersion]:
    """The secret a call is about, and its version: the one asked for, or the latest."""
    secret, wanted = _live(world, call), call.values.get("version")
    for held in reversed(secret.versions):
        if wanted in (None, held.version):
            return secret, held
    raise access.missing(f"{call.values['name']}/{wanted}")


def _item(vault: Vault, secret: StoredSecret, held: SecretVersion, version: bool = True) -> Json:
    """A version of a secret, all but its value."""
    body: Json = {} if held.content_type is None else {"contentType": held.content_type}
    ending = f"/{held.version}" if version else ""
    body["id"] = f"https://{vault.host}/secrets/{secret.name}{ending}"
    body["attributes"] = _attributes(vault, held)
    body["tags"] = held.tags
    return body


def _attributes(vault: Vault, held: SecretVersion) -> Json:
    limits = {"nbf": held.not_before, "exp": held.expires}
    level = "Recoverable" if vault.retention_days == 90 else "CustomizedRecoverable"
    return {
        "enabled": held.enabled,
        **{name: limit for name, limit in limits.items() if limit is not None},
        "created": held.created,
        "updated": held.updated,
        "recoveryLevel": level + ("" if vault.purge_protection else "+Purgeable"),
        "recoverableDays": vault.retention_days,
    }


def _deleted_item(vault: Vault, secret: StoredSecret, version: bool = True) -> Json:
    return {
        "recoveryId": f"https://{vault.host}/deletedsecrets/{secret.name}",
        "deletedDate": secret.deleted,
        "scheduledPurgeDate": _purge_date(vault, secret),
        **_item(vault, secret, secret.versions[-1], version),
    }


def _page(call: Call, items: dict[str, Json]) -> Answer:
    """A page of a list in the order of its keys; the nextLink names port 443, as Azure's do."""
    asked = call.query.get("maxresults")
    if asked is not None and not (asked.isdigit() and 1 <= int(asked) <= _PAGE):
        raise refused(
            400, "BadParameter", f"The value of maxresults must be between 1 and {_PAGE}."
        )
    size, marker = int(asked or _PAGE), _marker(call.query.get("$skiptoken", ""))
    left = [key for key in sorted(items) if key > marker]
    link = None
    if len(left) > size:
        place = f"https://{call.host}:443{call.path.rstrip('/')}"
        link = (
            f"{place}?api-version={call.query['api-version']}&$skiptoken={_token(left[size - 1])}"
        )
        link += f"&maxresults={asked}" if asked else ""
    return Answer(body={"value": [items[key] for key in left[:size]], "nextLink": link})


def _token(last: str) -> str:
    text = json.dumps({"NextMarker": last, "TargetLocation": 0}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _marker(token: str) -> str:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) or b'{"NextMarker": ""}'
        return str(json.loads(text)["NextMarker"])
    except (ValueError, KeyError, TypeError):
        raise refused(400, "BadParameter", "The skiptoken is invalid.") from None


def _take_over(held: SecretVersion, sent: Json) -> None:
    """What a body says of a version besides its value; what it leaves out stays."""
    attributes = sent.get("attributes") or {}
    if attributes.get("enabled") is not None:
        held.enabled = bool(attributes["enabled"])
    held.not_before = attributes.get("nbf") or held.not_before
    held.expires = attributes.get("exp") or held.expires
    if sent.get("contentType") is not None:
        held.content_type = sent["contentType"]
    if sent.get("tags") is not None:
        held.tags = sent["tags"]


# -- secrets ----------------------------------------------------------------------------------------


@routes("PUT", "/secrets/{name}", "setSecret/action set")
async def set_secret(world: World, call: Call) -> Answer:
    vault, name, sent, now = _vault(world, call), call.values["name"], call.json(), _now(world)
    if not isinstance(sent.get("value"), str):
        raise refused(400, "BadParameter", "The parameter value is not specified.")
    secret = vault.secrets.get(name.lower()) or StoredSecret(name)
    if secret.deleted is not None:
        message = f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged."
        raise refused(409, "Conflict", message, "ObjectIsDeletedButRecoverable")
    held = SecretVersion(f"{world.random.getrandbits(128):032x}", sent["value"], now, now)
    _take_over(held, sent)
    secret.versions.append(held)
    vault.secrets[name.lower()] = secret
    return Answer(body={"value": held.value, **_item(vault, secret, held)})


@routes("GET", "/secrets", "readMetadata/action list")
async def list_secrets(world: World, call: Call) -> Answer:
    vault = _vault(world, call)
    live = {key: secret for key, secret in vault.secrets.items() if secret.deleted is None}
    return _page(call, {k: _item(vault, s, s.versions[-1], version=False) for k, s in live.items()})


@routes("GET", "/secrets/{name}/versions", "readMetadata/action list")
async def list_versions(world: World, call: Call) -> Answer:
    # A secret there is not has no versions, and that is no error (Azure's SDK tests rely on it).
    vault = _vault(world, call)
    secret = vault.secrets.get(call.values["name"].lower())
    if secret is None or secret.deleted is not None:
        return _page(call, {})
    return _page(call, {held.version: _item(vault, secret, held) for held in secret.versions})


@routes("GET", "/secrets/{name}", "getSecret/action get")
@routes("GET", "/secrets/{name}/{version}", "getSecret/action get")
async def get_secret(world: World, call: Call) -> Answer:
    secret, held = _version(world, call)
    if not held.enabled:
        message = "Operation get is not allowed on a disabled secret."
        raise refused(403, "Forbidden", message, "SecretDisabled")
    return Answer(body={"value": held.value, **_item(_vault(world, call), secret, held)})


@routes("PATCH", "/secrets/{name}", "update/action set")
@routes("PATCH", "/secrets/{name}/{version}", "update/action set")
async def update_secret(world: World, call: Call) -> Answer:
    secret, held = _version(world, call)
    _take_over(held, call.json())
    held.updated = _now(world)
    return Answer(body=_item(_vault(world, call), secret, held))


@routes("DELETE", "/secrets/{name}", "delete delete")
async def delete_secret(world: World, call: Call) -> Answer:
    secret = _live(world, call)
    secret.deleted = _now(world)
    return Answer(body=_deleted_item(_vault(world, call), secret))


@routes("GET", "/deletedsecrets", "readMetadata/action list")
async def list_deleted(world: World, call: Call) -> Answer:
    vault = _vault(world, call)
    gone = {key: secret for key, secret in vault.secrets.items() if secret.deleted is not None}
    return _page(call, {k: _deleted_item(vault, s, version=False) for k, s in gone.items()})


@routes("GET", "/deletedsecrets/{name}", "readMetadata/action get")
async def get_deleted(world: World, call: Call) -> Answer:
    return Answer(body=_deleted_item(_vault(world, call), _deleted(world, call)))


@routes("POST", "/deletedsecrets/{name}/recover", "recover/action recover")
async def recover(world: World, call: Call) -> Answer:
    vault, name = _vault(world, call), call.values["name"]
    secret = vault.secrets.get(name.lower())
    if secret is not None and secret.deleted is None:
        message = f"Secret exists already: {name}"
        raise refused(400, "MethodNotAllowed", message, "RequestNotAllowedOnNonDeletedObject")
    secret = _deleted(world, call)
    secret.deleted = None
    return Answer(body=_item(vault, secret, secret.versions[-1]))


@routes("DELETE", "/deletedsecrets/{name}", "purge/action purge")
async def purge(world: World, call: Call) -> Answer:
    vault, secret = _vault(world, call), _deleted(world, call)
    if vault.purge_protection:
        message = f'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: {access.called(vault)}'
        raise refused(403, "Forbidden", message, "ForbiddenByPolicy")
    del vault.secrets[secret.name.lower()]
    return Answer(204)
