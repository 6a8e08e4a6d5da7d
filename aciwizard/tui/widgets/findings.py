"""What Azure says about a plan now: a row a step, and on demand why, and from which answer."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from aciwizard.core.events import Finding, State
from aciwizard.core.keys import KEYS
from aciwizard.terminal import printable
from aciwizard.tui.words import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aciwizard.core.plan import Plan

GLYPHS = {
    State.BLOCKED: "✗",
    State.REPLACE: "±",
    State.CHANGE: "~",
    State.CREATE: "+",
    State.WAITING: "…",
    State.SATISFIED: "=",
    State.PROVEN: "=",
}
_BELOW = " " * 14


def rows(steps: Sequence[tuple[str, str, Finding]], width: int) -> list[str]:
    """A line for each step (its title, why it exists, what was found), what matters first.

    With a `width` in columns, the reasons stand below in as many lines as they take.
    """
    order = list(GLYPHS)
    lines = []
    for title, reason, finding in sorted(steps, key=lambda row: order.index(row[2].state)):
        state = finding.state
        line = f"{GLYPHS[state]} {state:<11}{title:<22}{finding.words}"
        lines.append(printable(line, 300))
        reasons = [reason, *([finding.problem.cause] if finding.problem else [])]
        for words in reasons if width else ():
            lines += [
                f"{_BELOW}{part}" for part in wrap(printable(words), max(20, width - len(_BELOW)))
            ]
    return lines


def sources(plan: Plan) -> list[str]:
    """Every answer of a plan with where it came from; values nobody may see are not in a plan."""
    lines = []
    for key in KEYS:
        value = getattr(plan, key.attribute)
        if value not in (None, (), {}):
            name = key.path.replace(".", " ").replace("_", " ")
            line = f"{name:<30}{printable(shown(value), 60)}  ({plan.origin(key.attribute)})"
            lines.append(printable(line, 300))
    return lines
