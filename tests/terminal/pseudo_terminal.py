"""A real pseudo-terminal with a program in it, and what a person would see of that program."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pyte

ROOT = Path(__file__).parents[2]
WIZARD = (sys.executable, "-m", "aciwizard")
LIMIT = 30.0  # seconds after which what should have come never will
SILENCE = 0.4  # seconds without a byte after which a screen has settled

KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "f1": "\x1bOP",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+q": "\x11",
}
MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
KEYBOARD = re.compile(rb"\x1b\[(?:>\d+|<)u")  # pyte would print the letter
FRAME = b"\x1b[?2026h"
# What the terminal is asked, and what an xterm of these years answers.
ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[c": b"\x1b[?62;c",
}
# How a terminal stands before anything has run in it: cursor and line wrap on, the rest off.
UNTOUCHED = {"25", "7"}


class Overdue(AssertionError):
    """What was waited for did not come; the text shows the screen as it stood."""


def environment(**more: str | None) -> dict[str, str]:
    """This environment with no Azure in it, an xterm's words, and `more`; None takes one out."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AZURE_", "TEXTUAL", "SSH_", "TMUX", "LC_", "COLUMNS", "LINES"))
    }
    kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    kept |= {"PYTHONPATH": str(ROOT)}
    kept.pop("NO_COLOR", None)
    for name, value in more.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = value
    return kept


class PseudoTerminal:
    """A program with a terminal of its own: its keyboard, its screen, and every byte between.

    Standard output is a pipe of its own unless `stdout_too`, so that what the program says there
    can be told from what it draws.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdout_too: bool = False,
    ) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.started = self.last = time.perf_counter()
        self._master, self._line = pty.openpty()
        self._set_size(*size)
        self.settings_before = termios.tcgetattr(self._line)
        self.child: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdin=self._line,
            stderr=self._line,
            stdout=self._line if stdout_too else subprocess.PIPE,
            env=environment() if env is None else env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  # only so does a lost line hang up
        )
        self._descendants: set[int] = set()

    # -- what is seen ----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    @property
    def frames(self) -> int:
        """How often something was painted."""
        return self.raw.count(FRAME)

    @property
    def modes(self) -> set[str]:
        """The private modes that are on, as the bytes so far leave them."""
        on = set(UNTOUCHED)
        for numbers, way in MODE.findall(bytes(self.raw)):
            names = set(numbers.decode().split(";"))
            on = on | names if way == b"h" else on - names
        return on

    def restored(self) -> list[str]:
        """What is not as it was before the program ran; nothing, where all is."""
        left = [f"mode {mode}" for mode in sorted(self.modes ^ UNTOUCHED)]
        pushed = [found != b"\x1b[<u" for found in KEYBOARD.findall(self.raw)]
        left += ["keyboard protocol"] * (pushed.count(True) != pushed.count(False))
        left += ["termios"] * (termios.tcgetattr(self._line) != self.settings_before)
        return left

    @property
    def after(self) -> str:
        """What was written after the alternate screen was left, as text."""
        text = self.raw.rpartition(b"\x1b[?1049l")[2].decode()
        return re.sub(r"\x1b(\[[0-9;?<>]*[a-zA-Z]|\][^\x07]*\x07)", "", text).replace("\r\n", "\n")

    # -- waiting, never longer than needed -------------------------------------------------------

    def pump(self, until: Callable[[], bool], limit: float = LIMIT) -> None:
        """Let the terminal work until something holds; Overdue where it never does."""
        end = time.perf_counter() + limit
        while not until():
            if time.perf_counter() > end:
                raise Overdue(f"not within {limit:.0f} s; the screen:\n{self.text}")
            if not self._read(0.02) and self.child.poll() is not None and not self._read(0):
                if until():
                    return
                raise Overdue(f"ended with {self.child.returncode}; the screen:\n{self.text}")

    def until(self, words: str, limit: float = LIMIT) -> str:
        """Wait for words on the screen; they may be a regular expression. Returns the screen."""
        self.pump(lambda: re.search(words, self.text) is not None, limit)
        return self.text

    def settle(self, silence: float = SILENCE, limit: float = LIMIT) -> str:
        """Wait until nothing was painted for a while. Returns the screen."""
        began = time.perf_counter()
        self.pump(lambda: time.perf_counter() - max(self.last, began) > silence, limit)
        return self.text

    def measure(self, seconds: float) -> int:
        """The bytes that come within so many seconds."""
        before, end = len(self.raw), time.perf_counter() + seconds
        self.pump(lambda: time.perf_counter() > end, seconds + LIMIT)
        return len(self.raw) - before

    def ended(self, limit: float = LIMIT) -> int:
        """Wait for the end and read all that is left. Returns the exit code."""
        self.pump(lambda: self.child.poll() is not None, limit)
        while self._read(0.02):
            pass
        assert self.child.returncode is not None
        return self.child.returncode

    def said(self) -> str:
        """Everything on standard output; asked for after the end."""
        pipe: IO[Any] | None = self.child.stdout
        return pipe.read().decode() if pipe is not None else ""

    # -- what a person does ----------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys by name; what has no name is typed."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def paste(self, text: str) -> None:
        """Paste as terminals do since they bracket it: newlines come as carriage returns."""
        os.write(self._master, f"\x1b[200~{text}\x1b[201~".replace("\n", "\r").encode())

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.child.pid, number)

    def hang_up(self) -> None:
        """The line is lost: the terminal at the other end is gone for good."""
        self.note_descendants()
        for end in (self._master, self._line):
            os.close(end)
        self._master = self._line = -1

    # -- the processes ---------------------------------------------------------------------------

    def note_descendants(self) -> set[int]:
        """Remember what the program has started so far, by process id."""
        self._descendants |= _descendants(self.child.pid)
        return self._descendants

    def left_behind(self) -> set[int]:
        """Those noted that still run."""
        return {pid for pid in self._descendants if _runs(pid)}

    def close(self) -> None:
        """End whatever of it still runs."""
        self.note_descendants()
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        for pid in self.left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.child.stdout is not None:
            self.child.stdout.close()
        for end in {self._master, self._line} - {-1}:
            os.close(end)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self, wait: float) -> int:
        if self._master < 0:
            select.select([], [], [], wait)
            return 0
        if not select.select([self._master], [], [], wait)[0]:
            return 0
        data = os.read(self._master, 65536)
        self.last = time.perf_counter()
        self.raw += data
        self._stream.feed(KEYBOARD.sub(b"", data))
        for question, answer in ANSWERS.items():
            if question in data:
                os.write(self._master, answer)
        return len(data)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _descendants(pid: int) -> set[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {int(c) for t in tasks for c in (t / "children").read_text().split()}
    except OSError:
        return set()
    return children.union(*map(_descendants, children))


def _runs(pid: int) -> bool:
    """Whether a process still works; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
