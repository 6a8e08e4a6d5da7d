"""Small worlds for the engine, whose steps ensure things by name; and the least a plan needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from aciwizard.core.answers import complete, from_tables
from aciwizard.core.clock import Clock
from aciwizard.core.engine import Engine
from aciwizard.core.events import Event, Finding, Finished, Made, Phase, Proof, State, StepEvent
from aciwizard.core.faults import Faulty
from aciwizard.core.keys import BY_ATTRIBUTE
from aciwizard.core.ledger import Ledger
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.patience import Patience
from aciwizard.core.plan import Plan
from aciwizard.core.problems import Problem
from aciwizard.core.steps import Kept

PROOF = Proof("http://aci-demo.eastus.azurecontainer.io", "Running", 0, 200, 5.0)


class OwnTime(Clock):
    """Time that passes by sleeping alone."""

    time = 0.0

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.time += seconds


class NoTime(OwnTime):
    """Whoever sleeps here sleeps until he is woken."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


@dataclass
class World:
    """What is there, and what was done to it in which order."""

    there: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    proof: Proof | None = PROOF
    tell: Callable[[Event], None] = lambda _: None
    ledger: Ledger = field(default_factory=lambda: Ledger("20260302-093000-abcd"))

    def listen(self, listener: Callable[[Event], None]) -> None:
        self.tell = listener

    def emit(self, event: Event) -> None:
        self.tell(event)

    def settle(self, made: Made) -> None:
        self.ledger.done(made)


class Thing:
    """A step that ensures that the thing of its name is there."""

    why = "Because."
    patience: Mapping[str, Patience] = {"Later": Patience(9, "not yet")}
    keeps: Mapping[str, Kept] = {"vault": Kept("A deleted vault keeps its name")}

    def __init__(self, name: str, *needs: str) -> None:
        self.name, self.title, self.needs = name, name.title(), needs

    async def check(self, world: World) -> Finding:
        world.done.append(f"check {self.name}")
        await asyncio.sleep(0)
        there = self.name in world.there
        return Finding(State.SATISFIED if there else State.CREATE, f"about {self.name}")

    async def apply(self, world: World) -> None:
        world.done.append(f"apply {self.name}")
        world.there.add(self.name)

    async def find(self, world: World, sought: Made) -> Made | None:
        return sought if sought.id in world.there else None

    async def undo(self, world: World, made: Made) -> None:
        world.done.append(f"undo {made.id}")
        world.there.remove(made.id)

    async def purge(self, world: World, made: Made) -> None:
        world.done.append(f"purge {made.id}")


class Failing(Thing):
    """Its effect is refused, and its removal too."""

    async def apply(self, world: World) -> None:
        raise Problem("AuthorizationFailed", f"Making {self.name}", "raw")

    async def undo(self, world: World, made: Made) -> None:
        raise Problem("ScopeLocked", f"Removing {made.id}")


class Blocked(Thing):
    async def check(self, world: World) -> Finding:
        raise Problem("RegistryNotFound", f"Looking for {self.name}")


class During(Thing):
    """Something happens in the middle of its effect."""

    def __init__(self, name: str, act: Callable[[], object], *needs: str) -> None:
        super().__init__(name, *needs)
        self.act = act

    async def apply(self, world: World) -> None:
        result = self.act()
        if asyncio.iscoroutine(result):
            await result
        await super().apply(world)


def on(world: World, *steps: Thing, clock: Clock | None = None) -> Engine[World]:
    return Engine(steps, world, clock or OwnTime())


async def events_of(
    engine: Engine[World], act: tuple[Phase, Callable[[], None]] | None = None
) -> list[Event]:
    """All events; at the first one of a phase, `act` is done. A hang fails the test."""
    events: list[Event] = []
    async with asyncio.timeout(20):
        async for event in engine.run():
            events.append(event)
            if act and isinstance(event, StepEvent) and event.phase is act[0]:
                act[1]()
    return events


def phases(events: list[Event], name: str) -> list[Phase]:
    """A step's phases, without the note that it is still to come."""
    told = [e.phase for e in events if isinstance(e, StepEvent) and e.step == name]
    return [phase for phase in told if phase is not Phase.PLANNED]


def end(events: list[Event]) -> Finished:
    (finished,) = [event for event in events if isinstance(event, Finished)]
    assert events[-1] is finished
    return finished


ID = "01234567-89ab-cdef-0123-456789abcdef"
DIGEST = "sha256:" + "0a" * 32
NEEDED = {
    "azure": {"subscription": ID, "resource_group": "myrg"},
    "registry": {"name": "myregistry"},
    "image": {"repository": "samples/aci-helloworld", "tag": "v1"},
}


def read(document: Mapping[str, Any], flags: Mapping[str, object] | None = None) -> Plan:
    answers, faults = from_tables(document, lambda path: f"plan.toml:{path}")
    for attribute, value in (flags or {}).items():
        answers[attribute] = Answer(value, Origin.FLAG, BY_ATTRIBUTE[attribute].flag)
    return complete(answers, faults)


def faults_of(document: Mapping[str, Any], flags: Mapping[str, object] | None = None) -> str:
    with pytest.raises(Faulty) as faulty:
        read(document, flags)
    assert str(faulty.value).split("\n") == [str(fault) for fault in faulty.value.faults]
    return str(faulty.value)


def with_key(path: str, value: object) -> dict[str, dict[str, object]]:
    table, _, name = path.partition(".")
    document = {there: dict(entries) for there, entries in NEEDED.items()}
    document.setdefault(table, {})[name] = value  # type: ignore[assignment]
    return document  # type: ignore[return-value]
