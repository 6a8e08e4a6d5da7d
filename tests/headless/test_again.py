"""Interrupted, gone on with, taken back: whole deployments, and what the world says afterwards."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from aciwizard import state
from aciwizard.core.journal import Course, Record
from aciwizard.core.journals import Journals
from aciwizard.core.plan import SAMPLE_IMAGE
from aciwizard.headless import apply as headless
from aciwizard.headless import undo as undoing
from aciwizard.headless.output import Text
from aciwizard.sandbox.faults import Faults, Rule
from aciwizard.sandbox.model import ResourceGroup, Vault
from tests.conftest import Azure, Start
from tests.headless.test_apply import apply, plan
from tests.matrix.conftest import snapshot


@pytest.fixture(autouse=True)
def state_folder(azure: Azure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def journals(azure: Azure) -> Journals:
    return state.journals(azure.clock)


def newest(azure: Azure) -> Record:
    return journals(azure).find(None, lambda _: True)


def undo(azure: Azure, record: Record | None = None, purge: bool = False) -> tuple[int, str]:
    rows = io.StringIO()
    writer = Text(rows, io.StringIO())
    work = undoing.undo(record or newest(azure), writer, azure.clock, purge, None)
    return asyncio.run(work), rows.getvalue()


def resume(azure: Azure) -> tuple[int, str]:
    record, rows = newest(azure), io.StringIO()
    writer = Text(rows, io.StringIO())
    work = headless.apply(record.plan, {}, writer, azure.clock, record=record)
    return asyncio.run(work), rows.getvalue()


def stopped_at(azure: Azure, path: str, **changes: Any) -> Record:
    """A deployment that ended at a refused request."""
    azure.sandbox.faults = Faults((Rule("403", path=path, method="P*"),))
    code, _, _ = apply(azure, plan(azure, **changes))
    azure.sandbox.faults = Faults()
    assert code != 0
    return newest(azure)


def test_a_journal_says_how_it_ended(azure: Azure) -> None:
    code, out, _ = apply(azure, plan(azure))
    record = newest(azure)
    assert code == 0
    assert (record.course, record.words) == (Course.ANSWERED, out.strip())
    kinds = {one.kind for one in record.made}
    assert {"vault", "application", "password", "secret", "container group"} <= kinds
    assert record.begun == ()


def test_a_failure_is_gone_on_with(azure: Azure) -> None:
    record = stopped_at(azure, "*/containerGroups/*")
    assert record.course is Course.FAILED
    code, rows = resume(azure)
    assert code == 0
    assert "there       Key vault" in rows and "done        Container group" in rows
    assert newest(azure).id == record.id and newest(azure).course is Course.ANSWERED


def test_applying_the_same_plan_goes_on_with_what_was_interrupted(azure: Azure) -> None:
    record = stopped_at(azure, "*/containerGroups/*")
    assert apply(azure, plan(azure))[0] == 0
    assert [one.id for one in journals(azure).all()] == [record.id]
    made = {one.kind for one in newest(azure).made}
    assert "vault" in made and "container group" in made


def test_undo_leaves_the_world_as_it_was(azure: Azure) -> None:
    before = snapshot(azure.world)
    assert apply(azure, plan(azure, resource_group="new-group"))[0] == 0
    code, rows = undo(azure)
    assert code == 0
    assert snapshot(azure.world) == before
    assert "undone      Key vault" in rows and "Azure keeps a deleted vault" in rows
    assert newest(azure).course is Course.UNDONE and newest(azure).made == ()


def test_a_registry_and_an_image_are_made_and_taken_back(azure: Azure) -> None:
    before = snapshot(azure.world)
    wanted = plan(
        azure,
        resource_group="new-group",
        location="westeurope",
        registry="brandnewregistry",
        registry_sku="Basic",
        import_from=SAMPLE_IMAGE,
    )
    code, out, rows = apply(azure, wanted)
    assert code == 0 and out
    assert "copied from mcr.microsoft.com" in rows
    registry = next(one for one in azure.world.registries if one.name == "brandnewregistry")
    assert registry.location == "westeurope"
    assert list(registry.repositories["aci-helloworld"].tags) == ["v1"]
    assert undo(azure)[0] == 0
    assert snapshot(azure.world) == before


def test_an_imported_image_is_taken_back_and_the_registry_stays(azure: Azure) -> None:
    before = snapshot(azure.world)
    wanted = plan(azure, registry="emptyregistry", import_from=SAMPLE_IMAGE)
    assert apply(azure, wanted)[0] == 0
    assert undo(azure)[0] == 0
    assert snapshot(azure.world) == before


def test_a_taken_registry_name_is_said_before_anything_is_made(azure: Azure) -> None:
    before = snapshot(azure.world)
    other = azure.world.subscriptions[1].id
    wanted = plan(
        azure, subscription=other, resource_group="x", location="eastus", registry_sku="Basic"
    )
    code, _, rows = apply(azure, wanted)
    assert code == 2 and "RegistryNameTaken" in rows
    assert snapshot(azure.world) == before


def test_a_new_registry_needs_a_region(azure: Azure) -> None:
    wanted = plan(azure, resource_group="x", registry="nobodyhasthis", registry_sku="Basic")
    code, _, rows = apply(azure, wanted)
    assert code == 2 and "RegionNeeded" in rows


def test_purging_leaves_nothing_behind(azure: Azure) -> None:
    assert apply(azure, plan(azure, vault="kv-to-purge"))[0] == 0
    code, rows = undo(azure, purge=True)
    assert code == 0 and "--purge" not in rows
    assert [one for one in azure.world.vaults if one.name == "kv-to-purge"] == []
    assert apply(azure, plan(azure, vault="kv-to-purge"))[0] == 0, "the name is free again"


def test_what_was_there_before_stays(azure: Azure) -> None:
    """A second deployment uses the first one's vault, principal and secrets, and takes none."""
    assert apply(azure, plan(azure, container="first"))[0] == 0
    between = snapshot(azure.world)
    assert apply(azure, plan(azure, container="second"))[0] == 0
    made = {one.kind for one in newest(azure).made}
    assert made == {"container group"}
    assert undo(azure)[0] == 0
    assert snapshot(azure.world) == between


