"""The explanation of a question, for somebody who never heard of the thing."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Static


class Help(ModalScreen[None]):
    """A text to read; any of its keys goes back to the question."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,ctrl+o,enter,q", "dismiss", "Back", id="help.back"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="page"):
            yield Static(self._title, id="ask", markup=False)
            with VerticalScroll():
                yield Static(self._text, id="explanation", markup=False)
            yield Footer(show_command_palette=False, compact=True)
