"""Everything before anything: what will be made, reused, changed, why, and from which answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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
from aciwizard.core.events import Finding, State
from aciwizard.core.faults import Faulty
from aciwizard.core.plan import Plan
from aciwizard.terminal import printable
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.help import Help
from aciwizard.tui.question import Row
from aciwizard.tui.widgets import findings
from aciwizard.tui.widgets.rail import Rail

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN_FILE = Path("aciwizard-plan.toml")
ROOMY = 36  # rows of a terminal that has room for the details at once
EXPLANATION = (
    "Above are your answers, and where each came from. Below is what Azure says about them now: "
    "what is there and used (=), what will be made (+), changed (~) or replaced (±), and what "
    "stands in the way (✗).\n\n"
    "So far Azure was only asked. Y makes it; Enter goes to the marked question and comes back; "
    "D shows why each step exists and where every answer came from; "
    "S writes the answers to a file for aciwizard apply, without any secret.\n\n"
    "The same with az:\naz deployment group what-if"
)


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
        Binding("y", "confirm", "Make it", id="review.confirm"),
        Binding("enter", "edit", "Change", id="review.edit"),
        Binding("escape", "back", "Back", id="review.back"),
        Binding("d", "details", "Detail", id="review.details"),
        Binding("s", "save", "Save", id="review.save"),
        Binding("f5,ctrl+r", "check", "Check", id="review.check"),
        Binding("pagedown", "scroll(1)", "More", id="review.down", show=False, priority=True),
        Binding("pageup", "scroll(-1)", "Up", id="review.up", show=False, priority=True),
        Binding("f1,ctrl+o", "explain", "Explain", id="review.explain"),
    ]

    def __init__(self, draft: Draft, answers: list[Row], trouble: str = "") -> None:
        """`trouble` is why the plan that was confirmed could not be begun with."""
        super().__init__()
        self.draft = draft
        self._answers = answers
        self._plan: Plan | None = None
        self._trouble = trouble
        self._findings: Mapping[str, Finding] = {}
        self._steps: list[tuple[str, str, Finding]] = []
        self._details = False

    def compose(self) -> ComposeResult:
        yield Rail((0, 0, "Review"), self.draft.simulated)
        with Vertical(id="question"):
            yield Static("Shall this be made in Azure?", id="ask", markup=False)
            why = "Nothing is made before you press Y; Enter changes the marked answer."
            yield Static(why, id="why", markup=False)
            options = OptionList(markup=False, compact=True)
            options.add_options(Option(Content(str(row))) for row in self._answers)
            yield options
            with VerticalScroll(id="answer", can_focus=False):
                yield Static("checking against Azure …", id="findings", markup=False)
            yield Static("", id="problem", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()
        self._details = self.app.size.height >= ROOMY
        self.action_check()

    def action_check(self) -> None:
        try:
            self._plan = self.draft.plan()
        except Faulty as faulty:
            self._plan, self._findings = None, {}
            self._say("; ".join(str(fault) for fault in faulty.faults))
            self.query_one("#findings", Static).update("Change the answers named below.")
            return
        self._findings = {}
        self.query_one("#findings", Static).update("checking against Azure …")
        self._say()
        self._check(self._plan)

    @work(exclusive=True, description="check the plan")
    async def _check(self, plan: Plan) -> None:
        engine = await load("core.engine")
        deployment = await load("steps.deployment")
        graph = await load("steps.graph")
        ground = deployment.Deployment(plan, self.draft.session, self.draft.clock)
        self._findings = await engine.Engine(graph.STEPS, ground, self.draft.clock).check()
        self._steps = [(step.title, step.why, self._findings[step.name]) for step in graph.STEPS]
        self._draw(plan)
        self._warn(plan)

    def _draw(self, plan: Plan) -> None:
        width = self.query_one("#answer").size.width
        lines = findings.rows(self._steps, width if self._details else 0)
        if self._details:
            lines += ["", "Where each answer came from", *findings.sources(plan)]
        for line in self.query("#findings").results(Static):
            line.update(Content("\n".join(lines)))

    def action_details(self) -> None:
        """Why each step exists and where each answer came from, or only what will happen."""
        self._details = not self._details
        self.set_class(self._details and self.app.size.height < ROOMY, "-details")
        if self._plan is not None and self._steps:
            self._draw(self._plan)

    def _warn(self, plan: Plan) -> None:
        if self._trouble:
            self._say(self._trouble)
            self._trouble = ""
            return
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

    def _say(self, words: str = "", mark: str = "✗") -> None:
        # None to find where the check ends while the review is being left.
        for line in self.query("#problem").results(Static):
            line.update(Content(f"{mark} {printable(words, 600)}" if words else ""))
            line.set_class(bool(words), "-said")
            line.set_class(mark == "✗", "-wrong")
            line.set_class(mark == "!", "-warned")

    def action_back(self) -> None:
        self.dismiss(Back())

    def action_scroll(self, pages: int) -> None:
        answer = self.query_one("#answer")
        answer.scroll_relative(y=pages * max(1, answer.size.height - 1), animate=False)

    def action_explain(self) -> None:
        self.app.push_screen(Help("Shall this be made in Azure?", EXPLANATION))

    def action_edit(self) -> None:
        if self.has_class("-details"):  # the answers are not to be seen
            self.action_details()
            return
        at = self.query_one(OptionList).highlighted or 0
        self.dismiss(Edit(self._answers[at].name))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_edit()

    def action_confirm(self) -> None:
        if self._plan is None:
            return
        if not self._findings:
            self._say("Still checking; a moment.", "!")
            return
        if any(f.state is State.BLOCKED for f in self._findings.values()):
            return
        self.dismiss(Confirmed(self._plan))

    def action_save(self) -> None:
        if self._plan is None:
            return
        try:
            planfile.write(PLAN_FILE, self._plan)
        except (OSError, ValueError) as problem:  # ValueError: what is there is no plan
            why = getattr(problem, "strerror", None) or "the file that is there is no plan"
            self._say(f"{PLAN_FILE} could not be written: {why}")
            return
        self._say(
            f"Saved as {PLAN_FILE.absolute()}; aciwizard apply {PLAN_FILE} does the same.", "✓"
        )
