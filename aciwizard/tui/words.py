"""Small translations between what Azure says and what people read."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable
from datetime import datetime

from aciwizard.core.events import Made
from aciwizard.core.keys import BY_ATTRIBUTE
from aciwizard.core.names import Naming
from aciwizard.core.plan import SecureSource
from aciwizard.core.readers import Unreadable
from aciwizard.terminal import printable


def broken(naming: Naming) -> Callable[[str], str]:
    """What is wrong with a name, all rules at once: "has two hyphens in a row; …"."""

    def check(text: str) -> str:
        return "; ".join(rule.words for rule in naming.violations(text))

    return check


def age(now: datetime, then: datetime) -> str:
    """How long ago, in the largest unit that fits: "3 days ago"."""
    seconds = max(0.0, (now - then).total_seconds())
    for unit, size in (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3600)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


PASTED = "pasted with the image"  # where a tag came from that needs no asking


def reference(text: str) -> tuple[str, str, str]:
    """Host, repository and tag or digest of a pasted image reference; "" for what it lacks.

    As in Docker, the first part is a host if it has a dot or a port, and something follows it.
    """
    bare = text.strip().removeprefix("https://")
    host, slash, rest = bare.partition("/")
    if not slash or not ("." in host or ":" in host):
        host, rest = "", bare
    repository, at, digest = rest.partition("@")
    if at:
        return host.lower(), repository.partition(":")[0], digest
    repository, _, tag = rest.partition(":")
    return host.lower(), repository, tag


def split(text: str) -> list[str]:
    """Words of a field, quotes respected; one still being typed never fails."""
    for end in ("", '"', "'", "\\"):  # what may be missing: a quote, or what is escaped
        with contextlib.suppress(ValueError):
            return shlex.split(text + end)
    return text.split()


def readable(name: str, *, empty: bool = False, many: bool = False) -> Callable[[str], str]:
    """What is wrong with a text as the answer to one key of the plan, "" for nothing."""

    def check(text: str) -> str:
        if not text:
            return "" if empty else "is empty"
        try:
            BY_ATTRIBUTE[name].read(split(text) if many else text)
        except Unreadable as unreadable:
            return str(unreadable)
        return ""

    return check


def changes_needed(count: int) -> str:
    """What a form says when it cannot go on."""
    return f"{count} answer{'s need' if count > 1 else ' needs'} a change, marked above."


def size(count: int) -> str:
    """Bytes in the largest unit that fits: "1.2 GB"."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= bytes_:
            return f"{count / bytes_:.1f} {unit}"
    return f"{count} bytes"


def shown(value: object) -> str:
    """A value as it would be typed: quoted where it must be."""
    match value:
        case dict():
            return shlex.join(f"{name}={shown(inner)}" for name, inner in value.items())
        case tuple() | list():
            return shlex.join(str(item) for item in value)
        case SecureSource():
            return f"{value.kind}:{value.name}".rstrip(":")
        case _:
            return str(value)


def thing(made: Made) -> str:
    """One thing that was made, by its kind and the last part of its id."""
    return printable(f"{made.kind}: {made.id.rpartition('/')[2][:80]}", 120)
