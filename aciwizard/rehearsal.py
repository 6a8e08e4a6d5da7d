"""`--sandbox`: starts the simulated Azure beside this process and points this process at it."""

from __future__ import annotations

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


@contextmanager
def rehearsal(options: Sequence[str], quiet: bool = False) -> Iterator[float]:
    """A simulated Azure for as long as the block runs; gives how fast its time runs.

    It is another process, and ends with us however we end: its standard input is ours to hold.
    This process's environment then names its proxy, its certificate and an identity. `quiet`
    keeps what it says until the block has ended.
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
        assert child.stdin is not None and child.stdout is not None
        before = dict(os.environ)
        try:
            line = child.stdout.readline()
            if not line:
                raise RehearsalError(child.wait())
            started = json.loads(line)
            os.environ.update(started["environment"])
            yield float(started["speed"])
        finally:
            os.environ.clear()
            os.environ.update(before)
            child.stdin.close()
            child.wait()
            said.seek(0)
            sys.stderr.write(said.read())
