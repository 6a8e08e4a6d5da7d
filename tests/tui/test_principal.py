"""Who the container pulls as: name, role, days, or an application that is there."""

from __future__ import annotations

from datetime import timedelta

from aciwizard.core.origins import Origin
from aciwizard.sandbox.model import Application
from tests.conftest import Azure
from tests.tui.conftest import Open, things

APP = "11111111-2222-4333-8444-555555555555"


async def test_the_defaults(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("principal") as w:
        await w.sees(
            "aciwizard-myregistry-pull", "myregistry-pull-usr and myregistry-pull-pwd in kv-"
        )
        await w.press("enter")
        await w.at("container")
        assert w.draft.text("principal") == "aciwizard-myregistry-pull"
        assert (w.draft.text("role"), w.draft.text("lifetime_days")) == ("pull", "365")
        assert w.draft.answers["lifetime_days"].origin is Origin.DEFAULT
        assert "app_id" not in w.draft.answers
    assert things(azure) == before


async def test_invalid_answers_are_said_at_their_fields_and_nothing_is_lost(wizard: Open) -> None:
    async with wizard("principal") as w:
        await w.fill("principal", "my principal")
        await w.fill("role", "owner")
        await w.fill("lifetime_days", "9999")
        await w.sees("730")
        await w.press("enter")
        await w.sees("2 answers need a change")
        assert w.at_name == "principal"
        assert w.entry.parent is w.field("role"), "the focus is not on the first of them"
        assert w.field("principal").text == "my principal"
        assert w.field("lifetime_days").text == "9999"
        await w.fill("role", "push")
        await w.fill("lifetime_days", "30")
        await w.press("enter")
        await w.at("container")
        assert w.draft.answers["lifetime_days"].origin is Origin.CHOSEN


async def test_going_back_keeps_the_answers(wizard: Open) -> None:
    async with wizard("principal") as w:
        await w.fill("lifetime_days", "30")
        await w.fill("app_id", APP)
        await w.press("enter")
        await w.at("container")
        await w.press("escape")
        await w.at("principal")
        assert (w.field("lifetime_days").text, w.field("app_id").text) == ("30", APP)
        await w.fill("app_id", "")
        await w.press("enter")
        await w.at("container")
        assert "app_id" not in w.draft.answers
        assert w.draft.answers["lifetime_days"].origin is Origin.CHOSEN


async def test_one_made_before_is_named(wizard: Open, azure: Azure) -> None:
    world = azure.world
    async with wizard("vault") as w:
        home = f"aciwizard:{w.marked.split()[0].lower()}/myregistry"
        created = world.utc() - timedelta(days=3)
        name = "made [red]before[/red]"
        made = Application(world.guid(), APP, name, world.tenants[0].id, created, tags=[home])
        world.applications.append(made)
        await w.press("enter")
        await w.at("principal")
        await w.sees("made [red]before[/red] was made here before", APP)


async def test_a_directory_that_does_not_answer_is_said_and_does_not_stop(
    wizard: Open, azure: Azure
) -> None:
    async with wizard("vault") as w:
        directories, azure.world.tenants = azure.world.tenants, []
        await w.press("enter")
        await w.at("principal")
        await w.sees("! ")
        await w.press("enter")
        await w.at("container")
        azure.world.tenants = directories
