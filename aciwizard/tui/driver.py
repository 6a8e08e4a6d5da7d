"""The line to the terminal: measured where it is drawn on, and survived when it is lost."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver

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
    """Textual's terminal, with two differences for whoever works over SSH or in a script."""

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
