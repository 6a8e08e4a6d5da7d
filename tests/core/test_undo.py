"""Undo: backwards, past what cannot be removed, proven, and able to go on where it was cut off."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aciwizard.core.events import Made, Phase, StepEvent
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.undo import GOING, kept, undo
from tests.core.conftest import Failing, OwnTime, Thing, World

GROUP = Made("group", "resource group", "group")
APPLICATION = Made("principal", "application", "a")
VAULT = Made("vault", "vault", "v")
PASSWORD = Made("principal", "password", "b")


def world(*made: Made, begun: tuple[Made, ...] = ()) -> World:
    one = World({thing.id for thing in made})
    one.ledger.made, one.ledger.begun = list(made), list(begun)
    return one


async def undone(
    one: World, *steps: Thing, clock: OwnTime | None = None, purge: bool = False
) -> list[StepEvent]:
    return [event async for event in undo(steps, one, clock or OwnTime(), purge)]


async def test_goes_backwards_and_past_what_cannot_be_removed() -> None:
    clock = OwnTime()

    class Slow(Thing):
        async def undo(self, world: World, made: Made) -> None:
            await clock.sleep(7)
            await super().undo(world, made)

    one = world(GROUP, APPLICATION, VAULT, PASSWORD)
    events = await undone(one, Thing("group"), Failing("vault"), Slow("principal"), clock=clock)
    assert one.done == ["undo b", "undo a", "undo group"] and one.there == {"v"}
    ends = [e for e in events if e.phase is not Phase.WORKING]
    assert [(e.step, e.phase, e.words, e.seconds) for e in ends] == [
        ("principal", Phase.UNDONE, "password b", 7),
        ("vault", Phase.FAILED, "vault v", 0),
        ("principal", Phase.UNDONE, "application a", 7),
        ("group", Phase.UNDONE, "resource group group", 0),
    ]
    assert [e.problem.happened for e in events if e.problem] == ["Removing v"]
    assert one.ledger.made == [VAULT]


async def test_what_is_gone_already_counts_as_undone() -> None:
    one = world(VAULT)
    one.there.clear()
    events = await undone(one, Thing("vault"))
    assert [e.phase for e in events] == [Phase.WORKING, Phase.UNDONE]
    assert one.done == [] and one.ledger.made == []


async def test_a_removal_counts_once_it_is_seen() -> None:
    """Azure takes the removal at once and carries it out later."""

    class Later(Thing):
        looks = 0

        async def find(self, world: World, sought: Made) -> Made | None:
            self.looks += 1
            return sought if self.looks < 6 else None

        async def undo(self, world: World, made: Made) -> None:
            world.done.append("undo")

    one, clock = world(VAULT), OwnTime()
    events = await undone(one, Later("vault"), clock=clock)
    assert events[-1].phase is Phase.UNDONE
    assert one.done == ["undo"] and clock.time > 3


async def test_what_never_goes_is_said_and_stays_in_the_ledger() -> None:
    class Stubborn(Thing):
        async def undo(self, world: World, made: Made) -> None:
            world.done.append("undo")

    one = world(VAULT)
    events = await undone(one, Stubborn("vault"))
    assert events[-1].problem is not None and events[-1].problem.code == "StillThere"
    assert one.ledger.made == [VAULT] and one.done == ["undo"]
    assert GOING.attempts < 100


@pytest.mark.parametrize("happened", [True, False])
async def test_what_was_begun_is_looked_up_first(happened: bool) -> None:
    one = world(begun=(VAULT,))
    if happened:
        one.there.add("v")
    await undone(one, Thing("vault"))
    assert one.done == (["undo v"] if happened else [])
    assert (one.ledger.begun, one.ledger.made) == ([], [])


async def test_trouble_that_passes_is_waited_out() -> None:
    class Flaky(Thing):
        patience: Mapping[str, Patience] = {"Later": Patience(3, "not yet")}
        refusals = 2

        async def undo(self, world: World, made: Made) -> None:
            self.refusals -= 1
            if self.refusals >= 0:
                raise Problem("Later", "Removing")
            await super().undo(world, made)

    one = world(VAULT)
    events = await undone(one, Flaky("vault"))
    assert events[-1].phase is Phase.UNDONE and one.there == set()


async def test_purging_ends_what_would_be_kept() -> None:
    one = world(VAULT)
    await undone(one, Thing("vault"), purge=True)
    assert one.done == ["undo v", "purge v"]


def test_what_stays_is_said_once() -> None:
    step = Thing("vault")
    told = kept([step], [VAULT, VAULT, Made("vault", "firewall", "f")])
    assert [one.words for one in told] == ["A deleted vault keeps its name"]
