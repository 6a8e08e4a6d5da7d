"""The list with a filter, alone in an app."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from aciwizard.tui.widgets.choices import MOST_SHOWN, Choice, Choices
from aciwizard.tui.widgets.field import Entry

MANY = 10_000
KEY_BUDGET = 0.5  # seconds of processor time for a key in a list of MANY; 0.05 on a quiet machine


def odd(text: str) -> str:
    return "" if text.isalnum() else "letters and digits only"


class Host(App[None]):
    def __init__(self, *arguments: Any) -> None:
        super().__init__()
        self.choices = Choices("fruits", *arguments)
        self.chosen: list[Any] = []
        self.typed: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.choices

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.chosen.append(event.choice.value)

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        self.typed.append(event.text)


@dataclass
class Listed:
    host: Host
    pilot: Pilot[None]

    @property
    def rows(self) -> list[str]:
        return [str(option.prompt) for option in self.host.query_one(OptionList).options]

    @property
    def marked(self) -> str:
        option = self.host.query_one(OptionList).highlighted_option
        return str(option.prompt) if option else ""

    @property
    def state(self) -> str:
        return str(self.host.query_one("#state", Static).content)


@asynccontextmanager
async def listed(
    *names: str | Choice, wanted: Any = None, by_hand: Any = None
) -> AsyncIterator[Listed]:
    host = Host(wanted, by_hand)
    async with host.run_test(size=(80, 24)) as pilot:
        if names:
            host.choices.add([n if isinstance(n, Choice) else Choice(n, n) for n in names])
        yield Listed(host, pilot)


async def test_enter_takes_the_first() -> None:
    async with listed("apple", "pear") as it:
        await it.pilot.press("enter")
        assert it.host.chosen == ["apple"]


async def test_enter_in_an_empty_list_takes_nothing() -> None:
    async with listed() as it:
        assert "looking for fruits" in it.state
        await it.pilot.press("enter")
        assert (it.host.chosen, it.host.typed) == ([], [])


async def test_filters_by_every_word_in_name_or_detail() -> None:
    async with listed(Choice(1, "apple", "red"), Choice(2, "apple", "green"), "pear") as it:
        await it.pilot.press(*"app", "space", *"gre")
        assert it.rows == ["apple  green"]
        assert it.state == "1 of 3 fruits"
        await it.pilot.press("enter")
        assert it.host.chosen == [2]


async def test_what_was_answered_is_marked_even_when_it_comes_late() -> None:
    async with listed("apple", wanted="plum") as it:
        assert it.marked == "apple"
        it.host.choices.add([Choice("pear", "pear"), Choice("plum", "plum")])
        await it.pilot.pause()
        assert it.marked == "plum"


async def test_a_choice_made_with_the_arrows_is_not_moved_by_later_pages() -> None:
    async with listed("apple", "pear", wanted="plum") as it:
        await it.pilot.press("down")
        it.host.choices.add([Choice("plum", "plum")])
        await it.pilot.pause()
        assert it.marked == "pear"


async def test_arrows_pass_over_what_cannot_be_chosen_and_stop_at_the_ends() -> None:
    closed = Choice("fig", "fig", why_not="sold out")
    async with listed("apple", closed, "pear") as it:
        await it.pilot.press("up")
        assert it.marked == "apple"
        await it.pilot.press("down", "down", "down")
        assert it.marked == "pear"
        assert any("sold out" in row for row in it.rows)


async def test_what_cannot_be_chosen_is_not_taken_by_enter() -> None:
    async with listed(Choice("fig", "fig", why_not="sold out")) as it:
        await it.pilot.press("enter")
        assert it.host.chosen == []


async def test_something_else_can_be_typed_only_where_that_makes_sense() -> None:
    async with listed("apple") as it:
        await it.pilot.press(*"kiwi", "enter")
        assert (it.host.chosen, it.host.typed) == ([], [])
    async with listed("apple", by_hand=odd) as it:
        await it.pilot.press(*"kiwi")
        assert "as it is typed" in it.state
        await it.pilot.press("enter")
        assert it.host.typed == ["kiwi"]


async def test_a_part_of_a_name_can_be_a_name_of_its_own() -> None:
    async with listed("apple", "pineapple", by_hand=odd) as it:
        await it.pilot.press(*"pine", "down", "enter")
        assert (it.host.chosen, it.host.typed) == ([], ["pine"])


async def test_the_whole_name_wins_over_longer_ones() -> None:
    async with listed("apple2", "apple", by_hand=odd) as it:
        await it.pilot.press(*"apple")
        assert it.rows == ["apple2", "apple"]
        await it.pilot.press("enter")
        assert it.host.chosen == ["apple"]


async def test_a_failure_is_said_and_what_came_stays() -> None:
    async with listed("apple", by_hand=odd) as it:
        it.host.choices.fail("no \x1b[31mway")
        await it.pilot.pause()
        assert it.state == "✗ no \N{REPLACEMENT CHARACTER}[31mway You can type it."
        assert it.rows == ["apple"]


@pytest.mark.parametrize(
    "name", ["[red]x[/red]", "[link=a]b", "\x1b]52;c;eA==\a", "a\u202eb", "a\nb"]
)
async def test_names_are_data(name: str) -> None:
    async with listed(name, "pear") as it:
        assert len(it.rows) == 2
        assert not set(it.rows[0]) & set("\x1b\a\n\u202e")
        assert ("[" in name) == ("[" in it.rows[0])
        await it.pilot.press("enter")
        assert it.host.chosen == [name]


async def test_details_stand_below_each_other_after_wide_letters() -> None:
    async with listed(Choice(1, "林檎", "red"), Choice(2, "plum", "blue")) as it:
        assert it.rows == ["林檎  red", "plum  blue"]


async def test_ten_thousand_are_shown_in_part_and_a_key_is_cheap() -> None:
    async with listed(*(f"image-{number}" for number in range(MANY))) as it:
        it.host.choices.finish()
        await it.pilot.pause()
        assert len(it.rows) == MOST_SHOWN
        assert "type to narrow" in it.state
        before = time.process_time()
        it.host.query_one(Entry).value = "9999"
        await it.pilot.pause(0)
        assert time.process_time() - before < KEY_BUDGET
        assert it.rows == ["image-9999"]


async def test_an_answer_that_no_list_has_is_shown_again() -> None:
    async with listed("apple", wanted="quince", by_hand=odd) as it:
        it.host.choices.finish()
        await it.pilot.pause()
        assert it.state == "1 fruit"
        assert it.marked.startswith("quince")
        await it.pilot.press("enter")
        assert it.host.typed == ["quince"]
        it.host.choices.clear()
        it.host.choices.add([Choice("quince", "quince")])
        it.host.choices.finish()
        await it.pilot.pause()
        assert it.rows == ["quince"]
