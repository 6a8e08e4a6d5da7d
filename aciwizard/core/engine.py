"""Runs steps until each is satisfied: side by side where they may, retrying where a code allows.

Every step is a loop of check and apply, so that a repeated or resumed run does only what is
missing, an effect whose answer got lost is looked up before it is repeated, and nothing counts as
done that was not read back.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aciwizard.core.clock import Clock
from aciwizard.core.events import (
    Event,
    Finding,
    Finished,
    Made,
    Phase,
    Proof,
    State,
    StepEvent,
)
from aciwizard.core.problems import Problem

FIRST_DELAY, LONGEST_DELAY, GROWTH = 1.0, 10.0, 1.5  # seconds; Azure's own pollers wait 30
MOST_APPLIED = 6  # a step that is still not satisfied after so many effects never will be


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try again, and what the wait is for."""

    attempts: int
    reason: str


# Trouble that passes by itself, whatever step meets it.
PASSING: Mapping[str, Patience] = {
    **dict.fromkeys(
        ("TooManyRequests", "SubscriptionRequestsThrottled", "ResourceRequestsThrottled"),
        Patience(20, "Azure asks to slow down"),
    ),
    **dict.fromkeys(
        (
            "HTTP500",
            "HTTP502",
            "HTTP503",
            "HTTP504",
            "GatewayTimeout",
            "InternalServerError",
            "ServerTimeout",
            "RetryableError",
        ),
        Patience(6, "Azure has a passing fault"),
    ),
    **dict.fromkeys(
        ("TimedOut", "Unreachable", "NameNotResolved"), Patience(6, "no answer from the network")
    ),
}


class Ground(Protocol):
    """What steps stand on, as far as the engine sees it."""

    emit: Callable[[Event], None]

    @property
    def proof(self) -> Proof | None: ...


G = TypeVar("G", bound=Ground)
G_contra = TypeVar("G_contra", contravariant=True)


class Step(Protocol[G_contra]):
    """One thing to ensure. It names what it needs; the order follows from that alone.

    `patience` says by error code how long to keep trying; the key "" is for a WAITING finding.
    """

    name: str
    title: str
    why: str
    needs: tuple[str, ...]
    patience: Mapping[str, Patience]

    async def check(self, ground: G_contra) -> Finding: ...
    async def apply(self, ground: G_contra) -> None: ...
    async def undo(self, ground: G_contra, made: Made) -> None: ...


@dataclass(slots=True)
class _Progress:
    """How far one step is: attempts at what it waits for now, and the pause before the next."""

    began: float
    applied: int = 0
    attempt: int = 0
    waits_for: str = ""
    seen: str = ""
    delay: float = FIRST_DELAY


