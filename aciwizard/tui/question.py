"""What every question looks like: rail, question, why, answer, what is wrong with it, keys."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static
from textual.worker import NoActiveWorker, get_current_worker

from aciwizard.terminal import printable
from aciwizard.tui.help import Help
from aciwizard.tui.widgets.rail import AnswersSoFar, Rail

if TYPE_CHECKING:
    from aciwizard.core.problems import Problem
    from aciwizard.tui.draft import Draft


class Turn(Enum):
    """Where a question leads."""

    NEXT = "next"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Row:
    """A question in the review: its name, its word on the rail, the answer and its origin."""

    name: str
    rail: str
    told: str
    origin: str

    def __str__(self) -> str:
        origin = f"  ({self.origin})" if self.origin else ""
        return f"{self.rail:<14}{printable(self.told or 'not answered', 120)}{origin}"


class Question(Screen[Turn]):
    """One question. A subclass says what it asks and keeps the answer in the draft.

    `ask` is the question and `why` one line for everybody; `explanation` is for somebody who never
    heard of the thing; `az` is the command that does the same; `key` is the key of the plan it is
    about above all, whose origin the review shows; `told` is the answer in a few words.
    """

    ask: ClassVar[str] = ""
    why: ClassVar[str] = ""
    explanation: ClassVar[str] = ""
    az: ClassVar[str] = ""
    key: ClassVar[str] = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="question.back"),
        Binding("f1,ctrl+o", "explain", "Explain", id="question.explain"),
    ]

    def __init__(
        self, draft: Draft, place: tuple[int, int, str], told: list[tuple[str, str]]
    ) -> None:
        super().__init__()
        self.draft = draft
        self._place = place
        self._told = told

    @staticmethod
    def told(draft: Draft) -> str:
        """The answer in a few words, for the review and the side; "" while there is none."""
        return ""

    def compose(self) -> ComposeResult:
        yield Rail(self._place, self.draft.simulated)
        with Horizontal(id="columns"):
            yield AnswersSoFar(self._told)
            with Vertical(id="question"):
                yield Static(self.ask, id="ask", markup=False)
                yield Static(self.why, id="why", markup=False)
                with VerticalScroll(id="answer", can_focus=False):
                    yield from self.body()
                yield Static("", id="problem", markup=False)
            yield Static(self._explained(), id="beside", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def _compositor_refresh(self) -> None:
        if not self.app._batch_count:  # what would be drawn now is thrown away
            super()._compositor_refresh()

    def body(self) -> ComposeResult:
        """The widgets that take the answer."""
        yield from ()

    def _explained(self) -> str:
        command = f"\n\nThe same with az:\n{self.az}" if self.az else ""
        return f"{self.explanation}{command}"

    def say(self, words: str = "", mark: str = "✗") -> None:
        """Put words under the answer; none takes them away."""
        # None to find where a look-up ends while its screen is being left.
        for line in self.query("#problem").results(Static):
            line.update(Content(f"{mark} {printable(words, 600)}" if words else ""))
            line.set_class(bool(words), "-said")
            for name, its in (("-wrong", "✗"), ("-warned", "!"), ("-good", "✓")):
                line.set_class(mark == its, name)
        self.set_class(bool(words), "-told")  # a list makes room for it

    def say_problem(self, problem: Problem) -> None:
        """A problem in plain words: what happened, why, and what to do."""
        self.say(f"{problem.happened}: {problem.cause} {problem.action}")

    def action_back(self) -> None:
        self._leave(Turn.BACK)

    def _leave(self, turn: Turn) -> None:
        """Look-ups that are still under way end first: they must not find their screen gone."""
        mine = {worker for worker in self.workers if worker.node is self}
        with suppress(NoActiveWorker):
            mine.discard(get_current_worker())
        for worker in mine:
            worker.cancel()
        self.dismiss(turn)

    def action_explain(self) -> None:
        self.app.push_screen(Help(self.ask, self._explained()))

    def next(self) -> None:
        """The answer is in the draft: on to the next question."""
        self._leave(Turn.NEXT)
