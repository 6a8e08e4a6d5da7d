"""A whole deployment without a screen, and what the simulated world says of it afterwards."""

from __future__ import annotations

import asyncio
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aciwizard.core.answers import complete
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan
from aciwizard.headless import apply as headless
from aciwizard.headless.output import Json, Text
from aciwizard.sandbox.model import Registry, ResourceGroup
from aciwizard.sandbox.role_definitions import named
from tests.conftest import Azure, Start

MOST_REQUESTS = 75


def plan(azure: Azure, **changes: Any) -> Plan:
    answers: dict[str, Any] = {
        "subscription": azure.world.subscriptions[0].id,
        "resource_group": "myrg",
        "registry": "myregistry",
        "repository": "aci-helloworld",
        "tag": "v1",
        **changes,
    }
    return complete({name: Answer(value, Origin.CHOSEN) for name, value in answers.items()})


def apply(azure: Azure, wanted: Plan) -> tuple[int, str, str]:
    """Exit code, standard output and rows of a run."""
    rows, result = io.StringIO(), io.StringIO()
    code = asyncio.run(headless.apply(wanted, {}, Text(rows, result), azure.clock))
    return code, result.getvalue(), rows.getvalue()


def registry(azure: Azure, name: str = "myregistry") -> Registry:
    return next(one for one in azure.world.registries if one.name == name)


def test_the_world_after_a_deployment(azure: Azure) -> None:
    before = {held.name for held in azure.world.assignments}
    applications = len(azure.world.applications)

    code, out, _ = apply(azure, plan(azure, vault="kv-story"))

    assert code == 0
    world = azure.world
    assert len(world.applications) == applications + 1
    application = world.applications[-1]
    principals = [one for one in world.principals if one.app_id == application.app_id]
    assert len(principals) == 1
    assert len(application.passwords) == 1
    held = [a for a in world.assignments if a.principal == principals[0].id]
    assert [(a.scope, a.role) for a in held] == [(registry(azure).id, named("AcrPull").id)]
    mine = {a.scope for a in world.assignments if a.name not in before} - {registry(azure).id}
    vault = world.vault_named("kv-story")
    assert vault is not None and mine == {vault.id}
    assert sorted(vault.secrets) == ["myregistry-pull-pwd", "myregistry-pull-usr"]
    assert vault.secrets["myregistry-pull-usr"].versions[-1].value == application.app_id
    stored = vault.secrets["myregistry-pull-pwd"].versions[-1]
    assert stored.value == application.passwords[0].value
    assert stored.tags["keyId"] == application.passwords[0].key_id
    assert stored.tags["appId"] == application.app_id
    assert stored.expires is not None
    group = world.instance(world.subscriptions[0].id, "myrg", "aci-helloworld")
    assert group is not None and out.strip() == f"http://{group.fqdn}/"


def test_a_second_run_makes_nothing_new(azure: Azure) -> None:
    wanted = plan(azure)
    _, first, _ = apply(azure, wanted)
    world = azure.world
    before = (len(world.applications), len(world.assignments), len(world.vaults))
    passwords = [len(one.passwords) for one in world.applications]

    code, second, rows = apply(azure, wanted)

    assert (code, second) == (0, first)
    assert (len(world.applications), len(world.assignments), len(world.vaults)) == before
    assert [len(one.passwords) for one in world.applications] == passwords
    assert "working     Container group" not in rows


def test_requests_of_a_deployment_have_a_bound(azure: Azure) -> None:
    code, _, _ = apply(azure, plan(azure))
    print(f"requests: {azure.requests}, bound: {MOST_REQUESTS}")
    assert code == 0
    assert azure.requests <= MOST_REQUESTS


def test_every_replication_delay_is_waited_out(start_azure: Start) -> None:
    azure = start_azure(
        application_by_id_delay=20.0,
        application_delay=15.0,
        principal_delay=30.0,
        password_delay=60.0,
        vault_role_delay=90.0,
        registry_role_delay=180.0,
    )
    code, _, rows = apply(azure, plan(azure))
    assert code == 0
    for reason in ("accept the new password", "honour the new role", "right to write secrets"):
        assert reason in rows


