"""`--sandbox`: starts the simulated Azure beside this process and points this process at it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class RehearsalError(RuntimeError):
    """The simulated Azure did not start, and has said why; `code` is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the simulated Azure ended with {code}")
        self.code = code


class Rehearsal:
    """A simulated Azure that was begun. Once it serves, this process's environment names its
    proxy, its certificate and an identity."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        self._child, self._line = child, child.stdout
        self._speed = 0.0

    def wait(self) -> float:
        """Wait until it serves; gives how fast its time runs. Raises RehearsalError."""
        if not self._speed:
            line = self._line.readline()
            if not line:
                raise RehearsalError(self._child.wait())
            started = json.loads(line)
            os.environ.update(started["environment"])
            self._speed = float(started["speed"])
        return self._speed

    async def arrives(self) -> float:
        """The same for a loop, which goes on meanwhile."""
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        if not self._speed:
            loop.add_reader(self._line, heard.set)
            try:
                await heard.wait()
            finally:
                loop.remove_reader(self._line)
        return self.wait()


@contextmanager
def begin(options: Sequence[str], quiet: bool = False) -> Iterator[Rehearsal]:
    """A simulated Azure for as long as the block runs, begun and not waited for.

    It is another process, and ends with us however we end: its standard input is ours to hold.
    `quiet` keeps what it says until the block has ended.
    """
    command = [sys.executable, "-m", "aciwizard", "sandbox", "serve", "--json", "--with-input"]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            [*command, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said if quiet else None,
            text=True,
            start_new_session=True,
        ) as child,
    ):
        assert child.stdin is not None
        before = dict(os.environ)
        try:
            yield Rehearsal(child)
        finally:
            os.environ.clear()
            os.environ.update(before)
            child.stdin.close()
            child.wait()
            said.seek(0)
            sys.stderr.write(said.read())
