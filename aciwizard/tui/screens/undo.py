"""Undoing: shown and confirmed first, then a row for each thing that is taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from aciwizard.core.events import Made, Phase, StepEvent
from aciwizard.terminal import printable
from aciwizard.tui.help import Help
from aciwizard.tui.widgets.rail import Rail
from aciwizard.tui.words import thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aciwizard.core.steps import Kept


EXPLANATION = (
    "What this deployment made is deleted, the last first, and each removal is looked up until it "
    "is true. What was there before stays as it is.\n\n"
    "Azure keeps some deleted things for a while, and they can be brought back in that time. P "
    "ends them for good as well.\n\n"
    "The same with az:\naz container delete, az ad app delete, az keyvault delete"
)


class Undo(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "begin(False)", "Take it back", id="undo.begin"),
        Binding("p", "begin(True)", "And purge", id="undo.purge"),
        Binding("q,escape", "end", "Quit", id="undo.end"),
        Binding("f1,ctrl+o", "explain", "Explain", id="undo.explain"),
    ]

    def __init__(self, made: Sequence[Made], kept: Sequence[Kept], simulated: bool) -> None:
        """`made`: what is taken back, in that order; `kept`: what stays of it."""
        super().__init__()
        self._left = list(made)
        self._kept = kept
        self._simulated = simulated
        self._decided: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._done: list[str] = []
        self._failed = False
        self._over = False

    def compose(self) -> ComposeResult:
        yield Rail((0, 0, "Undo"), self._simulated)
        with Vertical(id="question"):
            yield Static("Take this back?", id="ask", markup=False)
            yield Static(self._stays(), id="why", markup=False)
            with VerticalScroll(id="answer"):
                yield Static(Content(self._rows()), id="rows")
        yield Footer(show_command_palette=False, compact=True)

    def _stays(self) -> str:
        words = [one.words for one in self._kept]
        return ". ".join(["Only what this deployment made", *words]) + "."

    def _rows(self) -> str:
        waiting = [f"  {thing(one)}" for one in self._left]
        return "\n".join([*self._done, *waiting]) or "Nothing: this deployment made nothing."

    async def confirmed(self) -> bool | None:
        """Wait for the answer: whether to purge as well, or None to leave all as it is."""
        return await self._decided

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        return action != "begin" or not self._decided.done()

    def action_begin(self, purge: bool) -> None:
        if not self._decided.done():
            self._decided.set_result(purge)
            self.refresh_bindings()
            self.query_one("#ask", Static).update("Taking it back …")

    def show(self, event: StepEvent) -> None:
        """Draw one removal: under way, done or failed."""
        seconds = f"{event.seconds:.0f} s" if event.seconds >= 1 else ""
        match event.phase:
            case Phase.FAILED:
                self._failed = True
                problem = event.problem
                why = f"{problem.code}: {problem.cause}" if problem else ""
                self._done.append(printable(f"✗ {self._taken(event)}  {why}", 300))
            case Phase.UNDONE:
                self._done.append(f"↶ {self._taken(event)}  {seconds}".rstrip())
        self._draw()

    def _taken(self, event: StepEvent) -> str:
        """What an event is about; it is not waited for any more."""
        found = [one for one in self._left if (one.step, one.label) == (event.step, event.words)]
        for one in found[:1]:
            self._left.remove(one)
        return event.words

    def _draw(self) -> None:
        self.query_one("#rows", Static).update(Content(self._rows()))

    def ended(self) -> None:
        """Nothing more happens."""
        self._over = True
        self._done += [f"- {thing(one)}  was never made" for one in self._left]
        self._left.clear()
        self._draw()
        words = "Taken back, but for what failed." if self._failed else "Taken back."
        self.query_one("#ask", Static).update(f"{words} Q quits.")

    def action_explain(self) -> None:
        self.app.push_screen(Help("What is taken back", EXPLANATION))

    async def action_end(self) -> None:
        if not self._decided.done():
            self._decided.set_result(None)
            self._over = True
        if self._over:
            self.dismiss(None)
        else:
            await self.run_action("app.leave")
