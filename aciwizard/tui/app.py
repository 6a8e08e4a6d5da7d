"""The wizard as a Textual app: the way through the questions, the work, and the way out."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, InvalidThemeError, SystemCommand
from textual.binding import Binding, BindingType
from textual.worker import WorkerFailed

from aciwizard.tui import small, themes
from aciwizard.tui.draft import Draft
from aciwizard.tui.driver import Line
from aciwizard.tui.flow import QUESTIONS
from aciwizard.tui.leave import Leave, Leaving
from aciwizard.tui.question import Question, Turn
from aciwizard.tui.start import Empty, Styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.screen import Screen

    from aciwizard.core.engine import Engine
    from aciwizard.core.events import Finished, Made
    from aciwizard.core.plan import Plan
    from aciwizard.settings import Settings

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class WizardApp(App[str]):
    """Returns the address that answered, "" where none did; `return_code` is the exit code."""

    CSS_PATH = themes.style_sheets()
    TITLE = "aciwizard"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-normal")]  # noqa: RUF012  # Textual declares it so
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit", id="app.leave", priority=True),
        Binding("ctrl+c", "leave", "Quit", id="app.interrupt", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "Palette", id="app.palette", show=False),
    ]

    def __init__(
        self, draft: Draft, theme: str = "dark", keys: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(driver_class=Line)
        self.stylesheet = Styles(variables=self.get_css_variables())
        self.draft = draft
        self.animation_level = "none"
        self._engine: Engine[Any] | None = None
        self._ground: Any = None
        self._made: list[Made] = []
        self._leaving: Leaving | None = None
        self._code_wanted: int | None = None
        self.set_keymap(dict(keys or {}))
        for known in (themes.DARK, themes.LIGHT):
            self.register_theme(known)
        with contextlib.suppress(InvalidThemeError):
            self.theme = themes.NAMES.get(theme, theme)

    def on_load(self) -> None:
        """Before the terminal is touched: from here on a signal leaves it as it was."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._told_to_end, number)

    def get_default_screen(self) -> Screen[Any]:
        return Empty(id="_default")

    def on_mount(self) -> None:
        self.screen_change_signal.subscribe(self, lambda _: small.look_after(self))
        self._guide()

    def on_resize(self) -> None:
        self.call_after_refresh(small.look_after, self)

    def _told_to_end(self, number: int) -> None:
        """The line was lost, or somebody ends us: stop between two requests, then go.

        Told twice, we wait for no request any more.
        """
        again, self._code_wanted = self._code_wanted is not None, 128 + number
        self._leaving = Leaving.STOP
        if isinstance(self._driver, Line):
            self._driver.let_go()
        if self._engine is not None and not again:
            self._engine.stop()
        else:
            self.exit("", return_code=128 + number)

    # -- the way through --------------------------------------------------------------------------

    @work(exclusive=True, group="guide", description="the wizard")
    async def _guide(self) -> None:
        async with self.draft.stack:
            await self._questions()

    async def _questions(self) -> None:
        at = 0
        while True:
            at = await self._ask_from(at)
            plan, question = await self._review()
            if plan is None:
                at = question
                continue
            again = await self._make(plan)
            if again is None:
                return
            at = again

    async def _ask_from(self, at: int) -> int:
        while at < len(QUESTIONS):
            turn = await self._ask(at)
            at = max(0, at - 1) if turn is Turn.BACK else at + 1
        return at

    async def _ask(self, at: int) -> Turn:
        entry = QUESTIONS[at]
        place = (at + 1, len(QUESTIONS), entry.rail)
        # Painted once, when it is complete with its keys: halves the bytes of every change.
        with self.batch_update():
            kind = entry.load() if entry.loaded else await asyncio.to_thread(entry.load)
            screen = kind(self.draft, place, self._told())
            turn = self.push_screen(screen, wait_for_dismiss=True)
            complete = asyncio.Event()
            screen.call_after_refresh(complete.set)
            await complete.wait()
        screen.refresh()
        screen._on_timer_update()  # now, and not when the next frame is due
        return await turn

    def _told(self) -> list[tuple[str, str]]:
        """What was answered so far, question by question; nothing is loaded to tell it."""
        told = []
        for entry in QUESTIONS:
            if entry.loaded and (words := entry.load().told(self.draft)):
                told.append((entry.rail, words))
        return told

    async def _review(self) -> tuple[Plan | None, int]:
        """The plan to carry out, or the question to go to instead."""
        from aciwizard.tui.screens.review import Confirmed, Edit, Review

        while True:
            rows = [(e.name, e.rail, e.load().told(self.draft)) for e in QUESTIONS[1:]]
            decision = await self.push_screen_wait(Review(self.draft, rows))
            match decision:
                case Confirmed(plan):
                    return plan, 0
                case Edit(name):
                    names = [entry.name for entry in QUESTIONS]
                    await self._ask(names.index(name))
                case _:
                    return None, len(QUESTIONS) - 1

    # -- the work ---------------------------------------------------------------------------------

    async def _make(self, plan: Plan) -> int | None:
        """Carry the plan out; the question to go back to, or None for the end."""
        from aciwizard.tui.screens.result import After, Outcome, Result

        while True:
            finished = await self._deploy(plan)
            if self._leaving in (Leaving.STOP, Leaving.KEEP):
                address = finished.proof.address if finished.proof else ""
                self.exit(address, return_code=self._code_wanted or (0 if address else 130))
                return None
            if self._leaving is Leaving.UNDO:
                await self._undo(plan)
                return None
            ends = self.draft.clock.now() + timedelta(days=plan.lifetime_days)
            outcome = Outcome(finished, tuple(self._made), f"{ends:%Y-%m-%d}")
            match await self.push_screen_wait(Result(outcome, self.draft.simulated)):
                case After.AGAIN:
                    continue
                case After.CHANGE:
                    return len(QUESTIONS)
                case After.UNDO:
                    await self._undo(plan)
                    return None
                case _:
                    address = finished.proof.address if finished.proof else ""
                    self.exit(address, return_code=0 if address else 1)
                    return None

    async def _deploy(self, plan: Plan) -> Finished:
        from aciwizard.core.engine import Engine
        from aciwizard.core.events import Finished, MadeEvent
        from aciwizard.steps.deployment import Deployment
        from aciwizard.steps.graph import STEPS
        from aciwizard.tui.screens.deployment import DeploymentScreen

        self._ground = Deployment(plan, self.draft.session, self.draft.clock)
        self._engine = Engine(STEPS, self._ground, self.draft.clock)
        screen = DeploymentScreen(STEPS, self.draft.clock, self.draft.simulated)
        shown = self.push_screen(screen, wait_for_dismiss=True)
        await screen.ready.wait()
        finished = Finished(stopped=True)
        async for event in self._engine.run():
            match event:
                case MadeEvent(made):
                    self._made.append(made)
                case Finished():
                    finished = event
            screen.show(event)
        self._engine = None
        await shown
        return finished

    async def _undo(self, plan: Plan) -> None:
        from aciwizard.core.engine import Engine
        from aciwizard.steps.deployment import Deployment
        from aciwizard.steps.graph import STEPS
        from aciwizard.tui.screens.undo import Undo

        ground = Deployment(plan, self.draft.session, self.draft.clock)
        engine = Engine(STEPS, ground, self.draft.clock)
        await self.push_screen_wait(Undo(engine, tuple(self._made), self.draft.simulated))
        self.exit("", return_code=130)

    # -- the way out ------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """What the palette calls: it asks as every other way out does."""
        self.action_leave()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Textual's, without the one that writes a picture of the answers to a file."""
        for command in super().get_system_commands(screen):
            if command.title != "Screenshot":
                yield command
        if isinstance(screen, Question):
            words = "What this question is about, for somebody who never heard of it"
            yield SystemCommand("Explain this question", words, screen.action_explain)

    def action_leave(self) -> None:
        if not isinstance(self.screen, Leave):
            self._leave()

    @work(group="leave", description="leave")
    async def _leave(self) -> None:
        if isinstance(self.screen, Leave):
            return
        ways: tuple[Leaving, ...] = (Leaving.STAY, Leaving.QUIT)
        if self._engine is not None:
            ways = (Leaving.STAY, Leaving.STOP, Leaving.KEEP, Leaving.UNDO)
        elif self._made:
            ways = (Leaving.STAY, Leaving.STOP)
        way = await self.push_screen_wait(Leave(ways))
        if way is Leaving.STAY:
            return
        self._leaving = way
        if self._engine is not None:
            self._engine.stop()
        else:
            self.exit("", return_code=130)

    def panic(self, *renderables: object) -> None:
        """Textual would show where and with which values it failed, secrets among them."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        self._return_code = 1
        self._close_messages_no_wait()


def run(draft: Draft, settings: Settings) -> tuple[str, int, BaseException | None]:
    """Run the wizard on this terminal: the address, the exit code, and a mistake of ours if any."""
    app = WizardApp(draft, settings.theme, settings.keys)
    address = app.run(mouse=settings.mouse)
    mistake = app._exception
    while isinstance(mistake, WorkerFailed):
        mistake = mistake.error if isinstance(mistake.error, Exception) else None
    return address or "", app.return_code or 0, mistake
