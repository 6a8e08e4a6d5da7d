"""A sign-in that ran out in mid-work, asked for in place; the work goes on from where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from aciwizard.terminal import printable

if TYPE_CHECKING:
    from aciwizard.azure.device_code import DeviceCode


class SignInAgain(ModalScreen[None]):
    """Goes away by itself once somebody has signed in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy", "Copy code", id="sign_in_again.copy"),
    ]

    def __init__(self, code: DeviceCode) -> None:
        super().__init__()
        self._code = code

    def compose(self) -> ComposeResult:
        with Vertical(id="page"):
            yield Static("Azure asks you to sign in again.", id="ask", markup=False)
            why = "It has run out, or a second factor is needed. Nothing is lost."
            yield Static(why, id="why", markup=False)
            yield Static(self._told(), id="code", markup=False)
            yield Static("", id="problem", markup=False)
            yield Footer(show_command_palette=False, compact=True)

    def _told(self) -> Content:
        return Content(
            f"Open this page in any browser, on any machine:\n  {printable(self._code.url, 200)}\n"
            f"Enter this code there:\n  {printable(self._code.code, 60)}"
        )

    def show(self, code: DeviceCode | None) -> None:
        """Another code, or None once it is not needed any more."""
        if code is None:
            self.dismiss(None)
            return
        self._code = code
        self.query_one("#code", Static).update(self._told())

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._code.code)
        line = self.query_one("#problem", Static)
        line.update("! Sent to your terminal's clipboard; not every terminal takes it.")
        line.add_class("-said")
