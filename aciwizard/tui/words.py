"""Small translations between what Azure says and what people read."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import datetime

from aciwizard.core.keys import BY_ATTRIBUTE
from aciwizard.core.names import Naming
from aciwizard.core.readers import Unreadable


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


def reference(text: str, login_server: str) -> tuple[str, str]:
    """Repository and tag of a pasted reference; the login server before it is taken off."""
    bare = text.strip().removeprefix("https://").removeprefix(f"{login_server}/")
    repository, colon, tag = bare.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (bare, "")


def split(text: str) -> list[str]:
    """Words of a field, quotes respected; a quote left open ends at the end."""
    try:
        return shlex.split(text)
    except ValueError:
        return shlex.split(text + '"') if text.count('"') % 2 else shlex.split(text + "'")


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
