"""Role definitions and assignments, and when an assignment counts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aciwizard.sandbox import roles
from aciwizard.sandbox.model import RoleAssignment, ServicePrincipal, Vault
from aciwizard.sandbox.pace import Durations
from aciwizard.sandbox.role_definitions import named
from tests.sandbox.conftest import (
    ADA,
    BEN,
    HOME,
    NIA,
    PULLER,
    PULLER_APP,
    REGISTRY,
    REX,
    RG,
    SUB,
    Cloud,
    Reply,
)

ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
VERSION = "2022-04-01"
PULL = "Microsoft.ContainerRegistry/registries/pull/read"


async def assign(
    cloud: Cloud,
    kind: str = "ServicePrincipal",
    who: str = PULLER,
    scope: str = REGISTRY,
    role: str = ACR_PULL,
) -> Reply:
    properties = {
        "roleDefinitionId": f"/subscriptions/{SUB}{DEFINITIONS}/{role}",
        "principalId": who,
    }
    if kind:
        properties["principalType"] = kind
    url = f"{scope}{ASSIGNMENTS}/{cloud.world.guid()}"
    return await cloud.arm("PUT", url, {"properties": properties}, version=VERSION)


async def listed(cloud: Cloud, scope: str, filter: str = "") -> list[RoleAssignment]:
    """The assignments a list at a scope names."""
    url = f"{scope}{ASSIGNMENTS}" + (f"?$filter={filter}" if filter else "")
    value = (await cloud.arm("GET", url, version=VERSION)).json["value"]
    by_name = {held.name: held for held in cloud.world.assignments}
    return [by_name[each["name"]] for each in value]


# -- definitions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AcrPull", "acrpull"])
async def test_a_role_is_found_by_its_name(cloud: Cloud, name: str) -> None:
    url = f"{REGISTRY}{DEFINITIONS}?$filter=roleName eq '{name}'"
    (found,) = (await cloud.arm("GET", url)).json["value"]
    assert found["id"] == f"/subscriptions/{SUB}{DEFINITIONS}/{ACR_PULL}"
    assert (found["name"], found["type"]) == (ACR_PULL, "Microsoft.Authorization/roleDefinitions")
    held = found["properties"]
    assert (held["roleName"], held["type"], held["description"]) == (
        "AcrPull",
        "BuiltInRole",
        "acr pull",
    )
    assert held["permissions"][0]["actions"] == [PULL]
    one = await cloud.arm("GET", f"/subscriptions/{SUB}{DEFINITIONS}/{ACR_PULL}")
    assert one.json == found


async def test_a_role_nobody_knows(cloud: Cloud) -> None:
    none = await cloud.arm("GET", f"{RG}{DEFINITIONS}?$filter=roleName eq 'AcrPul'")
    assert none.json == {"value": []}
    missing = await cloud.arm("GET", f"{RG}{DEFINITIONS}/{NIA}")
    assert missing.fault == (404, "RoleDefinitionDoesNotExist")
    assert (await assign(cloud, role=NIA)).fault == (404, "RoleDefinitionDoesNotExist")


# -- assigning ------------------------------------------------------------------------------------


async def test_an_assignment_is_201_and_its_maker_is_told_later(cloud: Cloud) -> None:
    scope = REGISTRY.replace("resourceGroups", "resourcegroups").replace("/reg", "/REG")
    scope = scope.replace("REGistries", "registries")
    reply = await assign(cloud, scope=scope)
    assert reply.status == 201
    body, held = reply.json, reply.json["properties"]
    assert body["id"] == f"{scope}{ASSIGNMENTS}/{body['name']}"
    assert body["type"] == "Microsoft.Authorization/roleAssignments"
    assert held["createdOn"] == held["updatedOn"]
    expected = {
        "roleDefinitionId": f"/subscriptions/{SUB}{DEFINITIONS}/{ACR_PULL}",
        "principalId": PULLER,
        "principalType": "ServicePrincipal",
        "scope": scope,  # in the caller's own letter case
        "condition": None,
        "conditionVersion": None,
        "createdOn": held["createdOn"],
        "updatedOn": held["updatedOn"],
        "createdBy": None,
        "updatedBy": ADA,
        "delegatedManagedIdentityResourceId": None,
        "description": None,
    }
    assert held == expected
    later = await cloud.arm("GET", body["id"])
    assert later.json["properties"] == {**expected, "createdBy": ADA}


async def test_the_same_again_exists(cloud: Cloud) -> None:
    assert (await assign(cloud)).status == 201
    exists = (409, "RoleAssignmentExists", "The role assignment already exists.")
    assert (await assign(cloud)).refusal == exists
    assert (await assign(cloud, scope=REGISTRY.upper())).refusal == exists
    assert (await assign(cloud, scope=RG)).status == 201
    assert (await assign(cloud, role=named("Reader").id)).status == 201


async def test_the_principal_type_decides_whether_a_new_principal_is_found(cloud: Cloud) -> None:
    new = ServicePrincipal(NIA.replace("3", "6"), "app", "new", HOME)
    new.visible_at = cloud.world.after(60)
    cloud.world.principals.append(new)
    assert (await assign(cloud, kind="", who=new.id)).refusal == (
        400,
        "PrincipalNotFound",
        f"Principal {new.id.replace('-', '')} does not exist in the directory {HOME}. Check that "
        "you have the correct principal ID. If you are creating this principal and then "
        "immediately assigning a role, this error might be related to a replication delay. In "
        "this case, set the role assignment principalType property to a value, such as "
        "ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
    )
    assert (await assign(cloud, who=new.id)).status == 201
    assert cloud.world.pace.now() < new.visible_at
    await cloud.wait(60)
    assert (await assign(cloud, kind="", who=new.id, scope=RG)).status == 201


async def test_a_type_left_out_is_found_out(cloud: Cloud) -> None:
    for who, kind in ((PULLER, "ServicePrincipal"), (NIA, "User")):
        assert (await assign(cloud, kind="", who=who)).json["properties"]["principalType"] == kind


@pytest.mark.parametrize(
    ("who", "kind", "real"),
    [
        (PULLER, "User", "ServicePrincipal"),
        (NIA, "ServicePrincipal", "User"),
        ("app", "ServicePrincipal", "Application"),  # an application's object id is no principal's
    ],
)
async def test_a_type_that_is_not_the_principals(
    cloud: Cloud, who: str, kind: str, real: str
) -> None:
    status, code, message = (await assign(cloud, kind=kind, who=who)).refusal
    assert (status, code) == (400, "UnmatchedPrincipalType")
    assert message == (
        f"The PrincipalId '{who.replace('-', '')}' has type '{real}' , which is different from "
        f"specified PrinciaplType '{kind}'."
    )


@pytest.mark.parametrize("who", [PULLER_APP, "99999999-0000-4000-8000-000000000009", ""])
async def test_somebody_who_does_not_exist(cloud: Cloud, who: str) -> None:
    assert (await assign(cloud, who=who)).fault == (400, "PrincipalNotFound")


async def test_assigning_takes_seconds(cloud: Cloud) -> None:
    await assign(cloud)
    pace = Durations()
    assert cloud.world.pace.now() == pytest.approx(pace.latency + pace.role_put)


async def test_removing(cloud: Cloud) -> None:
    made = (await assign(cloud)).json
    reply = await cloud.arm("DELETE", made["id"])
    assert (reply.status, reply.json["name"]) == (200, made["name"])
    again = await cloud.arm("DELETE", made["id"])
    assert (again.status, again.text) == (204, "")
    assert (await cloud.arm("GET", made["id"])).fault == (404, "RoleAssignmentNotFound")
    assert await listed(cloud, REGISTRY, f"principalId eq '{PULLER}'") == []


# -- listing --------------------------------------------------------------------------------------


@pytest.fixture
def held(cloud: Cloud) -> list[RoleAssignment]:
    """What the puller holds: above the group, at it, below it, and beside it."""
    above = cloud.grant(PULLER, "Reader", f"/subscriptions/{SUB}")
    at = cloud.grant(PULLER, "AcrPull", RG.upper())
    below = cloud.grant(PULLER, "AcrPull", REGISTRY)
    beside = cloud.grant(PULLER, "AcrPull", f"{RG}2")
    return [above, at, below, beside]


async def test_a_list_reaches_above_and_below_a_scope(
    cloud: Cloud, held: list[RoleAssignment]
) -> None:
    above, at, below, _ = held
    mine = f"principalId eq '{PULLER.upper()}'"
    assert await listed(cloud, RG, mine) == [above, at, below]
    assert await listed(cloud, RG, f"assignedTo('{PULLER}')") == [above, at, below]
    assert await listed(cloud, RG, f"atScope() and assignedTo('{PULLER}')") == [above, at]
    assert await listed(cloud, REGISTRY, mine) == [above, at, below]
    assert await listed(cloud, f"/subscriptions/{SUB}", f"atScope() and {mine}") == [above]


async def test_a_list_without_a_principal_names_everybody(
    cloud: Cloud, held: list[RoleAssignment]
) -> None:
    found = await listed(cloud, RG, "atScope()")
    assert {one.principal for one in found} == {ADA, BEN, REX, PULLER}
    assert held[2] not in found and held[3] not in found
    assert held[2] in await listed(cloud, RG)


# -- when a role counts ---------------------------------------------------------------------------


async def test_a_registry_honours_a_role_after_a_while(cloud: Cloud) -> None:
    assert (await assign(cloud)).status == 201
    await cloud.wait(Durations().registry_role_delay - 1)
    assert not roles.allowed(cloud.world, PULLER, PULL, cloud.reg.id)
    await cloud.wait(1)
    assert roles.allowed(cloud.world, PULLER, PULL, cloud.reg.id)


async def test_a_role_on_the_group_is_no_short_cut(cloud: Cloud) -> None:
    assert (await assign(cloud, scope=RG)).status == 201
    assert not roles.allowed(cloud.world, PULLER, PULL, cloud.reg.id)
    await cloud.wait(Durations().registry_role_delay)
    assert roles.allowed(cloud.world, PULLER, PULL, cloud.reg.id)


async def test_a_vault_honours_a_data_role_after_a_while(cloud: Cloud) -> None:
    vault = Vault(SUB, "rg", "kv-demo", "eastus", HOME, cloud.world.utc())
    action = "Microsoft.KeyVault/vaults/secrets/setSecret/action"

    def may(who: str) -> bool:
        return roles.allowed(cloud.world, who, action, f"{vault.id}/secrets/x", data=True)

    assert not may(ADA)  # an owner has no data role
    officer = named("Key Vault Secrets Officer").id
    assert (await assign(cloud, "User", ADA, vault.id, officer)).status == 201
    await cloud.wait(Durations().vault_role_delay - 1)
    assert not may(ADA)
    await cloud.wait(1)
    assert may(ADA) and not may(BEN)


async def test_managing_is_allowed_at_once(cloud: Cloud) -> None:
    sent: Any = {"location": "eastus", "sku": {"name": "Basic"}}
    url = f"{RG}/providers/Microsoft.ContainerRegistry/registries/second"
    assert (await cloud.arm("PUT", url, sent, who=NIA)).status == 403
    assert (await assign(cloud, "User", NIA, RG, named("Contributor").id)).status == 201
    assert (await cloud.arm("PUT", url, sent, who=NIA)).status == 200


async def test_guids_are_compared_without_letter_case(cloud: Cloud) -> None:
    made = (await assign(cloud, who=PULLER.upper(), role=ACR_PULL.upper())).json
    assert made["properties"]["principalId"] == PULLER
    assert re.search(f"/{ACR_PULL}$", made["properties"]["roleDefinitionId"])
    assert (await cloud.arm("GET", made["id"].upper())).status == 200
