"""An input for a value nobody should see: not shown, not copied, not logged, not kept."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.widgets import Input

from aciwizard.core.secret import Secret


class _Untold:
    """A message Textual's log (TEXTUAL_LOG, its console) tells without what it carries."""

    def __rich_repr__(self) -> Iterator[str]:
        yield "…"

    __repr__ = object.__repr__


class Key(_Untold, events.Key):
    """A key pressed in a secret; Textual finds its handler by the name of the class."""


class Paste(_Untold, events.Paste):
    """As Key, for what is pasted."""


class SecretEntry(Input):
    """Gives a Secret; its text is gone when it leaves the screen."""

    class Changed(_Untold, Input.Changed):
        """In the place of Input's own, which tells the value."""

    class Submitted(_Untold, Input.Submitted):
        """As Changed."""

    class Blurred(_Untold, Input.Blurred):
        """As Changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(password=True, compact=True, id=id)
        self.cursor_blink = False

    def _forward_event(self, event: events.Event) -> None:
        """What is typed and pasted arrives here first, before any log has it."""
        match event:
            case events.Key():
                event = Key(event.key, event.character)
            case events.Paste():
                event = Paste(event.text)
        super()._forward_event(event)

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
