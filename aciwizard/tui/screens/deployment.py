"""The deployment, live: a row a step, what the container does, and what is being waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from aciwizard.core.clock import Clock
from aciwizard.core.events import ContainerEvent, Event, Finished, LogEvent, Phase, StepEvent
from aciwizard.terminal import printable
from aciwizard.tui.help import Help
from aciwizard.tui.widgets.rail import Rail

if TYPE_CHECKING:
    from collections.abc import Sequence

GLYPHS = {
    Phase.CHECKING: "·",
    Phase.PLANNED: "·",
    Phase.WORKING: "▸",
    Phase.WAITING: "…",
    Phase.DONE: "✓",
    Phase.REUSED: "=",
    Phase.PROVEN: "✓",
    Phase.FAILED: "✗",
    Phase.SKIPPED: "-",
    Phase.STOPPED: "-",
    Phase.UNDONE: "↶",
}
EXPLANATION = (
    "Each row is a step; those that do not need each other run side by side. Azure is large: what "
    "was made in one place is known elsewhere only after some seconds or minutes, so a step may "
    "wait and try again; its row says for what, and how often.\n\n"
    "Leaving asks first. What was made can be kept, gone on from, or taken back.\n\n"
    "The same with az:\naz container show --query instanceView.events"
)
_LAST = 3  # container events shown


class StepRow(Static):
    """One step: glyph, word, title, seconds, attempt, reason. It repaints only when it changes."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__("", id=f"step-{name}", classes="step", markup=False)
        self._title = title
        self._text = ""
        self.phase: Phase | None = None

    def on_mount(self) -> None:
        self._write(f"· {'':<10}{self._title}")

    def show_event(self, event: StepEvent) -> None:
        self.phase = event.phase
        tries = f" ({event.attempt}/{event.limit})" if event.attempt else ""
        took = f"{event.seconds:4.0f} s" if event.seconds >= 1 else " " * 6
        words = printable(event.words, 200)
        row = f"{GLYPHS[event.phase]} {event.phase:<10}{self._title:<22}{took}{tries}  {words}"
        self.set_class(event.phase is Phase.FAILED, "-wrong")
        self.set_class(event.phase in (Phase.DONE, Phase.PROVEN), "-done")
        self._write(row.rstrip())

    def _write(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.update(Content(text))


class DeploymentScreen(Screen[Finished]):
    """Shows what the engine tells. It starts nothing: the work outlives the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.leave", "Leave", id="deployment.leave"),
        Binding("f1,ctrl+o", "explain", "Explain", id="deployment.explain"),
    ]

    def __init__(self, steps: Sequence[Any], clock: Clock, simulated: bool) -> None:
        super().__init__()
        self._clock = clock
        self._began = clock.monotonic()
        self._waits: dict[str, str] = {}
        self._steps = steps
        self._simulated = simulated
        self._events: list[str] = []
        self.ready = asyncio.Event()

    def action_explain(self) -> None:
        self.app.push_screen(Help("What happens now", self._explained()))

    def _explained(self) -> str:
        steps = "\n\n".join(f"{step.title}: {step.why}" for step in self._steps)
        return f"{EXPLANATION}\n\n{steps}"

    def on_mount(self) -> None:
        self.set_interval(5, self._tell_time)
        self.ready.set()

    def _tell_time(self) -> None:
        elapsed = self._clock.monotonic() - self._began
        waits = [printable(words, 200) for words in self._waits.values() if words]
        reason = f"; waiting: {waits[0]}" if waits else ""
        text = f"{elapsed:.0f} s so far{reason}"
        self.query_one("#waiting", Static).update(Content(text))

    def compose(self) -> ComposeResult:
        yield Rail((0, 0, "Deployment"), self._simulated)
        with Vertical(id="question"):
            yield Static("Making it. This takes a minute or two.", id="ask", markup=False)
            with VerticalScroll(id="steps", can_focus=False):
                for step in self._steps:
                    yield StepRow(step.name, step.title)
            yield Static("", id="happened", markup=False)
            yield Static("", id="log", markup=False)
            yield Static("", id="waiting", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def _say(self, where: str, text: str) -> None:
        line = self.query_one(where, Static)
        line.update(Content(text))
        line.add_class("-said")

    def show(self, event: Event) -> None:
        """Draw one event of the engine."""
        if self._pruning:  # the wizard ends with work under way: its rows are gone already
            return
        match event:
            case StepEvent():
                self.query_one(f"#step-{event.step}", StepRow).show_event(event)
                self._waits[event.step] = event.words if event.phase is Phase.WAITING else ""
                self._tell_time()
            case ContainerEvent():
                self._events = [*self._events, f"{event.name}: {event.message}"][-_LAST:]
                text = "\n".join(printable(line, 160) for line in self._events)
                self._say("#happened", text)
            case LogEvent():
                lines = [printable(line, 160) for line in event.text.splitlines()[-_LAST:]]
                self._say("#log", "\n".join(lines))
            case Finished():
                self.dismiss(event)
