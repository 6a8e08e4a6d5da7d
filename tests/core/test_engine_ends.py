"""How runs end early, and what is looked at or taken away without a run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from aciwizard.core.engine import Engine
from aciwizard.core.events import Event, Finding, Finished, Phase, State, StepEvent
from aciwizard.core.problems import Problem
from tests.core.conftest import (
    Blocked,
    During,
    Failing,
    NoTime,
    OwnTime,
    Thing,
    World,
    end,
    events_of,
    on,
    phases,
)


class Never(Thing):
    """Made, but never effective."""

    async def check(self, world: World) -> Finding:
        return Finding(State.WAITING, "the role is not effective yet")


def assert_nothing_runs() -> None:
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_stop_ends_a_wait_at_once_and_the_rest_is_not_begun() -> None:
    world = World()
    engine = on(world, Never("role"), Thing("proof", "role"), clock=NoTime())
    events = await events_of(engine, (Phase.WAITING, engine.stop))
    assert phases(events, "role")[-2:] == [Phase.WAITING, Phase.STOPPED]
    assert phases(events, "proof") == [Phase.CHECKING, Phase.STOPPED]
    assert end(events) == Finished(stopped=True)
    assert_nothing_runs()


async def test_a_stop_lets_what_was_sent_be_answered() -> None:
    world, sent = World(), asyncio.Event()
    engine = on(world, During("group", sent.wait), Thing("vault", "group"))

    def stop_then_answer() -> None:
        engine.stop()
        sent.set()

    events = await events_of(engine, (Phase.WORKING, stop_then_answer))
    assert world.there == {"group"}
    assert phases(events, "group")[-2:] == [Phase.WORKING, Phase.STOPPED]
    assert phases(events, "vault")[-1] is Phase.STOPPED
    assert end(events) == Finished(stopped=True)


@pytest.mark.parametrize(("stop_at", "applied"), [(1, 0), (2, 1), (3, 2)])
async def test_a_stop_during_a_look_begins_nothing_after_it(stop_at: int, applied: int) -> None:
    class Slow(Thing):
        looks = 0

        async def check(self, world: World) -> Finding:
            self.looks += 1
            if self.looks == stop_at:
                engine.stop()
            return Finding(State.CREATE, "gone again")

    world = World()
    engine = on(world, Slow("vault"))
    events = await events_of(engine)
    assert world.done.count("apply vault") == applied
    assert phases(events, "vault")[-1] is Phase.STOPPED
    assert end(events) == Finished(stopped=True)


async def test_a_stop_during_passing_trouble_says_stopped_and_not_failed() -> None:
    class Throttled(Thing):
        async def check(self, world: World) -> Finding:
            raise Problem("TooManyRequests", "Looking", retry_after=3600)

    engine = on(World(), Throttled("vault"), Thing("access", "vault"), clock=NoTime())
    events = await events_of(engine, (Phase.WAITING, engine.stop))
    assert phases(events, "vault")[-1] is phases(events, "access")[-1] is Phase.STOPPED
    assert end(events) == Finished(stopped=True)


async def test_a_stop_that_comes_too_late_changes_nothing() -> None:
    world = World()
    engine = on(world, Thing("vault"))
    events = await events_of(engine, (Phase.DONE, engine.stop))
    assert end(events) == Finished(world.proof)


async def test_a_failure_is_told_even_after_a_stop() -> None:
    engine = on(World(), Failing("vault"), Thing("access", "vault"))
    events = await events_of(engine, (Phase.WORKING, engine.stop))
    assert [problem.code for problem in end(events).problems] == ["AuthorizationFailed"]
    assert end(events).stopped is False


class Broken(Thing):
    """A mistake of ours, in the look or in the effect."""

    async def check(self, world: World) -> Finding:
        if self.name == "look":
            raise ZeroDivisionError("a mistake")
        return await super().check(world)

    async def apply(self, world: World) -> None:
        raise ZeroDivisionError("a mistake")


@pytest.mark.parametrize("name", ["look", "effect"])
async def test_a_mistake_of_ours_is_not_swallowed_and_leaves_nothing_running(name: str) -> None:
    steps = (Never("role"), Broken(name), Thing("proof", "role"), Thing("last", name))
    with pytest.raises(ExceptionGroup) as caught:
        await events_of(on(World(), *steps, clock=NoTime()))
    assert [str(mistake) for mistake in caught.value.exceptions] == ["a mistake"]
    await asyncio.sleep(0)
    assert_nothing_runs()


async def begun(engine: Engine[World], phase: Phase) -> AsyncGenerator[Event, None]:
    """A run that has come to its first event of a phase."""
    run = engine.run()
    assert isinstance(run, AsyncGenerator)
    async with asyncio.timeout(20):
        async for event in run:
            if isinstance(event, StepEvent) and event.phase is phase:
                break
    return run


@pytest.mark.parametrize("phase", [Phase.CHECKING, Phase.WORKING, Phase.WAITING])
async def test_closing_a_run_in_the_middle_leaves_nothing_running(phase: Phase) -> None:
    world = World()
    steps = (Never("role"), Thing("vault"), Thing("proof", "role"))
    run = await begun(on(world, *steps, clock=NoTime()), phase)
    async with asyncio.timeout(20):
        await run.aclose()
    assert "proof" not in world.there
    assert_nothing_runs()


async def test_closing_a_run_lets_what_was_sent_be_answered() -> None:
    world, sent = World(), asyncio.Event()
    engine = on(world, During("group", sent.wait), Thing("vault", "group"))
    run = await begun(engine, Phase.WORKING)
    closing = asyncio.ensure_future(run.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    sent.set()
    await closing
    assert world.there == {"group"}
    assert_nothing_runs()


async def test_looking_makes_nothing_and_names_what_cannot_be_looked_at() -> None:
    world = World({"group"})
    steps = (
        Thing("answer", "proof", "group"),
        Thing("proof", "image"),
        Blocked("image"),
        Thing("group"),
        Thing("vault", "group"),
    )
    findings = await on(world, *steps).check()
    assert list(findings) == [step.name for step in steps]
    assert {name: finding.state for name, finding in findings.items()} == {
        "answer": State.BLOCKED,
        "proof": State.BLOCKED,
        "image": State.BLOCKED,
        "group": State.SATISFIED,
        "vault": State.CREATE,
    }
    assert findings["answer"].words == "cannot be looked at before: proof"
    assert findings["proof"].words == "cannot be looked at before: image"
    assert findings["proof"].problem is None
    problem = findings["image"].problem
    assert problem is not None and problem.code == "RegistryNotFound"
    assert world.there == {"group"} and world.done == ["check group", "check vault"]


async def test_independent_looks_overlap() -> None:
    both = asyncio.Barrier(2)

    class Meeting(Thing):
        async def check(self, world: World) -> Finding:
            await both.wait()
            return await super().check(world)

    async with asyncio.timeout(20):
        findings = await on(World(), Meeting("vault"), Meeting("principal")).check()
    assert {finding.state for finding in findings.values()} == {State.CREATE}


async def test_a_look_waits_for_trouble_that_passes() -> None:
    class Flaky(Thing):
        troubles = 6

        async def check(self, world: World) -> Finding:
            self.troubles -= 1
            if self.troubles >= 0:
                raise Problem("HTTP503", "Looking")
            return await super().check(world)

    class Down(Flaky):
        troubles = 7

    findings = await on(World(), Flaky("vault"), Down("image"), clock=OwnTime()).check()
    assert findings["vault"].state is State.CREATE
    assert findings["image"].state is State.BLOCKED
    assert findings["image"].words == "Looking"
