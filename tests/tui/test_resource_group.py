"""Which resource group: one that is there, or the name of a new one."""

from __future__ import annotations

import pytest

from aciwizard.sandbox.model import ResourceGroup
from tests.conftest import Azure, Start
from tests.tui.conftest import Open, opener, take_rights, things


async def test_the_first_is_the_default(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        assert w.marked.startswith("myrg")
        await w.press("enter")
        await w.at("registry")
        assert w.draft.text("resource_group") == "myrg"


async def test_a_new_one_is_typed_and_not_made_yet(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("resource_group") as w:
        await w.type("brand-new")
        await w.sees("Enter takes 'brand-new' as it is typed")
        await w.press("enter")
        await w.sees("Which region for brand-new?")
        await w.at("resource_group")
        assert w.marked.startswith("The registry's region")
        await w.press("enter")
        await w.at("registry")
        assert "location" not in w.draft.answers
        await w.press("escape")
        await w.at("resource_group")
        assert w.draft.text("resource_group") == "brand-new"
        assert w.marked.startswith("brand-new")
    assert things(azure) == before


async def test_a_new_one_gets_the_region_one_chooses(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("resource_group") as w:
        await w.new_group("brand-new", "West Europe")
        assert w.draft.text("location") == "westeurope"
        await w.go_on_to("review")
        await w.sees("to create Resource group brand-new in westeurope")
    assert things(azure) == before


async def test_going_back_keeps_the_region(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.new_group("brand-new", "West Europe")
        await w.press("escape")
        await w.at("resource_group")
        assert w.marked.startswith("brand-new")
        await w.press("enter")
        await w.sees("Which region for brand-new?")
        await w.at("resource_group")
        assert w.marked.startswith("West Europe")
        await w.press("enter")
        await w.at("registry")
        assert w.draft.text("location") == "westeurope"


async def test_back_from_the_region_goes_to_the_list_with_the_name(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.type("brand-new")
        await w.press("enter")
        await w.sees("Which region for brand-new?")
        await w.at("resource_group")
        await w.press("escape")
        await w.sees("Which resource group?", "3 resource groups")
        assert w.marked.startswith("brand-new")
        assert "resource_group" not in w.draft.answers
        await w.type("myrg")
        await w.press("enter")
        await w.at("registry")
        assert (w.draft.text("resource_group"), w.draft.text("location")) == ("myrg", "")


async def test_a_region_that_is_none_is_said(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.type("brand-new")
        await w.press("enter")
        await w.sees("Which region for brand-new?")
        await w.at("resource_group")
        await w.type("some/where")
        await w.press("enter")
        await w.sees("✗ The region")
        assert (w.at_name, w.entry.value) == ("resource_group", "some/where")


async def test_refused_regions_are_said_and_one_can_be_typed(wizard: Open, azure: Azure) -> None:
    async with wizard("resource_group") as w:
        give_back = take_rights(azure)
        await w.type("brand-new")
        await w.press("enter")
        await w.sees("Which region for brand-new?", "✗ Your role does not include this")
        await w.type("westeurope")
        await w.press("enter")
        await w.at("registry")
        assert w.draft.text("location") == "westeurope"
        give_back()


async def test_a_new_name_may_be_a_part_of_another(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.type("demo")
        await w.until(lambda: len(w.options) == 2, "the one found and the one typed")
        await w.press("down", "enter")
        await w.sees("Which region for demo?")
        await w.at("resource_group")
        await w.press("enter")
        await w.at("registry")
        assert w.draft.text("resource_group") == "demo"


async def test_a_broken_name_is_said_and_stays(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.type("what?ever.")
        await w.press("enter")
        await w.sees("contains '?'", "must not be a period")
        assert (w.at_name, w.entry.value) == ("resource_group", "what?ever.")
        await w.new_group("whatever")


async def test_an_answer_is_shown_again(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.press("down", "down", "enter")
        await w.at("registry")
        await w.press("escape")
        await w.at("resource_group")
        assert w.marked.startswith("shared-northeurope")


async def test_a_refused_list_is_said_and_tried_again(wizard: Open, azure: Azure) -> None:
    async with wizard("resource_group") as w:
        give_back = take_rights(azure)
        await w.press("f5")
        await w.sees("✗ Your role does not include this", "F5 tries again", "You can type it")
        give_back()
        await w.press("f5")
        await w.sees("3 resource groups")
        assert w.marked.startswith("myrg")


async def test_a_name_can_be_typed_while_the_list_is_refused(wizard: Open, azure: Azure) -> None:
    async with wizard("resource_group") as w:
        take_rights(azure)
        await w.press("f5")
        await w.sees("You can type it")
        await w.new_group("myrg", "eastus")
        assert w.draft.text("resource_group") == "myrg"


async def test_a_lost_network_is_said(wizard: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wizard("resource_group") as w:
        with monkeypatch.context() as lost:
            for name in ("HTTPS_PROXY", "https_proxy"):
                lost.setenv(name, "http://127.0.0.1:9")
            await w.press("f5")
            await w.sees("✗", "F5 tries again")
        await w.press("f5")
        await w.sees("3 resource groups")


async def test_typing_does_not_wait_for_a_slow_list(start_azure: Start) -> None:
    azure = start_azure()
    async with opener(azure)("resource_group") as w:
        slow(azure)
        await w.press("f5")
        await w.until(lambda: w.looking, "a look-up under way")
        await w.type("shared")
        assert w.looking or "0 of 0" in w.text
        await w.until(lambda: w.marked.startswith("shared-northeurope"), "the list, filtered")
        await w.press("enter")
        await w.at("registry")


def slow(azure: Azure) -> None:
    """Every answer takes about a second of real time from now on."""
    from dataclasses import replace

    pace = azure.world.pace
    pace.durations = replace(pace.durations, latency=1.0 * pace.speed)


async def test_a_hostile_name_is_harmless(wizard: Open, azure: Azure) -> None:
    place = azure.world.subscriptions[0].id
    azure.world.groups.append(ResourceGroup(place, "[blink]x[/]\x1b[2J", "eastus"))
    async with wizard("resource_group") as w:
        await w.sees("[blink]x[/]\N{REPLACEMENT CHARACTER}[2J")


async def test_a_region_for_a_group_that_is_not_to_be_is_forgotten(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.type("brand-new")
        await w.press("enter")
        await w.sees("Which region for brand-new?")
        await w.until(lambda: not w.looking, "the regions")
        await w.type("westeurope")
        await w.press("enter")
        await w.at("registry")
        assert w.draft.text("location") == "westeurope"
        await w.press("escape")
        await w.at("resource_group")
        await w.type("demo-westeurope")
        await w.press("enter")
        await w.at("registry")
        assert w.draft.text("location") == ""
