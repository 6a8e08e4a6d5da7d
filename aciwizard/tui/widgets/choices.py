"""A list to choose from: filtered as one types, filled as pages arrive, ten rows tall at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from rich.cells import cell_len
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

MOST_SHOWN = 60  # more is a reason to type, not to scroll
_AS_TYPED = object()  # the value of the choice that stands for what was typed,
_ANSWERED = object()  # and of the one for what was typed when the question was answered before


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its value, its name, and what matters about it. `why_not` disables."""

    value: Any
    label: str
    detail: str = ""
    why_not: str = ""

    @cached_property
    def searched(self) -> str:
        """What the filter looks in."""
        return f"{self.label} {self.detail}".lower()

    def shown(self, width: int) -> Content:
        """One line; `width` is the column of the names in cells, as a wide letter takes two."""
        label = printable(self.label, 200)
        detail = printable(self.why_not or self.detail, 200)
        space = " " * max(0, width - cell_len(label))
        return Content(f"{label}{space}  {detail}" if detail else label)


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
        self._answer = self._wanted = wanted
        self._by_hand = by_hand
        self._all: list[Choice] = []
        self._shown: list[Choice] = []
        self._last_found: tuple[str, int, list[Choice]] = ("", 0, [])
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

    def ask(
        self, what: str, by_hand: Callable[[str], str] | None = None, wanted: object = None
    ) -> None:
        """Ask for something else with the same list, from the beginning."""
        self._what, self._by_hand = what, by_hand
        self._answer = self._wanted = wanted
        entry = self.query_one(Entry)
        entry.placeholder = f"type to filter {what}"
        entry.value = ""
        self.clear()

    def clear(self) -> None:
        """Empty the list, to be filled anew."""
        self._all, self._state = [], f"looking for {self._what} …"
        if self._wanted is _ANSWERED:
            self._wanted = self._answer
        self._fill()

    def add(self, page: Iterable[Choice]) -> None:
        """More to choose from has arrived."""
        self._all += page
        self._fill()

    def finish(self, words: str = "") -> None:
        """All has arrived."""
        one = f"{self._what[:-3]}y" if self._what.endswith("ies") else self._what[:-1]
        counts = {0: f"no {self._what}", 1: f"1 {one}"}
        self._state = words or counts.get(len(self._all), f"{len(self._all)} {self._what}")
        self._show_answer()

    def fail(self, words: str) -> None:
        """What should have come did not; what was typed still counts."""
        by_hand = " You can type it." if self._by_hand else ""
        self._state = f"✗ {printable(words, 400)}{by_hand}"
        self._show_answer()

    def _show_answer(self) -> None:
        """What was typed as the answer before is shown again, though no list has it."""
        answer = self._wanted
        missing = isinstance(answer, str) and all(c.value != answer for c in self._all)
        if missing and self._by_hand is not None and not self._by_hand(answer):
            self._all.insert(0, Choice(_ANSWERED, answer, "your answer; not in this list"))
            self._wanted = _ANSWERED
            self._fill()
        self._tell()

    @on(Entry.Changed)
    def _filtered(self, event: Entry.Changed) -> None:
        event.stop()
        self._fill()
        self.post_message(self.Filtered(self.typed, self._all))

    def _fill(self) -> None:
        if not self.query(OptionList):  # a look-up ends while its screen is being left
            return
        found, before = self._found(), self._shown
        self._shown = [*found[:MOST_SHOWN], *self._as_typed(found)]
        options = self.query_one(OptionList)
        at = options.highlighted
        if self._shown != before:
            width = min(34, max((cell_len(c.label) for c in self._shown), default=0))
            rows = [Option(c.shown(width), disabled=bool(c.why_not)) for c in self._shown]
            options.clear_options()
            options.add_options(rows)
        self._highlight(options, at if not self.typed else None)
        self._tell(len(found))

    def _found(self) -> list[Choice]:
        """What the filter lets through; a longer filter looks only at what a shorter one found."""
        typed, size = self.typed.lower(), len(self._all)
        known, known_size, among = self._last_found
        words, narrower = typed.split(), known and typed.startswith(known) and size == known_size
        found = [
            c for c in (among if narrower else self._all) if all(w in c.searched for w in words)
        ]
        self._last_found = typed, size, found
        return found

    def _as_typed(self, found: list[Choice]) -> list[Choice]:
        """What was typed, as a choice of its own where it is only a part of other names."""
        text = self.typed
        if not found or not text or self._by_hand is None or self._by_hand(text):
            return []
        if any(text.lower() == choice.label.lower() for choice in found):
            return []
        return [Choice(_AS_TYPED, text, "as it is typed")]

    def _highlight(self, options: OptionList, before: int | None) -> None:
        wanted = [i for i, c in enumerate(self._shown) if c.value == self._wanted]
        enabled = [i for i, c in enumerate(self._shown) if not c.why_not]
        typed = self.typed.lower()
        exact = [i for i in enabled if typed and self._shown[i].label.lower() == typed]
        if exact and self._shown[exact[0]].value is not _AS_TYPED:
            options.highlighted = exact[0]
        elif wanted and self._wanted is not None:
            options.highlighted = wanted[0]
        elif before is not None and before in enabled:
            options.highlighted = before
        else:
            options.highlighted = enabled[0] if enabled else None

    def _tell(self, found: int | None = None) -> None:
        if not self.query("#state"):
            return
        state = self._state
        if found is not None and self.typed:
            state = f"{found} of {len(self._all)} {self._what}"
            if not found and self._by_hand and not self._by_hand(self.typed):
                state += f"; Enter takes {printable(self.typed, 60)!r} as it is typed"
        if len(self._shown) >= MOST_SHOWN:
            state += f", {MOST_SHOWN} shown" + ("" if self.typed else ": type to narrow")
        self.query_one("#state", Static).update(Content(printable(state, 600)))

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
            self._take(self._shown[highlighted])
        elif self.typed and self._by_hand is not None:
            self.post_message(self.Typed(self.typed))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(self._shown[event.option_index])

    def _take(self, choice: Choice) -> None:
        as_typed = choice.value in (_AS_TYPED, _ANSWERED)
        self.post_message(self.Typed(choice.label) if as_typed else self.Chosen(choice))
