"""The engine's order and its effects: what is made, when, and what is told of it."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from aciwizard.core.events import Finding, Finished, Made, MadeEvent, Phase, State, StepEvent
from aciwizard.core.problems import Problem
from tests.core.conftest import (
    PROOF,
    Blocked,
    During,
    Failing,
    OwnTime,
    Thing,
    World,
    end,
    events_of,
    on,
    phases,
)


class Late(Thing):
    """Not effective before `needed` checks after the first."""

    needed = 1

    async def check(self, world: World) -> Finding:
        self.needed -= 1
        return Finding(State.WAITING, "not yet") if self.needed >= 0 else await super().check(world)


@st.composite
def graphs(draw: DrawFn) -> list[Thing]:
    """Steps in any order of telling, each needing some told of before it in another order."""
    steps: list[Thing] = []
    for number in range(draw(st.integers(1, 7))):
        needs = draw(st.lists(st.sampled_from(steps), unique=True)) if steps else []
        kind = draw(st.sampled_from([Thing, Thing, Late, Failing]))
        steps.append(kind(f"s{number}", *(need.name for need in needs)))
    return draw(st.permutations(steps))


@given(graphs(), st.sets(st.sampled_from([f"s{n}" for n in range(7)])))
def test_any_graph_runs_by_its_needs_and_fails_no_further_than_it_must(
    steps: list[Thing], before: set[str]
) -> None:
    by_name = {step.name: step for step in steps}

    def fails(step: Thing) -> bool:
        return isinstance(step, Failing) and step.name not in before

    def reached(step: Thing) -> bool:
        return not any(fails(by_name[n]) or not reached(by_name[n]) for n in step.needs)

    world = World(set(before))
    events = asyncio.run(events_of(on(world, *steps)))
    good = {step.name for step in steps if reached(step) and not fails(step)}
    bad = {step.name for step in steps if reached(step) and fails(step)}
    applied = [words.split()[1] for words in world.done if words.startswith("apply")]
    assert sorted(applied) == sorted(good - before)
    for name in applied:
        needed = set(by_name[name].needs) - before
        assert needed <= set(applied[: applied.index(name)])
    assert {p.happened for p in end(events).problems} == {f"Making {name}" for name in bad}
    for step in steps:
        last = phases(events, step.name)[-1]
        made = Phase.REUSED if step.name in before else Phase.DONE
        assert last is (
            made if step.name in good else Phase.FAILED if step.name in bad else Phase.SKIPPED
        )
    assert end(events).stopped is False
    assert end(events).proof == (None if bad else PROOF)


async def test_independent_effects_overlap() -> None:
    both = asyncio.Barrier(2)
    world = World()
    first, second = (During(name, both.wait) for name in ("vault", "principal"))
    assert end(await events_of(on(world, first, second))).proof == PROOF


async def test_what_is_there_is_used_again_and_what_is_made_is_read_back() -> None:
    world = World({"registry"})
    events = await events_of(on(world, Thing("vault", "registry"), Thing("registry")))
    assert phases(events, "registry") == [Phase.CHECKING, Phase.REUSED]
    assert phases(events, "vault") == [Phase.CHECKING, Phase.WORKING, Phase.DONE]
    assert world.done[-2:] == ["apply vault", "check vault"]
    assert "apply registry" not in world.done
    words = [(e.title, e.words) for e in events if isinstance(e, StepEvent) and e.words]
    assert words == [
        ("Registry", "about registry"),
        ("Vault", "about vault"),
        ("Vault", "about vault"),
    ]


async def test_what_was_ready_is_looked_at_again_when_what_it_needs_has_changed() -> None:
    class Holder(Thing):
        """Ready, until there is a new key."""

        async def check(self, world: World) -> Finding:
            if "key" in world.there:
                return await super().check(world)
            return Finding(State.SATISFIED, "holds the old key")

    world = World({"proof"})
    steps = (Thing("key"), Thing("proof", "key"), Holder("group", "proof"))
    events = await events_of(on(world, *steps))
    assert world.there == {"key", "proof", "group"}
    assert [phases(events, step.name)[-1] for step in steps] == [
        Phase.DONE,
        Phase.REUSED,
        Phase.DONE,
    ]


async def test_a_proof_ends_a_step_as_proven() -> None:
    class Proven(Thing):
        async def check(self, world: World) -> Finding:
            return Finding(State.PROVEN, "answered 200")

    events = await events_of(on(World(), Proven("answer")))
    assert phases(events, "answer") == [Phase.CHECKING, Phase.PROVEN]


async def test_an_effect_that_never_shows_is_not_repeated_for_ever() -> None:
    class Vain(Thing):
        async def apply(self, world: World) -> None:
            world.done.append("apply")

    world = World()
    events = await events_of(on(world, Vain("vault"), Thing("access", "vault")))
    assert world.done.count("apply") == 6
    (problem,) = end(events).problems
    assert (problem.code, problem.happened, problem.raw) == ("NeverSettles", "Vault", "about vault")
    assert phases(events, "access")[-1] is Phase.SKIPPED


async def test_an_effect_whose_answer_got_lost_is_not_repeated() -> None:
    class Lossy(Thing):
        async def apply(self, world: World) -> None:
            await super().apply(world)
            raise Problem("TimedOut", "Making it")

    world = World()
    events = await events_of(on(world, Lossy("vault")))
    assert world.done.count("apply vault") == 1
    assert phases(events, "vault") == [Phase.CHECKING, Phase.WORKING, Phase.WAITING, Phase.DONE]
    assert end(events).problems == ()


async def test_where_something_is_blocked_nothing_is_made_and_every_reason_is_told() -> None:
    class Refused(Thing):
        async def check(self, world: World) -> Finding:
            problem = Problem("RegistryClosed", "Looking at it", "closed")
            return Finding(State.BLOCKED, "closed to the public", problem=problem)

    world = World({"role"})
    steps = (Thing("vault"), Blocked("image"), Refused("registry"), Thing("group", "image"))
    events = await events_of(on(world, *steps))
    assert not [words for words in world.done if "apply" in words] and world.there == {"role"}
    assert [p.code for p in end(events).problems] == ["RegistryNotFound", "RegistryClosed"]
    assert [phases(events, step.name)[-1] for step in steps] == [
        Phase.SKIPPED,
        Phase.FAILED,
        Phase.FAILED,
        Phase.SKIPPED,
    ]
    (failed,) = [e for e in events if isinstance(e, StepEvent) and e.problem and e.step == "image"]
    assert failed.words == "Looking for image" and failed.problem in end(events).problems


async def test_what_was_made_is_told_between_the_work_and_its_end() -> None:
    world = World()
    made = Made("vault", "vault", "/id")
    events = await events_of(on(world, During("vault", lambda: world.emit(MadeEvent(made)))))
    told = [e.phase if isinstance(e, StepEvent) else e for e in events]
    assert told == [Phase.CHECKING, Phase.WORKING, MadeEvent(made), Phase.DONE, Finished(PROOF)]


async def test_seconds_count_from_where_a_step_began() -> None:
    world, clock = World(), OwnTime()
    first = During("first", lambda: clock.sleep(30))
    second = During("second", lambda: clock.sleep(5), "first")
    events = await events_of(on(world, first, second, clock=clock))
    done = {e.step: e.seconds for e in events if isinstance(e, StepEvent) and e.phase == "done"}
    assert done == {"first": 30, "second": 5}
