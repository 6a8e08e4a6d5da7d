"""A folder of files for their owner only, which are never half written and never followed away."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LARGEST = 1024 * 1024  # bytes; a journal is a page or two

_HERE = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC


class Busy(OSError):
    """Somebody holds the lock; `holder` is their process id, "" where nobody wrote it."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"held by process {holder}")
        self.holder = holder


class Folder:
    """A folder with mode 0700, made when it is first written to. Everything raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _opened(self, make: bool = False) -> Iterator[int]:
        if make:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(self.path, _HERE)
        try:
            there = os.fstat(number)
            if there.st_uid != os.getuid():
                raise PermissionError(0, f"{self.path} belongs to somebody else")
            if make and stat.S_IMODE(there.st_mode) != 0o700:
                os.fchmod(number, 0o700)
            yield number
        finally:
            os.close(number)

    def names(self, ending: str) -> list[str]:
        """The names that end so, sorted; [] where there is no folder."""
        try:
            with self._opened() as folder:
                return sorted(name for name in os.listdir(folder) if name.endswith(ending))  # noqa: PTH208  # by descriptor
        except FileNotFoundError:
            return []

    def read(self, name: str) -> str:
        """A file's text, what is no UTF-8 replaced; no link is followed."""
        with self._opened() as folder:
            number = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _FILE, dir_fd=folder)
            with os.fdopen(number, "rb") as file:
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise OSError(0, "it is no file")
                raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise OSError(0, "it is too large")
        return raw.decode("utf-8", "replace")

    def write(self, name: str, text: str) -> None:
        """Put a whole file in the place of the one before, both on the disk when this returns."""
        beside = f".{name}.{os.getpid()}"
        with self._opened(make=True) as folder:
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
            number = os.open(beside, flags, 0o600, dir_fd=folder)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(text.encode("utf-8", "replace"))
                    file.flush()
                    os.fsync(number)
                os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:  # boundary: whatever ended it, no half file stays
                with suppress(OSError):
                    os.unlink(beside, dir_fd=folder)
                raise
            os.fsync(folder)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock while the block runs; it ends with the process. Raises Busy."""
        with self._opened(make=True) as folder:
            number = os.open(name, os.O_RDWR | os.O_CREAT | _FILE, 0o600, dir_fd=folder)
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(number, 32, 0).decode("ascii", "replace").strip()
                raise Busy(holder) from None
            os.ftruncate(number, 0)
            os.pwrite(number, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(number)
