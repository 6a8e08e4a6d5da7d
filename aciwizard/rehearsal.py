"""`--sandbox`: starts the simulated Azure beside this process and points this process at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class RehearsalError(RuntimeError):
    """The simulated Azure did not start; the text is what it said."""


@contextmanager
def rehearsal(options: Sequence[str]) -> Iterator[float]:
    """A simulated Azure for as long as the block runs; gives how fast its time runs.

    It is another process, and ends with us however we end: its standard input is ours to hold.
    This process's environment then names its proxy, its certificate and an identity.
    """
    command = [
        sys.executable,
        "-m",
        "aciwizard",
        "sandbox",
        "serve",
        "--json",
        "--with-input",
        *options,
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        line = child.stdout.readline()
        if not line:
            child.stdin.close()
            raise RehearsalError(f"the simulated Azure ended with {child.wait()}")
        before = dict(os.environ)
        started = json.loads(line)
        os.environ.update(started["environment"])
        try:
            yield float(started["speed"])
        finally:
            os.environ.clear()
            os.environ.update(before)
            child.stdin.close()
            child.wait()
