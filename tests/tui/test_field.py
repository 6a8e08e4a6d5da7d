"""A labelled field, alone in an app."""

from __future__ import annotations

from textual import on
from textual.app import App, ComposeResult
from textual.events import Paste
from textual.widgets import Static

from aciwizard.tui.widgets.field import Entry, Field


def small(text: str) -> str:
    return "" if text.islower() else f"{text!r} is not in small letters"


class Host(App[None]):
    def __init__(self, value: str = "") -> None:
        super().__init__()
        self.field = Field("Name", value, check=small, hint="a name", id="name")
        self.entered = 0
        self.edits: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.field

    @on(Field.Entered)
    def _entered(self) -> None:
        self.entered += 1

    @on(Field.Edited)
    def _edited(self, event: Field.Edited) -> None:
        self.edits.append(event.text)

    @property
    def note(self) -> str:
        return str(self.field.query_one(".note", Static).content)


async def test_a_fault_is_said_at_every_key_and_goes_away() -> None:
    host = Host("ada")
    async with host.run_test() as pilot:
        host.field.focus_entry()
        assert host.note == ""
        host.edits.clear()  # what it held from the start is told, too
        await pilot.press("B")
        assert host.note == "✗ 'adaB' is not in small letters"
        await pilot.press("backspace")
        assert (host.note, host.field.text, host.field.fault) == ("", "ada", "")
        assert host.edits == ["adaB", "ada"]


async def test_what_is_wrong_from_the_start_is_said_from_the_start() -> None:
    host = Host("ADA")
    async with host.run_test():
        assert host.note == "✗ 'ADA' is not in small letters"


async def test_enter_is_told_once_and_changes_nothing() -> None:
    host = Host("ada")
    async with host.run_test() as pilot:
        host.field.focus_entry()
        await pilot.press("enter")
        assert (host.entered, host.field.text) == (1, "ada")


async def test_blanks_around_a_value_do_not_count() -> None:
    host = Host("  ada ")
    async with host.run_test():
        assert (host.field.text, host.note) == ("ada", "")


async def test_of_several_pasted_lines_the_first_counts() -> None:
    host = Host()
    async with host.run_test() as pilot:
        host.field.focus_entry()
        await pilot.pause()
        host.field.query_one(Entry).post_message(Paste("ada\nbob\n"))
        await pilot.pause()
        assert host.field.text == "ada"


async def test_markup_in_a_fault_is_text() -> None:
    host = Host("[bold]X[/bold]")
    async with host.run_test(size=(80, 10)):
        assert "[bold]X[/bold]" in host.note


async def test_the_cursor_stands_still() -> None:
    host = Host()
    async with host.run_test():
        assert host.field.query_one(Entry).cursor_blink is False
