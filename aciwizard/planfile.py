"""Plan files: TOML, read with the line of every key, written with the comments kept."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from aciwizard.core.answers import from_tables
from aciwizard.core.faults import Fault, Faulty
from aciwizard.core.keys import BY_ATTRIBUTE, KEYS, Key
from aciwizard.core.origins import Answer
from aciwizard.core.plan import Plan
from aciwizard.core.readers import plain

_LIMIT = 256 * 1024  # bytes; a plan is a page of text


def read(path: Path) -> tuple[dict[str, Answer], list[Fault]]:
    """A plan file's answers and the faults in its form; raises Faulty if it is no TOML at all."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LIMIT + 1)
    except OSError as problem:
        raise Faulty([Fault(str(path), f"cannot be read: {problem.strerror}")]) from None
    if len(raw) > _LIMIT:
        raise Faulty([Fault(str(path), f"is larger than {_LIMIT // 1024} KiB: not a plan")])
    try:
        text = raw.decode("utf-8-sig")
        document = tomlkit.parse(text).unwrap()
    except UnicodeDecodeError:
        raise Faulty([Fault(str(path), "is not UTF-8 text")]) from None
    except TOMLKitError as problem:
        line = getattr(problem, "line", None)
        place = f"{path.name}:{line}" if line else path.name
        # tomlkit quotes a whole line it cannot read, and a password may stand in it.
        words = re.sub(r'Invalid key ".*"', "Invalid key", str(problem), flags=re.DOTALL)
        raise Faulty([Fault(str(path), f"is not TOML: {words}", place)]) from None
    return from_tables(document, _places(path.name, text))


def _places(name: str, text: str) -> Callable[[str], str]:
    """Where each key path stands: `plan.toml:12`."""
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := re.match(r"\s*\[\s*([\w.\"-]+?)\s*\]", line):
            table = header[1].replace('"', "")
            lines.setdefault(table, number)
            lines.setdefault(table.partition(".")[0], number)
        elif entry := re.match(r"\s*([\w.\"-]+)\s*=", line):
            key = entry[1].replace('"', "")
            lines.setdefault(f"{table}.{key}" if table else key, number)
    return lambda path: f"{name}:{lines[path]}" if path in lines else name


def example() -> str:
    """A plan file with every key explained; what has a default is commented out."""
    out = [
        "# A plan for aciwizard. What is commented out has the default shown or explained.",
        "# Every key is also a flag; a flag wins over the file. No secret belongs here.",
    ]
    table = ""
    for key in KEYS:
        place, _, name = key.path.partition(".")
        if place != table:
            table = place
            out += ["", f"[{place}]"]
        mark = "" if key.required else "# "
        out.append(f"{mark}{name} = {key.example}  # {key.words} ({key.flag})")
    return "\n".join(out) + "\n"


def write(path: Path, plan: Plan) -> None:
    """Write a plan's given answers into a file, owner-only; what is there keeps its comments."""
    document = (
        tomlkit.parse(path.read_text(encoding="utf-8-sig")) if path.exists() else tomlkit.document()
    )
    for attribute in plan.origins:
        key = BY_ATTRIBUTE[attribute]
        _put(document, key, getattr(plan, attribute))
    raw = tomlkit.dumps(document).encode()  # before the file is emptied: it may fail
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(raw)


def _put(document: Any, key: Key, value: object) -> None:
    table, _, name = key.path.partition(".")
    if table not in document:
        document[table] = tomlkit.table()
    document[table][name] = _inline(plain(value))


def _inline(value: object) -> Any:
    """Tables inside a key stand in its line."""
    if not isinstance(value, dict):
        return value
    table = tomlkit.inline_table()
    table.update({name: _inline(inner) for name, inner in value.items()})
    return table
