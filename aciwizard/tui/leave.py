"""Leaving: asked once, with what happens to the work."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static


class Leaving(Enum):
    """What to do with work in progress."""

    STAY = "Stay here"
    QUIT = "Quit; nothing has been made"
    STOP = "Stop here, and see what was made; trying again goes on from it"
    KEEP = "Quit now; what Azure has begun goes on there by itself"
    UNDO = "Stop and undo what was made"
    LATER = "Quit; what was made stays, and the next start offers it"
    SIGNAL = "the line was lost, or somebody ended us"


class Leave(ModalScreen[Leaving]):
    """A short list of ways out; Esc stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "Stay", id="leave.stay"),
        Binding("enter", "take", "Take", id="leave.take"),
    ]

    def __init__(self, ways: tuple[Leaving, ...]) -> None:
        super().__init__()
        self._ways = ways

    def compose(self) -> ComposeResult:
        with Vertical(id="page"):
            yield Static("Leave?", id="ask", markup=False)
            yield OptionList(*(way.value for way in self._ways), markup=False, compact=True)
            yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def action_stay(self) -> None:
        self.dismiss(Leaving.STAY)

    def action_take(self) -> None:
        self.dismiss(self._ways[self.query_one(OptionList).highlighted or 0])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._ways[event.option_index])
