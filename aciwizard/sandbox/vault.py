"""ARM: key vaults, their access policies, and deleted vaults that wait to be purged."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from aciwizard.sandbox import vault_settings as settings
from aciwizard.sandbox.http import Answer, Call, Json, Refused, Routes, error
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.operations import poll, signed
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.vault_settings import TYPE
from aciwizard.sandbox.world import World

routes = Routes()
_SPACE = "Microsoft.KeyVault"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault"
_ONE = _GROUP + "/vaults/{name}"
_DELETED = _PROVIDER + "/locations/{location}/deletedVaults/{name}"
_RBAC_SINCE = "2026-02-01"  # from this api-version on, a new vault uses roles unless told otherwise
_HEADERS = {"x-ms-keyvault-service-version": "2.2.261.0", "X-AspNet-Version": "4.0.30319"}


def _reply(body: object) -> Answer:
    return Answer(200, body, _HEADERS)


def _body(world: World, vault: Vault) -> Json:
    made = stamp(vault.created, 3)
    properties: Json = {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": vault.tenant,
        "accessPolicies": vault.policies,
        "enabledForDeployment": False,
        "enabledForDiskEncryption": False,
        "enabledForTemplateDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": vault.retention_days,
        "enableRbacAuthorization": vault.rbac,
        "vaultUri": f"https://{vault.host}/",
        "provisioningState": "Succeeded" if world.reached(vault.ready_at) else "RegisteringDns",
        "publicNetworkAccess": "Enabled",
    }
    if vault.purge_protection:
        properties["enablePurgeProtection"] = True
    if vault.closed:
        lists: Json = {"ipRules": [], "virtualNetworkRules": []}
        properties["networkAcls"] = {"bypass": "AzureServices", "defaultAction": "Deny", **lists}
    return {
        "id": vault.id,
        "name": vault.name,
        "type": TYPE,
        "location": vault.location,
        "tags": vault.tags,
        "systemData": {"createdAt": made, "lastModifiedAt": made},
        "properties": properties,
    }


def _own(world: World, call: Call) -> Vault | None:
    """The live vault of this name, if it is where the call looks for it."""
    vault, values = world.vault_named(call.values["name"]), call.values
    place = f"/subscriptions/{values['subscription']}/resourceGroups/{values['group']}/".lower()
    return vault if vault and vault.id.lower().startswith(place) else None


def _found(world: World, call: Call) -> Vault:
    """The vault a call is about, or Refused with ARM's 404."""
    vault = _own(world, call)
    if vault is None:
        message = f"The Resource '{TYPE}/{call.values['name']}' under resource group '{call.values['group']}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        raise Refused(error(404, "ResourceNotFound", message).plus(x_ms_failure_cause="gateway"))
    return vault


# -- vaults -----------------------------------------------------------------------------------------


@routes("GET", _PROVIDER + "/vaults", f"{TYPE}/read")
@routes("GET", _GROUP + "/vaults", f"{TYPE}/read")
async def list_vaults(world: World, call: Call) -> Answer:
    inside = call.path.lower().partition("/providers/")[0] + "/"
    mine = [v for v in world.vaults if v.deleted is None and v.id.lower().startswith(inside)]
    return _reply({"value": [_body(world, vault) for vault in mine]})


@routes("GET", _ONE, f"{TYPE}/read")
async def get(world: World, call: Call) -> Answer:
    return _reply(_body(world, _found(world, call)))


@routes("PUT", _ONE, f"{TYPE}/write")
async def put(world: World, call: Call) -> Answer:
    await world.pace.sleep(world.pace.durations.vault_put)
    if problem := settings.name_problem(call.values["name"]):
        return error(400, "VaultNameNotValid", problem)
    sent, vault = call.json(), _own(world, call)
    wanted, location = sent.get("properties"), settings.location(sent)
    if not isinstance(wanted, dict):
        raise settings.invalid("properties")
    if settings.plain(wanted.get("createMode")) == "recover":
        return _reply(_body(world, vault or _recovered(world, call, location)))
    if vault is None:
        vault = _made(world, call, location, wanted)
        world.vaults.append(vault)
    elif vault.location != location:
        message = f"The resource '{vault.name}' already exists in location '{vault.location}' in resource group '{vault.group}'. A resource with the same name cannot be created in location '{location}'. Please select a new resource name."
        return error(409, "InvalidResourceLocation", message)
    else:
        settings.apply(world, vault, settings.complete(wanted, vault.rbac))
    vault.tags = sent.get("tags") or {}
    return _reply(_body(world, vault))


def _made(world: World, call: Call, location: str, wanted: Json) -> Vault:
    _refuse_taken(world, call, location)
    rbac = call.query.get("api-version", "")[:10] >= _RBAC_SINCE
    wanted, values = settings.complete(wanted, rbac), call.values
    vault = Vault(
        values["subscription"].lower(),
        values["group"],
        values["name"],
        location,
        tenant="",
        created=world.utc(),
        retention_days=settings.retention(wanted),
        ready_at=world.after(world.pace.durations.vault_dns),
    )
    settings.apply(world, vault, wanted)
    vault.policies_at.clear()  # a vault comes up with its first policies in force
    return vault


