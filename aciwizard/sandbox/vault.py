"""ARM: key vaults and their access policies."""

from __future__ import annotations

from aciwizard.sandbox import deleted_vaults
from aciwizard.sandbox import vault_settings as settings
from aciwizard.sandbox.http import Answer, Call, Json, Refused, Routes, error
from aciwizard.sandbox.locations import chosen
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.vault_settings import TYPE, reply
from aciwizard.sandbox.world import World

routes = Routes()
_SPACE = "Microsoft.KeyVault"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault"
_ONE = _GROUP + "/vaults/{name}"
_RBAC_SINCE = "2026-02-01"  # from this api-version on, a new vault uses roles unless told otherwise


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
    return reply({"value": [_body(world, vault) for vault in mine]})


@routes("GET", _ONE, f"{TYPE}/read")
async def get(world: World, call: Call) -> Answer:
    return reply(_body(world, _found(world, call)))


@routes("PUT", _ONE, f"{TYPE}/write")
async def put(world: World, call: Call) -> Answer:
    await world.pace.sleep(world.pace.durations.vault_put)
    if problem := settings.name_problem(call.values["name"]):
        return error(400, "VaultNameNotValid", problem)
    sent, vault = call.json(), _own(world, call)
    wanted, location = sent.get("properties"), chosen(sent, TYPE)
    if not isinstance(wanted, dict):
        raise settings.invalid("properties")
    if settings.plain(wanted.get("createMode")) == "recover":
        return reply(_body(world, vault or deleted_vaults.recovered(world, call, location)))
    if vault is None:
        vault = _made(world, call, location, wanted)
        world.vaults.append(vault)
    elif vault.location != location:
        message = f"The resource '{vault.name}' already exists in location '{vault.location}' in resource group '{vault.group}'. A resource with the same name cannot be created in location '{location}'. Please select a new resource name."
        return error(409, "InvalidResourceLocation", message)
    else:
        settings.apply(world, vault, settings.complete(wanted, vault.rbac))
    vault.tags = sent.get("tags") or {}
    return reply(_body(world, vault))


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
    if deleted_vaults.gone(world, call.values["subscription"], location, name):
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
    deleted_vaults.settle(world)
    return bool(world.vault_named(name) or world.vault_named(name, deleted=True))


@routes("PATCH", _ONE, f"{TYPE}/write")
async def patch(world: World, call: Call) -> Answer:
    vault, sent = _found(world, call), call.json()
    settings.apply(world, vault, sent.get("properties") or {})
    vault.tags = vault.tags if sent.get("tags") is None else sent["tags"]
    return reply(_body(world, vault))


@routes("DELETE", _ONE, f"{TYPE}/delete")
async def delete(world: World, call: Call) -> Answer:
    vault = _own(world, call)
    if vault is None:
        return Answer(204)
    vault.deleted = world.utc()
    return reply(None)


@routes("PUT", _ONE + "/accessPolicies/{kind}", f"{TYPE}/accessPolicies/write")
async def change_policies(world: World, call: Call) -> Answer:
    vault, kind = _found(world, call), call.values["kind"].lower()
    if kind not in ("add", "replace", "remove"):
        raise settings.invalid("operationKind")
    sent = settings.checked((call.json().get("properties") or {}).get("accessPolicies"))
    settings.adopt(world, vault, settings.merged(vault.policies, sent, kind))
    where = {"id": f"{vault.id}/accessPolicies/", "type": f"{TYPE}/accessPolicies"}
    return reply({**where, "properties": {"accessPolicies": vault.policies}})


@routes("POST", _PROVIDER + "/checkNameAvailability", f"{_SPACE}/checkNameAvailability/read")
async def check_name(world: World, call: Call) -> Answer:
    sent = call.json()
    name = str(sent.get("name") or "")
    if settings.plain(sent.get("type")) != TYPE.lower():
        raise settings.invalid("type")
    if problem := settings.name_problem(name):
        return reply({"nameAvailable": False, "reason": "AccountNameInvalid", "message": problem})
    if _taken(world, name):
        return reply(
            {
                "nameAvailable": False,
                "reason": "AlreadyExists",
                "message": settings.name_in_use(name),
            }
        )
    return reply({"nameAvailable": True})


# -- managed HSMs, of which there are none ----------------------------------------------------------


@routes("GET", _PROVIDER + "/managedHSMs", f"{_SPACE}/managedHSMs/read")
@routes("GET", _GROUP + "/managedHSMs", f"{_SPACE}/managedHSMs/read")
@routes("GET", _PROVIDER + "/deletedManagedHSMs", f"{_SPACE}/deletedManagedHsms/read")
async def list_hsms(world: World, call: Call) -> Answer:
    return reply({"value": []})


@routes(
    "POST", _PROVIDER + "/checkMhsmNameAvailability", f"{_SPACE}/checkMhsmNameAvailability/read"
)
async def check_hsm_name(world: World, call: Call) -> Answer:
    return reply({"nameAvailable": True})