def test_the_product_never_sleeps_by_itself() -> None:
    """Every wait goes through the injected clock, so that none is a fixed sleep."""
    source = Path(__file__).parents[2] / "aciwizard"
    sleeping = re.compile(r"\b(?:asyncio|time)\.sleep\(")
    found = [
        str(path.relative_to(source))
        for folder in ("core", "azure", "steps", "headless")
        for path in (source / folder).rglob("*.py")
        if sleeping.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["core/clock.py"]


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"tag": "v9"}, 2, "newest tags: latest, v2.1, v2, v1"),
        ({"repository": "nothing-here"}, 2, "there is no repository nothing-here"),
        ({"repository": "pi-gateway", "tag": "latest"}, 2, "linux/arm64"),
        ({"repository": "windows/legacy-app", "tag": "1709"}, 2, "OsVersionNotSupported"),
        ({"repository": "ml/model-server", "tag": "large"}, 2, "16.0 GB"),
        ({"registry": "closedregistry"}, 1, "closed to the public network"),
        ({"registry": "nobodyhasthis"}, 2, "RegistryNotFound"),
        ({"vault": "contoso-old-kv"}, 2, "deleted in eastus"),
        ({"vault": "contoso-policy-kv"}, 2, "VaultAlreadyExists"),
        ({"vault": "contoso-closed-kv", "vault_group": "shared-northeurope"}, 1, "firewall"),
        ({"container": "storefront", "subscription": 1, "resource_group": "storefront"}, 2, ""),
        ({"app_id": "11111111-2222-4333-8444-555555555555"}, 2, "ApplicationNotFound"),
    ],
)
def test_what_stands_in_the_way_is_said_before_anything_is_made(
    azure: Azure, changes: dict[str, Any], code: int, said: str
) -> None:
    if changes.get("subscription") == 1:
        changes = {**changes, "subscription": azure.world.subscriptions[1].id}
    world = azure.world
    before = (len(world.applications), len(world.vaults), len(world.assignments))

    ended, out, rows = apply(azure, plan(azure, **changes))

    assert (ended, out) == (code, "")
    assert said in rows
    assert (len(world.applications), len(world.vaults), len(world.assignments)) == before


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"repository": "flaky", "tag": "latest"}, 1, "DATABASE_URL is not set"),
        (
            {"repository": "jobs/import", "tag": "nightly", "restart_policy": "Never"},
            1,
            "orders.csv",
        ),
        ({"repository": "quiet", "tag": "latest"}, 1, "PortNotAnswering"),
        ({"ports": [8088]}, 1, "listening on port 80"),
        ({"cpu": 11, "memory": 4}, 1, "ContainerGroupQuotaReached"),
        ({"cpu": 5, "memory": 4}, 1, "ServiceUnavailable"),
    ],
)
def test_a_container_that_does_not_answer_is_explained(
    azure: Azure, changes: dict[str, Any], code: int, said: str
) -> None:
    ended, out, rows = apply(azure, plan(azure, **changes))
    assert (ended, out) == (code, "")
    assert said in rows


def test_a_job_that_ends_well_is_a_success(azure: Azure) -> None:
    wanted = plan(azure, repository="jobs/cleanup", tag="stable", restart_policy="Never")
    code, out, rows = apply(azure, wanted)
    assert code == 0
    assert out == "cleanup\n"
    assert "succeeded" in rows


def test_an_abac_registry_gets_the_role_it_honours(azure: Azure) -> None:
    wanted = plan(azure, registry="abacregistry", resource_group="demo-westeurope")
    code, _, rows = apply(azure, wanted)
    assert code == 0
    assert "Container Registry Repository Reader" in rows
    roles = {named("AcrPull").id, named("Container Registry Repository Reader").id}
    held = [a for a in azure.world.assignments if a.role in roles]
    assert [a.role for a in held] == [named("Container Registry Repository Reader").id]


def test_a_vault_with_access_policies_is_left_as_it_is(azure: Azure) -> None:
    wanted = plan(azure, vault="contoso-policy-kv", vault_group="demo-westeurope")
    vault = azure.world.vault_named("contoso-policy-kv")
    assert vault is not None
    policies = len(vault.policies)
    code, _, _ = apply(azure, wanted)
    assert code == 0
    assert not vault.rbac and len(vault.policies) == policies


