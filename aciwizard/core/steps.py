"""What a step is to the engine, and what steps stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from aciwizard.core.events import Event, Finding, Made, Proof
from aciwizard.core.ledger import Ledger
from aciwizard.core.patience import Patience


class Ground(Protocol):
    """What steps stand on, as far as the engine sees it."""

    def listen(self, listener: Callable[[Event], None]) -> None: ...
    def emit(self, event: Event) -> None: ...
    def settle(self, made: Made) -> None: ...

    @property
    def ledger(self) -> Ledger: ...
    @property
    def proof(self) -> Proof | None: ...


G = TypeVar("G", bound=Ground)
G_contra = TypeVar("G_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a thing after an undo, in words; purging ends it where it is `purgeable`."""

    words: str
    purgeable: bool = True


class Step(Protocol[G_contra]):
    """One thing to ensure. It names what it needs; the order follows from that alone.
    `patience` says by error code how long to keep trying; the key "" is for a WAITING finding.
    `find` says whether what was made, or begun, is there; `keeps` says by kind what stays of a
    thing after it was undone."""

    name: str
    title: str
    why: str
    needs: tuple[str, ...]
    patience: Mapping[str, Patience]
    keeps: Mapping[str, Kept]

    async def check(self, ground: G_contra) -> Finding: ...
    async def apply(self, ground: G_contra) -> None: ...
    async def find(self, ground: G_contra, sought: Made) -> Made | None: ...
    async def undo(self, ground: G_contra, made: Made) -> None: ...
    async def purge(self, ground: G_contra, made: Made) -> None: ...
