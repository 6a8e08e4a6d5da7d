"""Waiting: how long the pauses are, what is tried again, and that every wait has an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard.core import problems
from aciwizard.core.events import Finding, Phase, State, StepEvent
from aciwizard.core.patience import PASSING, Patience, Wait
from aciwizard.core.problems import Problem
from tests.core.conftest import OwnTime, Thing, World, end, events_of, on, phases

Said = Finding | Problem
GROWING = (1, 1.5, 2.25, 3.375, 5.0625, 7.59375, 10, 10, 10)
CREATE, READY = Finding(State.CREATE, "to create"), Finding(State.SATISFIED, "there")


def waiting(progress: str = "", problem: Problem | None = None) -> Finding:
    return Finding(State.WAITING, "the role is not effective yet", progress, problem)


def later(code: str = "PrincipalNotFound", retry_after: float | None = None) -> Problem:
    return Problem(code, "Assigning the role", "raw", retry_after=retry_after)


class Told(Thing):
    """Looks find what was told beforehand, the last of it for ever; so do effects."""

    def __init__(
        self,
        looks: Iterable[Said],
        patience: Mapping[str, Patience] | None = None,
        effects: Iterable[Problem | None] = (None,),
    ) -> None:
        super().__init__("role")
        self.looks, self.effects = list(looks), list(effects)
        self.patience = patience or {}

    async def check(self, world: World) -> Finding:
        world.done.append("check")
        said = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(said, Problem):
            raise said
        return said

    async def apply(self, world: World) -> None:
        world.done.append("apply")
        said = self.effects.pop(0) if len(self.effects) > 1 else self.effects[0]
        if said is not None:
            raise said


class Counting(OwnTime):
    """Time that remembers every pause."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(seconds)


@dataclass
class Outcome:
    """What became of a run of one step, and how it waited."""

    done: list[str]
    slept: list[float]
    waits: list[StepEvent]
    problem: Problem | None
    last: Phase


async def run(step: Told) -> Outcome:
    world, clock = World(), Counting()
    events = await events_of(on(world, step, clock=clock))
    waits = [e for e in events if isinstance(e, StepEvent) and e.phase is Phase.WAITING]
    problem = next(iter(end(events).problems), None)
    return Outcome(world.done, clock.slept, waits, problem, phases(events, step.name)[-1])


def assert_pauses(slept: Iterable[float], expected: Iterable[float]) -> None:
    for pause, middle in zip(slept, expected, strict=True):
        assert 0.9 * middle <= pause <= 1.1 * middle


async def test_pauses_grow_from_one_second_to_ten() -> None:
    outcome = await run(Told([waiting()] * 9 + [READY]))
    assert_pauses(outcome.slept, GROWING)
    assert outcome.last is Phase.REUSED and outcome.problem is None


async def test_pauses_are_not_the_same_for_everybody() -> None:
    slept = [Wait().again("", "", None) for _ in range(50)]
    assert len(set(slept)) > 10
    assert min(slept) < 0.97 and max(slept) > 1.03


async def test_movement_starts_the_pauses_over_but_not_the_count() -> None:
    looks = [waiting("pulling")] * 3 + [waiting("starting")] * 3 + [READY]
    outcome = await run(Told(looks))
    assert_pauses(outcome.slept, GROWING[:3] * 2)
    assert [event.attempt for event in outcome.waits] == [1, 2, 3, 4, 5, 6]


async def test_the_servers_own_wish_is_the_pause() -> None:
    problem = later("TooManyRequests", retry_after=17)
    looks: list[Said] = [problem, problem, later("TooManyRequests"), waiting(problem=later("", 4))]
    outcome = await run(Told([*looks, READY]))
    assert outcome.slept[:2] == [17, 17]
    assert outcome.slept[3] == 4
    assert_pauses(outcome.slept[2:3], GROWING[2:3])


async def test_a_wish_for_no_pause_still_pauses() -> None:
    outcome = await run(Told([later("TooManyRequests", retry_after=0), READY]))
    assert_pauses(outcome.slept, [1])


async def test_a_wait_is_limited_and_ends_in_what_was_refused() -> None:
    refused = later("ForbiddenByRbac")
    outcome = await run(Told([waiting(problem=refused)], {"": Patience(3, "unused")}))
    assert outcome.problem is refused and outcome.last is Phase.FAILED
    assert [(e.attempt, e.limit, e.words) for e in outcome.waits] == [
        (1, 3, "the role is not effective yet"),
        (2, 3, "the role is not effective yet"),
        (3, 3, "the role is not effective yet"),
    ]


