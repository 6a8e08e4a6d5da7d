"""Where one is in the wizard, and what was answered so far."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from aciwizard.terminal import printable


class Rail(Horizontal):
    """The top line: step, of how many, its name; and whether this Azure is simulated."""

    def __init__(self, place: tuple[int, int, str], simulated: bool) -> None:
        super().__init__(id="rail")
        number, of, name = place
        count = f"{number}/{of} " if number else ""
        self._step = f"aciwizard   {count}{name}"
        self._where = "simulated Azure" if simulated else ""

    def compose(self) -> ComposeResult:
        yield Static(self._step, id="step", markup=False)
        yield Static(self._where, id="where", markup=False)


class AnswersSoFar(VerticalScroll, can_focus=False):
    """The answers so far, on wide terminals."""

    def __init__(self, told: list[tuple[str, str]]) -> None:
        super().__init__(id="so-far")
        self._told_so_far = told

    def compose(self) -> ComposeResult:
        yield Static("So far", classes="heading", markup=False)
        for name, words in self._told_so_far:
            yield Static(Content(f"{name}\n  {printable(words, 60)}"), classes="told")
