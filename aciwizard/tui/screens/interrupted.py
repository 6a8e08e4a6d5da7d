"""What was interrupted here before: go on with it, take it back, or begin something new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from aciwizard.core.journal import Course
from aciwizard.terminal import printable
from aciwizard.tui.help import Help
from aciwizard.tui.widgets.rail import Rail
from aciwizard.tui.words import age

if TYPE_CHECKING:
    from datetime import datetime

    from aciwizard.core.journal import Record

EXPLANATION = (
    "A deployment that was begun here and did not get to an answer is noted with all it made. "
    "Going on looks at what is true in Azure now and makes only what is missing. Taking it back "
    "deletes what it made, and nothing else.\n\n"
    "Beginning something new leaves it as it is; it is offered again next time.\n\n"
    "The same without a screen:\naciwizard resume, aciwizard undo, aciwizard history"
)


@dataclass(frozen=True, slots=True)
class GoOn:
    record: Record


@dataclass(frozen=True, slots=True)
class TakeBack:
    record: Record


@dataclass(frozen=True, slots=True)
class Anew:
    """Something new."""


Start = GoOn | TakeBack | Anew


class Interrupted(Screen[Start]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", id="interrupted.take"),
        Binding("escape,n", "anew", "Something new", id="interrupted.anew"),
        Binding("f1,ctrl+o", "explain", "Explain", id="interrupted.explain"),
    ]

    def __init__(self, records: list[Record], now: datetime, simulated: bool) -> None:
        super().__init__()
        self._simulated = simulated
        self._rows: list[tuple[str, Start]] = []
        for record in records:
            told = _told(record, now)
            if record.course is not Course.UNDOING:
                self._rows.append((f"Go on with    {told}", GoOn(record)))
            if record.made or record.begun:
                self._rows.append((f"Take back     {told}", TakeBack(record)))
        self._rows.append(("Begin something new", Anew()))

    def compose(self) -> ComposeResult:
        yield Rail((0, 0, "Interrupted"), self._simulated)
        with Vertical(id="question"):
            yield Static("Something was interrupted here.", id="ask", markup=False)
            why = "Nothing it made is lost: go on with it, or take it back."
            yield Static(why, id="why", markup=False)
            rows = [Option(Content(printable(words, 200))) for words, _ in self._rows]
            yield OptionList(*rows, markup=False, compact=True)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def action_take(self) -> None:
        self.dismiss(self._rows[self.query_one(OptionList).highlighted or 0][1])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._rows[event.option_index][1])

    def action_anew(self) -> None:
        self.dismiss(Anew())

    def action_explain(self) -> None:
        self.app.push_screen(Help("What was interrupted", EXPLANATION))


def _told(record: Record, now: datetime) -> str:
    plan, made = record.plan, len(record.made)
    things = f"{made} thing{'s' if made != 1 else ''} made"
    when = age(now, record.changed)
    return f"{plan.container} in {plan.resource_group}, {when}: {things}, {plan.image}"
