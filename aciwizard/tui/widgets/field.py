"""A field to type into, with what is wrong said below it in words."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static


class Entry(Input):
    """An input that stands still: a blinking cursor costs 2 KB a second over SSH."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False


class Field(Vertical):
    """A labelled entry. `check` says what is wrong with a text, "" for nothing, at every key."""

    class Entered(Message):
        """Enter was pressed in a field."""

    class Edited(Message):
        """A field's text has changed."""

        def __init__(self, field: Field, text: str) -> None:
            super().__init__()
            self.field = field
            self.text = text

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        check: Callable[[str], str] = lambda _: "",
        hint: str = "",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._label = label
        self._value = value
        self._check = check
        self._hint = hint

    def compose(self) -> ComposeResult:
        yield Static(self._label, classes="label", markup=False)
        yield Entry(self._value, placeholder=self._hint)
        yield Static("", classes="note", markup=False)

    def on_mount(self) -> None:
        self.judge()

    @property
    def text(self) -> str:
        return self.query_one(Entry).value.strip()

    @text.setter
    def text(self, value: str) -> None:
        self.query_one(Entry).value = value

    @property
    def fault(self) -> str:
        """What is wrong with the text now, "" for nothing."""
        return self._check(self.text)

    def focus_entry(self) -> None:
        self.query_one(Entry).focus()

    def note(self, words: str, mark: str = "") -> None:
        """Words below the field."""
        # None to find where a look-up ends while the field is being made, or left.
        for line in self.query(".note").results(Static):
            line.update(Content(f"{mark} {words}".strip()))
            line.set_class(mark == "✗", "-wrong")

    def judge(self) -> None:
        """Say what is wrong with the text, or take such words away."""
        fault = self.fault
        self.note(fault, "✗" if fault else "")

    @on(Entry.Changed)
    def _changed(self, event: Entry.Changed) -> None:
        event.stop()
        self.judge()
        self.post_message(self.Edited(self, self.text))

    @on(Entry.Submitted)
    def _submitted(self, event: Entry.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered())
