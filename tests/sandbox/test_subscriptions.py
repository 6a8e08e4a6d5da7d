"""Subscriptions, tenants, regions, resource groups, providers and the list of resources."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aciwizard.sandbox.model import ContainerGroup, ResourceGroup, Subscription, Vault
from aciwizard.sandbox.pace import Durations
from tests.sandbox.conftest import (
    ADA,
    ARM,
    BEN,
    ELSEWHERE,
    HOME,
    NEW,
    NIA,
    OFF,
    PULLER,
    REGISTRY,
    REX,
    RG,
    SUB,
    Cloud,
)

GROUPS = f"/subscriptions/{SUB}/resourcegroups"
RESOURCES = f"/subscriptions/{SUB}/resources"
ACI = "Microsoft.ContainerInstance"


async def pages(cloud: Cloud, url: str) -> list[Any]:
    """Every page of a list, following nextLink as it was given."""
    found = []
    while url:
        body = (await cloud.arm("GET", url)).json
        found.append(body["value"])
        url = body.get("nextLink", "")
    return found


# -- subscriptions and tenants --------------------------------------------------------------------


async def test_the_list_shows_where_a_caller_has_any_role(cloud: Cloud) -> None:
    async def seen(who: str) -> list[str]:
        reply = await cloud.arm("GET", "/subscriptions", who=who)
        return [each["subscriptionId"] for each in reply.json["value"]]

    assert await seen(ADA) == [SUB, NEW, OFF]
    assert await seen(REX) == await seen(BEN) == [SUB]  # Ben's role is on a group in it
    assert await seen(NIA) == []


async def test_a_subscription_tells_its_state_and_tenant(cloud: Cloud) -> None:
    reply = await cloud.arm("GET", f"/subscriptions/{OFF.upper()}")
    assert reply.json == {
        "id": f"/subscriptions/{OFF}",
        "subscriptionId": OFF,
        "tenantId": HOME,
        "displayName": "Expired trial",
        "state": "Disabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }
    assert (await cloud.arm("GET", f"/subscriptions/{SUB}", who=BEN)).status == 200
    _, code, message = (await cloud.arm("GET", f"/subscriptions/{SUB}", who=NIA)).refusal
    assert code == "AuthorizationFailed"
    assert f"'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/{SUB}'" in message


async def test_many_subscriptions_come_in_pages(cloud: Cloud) -> None:
    for number in range(400):
        made = Subscription(cloud.world.guid(), f"More {number}", HOME)
        cloud.world.subscriptions.append(made)
        cloud.grant(ADA, "Owner", f"/subscriptions/{made.id}")
    found = await pages(cloud, "/subscriptions")
    assert [len(page) for page in found] == [200, 200, 3]
    assert len({each["id"] for page in found for each in page}) == 403


async def test_tenants(cloud: Cloud) -> None:
    value = (await cloud.arm("GET", "/tenants")).json["value"]
    assert [(each["tenantId"], each["defaultDomain"]) for each in value] == [
        (HOME, "contoso.com"),
        (ELSEWHERE, "fabrikam.com"),
    ]
    assert value[0]["id"] == f"/tenants/{HOME}" and value[0]["displayName"] == "Contoso"


async def test_regions_have_two_names_and_coordinates_in_text(cloud: Cloud) -> None:
    value = (await cloud.arm("GET", f"/subscriptions/{SUB}/locations")).json["value"]
    east = next(each for each in value if each["name"] == "eastus")
    assert east["id"] == f"/subscriptions/{SUB}/locations/eastus"
    assert (east["displayName"], east["regionalDisplayName"]) == ("East US", "(US) East US")
    assert (east["type"], east["metadata"]["longitude"]) == ("Region", "-79.8164")
    assert east["metadata"]["geographyGroup"] == "US"


# -- resource groups ------------------------------------------------------------------------------


async def test_a_new_group_is_201_and_one_that_was_there_200(cloud: Cloud) -> None:
    sent = {"location": "West Europe"}
    made = await cloud.arm("PUT", f"{GROUPS}/Fresh", sent)
    assert made.status == 201
    assert made.json == {
        "id": f"/subscriptions/{SUB}/resourceGroups/Fresh",
        "name": "Fresh",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "properties": {"provisioningState": "Succeeded"},
    }
    again = await cloud.arm("PUT", f"{GROUPS}/fresh", {**sent, "tags": {"a": "b"}})
    assert (again.status, again.json["name"], again.json["tags"]) == (200, "Fresh", {"a": "b"})
    kept = await cloud.arm("PUT", f"{GROUPS}/Fresh", sent)
    assert kept.json["tags"] == {"a": "b"}
    (page,) = await pages(cloud, GROUPS)
    assert [each["name"] for each in page] == ["rg", "Fresh"]


async def test_a_group_stays_in_its_region(cloud: Cloud) -> None:
    moved = await cloud.arm("PUT", f"{GROUPS}/rg", {"location": "westus"})
    message = (
        "Invalid resource group location 'westus'. The Resource group already exists in location "
        "'eastus'."
    )
    assert moved.refusal == (409, "InvalidResourceGroupLocation", message)
    nowhere = await cloud.arm("PUT", f"{GROUPS}/new", {"location": "atlantis"})
    assert nowhere.fault == (400, "LocationNotAvailableForResourceGroup")


async def test_a_missing_group(cloud: Cloud) -> None:
    message = "Resource group 'gone' could not be found."
    for method in ("GET", "DELETE"):
        reply = await cloud.arm(method, f"{GROUPS}/gone")
        assert reply.refusal == (404, "ResourceGroupNotFound", message)
        assert reply.headers["x-ms-failure-cause"] == "gateway"
    head = await cloud.arm("HEAD", f"{GROUPS}/gone")
    assert (head.status, head.text) == (404, "")
    assert head.headers["x-ms-failure-cause"] == "gateway"
    there = await cloud.arm("HEAD", f"{GROUPS}/RG")
    assert (there.status, there.text) == (204, "")


async def test_deleting_a_group_takes_a_while_and_all_that_is_in_it(cloud: Cloud) -> None:
    world = cloud.world
    world.instances.append(ContainerGroup(SUB, "rg", "app", "eastus", {}, None, 0, "x"))
    world.vaults.append(Vault(SUB, "rg", "kv-demo", "eastus", HOME, world.utc()))
    world.groups.append(ResourceGroup(SUB, "rg2", "eastus"))
    beside = Vault(SUB, "rg2", "kv-beside", "eastus", HOME, world.utc())
    world.vaults.append(beside)

    reply = await cloud.arm("DELETE", f"{GROUPS}/rg")
    assert (reply.status, reply.text, reply.headers["retry-after"]) == (202, "", "15")
    location = reply.headers["location"]
    assert location.startswith(f"{ARM}/subscriptions/{SUB}/operationresults/")
    assert not world.registries and not world.instances
    assert [(v.name, v.deleted is not None) for v in world.vaults] == [
        ("kv-demo", True),  # soft-deleted, like any vault
        ("kv-beside", False),
    ]

    busy = await cloud.arm("GET", location)
    assert (busy.status, busy.text, busy.headers["retry-after"]) == (202, "", "15")
    state = (await cloud.arm("GET", f"{GROUPS}/rg")).json["properties"]["provisioningState"]
    assert state == "Deleting"
    await cloud.wait(Durations().group_deletion)
    done = await cloud.arm("GET", location)
    assert (done.status, done.text) == (200, "")
    assert (await cloud.arm("HEAD", f"{GROUPS}/rg")).status == 404
    assert (await cloud.arm("PUT", f"{GROUPS}/rg", {"location": "westus"})).status == 201


async def test_poll_addresses_are_signed_anew_and_long(cloud: Cloud) -> None:
    first = (await cloud.arm("DELETE", f"{GROUPS}/rg", version="2022-09-01")).headers["location"]
    cloud.world.groups.append(ResourceGroup(SUB, "rg", "eastus"))
    second = (await cloud.arm("DELETE", f"{GROUPS}/rg")).headers["location"]
    for location, version in ((first, "2022-09-01"), (second, "2025-11-01")):
        query = location.partition("?")[2]
        form = rf"api-version={version}&t=\d{{18}}&c=[\w-]{{2000,}}&s=[\w-]+&h=[\w-]+"
        assert re.fullmatch(form, query)
    assert first.rpartition("&s=")[2] != second.rpartition("&s=")[2]


async def test_an_operation_nobody_began(cloud: Cloud) -> None:
    reply = await cloud.arm("GET", f"/subscriptions/{SUB}/operationresults/{NIA}")
    assert reply.fault == (404, "OperationNotFound")


# -- providers ------------------------------------------------------------------------------------


async def test_registering_a_provider_answers_at_once_and_takes_a_while(cloud: Cloud) -> None:
    url = f"/subscriptions/{NEW}/providers/{ACI}"

    async def state(method: str = "GET", tail: str = "") -> Any:
        reply = await cloud.arm(method, url + tail)
        assert reply.status == 200
        assert not {"location", "azure-asyncoperation", "retry-after"} & set(reply.headers)
        return reply.json["registrationState"]

    assert await state() == "NotRegistered"
    assert await state("POST", "/register") == "Registering"
    await cloud.wait(Durations().provider_registration - 1)
    assert await state("POST", "/register") == "Registering"  # asking again does not start over
    await cloud.wait(1)
    assert await state() == "Registered"
    assert await state("POST", "/register") == "Registered"


async def test_a_provider_names_its_regions_for_people(cloud: Cloud) -> None:
    url = f"/subscriptions/{SUB}/providers/microsoft.containerinstance"
    body = (await cloud.arm("GET", url)).json
    assert body["id"] == f"/subscriptions/{SUB}/providers/{ACI}"
    assert (body["namespace"], body["registrationPolicy"]) == (ACI, "RegistrationRequired")
    (kind,) = body["resourceTypes"]
    assert kind["resourceType"] == "containerGroups"
    assert {"East US", "West Europe"} <= set(kind["locations"])


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("POST", "/register")])
async def test_a_provider_nobody_knows(cloud: Cloud, method: str, tail: str) -> None:
    reply = await cloud.arm(method, f"/subscriptions/{SUB}/providers/Microsoft.Nothing{tail}")
    assert reply.fault == (404, "InvalidResourceNamespace")


# -- resources ------------------------------------------------------------------------------------


async def test_resources_are_found_by_type_and_name(cloud: Cloud) -> None:
    world = cloud.world
    gone = Vault(SUB, "rg", "kv-gone", "eastus", HOME, world.utc(), deleted=world.utc())
    world.vaults += [Vault(SUB, "rg", "kv-demo", "eastus", HOME, world.utc()), gone]
    world.vaults.append(Vault(NEW, "rg", "kv-other", "eastus", HOME, world.utc()))

    async def found(filter: str) -> list[str]:
        reply = await cloud.arm("GET", f"{RESOURCES}?$filter={filter}", version="2015-11-01")
        return [each["name"] for each in reply.json["value"]]

    assert await found("resourceType eq 'microsoft.keyvault/vaults'") == ["kv-demo"]
    assert await found("resourceType eq 'Microsoft.ContainerRegistry/registries'") == ["reg"]
    assert await found("resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'REG'") == []
    assert await found("name eq 'REG'") == ["reg"]
    (entry,) = (await cloud.arm("GET", f"{RESOURCES}?$filter=name eq 'reg'")).json["value"]
    assert entry == {
        "id": REGISTRY,
        "name": "reg",
        "type": "Microsoft.ContainerRegistry/registries",
        "location": "eastus",
    }


async def test_a_groups_resources_are_its_own(cloud: Cloud) -> None:
    world, url = cloud.world, f"{RG}/resources"
    world.groups.append(ResourceGroup(SUB, "rg2", "eastus"))
    world.vaults.append(Vault(SUB, "RG", "kv-demo", "eastus", HOME, world.utc()))
    world.vaults[0].tags = {"made": "by"}
    world.vaults.append(Vault(SUB, "rg2", "kv-other", "eastus", HOME, world.utc()))

    found = (await cloud.arm("GET", url, who=BEN)).json["value"]
    assert [each["name"] for each in found] == ["reg", "kv-demo"]
    assert "tags" not in found[0] and found[1]["tags"] == {"made": "by"}
    (page,) = (await cloud.arm("GET", f"{url}?$filter=name eq 'kv-demo'")).json["value"]
    assert page["type"] == "Microsoft.KeyVault/vaults"
    assert [len(page) for page in await pages(cloud, f"{url}?$top=1")] == [1, 1]
    reply = await cloud.arm("GET", f"{RG}2/resources", who=BEN)
    assert reply.fault == (403, "AuthorizationFailed")
    missing = await cloud.arm("GET", f"{RG}3/resources")
    assert missing.fault == (404, "ResourceGroupNotFound")


async def test_the_next_page_asks_the_same_question(cloud: Cloud) -> None:
    now = cloud.world.utc()
    for number in range(250):
        cloud.world.vaults.append(Vault(SUB, "rg", f"kv-{number:03d}", "eastus", HOME, now))
        name = f"app-{number:03d}"
        cloud.world.instances.append(ContainerGroup(SUB, "rg", name, "eastus", {}, None, 0, "x"))
    filter = "resourceType eq 'Microsoft.KeyVault/vaults'"
    found = await pages(cloud, f"{RESOURCES}?$filter={filter}")
    assert [len(page) for page in found] == [200, 50]
    assert {each["type"] for page in found for each in page} == {"Microsoft.KeyVault/vaults"}


async def test_permissions_are_the_callers_own(cloud: Cloud) -> None:
    async def actions(who: str) -> list[list[str]]:
        url = f"{RG}/providers/Microsoft.Authorization/permissions"
        return [each["actions"] for each in (await cloud.arm("GET", url, who=who)).json["value"]]

    assert await actions(ADA) == await actions(BEN) == [["*"]]
    assert await actions(REX) == [["*/read"]]
    assert await actions(PULLER) == []
