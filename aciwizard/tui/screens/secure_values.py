"""The values only a person can give, asked for once the plan is confirmed, and shown to nobody."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from aciwizard.core.secret import Secret
from aciwizard.tui.widgets.secret_entry import SecretEntry

Given = dict[str, Secret]


class SecureValues(ModalScreen[Given | None]):
    """One field a value; Enter goes from field to field and takes them at the last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="secure_values.take"),
        Binding("tab", "app.focus_next", "Next", id="secure_values.next"),
        Binding("escape", "back", "Back", id="secure_values.back"),
    ]

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def compose(self) -> ComposeResult:
        with Vertical(id="page"):
            yield Static("Values nobody will see", id="ask", markup=False)
            why = "They go to the container group and nowhere else; nothing of them is kept here."
            yield Static(why, id="why", markup=False)
            with VerticalScroll(can_focus=False):
                for name in self._names:
                    yield Static(Content(name), classes="label", markup=False)
                    yield SecretEntry(id=f"value-{name}")
            yield Static("", id="problem", markup=False)
            yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query(SecretEntry).first().focus()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        entries = list(self.query(SecretEntry))
        for entry in entries:
            if not entry.value:
                entry.focus()
                line = self.query_one("#problem", Static)
                name = (entry.id or "").removeprefix("value-")
                line.update(Content(f"! {name} is still empty."))
                line.add_class("-said", "-warned")
                return
        self.dismiss({name: entry.take() for name, entry in zip(self._names, entries, strict=True)})

    def action_back(self) -> None:
        self.dismiss(None)
