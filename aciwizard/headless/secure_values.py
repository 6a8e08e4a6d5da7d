"""Secure environment values, read from where a plan says: a variable, a file, or a person."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from aciwizard.core.faults import Fault, Faulty
from aciwizard.core.plan import Plan, SecureSource
from aciwizard.core.secret import Secret


def read(plan: Plan, ask: Callable[[str], str | None]) -> dict[str, Secret]:
    """Every secure value of a plan; `ask` prompts for one, or returns None where nobody is there.

    Raises Faulty with everything that cannot be read.
    """
    values, faults = {}, []
    for name, source in plan.secure_environment.items():
        text, problem = _value(name, source, ask)
        if text is None:
            faults.append(Fault(f"container.secure_environment.{name}", problem))
        else:
            values[name] = Secret(text)
    if faults:
        raise Faulty(faults)
    return values


def _value(
    name: str, source: SecureSource, ask: Callable[[str], str | None]
) -> tuple[str | None, str]:
    match source.kind:
        case "env":
            return os.environ.get(source.name), f"the variable {source.name} is not set"
        case "file":
            try:
                return Path(source.name).read_text(encoding="utf-8").rstrip("\n"), ""
            except (OSError, UnicodeDecodeError) as problem:
                return None, f"{source.name} cannot be read: {problem}"
        case _:
            return ask(name), "wants to be asked for, and nobody is at this terminal"