def test_a_login_server_that_is_not_the_name(azure: Azure) -> None:
    code, _, rows = apply(azure, plan(azure, registry="scopedregistry"))
    assert code == 0
    assert "scopedregistry-gkc7b5gtbah2egcb.azurecr.io" in rows


def test_providers_are_registered_in_a_new_subscription(azure: Azure) -> None:
    world = azure.world
    fresh = world.subscriptions[2]
    world.groups.append(ResourceGroup(fresh.id, "myrg", "eastus"))
    registry(azure).subscription = fresh.id
    wanted = plan(azure, subscription=fresh.id, resource_group="made-new", location="westeurope")
    code, _, rows = apply(azure, wanted)
    assert code == 0
    assert "Azure registers" in rows
    assert set(fresh.registered) == {"microsoft.containerinstance", "microsoft.keyvault"}
    group = world.group(fresh.id, "made-new")
    assert group is not None and group.location == "westeurope"


def test_a_password_about_to_expire_is_replaced(azure: Azure) -> None:
    short = plan(azure, lifetime_days=1)
    assert apply(azure, short)[0] == 0
    code, _, rows = apply(azure, replace(short, lifetime_days=90))
    assert code == 0
    assert "the stored one expires on" in rows
    vault = azure.world.vault_named(short.vault)
    assert vault is not None
    assert len(vault.secrets["myregistry-pull-pwd"].versions) == 2
    assert azure.world.applications[-1].passwords[-1].value == (
        vault.secrets["myregistry-pull-pwd"].versions[-1].value
    )


def test_secrets_stored_by_somebody_else_are_not_replaced(azure: Azure) -> None:
    wanted = plan(azure)
    assert apply(azure, wanted)[0] == 0
    vault = azure.world.vault_named(wanted.vault)
    assert vault is not None
    for stored in vault.secrets.values():
        stored.versions[-1].tags.clear()
    azure.world.applications[-1].tags.clear()
    code, _, rows = apply(azure, wanted)
    assert code == 2
    assert "SecretsNotOurs" in rows


def test_changes_are_put_and_what_cannot_change_is_replaced(azure: Azure) -> None:
    wanted = plan(azure, container="web")
    assert apply(azure, wanted)[0] == 0
    code, _, rows = apply(azure, replace(wanted, tag="v2"))
    assert code == 0
    assert "aci-helloworld:v1 to myregistry.azurecr.io/aci-helloworld:v2" in rows
    code, _, rows = apply(azure, replace(wanted, tag="v2", memory=2.0))
    assert code == 0
    assert "cannot change: memory 1.5 to 2.0" in rows
    group = azure.world.instance(wanted.subscription, "myrg", "web")
    assert group is not None
    assert group.properties["containers"][0]["properties"]["resources"]["requests"] == {
        "cpu": 1.0,
        "memoryInGB": 2.0,
    }


def test_json_lines_say_the_same(azure: Azure) -> None:
    result = io.StringIO()
    code = asyncio.run(headless.apply(plan(azure), {}, Json(result), azure.clock))
    lines = [json.loads(line) for line in result.getvalue().splitlines()]
    assert code == 0
    assert lines[-1]["event"] == "finished"
    assert lines[-1]["proof"]["status"] == 200
    assert {line["kind"] for line in lines if line["event"] == "made"} >= {
        "vault",
        "application",
        "service principal",
        "password",
        "secret",
        "container group",
    }
    phases = {line["phase"] for line in lines if line.get("step") == "answer"}
    assert "proven" in phases


def test_checking_a_plan_writes_nothing(azure: Azure, tmp_path: Path) -> None:
    rows = io.StringIO()
    world = azure.world
    before = (len(world.applications), len(world.vaults), len(world.assignments))
    code = asyncio.run(headless.check(plan(azure), Text(rows), azure.clock))
    assert code == 0
    assert "to create   Key vault" in rows.getvalue()
    assert (len(world.applications), len(world.vaults), len(world.assignments)) == before
