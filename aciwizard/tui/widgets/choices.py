"""A list to choose from: filtered as one types, filled as pages arrive, ten rows tall at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from aciwizard.terminal import printable
from aciwizard.tui.widgets.field import Entry

MOST_SHOWN = 100  # more is a reason to type, not to scroll


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: its value, its name, and what matters about it. `why_not` disables."""

    value: Any
    label: str
    detail: str = ""
    why_not: str = ""

    def shown(self, width: int) -> Content:
        label = printable(self.label, 200)
        detail = printable(self.why_not or self.detail, 200)
        text = f"{label:<{width}}  {detail}" if detail else label
        return Content(text)


class Choices(Vertical):
    """A filter over a list. Enter takes what is highlighted, or else what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move(-8)", "Page up", show=False),
        Binding("pagedown", "move(8)", "Page down", show=False),
    ]

    class Chosen(Message):
        """Something was chosen from the list."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    class Typed(Message):
        """Something that is not in the list was typed and entered."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Filtered(Message):
        """The text of the filter has changed."""

        def __init__(self, text: str, choices: list[Choice]) -> None:
            super().__init__()
            self.text = text
            self.choices = choices

    def __init__(
        self, what: str, wanted: Any = None, by_hand: Callable[[str], str] | None = None
    ) -> None:
        """`what` names the things; `wanted` is the value to highlight; `by_hand` says what is
        wrong with a typed value, "" for nothing, and is None where typing one makes no sense."""
        super().__init__()
        self._what = what
        self._wanted = wanted
        self._by_hand = by_hand
        self._all: list[Choice] = []
        self._shown: list[Choice] = []
        self._state = f"looking for {what} …"

    def compose(self) -> ComposeResult:
        yield Entry(placeholder=f"type to filter {self._what}", id="filter")
        yield OptionList(markup=False, compact=True)
        yield Static(self._state, id="state", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self.query_one(Entry).focus()

    @property
    def choices(self) -> list[Choice]:
        return self._all

    @property
    def typed(self) -> str:
        return self.query_one(Entry).value.strip()

    def clear(self) -> None:
        """Empty the list, to be filled anew."""
        self._all, self._state = [], f"looking for {self._what} …"
        self._fill()

    def add(self, page: Iterable[Choice]) -> None:
        """More to choose from has arrived."""
        self._all += page
        self._fill()

    def finish(self, words: str = "") -> None:
        """All has arrived."""
        count = f"{len(self._all)} {self._what}" if self._all else f"no {self._what}"
        self._state = words or count
        self._tell()

    def fail(self, words: str) -> None:
        """What should have come did not; what was typed still counts."""
        by_hand = " You can type it." if self._by_hand else ""
        self._state = f"✗ {printable(words, 400)}{by_hand}"
        self._tell()

    @on(Entry.Changed)
    def _filtered(self, event: Entry.Changed) -> None:
        event.stop()
        self._fill()
        self.post_message(self.Filtered(self.typed, self._all))

    def _fill(self) -> None:
        words = self.typed.lower().split()
        found = [c for c in self._all if all(w in f"{c.label} {c.detail}".lower() for w in words)]
        self._shown = found[:MOST_SHOWN]
        options = self.query_one(OptionList)
        before = options.highlighted
        width = min(34, max((len(c.label) for c in self._shown), default=0))
        options.clear_options()
        options.add_options(Option(c.shown(width), disabled=bool(c.why_not)) for c in self._shown)
        self._highlight(options, before if not words else None)
        self._tell(len(found))

    def _highlight(self, options: OptionList, before: int | None) -> None:
        wanted = [i for i, c in enumerate(self._shown) if c.value == self._wanted]
        enabled = [i for i, c in enumerate(self._shown) if not c.why_not]
        if wanted and self._wanted is not None:
            options.highlighted = wanted[0]
        elif before is not None and before in enabled:
            options.highlighted = before
        else:
            options.highlighted = enabled[0] if enabled else None

    def _tell(self, found: int | None = None) -> None:
        state = self._state
        if found is not None and self.typed:
            state = f"{found} of {len(self._all)} {self._what}"
            if not found and self._by_hand:
                state += f"; Enter takes {printable(self.typed, 60)!r} as it is typed"
        if len(self._shown) == MOST_SHOWN:
            state += f", {MOST_SHOWN} shown: type to narrow"
        self.query_one("#state", Static).update(Content(state))

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        enabled = [i for i, c in enumerate(self._shown) if not c.why_not]
        if not enabled:
            return
        at = options.highlighted if options.highlighted in enabled else enabled[0]
        place = max(0, min(len(enabled) - 1, enabled.index(at) + by))
        self._wanted = None
        options.highlighted = enabled[place]

    @on(Entry.Submitted)
    def _entered(self, event: Entry.Submitted) -> None:
        event.stop()
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None and highlighted < len(self._shown):
            self.post_message(self.Chosen(self._shown[highlighted]))
        elif self.typed and self._by_hand is not None:
            self.post_message(self.Typed(self.typed))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(self._shown[event.option_index]))
