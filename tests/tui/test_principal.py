"""Who the container pulls as: a new principal, one the wizard made before, or any by its id."""

from __future__ import annotations

from datetime import timedelta

from aciwizard.core.origins import Origin
from aciwizard.sandbox.model import Application
from tests.conftest import Azure
from tests.tui.conftest import Open, things

APP = "11111111-2222-4333-8444-555555555555"


def made_before(azure: Azure, name: str, *tags: str) -> Application:
    """An application that looks as one the wizard made three days ago."""
    world = azure.world
    created = world.utc() - timedelta(days=3, hours=6)
    made = Application(
        world.guid(), world.guid(), name, world.tenants[0].id, created, tags=["aciwizard", *tags]
    )
    world.applications.append(made)
    return made


async def test_a_new_one_is_the_default_and_nothing_is_made(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("principal") as w:
        assert w.marked.startswith("aciwizard-myregistry-pull")
        assert "new, made for this vault and registry" in w.marked
        await w.press("enter")
        await w.at("credential")
        assert w.draft.answers["principal"].value == "aciwizard-myregistry-pull"
        assert w.draft.answers["principal"].origin is Origin.DEFAULT
        assert "app_id" not in w.draft.answers
    assert things(azure) == before


async def test_a_name_can_be_typed_and_is_there_when_coming_back(wizard: Open) -> None:
    async with wizard("principal") as w:
        await w.type("my puller")
        await w.press("enter")
        await w.at("credential")
        assert w.draft.answers["principal"].origin is Origin.CHOSEN
        await w.press("escape")
        await w.at("principal")
        assert w.marked.startswith("my puller")
        await w.press("enter")
        await w.at("credential")
        assert w.draft.text("principal") == "my puller"


async def test_a_broken_name_is_said_and_stays(wizard: Open) -> None:
    name = "x" * 121
    async with wizard("principal") as w:
        await w.type(name)
        await w.press("enter")
        await w.sees("✗ A principal's name")
        assert (w.at_name, w.entry.value) == ("principal", name)
        assert "principal" not in w.draft.answers


async def test_any_one_can_be_taken_by_its_application_id(wizard: Open) -> None:
    async with wizard("principal") as w:
        await w.type(APP)
        await w.press("enter")
        await w.at("credential")
        assert w.draft.text("app_id") == APP
        await w.press("escape")
        await w.at("principal")
        assert w.marked.startswith(APP)
        await w.press("enter")
        await w.at("credential")
        assert w.draft.text("app_id") == APP
        await w.press("escape")
        await w.at("principal")
        await w.press("down", "enter")
        await w.at("credential")
        assert "app_id" not in w.draft.answers, "it was taken although another row was chosen"


async def test_one_made_before_for_this_vault_and_registry_is_the_default(
    wizard: Open, azure: Azure
) -> None:
    async with wizard("vault") as w:
        home = f"aciwizard:{w.marked.split()[0].lower()}/myregistry"
        made_before(azure, "made [red]before[/red]", home)
        await w.press("enter")
        await w.at("principal")
        assert w.marked.startswith("made [red]before[/red]")
        assert "made 3 days ago for this vault and registry; used again" in w.marked
        await w.press("enter")
        await w.at("credential")
        assert "app_id" not in w.draft.answers, "it is found by its mark, not by what is typed"


async def test_another_one_the_wizard_made_is_used_again(wizard: Open, azure: Azure) -> None:
    async with wizard("vault") as w:
        other = made_before(azure, "for another vault", "aciwizard:other-vault/otherregistry")
        await w.press("enter")
        await w.at("principal")
        await w.sees("for another vault", "made 3 days ago")
        await w.type("another vault")
        await w.press("enter")
        await w.at("credential")
        assert w.draft.text("app_id") == other.app_id
        await w.press("escape")
        await w.at("principal")
        assert w.marked.startswith("for another vault")


async def test_a_directory_that_does_not_answer_is_said_and_does_not_stop(
    wizard: Open, azure: Azure
) -> None:
    async with wizard("vault") as w:
        directories, azure.world.tenants = azure.world.tenants, []
        await w.press("enter")
        await w.at("principal")
        await w.sees("✗", "F5 tries again", "You can type it")
        assert "new, made for this vault and registry" in w.marked
        azure.world.tenants = directories
        made_before(azure, "seen at the second look")
        await w.press("f5")
        await w.sees("seen at the second look")
        await w.press("enter")
        await w.at("credential")
