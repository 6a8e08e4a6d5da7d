"""Everything before anything: what will be made, reused, changed, why, and from which answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from aciwizard import planfile
from aciwizard.core.answers import Faulty
from aciwizard.core.events import Finding, State
from aciwizard.core.plan import Plan
from aciwizard.terminal import printable
from aciwizard.tui.draft import Draft
from aciwizard.tui.widgets.rail import Rail

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN_FILE = Path("aciwizard-plan.toml")
GLYPHS = {
    State.SATISFIED: "=",
    State.PROVEN: "=",
    State.CREATE: "+",
    State.CHANGE: "~",
    State.REPLACE: "±",
    State.WAITING: "…",
    State.BLOCKED: "✗",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """Go back to one question, by its name, and return."""

    question: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Make it."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Back:
    """To the last question."""


Decision = Edit | Confirmed | Back


class Review(Screen[Decision]):
    """Nothing has been written to Azure until the confirming key on this screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="review.back"),
        Binding("enter", "edit", "Change", id="review.edit", priority=True),
        Binding("y", "confirm", "Make it", id="review.confirm"),
        Binding("s", "save", "Save plan", id="review.save"),
        Binding("f5", "check", "Check again", id="review.check"),
    ]

    def __init__(self, draft: Draft, answers: list[tuple[str, str, str]]) -> None:
        """`answers`: name of the question, its word, what was answered."""
        super().__init__()
        self.draft = draft
        self._answers = answers
        self._plan: Plan | None = None
        self._findings: Mapping[str, Finding] = {}

    def compose(self) -> ComposeResult:
        yield Rail((0, 0, "Review"), self.draft.simulated)
        with Vertical(id="question"):
            yield Static("Shall this be made in Azure?", id="ask", markup=False)
            why = "Nothing has been made yet. Y makes it; Enter changes the marked answer."
            yield Static(why, id="why", markup=False)
            options = OptionList(markup=False, compact=True)
            options.add_options(
                Option(Content(f"{word:<14}{printable(told, 120)}"))
                for _, word, told in self._answers
            )
            yield options
            with VerticalScroll(id="answer", can_focus=False):
                yield Static("checking against Azure …", id="findings", markup=False)
            yield Static("", id="problem", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()
        self.action_check()

    def action_check(self) -> None:
        try:
            self._plan = self.draft.plan()
        except Faulty as faulty:
            self._plan = None
            self._say("; ".join(str(fault) for fault in faulty.faults))
            self.query_one("#findings", Static).update("Change the answers named below.")
            return
        self._check(self._plan)

    @work(exclusive=True, description="check the plan")
    async def _check(self, plan: Plan) -> None:
        engine = import_module("aciwizard.core.engine")
        deployment = import_module("aciwizard.steps.deployment")
        graph = import_module("aciwizard.steps.graph")
        ground = deployment.Deployment(plan, self.draft.session, self.draft.clock)
        self._findings = await engine.Engine(graph.STEPS, ground, self.draft.clock).check()
        rows = [
            f"{GLYPHS[finding.state]} {finding.state:<11}{step.title:<22}{finding.words}"
            for step, finding in zip(graph.STEPS, self._findings.values(), strict=True)
        ]
        self.query_one("#findings", Static).update(Content(printable_lines(rows)))
        self._warn(plan)

    def _warn(self, plan: Plan) -> None:
        blocked = [
            f.problem for f in self._findings.values() if f.problem and f.state is State.BLOCKED
        ]
        if blocked:
            first = blocked[0]
            self._say(f"{first.happened}: {first.cause} {first.action}")
            return
        ends = self.draft.clock.now() + timedelta(days=plan.lifetime_days)
        words = f"The password stops working on {ends:%Y-%m-%d}."
        if plan.ports != ():
            words += " The container is open to everybody, over plain HTTP."
        self._say(words, "!")

    def _say(self, words: str, mark: str = "✗") -> None:
        line = self.query_one("#problem", Static)
        line.update(Content(f"{mark} {printable(words, 600)}" if words else ""))
        line.set_class(bool(words), "-said")
        line.set_class(mark == "✗", "-wrong")

    def action_back(self) -> None:
        self.dismiss(Back())

    def action_edit(self) -> None:
        at = self.query_one(OptionList).highlighted or 0
        self.dismiss(Edit(self._answers[at][0]))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_edit()

    def action_confirm(self) -> None:
        if self._plan is None or any(f.state is State.BLOCKED for f in self._findings.values()):
            return
        if not self._findings:
            self._say("Still checking; a moment.", "!")
            return
        self.dismiss(Confirmed(self._plan))

    def action_save(self) -> None:
        if self._plan is None:
            return
        try:
            planfile.write(PLAN_FILE, self._plan)
        except OSError as problem:
            self._say(f"{PLAN_FILE} could not be written: {problem.strerror}")
            return
        self._say(
            f"Saved as {PLAN_FILE.absolute()}; aciwizard apply {PLAN_FILE} does the same.", "✓"
        )


def printable_lines(rows: list[str]) -> str:
    """Rows made harmless one by one, so that what Azure said cannot add lines of its own."""
    return "\n".join(printable(row, 300) for row in rows)
