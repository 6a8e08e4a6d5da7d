"""Everywhere a secret could turn up, and the search for one there."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aciwizard.sandbox.canary import MARKS
from aciwizard.sandbox.world import World

PAUSE = 0.02  # seconds between two looks at the processes
SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-9;:?<>=!$ ]*[@-~]|[\]P_^X].*?(?:\x07|\x1b\\)|[ -/]*[0-~])", re.S
)
LETTER = re.compile(rb"character='(.)'")


class Places:
    """What was written, said, and shown of processes, by where it stood."""

    def __init__(self, given: dict[str, str]) -> None:
        """`given` are the variables a person put a secret into: just those are looked past, and
        only in the environments of processes."""
        self._given = {f"{name}={value}".encode() for name, value in given.items()}
        self.found: dict[str, set[bytes]] = {}

    def add(self, where: str, what: bytes | str) -> None:
        raw = what.encode(errors="surrogateescape") if isinstance(what, str) else what
        self.found.setdefault(where, set()).add(raw)

    def add_terminal(self, where: str, raw: bytes) -> None:
        """The bytes to a terminal: as they are, without what moves the cursor, and in one piece."""
        plain = SEQUENCE.sub(b"", raw)
        self.add(where, raw)
        self.add(f"{where}, without sequences", plain)
        self.add(f"{where}, without blanks", b"".join(plain.split()))

    def add_folder(self, folder: Path) -> None:
        """Every file below a folder, by its content and its name; links are named, not followed."""
        for path in folder.rglob("*"):
            self.add("the names of files", str(path))
            if path.is_symlink():
                self.add("the names of files", str(path.readlink()))
            elif path.is_file():
                where = f"file {path.relative_to(folder)}"
                raw = path.read_bytes()
                self.add(where, raw)
                # A log of keys tells what was typed, a key a line.
                self.add(f"{where}, key by key", b"".join(LETTER.findall(raw)))

    def add_process(self, pid: int) -> None:
        """The command line and environment of a process and of all it has started."""
        for one in (pid, *descendants(pid)):
            with contextlib.suppress(OSError):
                self.add("a command line", Path(f"/proc/{one}/cmdline").read_bytes())
                for variable in Path(f"/proc/{one}/environ").read_bytes().split(b"\0"):
                    if variable not in self._given:
                        self.add("an environment", variable)

    @contextmanager
    def watching(self, pid: Callable[[], int]) -> Iterator[None]:
        """Look at a process and all it starts, again and again, until the block ends."""
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(PAUSE):
                self.add_process(pid())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    @property
    def bytes(self) -> int:
        return sum(len(what) for those in self.found.values() for what in those)

    def hits(self, world: World, *more: str) -> list[str]:
        """Where a secret stands, and its first letters."""
        wanted = [value.encode() for value in (*MARKS, *world.minted, *more)]
        return [
            f"{where}: {value[:24]!r}"
            for where, those in self.found.items()
            for value in wanted
            if any(value in what for what in those)
        ]


def descendants(pid: int) -> set[int]:
    """All processes a process has started and theirs, by id."""
    children: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children |= {int(word) for word in (task / "children").read_text().split()}
    return children.union(*map(descendants, children))
