"""The line to the terminal: measured where it is drawn on, and survived when it is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size

from aciwizard.terminal import lost


class Lasting:
    """Standard error that takes every write. Textual's writing thread dies of one that fails, and
    once its queue is full the whole wizard stands still, with work in Azure under way."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


class Line(LinuxDriver):
    """Textual's terminal, with three differences for whoever works over SSH or in a script."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        assert sys.__stderr__ is not None  # without it the wizard is not begun
        self._drawn_on = sys.__stderr__
        self._file: Any = Lasting(sys.__stderr__)

    def _get_terminal_size(self) -> tuple[int, int]:
        """Textual asks standard output, which is no terminal in `address=$(aciwizard)`."""
        with suppress(OSError):
            columns, rows = os.get_terminal_size(self._drawn_on.fileno())
            if columns and rows:
                return columns, rows
        return super()._get_terminal_size()

    def start_application_mode(self) -> None:
        """Sizes are asked for in the loop. Textual asks in a signal's handler, where the next
        signal comes in between: of many sizes in a row an old one was told last, and stayed."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized)

    def _resized(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(Resize(size, size))

    def _run_input_thread(self) -> None:
        """A line that is lost ends the reading, and not, with a traceback, the wizard."""
        try:
            self.run_input_thread()
        except OSError:
            return
        except Exception as mistake:  # boundary: nobody else would hear of it
            self._app.call_later(self._app._handle_exception, mistake)

    def let_go(self) -> None:
        """Read no more from a line that is lost: it would only say so, endlessly."""
        if lost(self.fileno):
            self.exit_event.set()
