"""ARM: deleted vaults, which keep their names until they are purged or recovered."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from aciwizard.sandbox import vault_settings as settings
from aciwizard.sandbox.http import Answer, Call, Json, Refused, Routes, error
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.operations import poll, signed
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.vault_settings import HEADERS, reply
from aciwizard.sandbox.world import World

routes = Routes()
_SPACE = "Microsoft.KeyVault"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
_DELETED = _PROVIDER + "/locations/{location}/deletedVaults/{name}"


def _purge_date(vault: Vault) -> datetime:
    assert vault.deleted is not None
    return vault.deleted + timedelta(days=vault.retention_days)


def _operation(vault: Vault) -> str:
    """The id of a deleted vault's purge: always the same one, so that it can be looked up."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{vault.id}@{vault.deleted}"))


def settle(world: World) -> None:
    """Forget deleted vaults whose purge has ended or whose retention is over."""
    for vault in [held for held in world.vaults if held.deleted]:
        purged = world.operations.get(_operation(vault))
        if (purged is not None and world.reached(purged)) or _purge_date(vault) <= world.utc():
            world.vaults.remove(vault)


def gone(world: World, subscription: str, location: str, name: str) -> Vault | None:
    """The deleted vault of this name, if it was in this subscription and region."""
    settle(world)
    vault, place = world.vault_named(name, deleted=True), (subscription, location)
    there = vault and (vault.subscription, vault.location)
    return vault if there == tuple(settings.plain(part) for part in place) else None


def recovered(world: World, call: Call, location: str) -> Vault:
    """The deleted vault a call names, live again; raises Refused."""
    vault = gone(world, call.values["subscription"], location, call.values["name"])
    if vault is None or _operation(vault) in world.operations:
        raise Refused(
            error(
                400,
                "SoftDeletedVaultDoesNotExist",
                "A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is being attempted to recover is in a recoverable state.",
            )
        )
    vault.deleted = None
    return vault


def _found_deleted(world: World, call: Call) -> Vault:
    """The deleted vault a call is about, or Refused with Key Vault's 404."""
    values = call.values
    vault = gone(world, values["subscription"], values["location"], values["name"])
    if vault is None:
        raise Refused(
            error(
                404,
                "DeletedVaultNotFound",
                f"The specified deleted vault '{values['name']}' does not exist. Ensure that the vault was indeed deleted and that it is in recoverable state. If soft delete was not enabled then the vault is permanently deleted. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2149745",
            )
        )
    return vault


def _deleted_body(vault: Vault) -> Json:
    assert vault.deleted is not None
    properties: Json = {
        "vaultId": vault.id,
        "location": vault.location,
        "tags": vault.tags,
        "deletionDate": stamp(vault.deleted, 0),
        "scheduledPurgeDate": stamp(_purge_date(vault), 0),
    }
    if vault.purge_protection:
        properties["purgeProtectionEnabled"] = True
    folder = f"/subscriptions/{vault.subscription}/providers/{_SPACE}/locations/{vault.location}"
    id, kind = f"{folder}/deletedVaults/{vault.name}", f"{_SPACE}/deletedVaults"
    return {"id": id, "name": vault.name, "type": kind, "properties": properties}


@routes("GET", _PROVIDER + "/deletedVaults", f"{_SPACE}/deletedVaults/read")
async def list_deleted(world: World, call: Call) -> Answer:
    settle(world)
    subscription = call.values["subscription"].lower()
    mine = [v for v in world.vaults if v.deleted and v.subscription == subscription]
    return reply({"value": [_deleted_body(vault) for vault in mine]})


@routes("GET", _DELETED, f"{_SPACE}/locations/deletedVaults/read")
async def get_deleted(world: World, call: Call) -> Answer:
    return reply(_deleted_body(_found_deleted(world, call)))


@routes("POST", _DELETED + "/purge", f"{_SPACE}/locations/deletedVaults/purge/action")
async def purge(world: World, call: Call) -> Answer:
    vault = _found_deleted(world, call)
    if vault.purge_protection:
        return error(405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
    operation = _operation(vault)
    world.operations.setdefault(operation, world.after(world.pace.durations.vault_purge))
    folder = call.path.rstrip("/").rpartition("/deletedVaults/")[0]
    return _underway(world, call, f"{folder}/operationResults/{operation}", None)


def _underway(world: World, call: Call, path: str, body: object) -> Answer:
    location = signed(world, path, call.query["api-version"])
    return Answer(202, body, {**HEADERS, "Location": location, "Retry-After": "5"})


@routes(
    "GET",
    _PROVIDER + "/locations/{location}/operationResults/{operation}",
    f"{_SPACE}/locations/operationResults/read",
)
async def purging(world: World, call: Call) -> Answer:
    ended = world.operations.get(call.values["operation"].lower(), 0.0)
    begun = ended - world.pace.durations.vault_purge
    moments = [f"{world.pace.utc(moment):%Y-%m-%d %H:%M:%SZ}" for moment in (begun, ended)]
    body = {"createdDateTime": moments[0]}
    busy = _underway(world, call, call.path, {**body, "status": "NotStarted"})
    return poll(
        world, call, busy, reply({**body, "lastActionDateTime": moments[1], "status": "Succeeded"})
    )