class Engine(Generic[G]):
    """Runs a graph of steps over one ground. One engine, one run."""

    def __init__(self, steps: Sequence[Step[G]], ground: G, clock: Clock) -> None:
        self._steps = steps
        self._ground = ground
        self._clock = clock
        self._ended: dict[str, asyncio.Future[bool]] = {}
        self._problems: list[Problem] = []
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin nothing new; what was sent to Azure is let finish."""
        self._stopping.set()

    async def check(self) -> dict[str, Finding]:
        """Every step's finding, read-only; a step behind a blocked one is told apart by its words."""
        findings: dict[str, Finding] = {}
        ended = {step.name: asyncio.Event() for step in self._steps}

        async def one(step: Step[G]) -> None:
            for need in step.needs:
                await ended[need].wait()
            stuck = [need for need in step.needs if findings[need].state is State.BLOCKED]
            if stuck:
                words = f"cannot be looked at before: {', '.join(stuck)}"
                findings[step.name] = Finding(State.BLOCKED, words)
            else:
                findings[step.name] = await self._found(step)
            ended[step.name].set()

        async with asyncio.TaskGroup() as group:
            for step in self._steps:
                group.create_task(one(step))
        return {step.name: findings[step.name] for step in self._steps}

    async def _found(self, step: Step[G]) -> Finding:
        try:
            return await step.check(self._ground)
        except Problem as problem:
            return Finding(State.BLOCKED, problem.happened, problem=problem)

    async def run(self) -> AsyncIterator[Event]:
        """Everything that happens, ending with Finished."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._ground.emit = queue.put_nowait
        loop = asyncio.get_running_loop()
        self._ended = {step.name: loop.create_future() for step in self._steps}
        work = asyncio.create_task(self._all())
        work.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self.stop()
            await work
        stopped = self._stopped_early()
        proof = None if self._problems or stopped else self._ground.proof
        yield Finished(proof, tuple(self._problems), stopped)

    def _stopped_early(self) -> bool:
        return not self._problems and not all(ended.result() for ended in self._ended.values())

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for step in self._steps:
                group.create_task(self._one(step))

    async def _one(self, step: Step[G]) -> None:
        progress = _Progress(self._clock.monotonic())
        satisfied = False
        try:
            if all([await self._ended[need] for need in step.needs]):
                progress.began = self._clock.monotonic()
                satisfied = await self._converge(step, progress)
            else:
                phase = Phase.STOPPED if self._stopping.is_set() else Phase.SKIPPED
                self._tell(step, progress, phase)
        except Problem as problem:
            self._problems.append(problem)
            self._tell(step, progress, Phase.FAILED, problem.happened, problem)
        finally:
            self._ended[step.name].set_result(satisfied)

    async def _converge(self, step: Step[G], progress: _Progress) -> bool:
        self._tell(step, progress, Phase.CHECKING)
        while not self._stopping.is_set():
            try:
                finding = await step.check(self._ground)
                match finding.state:
                    case State.PROVEN:
                        self._tell(step, progress, Phase.PROVEN, finding.words)
                        return True
                    case State.SATISFIED:
                        phase = Phase.DONE if progress.applied else Phase.REUSED
                        self._tell(step, progress, phase, finding.words)
                        return True
                    case State.BLOCKED:
                        raise _Final(finding.problem or Problem("Blocked", finding.words))
                    case State.WAITING:
                        await self._wait(step, progress, finding)
                    case _:
                        await self._apply(step, progress, finding)
            except _Final as final:
                raise final.problem from None
            except Problem as problem:
                await self._wait_out(step, progress, problem)
        self._tell(step, progress, Phase.STOPPED)
        return False

    async def _apply(self, step: Step[G], progress: _Progress, finding: Finding) -> None:
        progress.applied += 1
        if progress.applied > MOST_APPLIED:
            raise _Final(Problem("NeverSettles", step.title, finding.words))
        self._tell(step, progress, Phase.WORKING, finding.words)
        await step.apply(self._ground)

    async def _wait(self, step: Step[G], progress: _Progress, finding: Finding) -> None:
        patience = step.patience.get("", Patience(60, finding.words))
        last = finding.problem or Problem("TookTooLong", step.title, finding.words)
        await self._pause(step, progress, "", patience, finding.words, finding.progress, last)

    async def _wait_out(self, step: Step[G], progress: _Progress, problem: Problem) -> None:
        patience = step.patience.get(problem.code) or PASSING.get(problem.code)
        if patience is None:
            raise problem
        await self._pause(step, progress, problem.code, patience, patience.reason, "", problem)

    async def _pause(
        self,
        step: Step[G],
        progress: _Progress,
        what: str,
        patience: Patience,
        words: str,
        seen: str,
        last: Problem,
    ) -> None:
        if what != progress.waits_for or not progress.attempt:
            progress.waits_for, progress.attempt, progress.delay = what, 0, FIRST_DELAY
        elif seen != progress.seen:
            progress.delay = FIRST_DELAY
        progress.seen = seen
        progress.attempt += 1
        if progress.attempt > patience.attempts:
            raise last
        self._tell(
            step, progress, Phase.WAITING, words, attempt=progress.attempt, limit=patience.attempts
        )
        # Jitter, so that many clients that failed together do not return together.
        await self._sleep(last.retry_after or progress.delay * random.uniform(0.9, 1.1))
        progress.delay = min(LONGEST_DELAY, progress.delay * GROWTH)

    async def _sleep(self, seconds: float) -> None:
        """Sleep on the clock, but wake when told to stop."""
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((sleeping, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in (sleeping, stopping):
            task.cancel()

    async def undo(self, made: Sequence[Made]) -> AsyncIterator[StepEvent]:
        """Undo what was made, in reverse; a removal that fails is told and the rest goes on."""
        by_name = {step.name: step for step in self._steps}
        for thing in reversed(made):
            step, began = by_name[thing.step], self._clock.monotonic()
            phase, failure = Phase.UNDONE, None
            try:
                await step.undo(self._ground, thing)
            except Problem as problem:
                phase, failure = Phase.FAILED, problem
            seconds = self._clock.monotonic() - began
            yield StepEvent(step.name, step.title, phase, seconds, thing.kind, problem=failure)

    def _tell(
        self,
        step: Step[G],
        progress: _Progress,
        phase: Phase,
        words: str = "",
        problem: Problem | None = None,
        *,
        attempt: int = 0,
        limit: int = 0,
    ) -> None:
        seconds = self._clock.monotonic() - progress.began
        event = StepEvent(step.name, step.title, phase, seconds, words, attempt, limit, problem)
        self._ground.emit(event)


class _Final(Exception):
    """A problem no waiting will change."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