async def test_a_wait_with_no_problem_of_its_own_took_too_long() -> None:
    outcome = await run(Told([waiting()]))
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.happened) == ("TookTooLong", "Role")
    assert outcome.problem.raw == "the role is not effective yet"
    assert [(e.attempt, e.limit) for e in outcome.waits] == [(n, 60) for n in range(1, 61)]


@pytest.mark.parametrize("where", ["look", "effect"])
async def test_a_listed_code_is_tried_again_as_often_as_the_step_says(where: str) -> None:
    problem, patience = later(), {"PrincipalNotFound": Patience(20, "not known everywhere")}
    looks: list[Said] = [problem] if where == "look" else [CREATE]
    outcome = await run(Told(looks, patience, [problem]))
    assert outcome.done.count("apply" if where == "effect" else "check") == 21
    told = [(e.attempt, e.limit, e.words) for e in outcome.waits]
    assert told == [(n, 20, "not known everywhere") for n in range(1, 21)]
    assert outcome.problem is problem and outcome.last is Phase.FAILED


@pytest.mark.parametrize("where", ["look", "effect"])
async def test_a_code_nobody_listed_fails_at_once(where: str) -> None:
    patience = {"PrincipalNotFound": Patience(9, ""), "": Patience(9, "")}
    problem = later("AuthorizationFailed")
    looks: list[Said] = [problem] if where == "look" else [CREATE]
    outcome = await run(Told(looks, patience, [problem]))
    assert outcome.problem is problem and outcome.last is Phase.FAILED
    assert outcome.slept == [] and outcome.done.count("apply") == (where == "effect")


async def test_an_effect_refused_for_a_while_is_made_in_the_end() -> None:
    looks = [CREATE] * 10 + [READY]
    patience = {"PrincipalNotFound": Patience(20, "not known everywhere")}
    outcome = await run(Told(looks, patience, [later()] * 9 + [None]))
    assert outcome.last is Phase.DONE and outcome.problem is None
    assert outcome.done.count("apply") == 10
    assert_pauses(outcome.slept, GROWING)


@pytest.mark.parametrize("code", PASSING)
async def test_trouble_that_passes_is_waited_for_whoever_meets_it(code: str) -> None:
    limit = PASSING[code].attempts
    outcome = await run(Told([*[later(code)] * limit, READY]))
    assert outcome.problem is None and len(outcome.slept) == limit
    assert {event.words for event in outcome.waits} == {PASSING[code].reason}
    stubborn = await run(Told([later(code)]))
    assert stubborn.problem is not None and stubborn.problem.code == code
    assert len(stubborn.slept) == limit
    assert problems.known(code)


async def test_a_steps_own_patience_goes_before_the_general_one() -> None:
    patience = {"NameNotResolved": Patience(2, "the vault's name is new")}
    outcome = await run(Told([later("NameNotResolved")], patience))
    assert [event.words for event in outcome.waits] == ["the vault's name is new"] * 2


async def test_what_blocks_is_not_waited_for_even_if_its_code_is() -> None:
    blocked = Finding(State.BLOCKED, "refused", problem=later("HTTP503"))
    outcome = await run(Told([CREATE, blocked]))
    assert outcome.problem is blocked.problem and outcome.slept == []


@pytest.mark.parametrize("code", ["PrincipalNotFound", "TooManyRequests"])
async def test_a_wait_that_is_over_is_not_begun_again_for_its_problem(code: str) -> None:
    patience = {"": Patience(3, ""), "PrincipalNotFound": Patience(9, "")}
    outcome = await run(Told([waiting(problem=later(code))], patience))
    assert outcome.problem is not None and outcome.problem.code == code
    assert len(outcome.slept) == 3


async def test_two_reasons_that_take_turns_do_not_wait_for_ever() -> None:
    looks: list[Said] = [waiting(), later("HTTP503"), waiting(), later("HTTP500")] * 30
    outcome = await run(Told([*looks, READY], {"": Patience(100, "")}))
    assert outcome.problem is not None and outcome.problem.code == "HTTP503"
    assert [e.attempt for e in outcome.waits if e.limit == 100] == list(range(1, 14))


Steps = st.lists(
    st.tuples(
        st.sampled_from(["", "HTTP500", "UNAUTHORIZED"]),
        st.sampled_from(["", "pulling", "pulled"]),
        st.none() | st.floats(0.5, 120),
    ),
    min_size=1,
)


@given(Steps)
def test_whatever_is_waited_for_pauses_stay_in_bounds_and_tries_are_counted(
    steps: list[tuple[str, str, float | None]],
) -> None:
    wait = Wait()
    counts: dict[str, int] = {}
    for what, seen, wish in steps:
        pause = wait.again(what, seen, wish)
        counts[what] = counts.get(what, 0) + 1
        assert wait.attempt == counts[what]
        assert pause == wish if wish else 0.9 <= pause <= 11