def test_a_group_that_holds_more_is_not_deleted(azure: Azure) -> None:
    assert apply(azure, plan(azure, resource_group="new-group"))[0] == 0
    world = azure.world
    group = next(one for one in world.groups if one.name == "new-group")
    theirs = Vault(
        group.subscription, group.name, "somebodys", "eastus", world.tenants[0].id, world.utc()
    )
    world.vaults.append(theirs)
    code, rows = undo(azure)
    assert code == 1 and "GroupHoldsMore" in rows and "somebodys" in rows
    assert theirs in world.vaults and theirs.deleted is None
    assert [one.kind for one in newest(azure).made] == ["resource group"]
    world.vaults.remove(theirs)
    assert undo(azure)[0] == 0
    world.settle()
    assert newest(azure).course is Course.UNDONE


def test_a_removal_that_is_refused_is_said_and_the_rest_goes_on(azure: Azure) -> None:
    before = snapshot(azure.world)
    assert apply(azure, plan(azure))[0] == 0
    azure.sandbox.faults = Faults((Rule("409", path="*/vaults/*", method="DELETE"),))
    code, rows = undo(azure)
    assert code == 1 and "failed      Key vault" in rows
    assert newest(azure).course is Course.UNDOING
    azure.sandbox.faults = Faults()
    assert undo(azure)[0] == 0
    assert snapshot(azure.world) == before


def test_undo_of_what_somebody_else_deleted(azure: Azure) -> None:
    before = snapshot(azure.world)
    assert apply(azure, plan(azure))[0] == 0
    world = azure.world
    world.instances = [one for one in world.instances if one.id in before["instances"]]
    for vault in world.vaults:
        if vault.id not in before["vaults"] and vault.deleted is None:
            vault.deleted = world.utc()
    code, rows = undo(azure)
    assert code == 0, rows
    after = snapshot(azure.world)
    assert {k: after[k] for k in after if k != "assignments"} == {
        k: before[k] for k in before if k != "assignments"
    }


@pytest.mark.parametrize("what", ["application", "vault role", "registry role", "group"])
def test_deleted_by_somebody_else_in_between(azure: Azure, what: str) -> None:
    """What is missing when the work goes on is made again."""
    before = snapshot(azure.world)
    stopped_at(azure, "*/containerGroups/*", resource_group="new-group")
    world = azure.world
    match what:
        case "application":
            gone = world.applications[-1]
            gone.deleted = world.utc()
            world.principals = [one for one in world.principals if one.app_id != gone.app_id]
        case "vault role":
            world.assignments = [a for a in world.assignments if "/vaults/" not in a.scope]
        case "registry role":
            world.assignments = [a for a in world.assignments if "/registries/" not in a.scope]
        case _:
            world.groups.append(ResourceGroup(world.subscriptions[0].id, "unrelated", "eastus"))
            before["groups"].add(f"{world.subscriptions[0].id}/unrelated")
    code, rows = resume(azure)
    assert code == 0, rows
    after = snapshot(azure.world)
    new = {kind: len(after[kind] - before[kind]) for kind in after}
    assert new["applications"] == new["principals"] == new["passwords"] == 1
    assert new["instances"] == new["vaults"] == 1 and new["secrets"] == 2


def test_two_at_once_on_the_same_plan(start_azure: Start, tmp_path: Path) -> None:
    azure = start_azure(instance_started=60.0)

    async def both() -> list[Any]:
        wanted = plan(azure)

        async def one() -> Any:
            rows = io.StringIO()
            try:
                return await headless.apply(wanted, {}, Text(rows, io.StringIO()), azure.clock)
            except Exception as problem:  # what the command line would tell
                return getattr(problem, "code", problem)

        return list(await asyncio.gather(one(), one()))

    ended = asyncio.run(both())
    assert sorted(map(str, ended)) == ["0", "DeploymentInUse"]
    assert len([one for one in azure.world.instances if one.name == "aci-helloworld"]) == 1


def test_an_undone_deployment_is_not_gone_on_with(azure: Azure) -> None:
    assert apply(azure, plan(azure))[0] == 0
    assert undo(azure)[0] == 0
    assert journals(azure).interrupted() == []
