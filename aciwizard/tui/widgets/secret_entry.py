"""An input for a value nobody should see: not shown, not copied, not logged, not kept."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widgets import Input

from aciwizard.core.secret import Secret


class SecretEntry(Input):
    """Gives a Secret; its text is gone when it leaves the screen."""

    class Changed(Input.Changed):
        """Textual's log would show the value of the one it stands for."""

        def __rich_repr__(self) -> Iterator[str]:
            yield "…"

        __repr__ = object.__repr__

    class Submitted(Input.Submitted):
        """As Changed."""

        def __rich_repr__(self) -> Iterator[str]:
            yield "…"

        __repr__ = object.__repr__

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(password=True, compact=True, id=id)
        self.cursor_blink = False

    def take(self) -> Secret:
        """The value, which is not here any more afterwards."""
        secret = Secret(self.value)
        self.value = ""
        return secret

    def action_copy(self) -> None:
        """A secret is not copied."""

    def action_cut(self) -> None:
        """A secret is not cut."""

    def get_selection(self, selection: object) -> None:
        """A secret is not selected with the mouse."""
        return

    def on_unmount(self) -> None:
        self.value = ""
