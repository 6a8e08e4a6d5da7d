"""Key Vault's management plane: what az and the SDKs rely on."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from aciwizard.sandbox import deleted_vaults, vault
from aciwizard.sandbox.http import Answer, Call, Refused
from aciwizard.sandbox.model import Tenant, Vault
from aciwizard.sandbox.pace import Pace
from aciwizard.sandbox.vault_settings import granted
from aciwizard.sandbox.world import World

TENANT = "11111111-1111-1111-1111-111111111111"
SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
SOMEBODY = "33333333-3333-3333-3333-333333333333"
PROVIDER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault"
KV = f"{GROUP}/vaults/kv-demo"
DELETED = f"{PROVIDER}/locations/eastus/deletedVaults/kv-demo"


class Clock(Pace):
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.moment = 0.0

    def now(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += seconds


@pytest.fixture
def world() -> World:
    made = World(Clock(), seed=7)
    made.tenants = [Tenant(TENANT, "Contoso", "contoso.example")]
    return made


async def ask(
    world: World, method: str, path: str, body: object = None, version: str = "2026-02-01"
) -> Answer:
    sent = b"" if body is None else json.dumps(body).encode()
    call = Call(method, "management.azure.com", path, {"api-version": version}, body=sent)
    found = vault.routes.find(call) or deleted_vaults.routes.find(call)
    assert found, f"no route for {method} {path}"
    route, matched = found
    try:
        return await route.handler(world, matched)
    except Refused as refusal:
        return refusal.answer


def wanted(**properties: object) -> dict[str, Any]:
    sku = {"family": "A", "name": "standard"}
    basis = {"tenantId": TENANT, "sku": sku, "accessPolicies": []}
    return {"location": "eastus", "properties": {**basis, **properties}}


def policy(*secrets: str, holder: str = SOMEBODY) -> dict[str, Any]:
    return {"tenantId": TENANT, "objectId": holder, "permissions": {"secrets": list(secrets)}}


def body(answer: Answer) -> Any:
    return json.loads(answer.payload())


def fault(answer: Answer) -> tuple[int, str]:
    return answer.status, body(answer)["error"]["code"]


def only(world: World) -> Vault:
    (made,) = world.vaults
    return made


# -- creating and changing -------------------------------------------------------------------------


async def test_a_new_vault_registers_its_name_first(world: World) -> None:
    made = await ask(world, "PUT", KV, {**wanted(), "tags": {"a": "b"}})
    assert made.status == 200
    assert body(made)["properties"]["provisioningState"] == "RegisteringDns"
    assert body(made)["properties"]["vaultUri"] == "https://kv-demo.vault.azure.net/"
    assert body(made)["tags"] == {"a": "b"}
    assert world.vault_at("kv-demo.vault.azure.net") is None

    await world.pace.sleep(world.pace.durations.vault_dns)
    found = await ask(world, "GET", KV.replace("resourceGroups/rg", "resourcegroups/RG"))
    assert body(found)["properties"]["provisioningState"] == "Succeeded"
    assert body(found)["id"] == KV
    assert world.vault_at("kv-demo.vault.azure.net") is only(world)


@pytest.mark.parametrize(
    ("version", "said", "rbac"),
    [
        ("2026-02-01", None, True),
        ("2026-09-01-preview", None, True),
        ("2023-07-01", None, False),
        ("2026-05-15", False, False),
        ("2023-07-01", True, True),
    ],
)
async def test_the_access_model_left_out_depends_on_the_api_version(
    world: World, version: str, said: bool | None, rbac: bool
) -> None:
    made = await ask(world, "PUT", KV, wanted(enableRbacAuthorization=said), version)
    assert body(made)["properties"]["enableRbacAuthorization"] is rbac


async def test_an_update_succeeds_at_once_and_keeps_what_it_leaves_out(world: World) -> None:
    await ask(world, "PUT", KV, wanted(enablePurgeProtection=True, softDeleteRetentionInDays=7))
    await world.pace.sleep(60)
    again = await ask(world, "PUT", KV, wanted(), "2023-07-01")
    properties = body(again)["properties"]
    assert again.status == 200
    assert properties["provisioningState"] == "Succeeded"
    assert properties["enableRbacAuthorization"] is True
    assert properties["enablePurgeProtection"] is True
    assert properties["softDeleteRetentionInDays"] == 7
    assert len(world.vaults) == 1


async def test_purge_protection_is_not_mentioned_where_it_is_off(world: World) -> None:
    made = await ask(world, "PUT", KV, wanted())
    assert "enablePurgeProtection" not in body(made)["properties"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (
            {"enablePurgeProtection": False},
            'The property "enablePurgeProtection" cannot be set to false. Enabling the purge '
            "protection for a vault is an irreversible action.",
        ),
        (
            {"accessPolicies": [{"objectId": SOMEBODY}]},
            "An invalid value was provided for 'accessPolicies'.",
        ),
        (
            {"accessPolicies": [policy("fetch")]},
            "An invalid value was provided for 'accessPolicies'.",
        ),
        (
            {"accessPolicies": None, "enableRbacAuthorization": False},
            "The parameter accessPolicies is not specified.",
        ),
        ({"tenantId": SOMEBODY}, "An invalid value was provided for 'tenantId'."),
        ({"sku": None}, "An invalid value was provided for 'sku'."),
        (
            {"softDeleteRetentionInDays": 6},
            "An invalid value was provided for 'softDeleteRetentionInDays'.",
        ),
    ],
)
async def test_what_a_vault_cannot_be(
    world: World, properties: dict[str, object], message: str
) -> None:
    refused = await ask(world, "PUT", KV, wanted(**properties))
    assert refused.status == 400
    assert body(refused) == {"error": {"code": "BadRequest", "message": message}}
    assert world.vaults == []


async def test_the_retention_is_set_once(world: World) -> None:
    await ask(world, "PUT", KV, wanted(softDeleteRetentionInDays=7))
    change = {"properties": {"softDeleteRetentionInDays": 30}}
    assert fault(await ask(world, "PATCH", KV, change)) == (400, "BadRequest")


async def test_a_vault_stays_in_its_region(world: World) -> None:
    assert fault(await ask(world, "PUT", KV, {"properties": {}})) == (400, "LocationRequired")
    nowhere = {**wanted(), "location": "atlantis"}
    refused = await ask(world, "PUT", KV, nowhere)
    assert fault(refused) == (400, "LocationNotAvailableForResourceType")
    await ask(world, "PUT", KV, {**wanted(), "location": "East US"})
    assert only(world).location == "eastus"
    moved = await ask(world, "PUT", KV, {**wanted(), "location": "westus"})
    assert fault(moved) == (409, "InvalidResourceLocation")


@pytest.mark.parametrize("name", ["kv", "1kv", "kv--demo", "kv-", "k" * 25, "kv_demo"])
async def test_names_a_vault_cannot_have(world: World, name: str) -> None:
    refused = await ask(world, "PUT", f"{GROUP}/vaults/{name}", wanted())
    assert fault(refused) == (400, "VaultNameNotValid")
    sent = {"name": name, "type": "Microsoft.KeyVault/vaults"}
    said = body(await ask(world, "POST", f"{PROVIDER}/checkNameAvailability", sent))
    assert said["nameAvailable"] is False
    assert said["reason"] == "AccountNameInvalid"
    assert said["message"] == body(refused)["error"]["message"]


async def test_a_patch_changes_only_what_it_says(world: World) -> None:
    await ask(world, "PUT", KV, {**wanted(), "tags": {"a": "b"}})
    change = {"properties": {"enableRbacAuthorization": False}}
    patched = body(await ask(world, "PATCH", KV, change))
    assert patched["properties"]["enableRbacAuthorization"] is False
    assert patched["tags"] == {"a": "b"}
    assert body(await ask(world, "PATCH", KV, {"tags": {}}))["tags"] == {}


@pytest.mark.parametrize(
    "closing", [{"publicNetworkAccess": "Disabled"}, {"networkAcls": {"defaultAction": "Deny"}}]
)
async def test_a_closed_vault_says_so(world: World, closing: dict[str, object]) -> None:
    made = await ask(world, "PUT", KV, wanted(**closing))
    assert only(world).closed
    assert body(made)["properties"]["networkAcls"]["defaultAction"] == "Deny"
    opened = {"properties": {"publicNetworkAccess": "Enabled"}}
    assert "networkAcls" not in body(await ask(world, "PATCH", KV, opened))["properties"]


async def test_what_is_not_there(world: World) -> None:
    missing = await ask(world, "GET", KV)
    assert fault(missing) == (404, "ResourceNotFound")
    assert missing.headers["x-ms-failure-cause"] == "gateway"
    assert "'Microsoft.KeyVault/vaults/kv-demo' under resource group 'rg'" in str(missing.body)
    assert (await ask(world, "DELETE", KV)).status == 204


async def test_lists_of_vaults(world: World) -> None:
    await ask(world, "PUT", KV, wanted())
    await ask(world, "PUT", KV.replace("/rg/", "/rg2/").replace("kv-demo", "kv-two"), wanted())
    here = body(await ask(world, "GET", f"{GROUP}/vaults"))
    assert [found["name"] for found in here["value"]] == ["kv-demo"]
    everywhere = body(await ask(world, "GET", f"{PROVIDER}/vaults"))
    assert [found["name"] for found in everywhere["value"]] == ["kv-demo", "kv-two"]


async def test_there_are_no_managed_hsms(world: World) -> None:
    for path in ("managedHSMs", "deletedManagedHSMs"):
        assert body(await ask(world, "GET", f"{PROVIDER}/{path}")) == {"value": []}
    free = await ask(world, "POST", f"{PROVIDER}/checkMhsmNameAvailability", {"name": "x"})
    assert body(free) == {"nameAvailable": True}


def test_every_route_names_its_action() -> None:
    assert all(
        route.action.startswith("Microsoft.KeyVault/")
        for route in (*vault.routes, *deleted_vaults.routes)
    )


# -- access policies -------------------------------------------------------------------------------


async def test_policies_are_added_replaced_and_removed(world: World) -> None:
    await ask(world, "PUT", KV, wanted(accessPolicies=[policy("get", "list")]))

    async def change(kind: str, *secrets: str) -> list[Any]:
        sent = {"properties": {"accessPolicies": [policy(*secrets)]}}
        answer = await ask(world, "PUT", f"{KV}/accessPolicies/{kind}", sent)
        assert answer.status == 200
        assert body(answer)["type"] == "Microsoft.KeyVault/vaults/accessPolicies"
        policies = body(answer)["properties"]["accessPolicies"]
        return [held["permissions"]["secrets"] for held in policies]

    assert await change("add", "Get", "set") == [["get", "list", "set"]]
    assert await change("remove", "list") == [["get", "set"]]
    assert await change("replace", "all") == [["all"]]
    assert await change("remove", "all") == []


async def test_policies_that_are_none(world: World) -> None:
    await ask(world, "PUT", KV, wanted())
    refused = await ask(world, "PUT", f"{KV}/accessPolicies/add", {"properties": {}})
    assert fault(refused) == (400, "BadRequest")
    unknown = await ask(world, "PUT", f"{KV}/accessPolicies/swap", {"properties": {}})
    assert fault(unknown) == (400, "BadRequest")


async def test_a_policy_that_gives_more_is_in_force_later(world: World) -> None:
    await ask(world, "PUT", KV, wanted(accessPolicies=[policy("get", "list")]))
    made = only(world)
    assert made.policies_at == {}

    async def send(kind: str, *secrets: str) -> None:
        sent = {"properties": {"accessPolicies": [policy(*secrets)]}}
        await ask(world, "PUT", f"{KV}/accessPolicies/{kind}", sent)

    await send("remove", "list")
    await send("add", "get")
    assert made.policies_at == {}
    await send("add", "set")
    due = world.after(world.pace.durations.vault_role_delay)
    assert made.policies_at == {SOMEBODY: due}
    await world.pace.sleep(5)
    await send("add", "set")
    assert made.policies_at == {SOMEBODY: due}


def test_all_is_not_purge() -> None:
    assert "purge" not in granted([policy("All")], SOMEBODY)
    assert "set" in granted([policy("All")], SOMEBODY)
    assert "purge" in granted([policy("all", "purge")], SOMEBODY)


# -- names that are taken --------------------------------------------------------------------------


async def available(world: World, name: str) -> Any:
    sent = {"name": name, "type": "Microsoft.KeyVault/vaults"}
    return body(await ask(world, "POST", f"{PROVIDER}/checkNameAvailability", sent))


async def test_a_name_taken_and_one_deleted_look_the_same(world: World) -> None:
    assert await available(world, "kv-demo") == {"nameAvailable": True}
    await ask(world, "PUT", KV, wanted())
    taken = await available(world, "KV-Demo")
    assert taken["reason"] == "AlreadyExists"
    await ask(world, "DELETE", KV)
    assert await available(world, "KV-Demo") == taken


async def test_a_name_somebody_else_has(world: World) -> None:
    await ask(world, "PUT", KV, wanted())
    other = KV.replace("/rg/", "/other/")
    assert fault(await ask(world, "PUT", other, wanted())) == (409, "VaultAlreadyExists")


async def test_a_name_of_an_own_deleted_vault(world: World) -> None:
    await ask(world, "PUT", KV, wanted())
    await ask(world, "DELETE", KV)
    assert fault(await ask(world, "PUT", KV, wanted())) == (409, "ConflictError")
    elsewhere = {**wanted(), "location": "westus"}
    assert fault(await ask(world, "PUT", KV, elsewhere)) == (409, "VaultAlreadyExists")


# -- deleting, recovering, purging -----------------------------------------------------------------


async def test_a_deleted_vault_is_listed_where_it_was(world: World) -> None:
    await ask(world, "PUT", KV, {**wanted(softDeleteRetentionInDays=7), "tags": {"a": "b"}})
    await world.pace.sleep(60)
    gone = await ask(world, "DELETE", KV)
    assert (gone.status, gone.payload()) == (200, b"")
    assert world.vault_at("kv-demo.vault.azure.net") is None
    assert fault(await ask(world, "GET", KV)) == (404, "ResourceNotFound")

    found = body(await ask(world, "GET", DELETED))
    assert found["id"] == DELETED
    assert found["properties"]["vaultId"] == KV
    assert found["properties"]["tags"] == {"a": "b"}
    assert found["properties"]["deletionDate"].endswith("Z")
    assert "." not in found["properties"]["scheduledPurgeDate"]
    assert "purgeProtectionEnabled" not in found["properties"]
    assert body(await ask(world, "GET", f"{PROVIDER}/deletedVaults")) == {"value": [found]}
    away = await ask(world, "GET", DELETED.replace("eastus", "westus"))
    assert fault(away) == (404, "DeletedVaultNotFound")


async def test_a_recovered_vault_is_what_it_was(world: World) -> None:
    policies = [policy("get")]
    await ask(world, "PUT", KV, wanted(accessPolicies=policies, enableRbacAuthorization=False))
    await world.pace.sleep(60)
    await ask(world, "DELETE", KV)
    again = await ask(world, "PUT", KV, wanted(createMode="recover", enableRbacAuthorization=True))
    properties = body(again)["properties"]
    assert again.status == 200
    assert properties["provisioningState"] == "Succeeded"
    assert properties["accessPolicies"] == policies
    assert properties["enableRbacAuthorization"] is False
    assert world.vault_at("kv-demo.vault.azure.net") is only(world)
    assert fault(await ask(world, "GET", DELETED)) == (404, "DeletedVaultNotFound")


async def test_nothing_to_recover(world: World) -> None:
    refused = await ask(world, "PUT", KV, wanted(createMode="recover"))
    assert fault(refused) == (400, "SoftDeletedVaultDoesNotExist")


async def test_a_purge_is_polled_until_the_name_is_free(world: World) -> None:
    await ask(world, "PUT", KV, wanted())
    await ask(world, "DELETE", KV)
    begun = await ask(world, "POST", f"{DELETED}/purge")
    assert (begun.status, begun.payload()) == (202, b"")
    assert begun.headers["Retry-After"] == "5"

    location = urlsplit(begun.headers["Location"])
    assert location.netloc == "management.azure.com"
    assert {"t", "c", "s", "h"} < set(parse_qs(location.query))
    busy = await ask(world, "GET", location.path)
    assert (busy.status, body(busy)["status"]) == (202, "NotStarted")
    assert busy.headers["Retry-After"] == "5"
    assert busy.headers["Location"] != begun.headers["Location"]
    assert urlsplit(busy.headers["Location"]).path == location.path
    assert fault(await ask(world, "PUT", KV, wanted())) == (409, "ConflictError")

    await world.pace.sleep(world.pace.durations.vault_purge)
    done = await ask(world, "GET", location.path)
    assert done.status == 200
    assert set(body(done)) == {"createdDateTime", "lastActionDateTime", "status"}
    assert body(done)["status"] == "Succeeded"
    assert body(done)["createdDateTime"][10] == " "
    assert body(done)["createdDateTime"] == body(busy)["createdDateTime"]
    assert fault(await ask(world, "GET", DELETED)) == (404, "DeletedVaultNotFound")
    assert (await ask(world, "PUT", KV, wanted())).status == 200


async def test_a_vault_being_purged_is_not_recovered(world: World) -> None:
    await ask(world, "PUT", KV, wanted())
    await ask(world, "DELETE", KV)
    await ask(world, "POST", f"{DELETED}/purge")
    refused = await ask(world, "PUT", KV, wanted(createMode="recover"))
    assert fault(refused) == (400, "SoftDeletedVaultDoesNotExist")


async def test_a_protected_vault_is_not_purged(world: World) -> None:
    await ask(world, "PUT", KV, wanted(enablePurgeProtection=True))
    await ask(world, "DELETE", KV)
    assert body(await ask(world, "GET", DELETED))["properties"]["purgeProtectionEnabled"] is True
    assert fault(await ask(world, "POST", f"{DELETED}/purge")) == (405, "MethodNotAllowed")


async def test_a_deleted_vault_goes_when_its_retention_is_over(world: World) -> None:
    await ask(world, "PUT", KV, wanted(softDeleteRetentionInDays=7))
    await ask(world, "DELETE", KV)
    await world.pace.sleep(7 * 86_400)
    assert await available(world, "kv-demo") == {"nameAvailable": True}


async def test_an_operation_nobody_began(world: World) -> None:
    path = f"{PROVIDER}/locations/eastus/operationResults/{SOMEBODY}"
    assert (await ask(world, "GET", path)).status == 404
