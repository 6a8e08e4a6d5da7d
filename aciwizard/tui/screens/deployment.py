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
from aciwizard.tui.widgets.rail import Rail

if TYPE_CHECKING:
    from collections.abc import Sequence

GLYPHS = {
    Phase.CHECKING: "·",
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
_LAST = 3  # container events shown


class StepRow(Static):
    """One step: glyph, word, title, seconds, attempt, reason. It repaints only when it changes."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__("", id=f"step-{name}", classes="step", markup=False)
        self._title = title
        self._text = ""
        self.phase: Phase | None = None

    def on_mount(self) -> None:
        self._write(f"· {'':<9}{self._title}")

    def show_event(self, event: StepEvent) -> None:
        self.phase = event.phase
        tries = f" ({event.attempt}/{event.limit})" if event.attempt else ""
        took = f"{event.seconds:5.0f} s" if event.phase is not Phase.CHECKING else " " * 7
        words = printable(event.words, 200)
        row = f"{GLYPHS[event.phase]} {event.phase:<9}{self._title:<22}{took}{tries}  {words}"
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

    def on_mount(self) -> None:
        self.set_interval(5, self._tell_time)
        self.ready.set()

    def _tell_time(self) -> None:
        elapsed = self._clock.monotonic() - self._began
        waits = [printable(words, 60) for words in self._waits.values() if words]
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

    def show(self, event: Event) -> None:
        """Draw one event of the engine."""
        match event:
            case StepEvent():
                self.query_one(f"#step-{event.step}", StepRow).show_event(event)
                self._waits[event.step] = event.words if event.phase is Phase.WAITING else ""
                self._tell_time()
            case ContainerEvent():
                self._events = [*self._events, f"{event.name}: {event.message}"][-_LAST:]
                text = "\n".join(printable(line, 160) for line in self._events)
                self.query_one("#happened", Static).update(Content(text))
            case LogEvent():
                lines = [printable(line, 160) for line in event.text.splitlines()[-_LAST:]]
                self.query_one("#log", Static).update(Content("\n".join(lines)))
            case Finished():
                self.dismiss(event)
