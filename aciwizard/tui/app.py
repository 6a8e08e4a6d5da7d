"""The wizard as a Textual app: how it looks, what ends it, and the way out."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work as worker
from textual.app import App, InvalidThemeError, SystemCommand
from textual.binding import Binding, BindingType
from textual.worker import WorkerFailed

from aciwizard.tui import small, themes
from aciwizard.tui.draft import Draft
from aciwizard.tui.driver import Line
from aciwizard.tui.leave import Leave, Leaving
from aciwizard.tui.question import Question
from aciwizard.tui.start import Empty, Styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.events import Resize
    from textual.screen import Screen

    from aciwizard.azure.device_code import DeviceCode
    from aciwizard.settings import Settings
    from aciwizard.tui.work import Work

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
        self._work: Work | None = None
        self._told_before = False
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

    def on_resize(self, event: Resize) -> None:
        if event.size == self.screen.outer_size:
            self.screen.refresh()  # it was smaller in between, and has lost what it cut off
        self.call_after_refresh(small.look_after, self)

    def _told_to_end(self, number: int) -> None:
        """The line was lost, or somebody ends us: stop between two requests, then go.

        Told twice, we wait for no request any more.
        """
        again, self._told_before = self._told_before, True
        if isinstance(self._driver, Line):
            self._driver.let_go()
        if self._work is not None and self._work.under_way and not again:
            self._work.stop(Leaving.SIGNAL, 128 + number)
        else:
            self.exit("", return_code=128 + number)

    @worker(exclusive=True, group="guide", description="the wizard")
    async def _guide(self) -> None:
        from aciwizard.tui.navigator import Navigator

        try:
            async with self.draft.stack:
                await Navigator(self).lead()
        except Exception as mistake:  # boundary: Textual's log would have its words, values too
            self._handle_exception(mistake)

    @property
    def work(self) -> Work:
        """What is made in Azure; loaded when there is something to make."""
        if self._work is None:
            from aciwizard.tui.work import Work

            self._work = Work(self)
        return self._work

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

    @worker(group="leave", description="leave")
    async def _leave(self) -> None:
        if isinstance(self.screen, Leave):
            return
        ways: tuple[Leaving, ...] = (Leaving.STAY, Leaving.QUIT)
        if self._work is not None and self._work.under_way:
            ways = self._work.ways_out
        elif self._work is not None and self._work.made:
            ways = (Leaving.STAY, Leaving.LATER)
        way = await self.push_screen_wait(Leave(ways))
        if way is Leaving.STAY:
            return
        if self._work is not None and self._work.under_way:
            self._work.stop(way)
        else:
            self.exit("", return_code=130)

    def show_code(self, code: DeviceCode | None) -> None:
        """Azure wants the person again in mid-work: the code is shown over whatever is there."""
        from aciwizard.tui.screens.sign_in_again import SignInAgain

        with self._context():  # whoever calls this knows of no app
            for screen in self.screen_stack:
                if isinstance(screen, SignInAgain):
                    screen.show(code)
                    return
            if code is not None:
                self.push_screen(SignInAgain(code))

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
