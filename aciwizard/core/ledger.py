"""What one deployment made in Azure, and what it has begun to make: never a secret.

Before an effect is sent it is begun here, and after its answer it is done. What stands here as
begun and never done is what a lost answer or a killed process may have left behind.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from aciwizard.core.events import Made
from aciwizard.core.problems import Problem

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_id(now: datetime) -> str:
    """A deployment's id: its date and time, which sorts, and four letters, which tell two apart."""
    return f"{now:%Y%m%d-%H%M%S}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"


class Ledger:
    """Kept in memory. `Journal` keeps the same on disk, at every change."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.made: list[Made] = []
        self.begun: list[Made] = []
        self.trouble = ""  # why this cannot be kept, in words; "" while it can

    def begin(self, thing: Made) -> None:
        """An effect is about to be sent."""
        self.begun = [one for one in self.begun if not _same(one, thing)] + [thing]
        self._keep()

    def give_up(self, thing: Made) -> None:
        """What was begun did not happen."""
        self.begun = [one for one in self.begun if not _same(one, thing)]
        self._keep()

    def done(self, thing: Made) -> None:
        """It was made; what was begun of it is settled."""
        self.begun = [one for one in self.begun if not _same(one, thing)]
        if thing not in self.made:
            self.made.append(thing)
        self._keep()

    def undone(self, thing: Made) -> None:
        """What was made is gone, and was seen to be."""
        self.made = [one for one in self.made if one != thing]
        self._keep()

    def open(self, step: str) -> tuple[Made, ...]:
        """What a step has begun and nobody knows the end of."""
        return tuple(one for one in self.begun if one.step == step)

    def _keep(self) -> None:
        """In memory there is nothing more to do."""


def foreign(thing: Made) -> Problem:
    """That what stands here is nothing a step of ours knows: somebody changed the journal."""
    return Problem(
        "JournalUnreadable", f"Looking for the {thing.kind}", f"{thing.step}: {thing.id}"
    )


def _same(one: Made, other: Made) -> bool:
    """A step makes one thing of a kind at a time; secrets it makes two of, told apart by name."""
    kinds = (one.step, one.kind) == (other.step, other.kind)
    return kinds and (one.kind != "secret" or one.id == other.id)
