"""Secure environment values, read from where a plan says: a variable, a file, or a person."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aciwizard.core.faults import Fault, Faulty
from aciwizard.core.plan import Plan, SecureSource
from aciwizard.core.secret import Secret


def to_ask(plan: Plan) -> list[str]:
    """The names of the values only a person can give."""
    return [name for name, source in plan.secure_environment.items() if source.kind == "prompt"]


def read(plan: Plan, given: Mapping[str, Secret]) -> dict[str, Secret]:
    """Every secure value of a plan; `given` holds those a person gave.

    Raises Faulty with everything that cannot be read.
    """
    values, faults = {}, []
    for name, source in plan.secure_environment.items():
        value, problem = _value(name, source, given)
        if value is None:
            faults.append(Fault(f"container.secure_environment.{name}", problem))
        else:
            values[name] = value
    if faults:
        raise Faulty(faults)
    return values


def _value(
    name: str, source: SecureSource, given: Mapping[str, Secret]
) -> tuple[Secret | None, str]:
    match source.kind:
        case "env":
            held = os.environ.get(source.name)
            words = f"the variable {source.name} is not set"
            return (None, words) if held is None else (Secret(held), "")
        case "file":
            try:
                return Secret(Path(source.name).read_text(encoding="utf-8").rstrip("\n")), ""
            except (OSError, UnicodeDecodeError) as problem:
                return None, f"{source.name} cannot be read: {problem}"
        case _:
            return given.get(name), "wants to be asked for, and nobody is at this terminal"
