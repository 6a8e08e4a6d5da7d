"""The end: the address and its proof, or what went wrong and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Footer, Static

from aciwizard.core.events import Finished, Made, Proof
from aciwizard.terminal import printable
from aciwizard.tui.help import Help
from aciwizard.tui.widgets.rail import Rail
from aciwizard.tui.words import thing

if TYPE_CHECKING:
    from aciwizard.core.plan import Plan
    from aciwizard.core.problems import Problem


ANSWERED = (
    "The container runs, stayed up while it was watched, and its port answered from here. Anybody "
    "who knows the address can open it, over plain HTTP. It costs money while it runs.\n\n"
    "Taking it all back: U."
)
FAILED = (
    "Something stands in the way; it is named first, then why, then what to do, then Azure's own "
    "words or the container's last log lines.\n\n"
    "R tries again and goes on from what is there already; E goes back to the answers; U takes "
    "back what this run made. Nothing else is touched.\n\n"
    "The same with az:\naz container logs"
)


class After(Enum):
    """What to do after the end."""

    QUIT = "quit"
    AGAIN = "again"
    CHANGE = "change"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, what was made, until when the password works, and what to do next."""

    finished: Finished
    made: tuple[Made, ...]
    expires: str
    next: tuple[str, ...] = ()

    @classmethod
    def of(cls, finished: Finished, made: tuple[Made, ...], plan: Plan, now: datetime) -> Outcome:
        ends = now + timedelta(days=plan.lifetime_days)
        place = f"--resource-group {plan.resource_group} --name {plan.container}"
        commands = (f"Its log:  az container logs {place}", f"Stop it:  az container stop {place}")
        return cls(finished, made, f"{ends:%Y-%m-%d}", commands)


class Result(Screen[After]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "end('quit')", "Quit", id="result.quit"),
        Binding("r", "end('again')", "Try again", id="result.again"),
        Binding("e", "end('change')", "Change", id="result.change"),
        Binding("u", "end('undo')", "Undo", id="result.undo"),
        Binding("c", "copy", "Copy", id="result.copy"),
        Binding("escape", "end('change')", "Back", id="result.back", show=False),
        Binding("f1,ctrl+o", "explain", "Explain", id="result.explain"),
    ]

    def __init__(self, outcome: Outcome, simulated: bool) -> None:
        super().__init__()
        self._outcome = outcome
        self._simulated = simulated

    def compose(self) -> ComposeResult:
        finished = self._outcome.finished
        yield Rail((0, 0, "Result"), self._simulated)
        with Vertical(id="question"):
            if finished.proof is not None:
                yield from self._answered(finished.proof)
            else:
                yield from self._failed(finished)
            yield Static("", id="problem", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def _answered(self, proof: Proof) -> ComposeResult:
        yield Static("✓ It answers.", id="ask", markup=False)
        shown = printable(proof.address, 200)
        address = Content.assemble((shown, Style(link=shown, underline=True)))
        yield Static(address, id="address")
        status = f"answered {proof.status}, " if proof.status else ""
        restarts = f"{proof.restarts} restarts" if proof.restarts else "no restart"
        lines = [f"{proof.state}, {status}{restarts}, watched for {proof.seconds:.0f} seconds."]
        lines += ["", "Made:", *_things(self._outcome.made)]
        lines += ["", f"The password stops working on {self._outcome.expires}."]
        lines += ["", *(printable(line, 200) for line in self._outcome.next)]
        lines += ["Take all of it back:  U here, or aciwizard undo"]
        with VerticalScroll(id="answer"):
            yield Static("\n".join(lines), markup=False)

    def _failed(self, finished: Finished) -> ComposeResult:
        title = "✗ It does not answer." if finished.problems else "Stopped."
        yield Static(title, id="ask", markup=False)
        lines = [line for problem in finished.problems for line in _told(problem)]
        lines += ["Made so far; trying again goes on from there:", *_things(self._outcome.made)]
        with VerticalScroll(id="answer"):
            yield Static("\n".join(lines), markup=False)

    def action_explain(self) -> None:
        answered = self._outcome.finished.proof is not None
        self.app.push_screen(Help("What this means", ANSWERED if answered else FAILED))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        answered = self._outcome.finished.proof is not None
        if action == "copy":
            return answered
        if action == "end" and parameters == ("again",):
            return not answered
        if action == "end" and parameters == ("undo",):
            return bool(self._outcome.made)
        return True

    def action_end(self, after: str) -> None:
        self.dismiss(After(after))

    def action_copy(self) -> None:
        proof = self._outcome.finished.proof
        if proof is not None:
            self.app.copy_to_clipboard(proof.address)
            line = self.query_one("#problem", Static)
            line.update("! Sent to your terminal's clipboard; not every terminal takes it.")
            line.add_class("-said")


def _things(made: tuple[Made, ...]) -> list[str]:
    if not made:
        return ["  nothing new: everything was there already"]
    return [f"  {thing(one)}" for one in made]


def _told(problem: Problem) -> list[str]:
    lines = [f"{problem.happened}: {problem.code}", problem.cause, problem.action]
    lines += [f"  | {line}" for line in problem.raw.splitlines()[:12]]
    return [printable(line, 400) for line in lines] + [""]
