"""Undoing: what was made is taken back in reverse, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from aciwizard.core.events import Made, Phase
from aciwizard.terminal import printable
from aciwizard.tui.help import Help
from aciwizard.tui.widgets.rail import Rail

if TYPE_CHECKING:
    from aciwizard.core.engine import Engine


EXPLANATION = (
    "What this run made is deleted, the last first. What was there before stays as it is.\n\n"
    "Azure keeps a deleted vault, and its name, for up to 90 days, and a deleted application for "
    "30; both can be brought back in that time.\n\n"
    "The same with az:\naz container delete, az ad app delete, az keyvault delete"
)


class Undo(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "begin", "Take it back", id="undo.begin"),
        Binding("q,escape", "end", "Quit", id="undo.end"),
        Binding("f1,ctrl+o", "explain", "Explain", id="undo.explain"),
    ]

    def __init__(self, engine: Engine[Any], made: tuple[Made, ...], simulated: bool) -> None:
        super().__init__()
        self._undo_engine = engine
        self._made = made
        self._simulated = simulated
        self._begun = False

    def compose(self) -> ComposeResult:
        yield Rail((0, 0, "Undo"), self._simulated)
        with Vertical(id="question"):
            yield Static("Take this back?", id="ask", markup=False)
            why = "Only what this run made. Azure keeps deleted vaults for a while."
            yield Static(why, id="why", markup=False)
            yield Static(Content(self._rows([])), id="rows")
        yield Footer(show_command_palette=False, compact=True)

    def _rows(self, done: list[str]) -> str:
        open_ones = [
            f"  {one.kind}: {printable(one.id.rpartition('/')[2], 80)}"
            for one in reversed(self._made)
        ]
        return "\n".join([*done, *open_ones[len(done) :]])

    def action_begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._take_back()

    @work(exclusive=True, description="undo")
    async def _take_back(self) -> None:
        done: list[str] = []
        kinds = [
            f"{one.kind}: {printable(one.id.rpartition('/')[2], 80)}"
            for one in reversed(self._made)
        ]
        async for event in self._undo_engine.undo(self._made):
            glyph = "✗" if event.phase is Phase.FAILED else "↶"
            why = f"  {event.problem.cause}" if event.problem else ""
            done.append(f"{glyph} {kinds[len(done)]}{why}")
            self.query_one("#rows", Static).update(Content(self._rows(done)))
        self.query_one("#ask", Static).update("Taken back. Q quits.")

    def action_explain(self) -> None:
        self.app.push_screen(Help("What is taken back", EXPLANATION))

    def action_end(self) -> None:
        self.dismiss(None)