def _refuse_taken(world: World, call: Call, location: str) -> None:
    name = call.values["name"]
    if _gone(world, call.values["subscription"], location, name):
        raise Refused(
            error(
                409,
                "ConflictError",
                "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
            )
        )
    if _taken(world, name):
        raise Refused(error(409, "VaultAlreadyExists", settings.name_in_use(name)))


def _taken(world: World, name: str) -> bool:
    _settle(world)
    return bool(world.vault_named(name) or world.vault_named(name, deleted=True))


@routes("PATCH", _ONE, f"{TYPE}/write")
async def patch(world: World, call: Call) -> Answer:
    vault, sent = _found(world, call), call.json()
    settings.apply(world, vault, sent.get("properties") or {})
    vault.tags = vault.tags if sent.get("tags") is None else sent["tags"]
    return _reply(_body(world, vault))


@routes("DELETE", _ONE, f"{TYPE}/delete")
async def delete(world: World, call: Call) -> Answer:
    vault = _own(world, call)
    if vault is None:
        return Answer(204)
    vault.deleted = world.utc()
    return _reply(None)


@routes("PUT", _ONE + "/accessPolicies/{kind}", f"{TYPE}/accessPolicies/write")
async def change_policies(world: World, call: Call) -> Answer:
    vault, kind = _found(world, call), call.values["kind"].lower()
    if kind not in ("add", "replace", "remove"):
        raise settings.invalid("operationKind")
    sent = settings.checked((call.json().get("properties") or {}).get("accessPolicies"))
    settings.adopt(world, vault, settings.merged(vault.policies, sent, kind))
    where = {"id": f"{vault.id}/accessPolicies/", "type": f"{TYPE}/accessPolicies"}
    return _reply({**where, "properties": {"accessPolicies": vault.policies}})


@routes("POST", _PROVIDER + "/checkNameAvailability", f"{_SPACE}/checkNameAvailability/read")
async def check_name(world: World, call: Call) -> Answer:
    sent = call.json()
    name = str(sent.get("name") or "")
    if settings.plain(sent.get("type")) != TYPE.lower():
        raise settings.invalid("type")
    if problem := settings.name_problem(name):
        return _reply({"nameAvailable": False, "reason": "AccountNameInvalid", "message": problem})
    if _taken(world, name):
        return _reply(
            {
                "nameAvailable": False,
                "reason": "AlreadyExists",
                "message": settings.name_in_use(name),
            }
        )
    return _reply({"nameAvailable": True})


# -- deleted vaults ---------------------------------------------------------------------------------


def _purge_date(vault: Vault) -> datetime:
    assert vault.deleted is not None
    return vault.deleted + timedelta(days=vault.retention_days)


def _operation(vault: Vault) -> str:
    """The id of a deleted vault's purge: always the same one, so that it can be looked up."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{vault.id}@{vault.deleted}"))


def _settle(world: World) -> None:
    """Forget deleted vaults whose purge has ended or whose retention is over."""
    for vault in [held for held in world.vaults if held.deleted]:
        purged = world.operations.get(_operation(vault))
        if (purged is not None and world.reached(purged)) or _purge_date(vault) <= world.utc():
            world.vaults.remove(vault)


def _gone(world: World, subscription: str, location: str, name: str) -> Vault | None:
    """The deleted vault of this name, if it was in this subscription and region."""
    _settle(world)
    vault, place = world.vault_named(name, deleted=True), (subscription, location)
    there = vault and (vault.subscription, vault.location)
    return vault if there == tuple(settings.plain(part) for part in place) else None


def _recovered(world: World, call: Call, location: str) -> Vault:
    vault = _gone(world, call.values["subscription"], location, call.values["name"])
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
    vault = _gone(world, values["subscription"], values["location"], values["name"])
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
    _settle(world)
    subscription = call.values["subscription"].lower()
    mine = [v for v in world.vaults if v.deleted and v.subscription == subscription]
    return _reply({"value": [_deleted_body(vault) for vault in mine]})


@routes("GET", _DELETED, f"{_SPACE}/locations/deletedVaults/read")
async def get_deleted(world: World, call: Call) -> Answer:
    return _reply(_deleted_body(_found_deleted(world, call)))


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
    return Answer(202, body, {**_HEADERS, "Location": location, "Retry-After": "5"})


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
        world, call, busy, _reply({**body, "lastActionDateTime": moments[1], "status": "Succeeded"})
    )


# -- managed HSMs, of which there are none ----------------------------------------------------------


@routes("GET", _PROVIDER + "/managedHSMs", f"{_SPACE}/managedHSMs/read")
@routes("GET", _GROUP + "/managedHSMs", f"{_SPACE}/managedHSMs/read")
@routes("GET", _PROVIDER + "/deletedManagedHSMs", f"{_SPACE}/deletedManagedHsms/read")
async def list_hsms(world: World, call: Call) -> Answer:
    return _reply({"value": []})


@routes(
    "POST", _PROVIDER + "/checkMhsmNameAvailability", f"{_SPACE}/checkMhsmNameAvailability/read"
)
async def check_hsm_name(world: World, call: Call) -> Answer:
    return _reply({"nameAvailable": True})
