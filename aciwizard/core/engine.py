"""Runs steps until each is satisfied: side by side where they may, retrying where a code allows.

Every step is a loop of check and apply: a repeated run does only what is missing, a lost answer is
looked up before its effect is repeated, and nothing counts as done that was not read back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Generic

from aciwizard.core.clock import Clock
from aciwizard.core.events import Event, Finding, Finished, Phase, State, StepEvent
from aciwizard.core.ledger import foreign
from aciwizard.core.patience import PASSING, Patience, Wait
from aciwizard.core.problems import Problem
from aciwizard.core.steps import G, Step

_THERE = (State.SATISFIED, State.PROVEN)
MOST_APPLIED = 6  # a step that is still not satisfied after so many effects never will be


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a step pauses: the code or "" for a finding, for how long, and what ends it badly."""

    code: str
    patience: Patience
    last: Problem
    seen: str = ""


@dataclass(slots=True)
class _Progress:
    """How far one step is."""

    began: float
    touched: bool = False  # an effect was begun, whether or not its answer came
    applied: int = 0  # effects that were answered
    wait: Wait = field(default_factory=Wait)


class Engine(Generic[G]):
    """Runs a graph of steps over one ground. One engine, one run."""

    def __init__(self, steps: Sequence[Step[G]], ground: G, clock: Clock) -> None:
        self._steps = steps
        self._ground = ground
        self._clock = clock
        self._ended: dict[str, asyncio.Future[bool]] = {}
        self._findings: dict[str, Finding] = {}
        self._changed: set[str] = set()  # steps with an effect in this run, and what needs them
        self._problems: list[Problem] = []
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin nothing new; what was sent to Azure is let finish."""
        self._stopping.set()

    async def check(self) -> dict[str, Finding]:
        """Every step's finding, read-only; one behind a blocked step says so."""
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
        progress = _Progress(self._clock.monotonic())
        self._tell(step, progress, Phase.CHECKING)
        while True:
            try:
                return await step.check(self._ground)
            except Problem as problem:
                try:
                    await self._wait_out(step, progress, problem)
                except Problem as last:
                    return Finding(State.BLOCKED, last.happened, problem=last)
                if self._stopping.is_set():
                    return Finding(State.BLOCKED, "stopped")

    async def run(self) -> AsyncIterator[Event]:
        """Everything that happens, ending with Finished.

        Everything is looked at first: where something is blocked, nothing is made at all.
        """
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._ground.listen(queue.put_nowait)
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
        self._findings = await self.check()
        if any(finding.state is State.BLOCKED for finding in self._findings.values()):
            self._refuse()
            return
        async with asyncio.TaskGroup() as group:
            for step in self._steps:
                group.create_task(self._one(step))

    def _refuse(self) -> None:
        """Tell what stands in the way, and that for its sake nothing was begun."""
        for step in self._steps:
            progress, finding = _Progress(self._clock.monotonic()), self._findings[step.name]
            self._ended[step.name].set_result(False)
            if finding.problem is not None and finding.state is State.BLOCKED:
                self._problems.append(finding.problem)
                self._tell(step, progress, Phase.FAILED, finding.words, finding.problem)
            elif finding.state in _THERE:
                self._tell(step, progress, Phase.REUSED, finding.words)
            else:
                phase = Phase.STOPPED if self._stopping.is_set() else Phase.SKIPPED
                self._tell(step, progress, phase)

    async def _one(self, step: Step[G]) -> None:
        progress = _Progress(self._clock.monotonic())
        satisfied = False
        if step.needs and self._findings[step.name].state not in _THERE:
            self._tell(step, progress, Phase.PLANNED)
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
            if not self._ended[step.name].done():  # a cancelled dependent cancels what it awaits
                self._ended[step.name].set_result(satisfied)

    async def _converge(self, step: Step[G], progress: _Progress) -> bool:
        found: Finding | None = self._findings[step.name]
        if self._changed.intersection(step.needs):
            self._changed.add(step.name)
            if found and (found.state in _THERE or found.provisional):
                found = None  # it was about what was there before
        while not self._stopping.is_set():
            try:
                if await self._settle(step):
                    progress.touched, found = True, None
                finding, found = found or await step.check(self._ground), None
                match finding.state:
                    case State.PROVEN:
                        self._tell(step, progress, Phase.PROVEN, finding.words)
                        return True
                    case State.SATISFIED:
                        phase = Phase.DONE if progress.touched else Phase.REUSED
                        self._tell(step, progress, phase, finding.words)
                        return True
                    case State.BLOCKED:
                        raise _Final(finding.problem or Problem("Blocked", finding.words))
                    case State.WAITING:
                        await self._wait(step, progress, finding)
                    case _ if self._stopping.is_set():
                        break
                    case _:
                        await self._apply(step, progress, finding)
            except _Final as final:
                raise final.problem from None
            except Problem as problem:
                await self._wait_out(step, progress, problem)
        self._tell(step, progress, Phase.STOPPED)
        return False

    async def _settle(self, step: Step[G]) -> bool:
        """Find out what became of effects without an answer; whether any had happened."""
        happened = False
        for begun in self._ground.ledger.open(step.name):
            try:
                made = await step.find(self._ground, begun)
            except (ValueError, LookupError):
                raise foreign(begun) from None
            if made is None:
                self._ground.ledger.give_up(begun)
            else:
                self._ground.settle(made)
                self._changed.add(step.name)
                happened = True
        return happened

    async def _apply(self, step: Step[G], progress: _Progress, finding: Finding) -> None:
        if progress.applied == MOST_APPLIED:
            raise _Final(Problem("NeverSettles", step.title, finding.words))
        progress.touched = True
        self._changed.add(step.name)
        self._tell(step, progress, Phase.WORKING, finding.words)
        await step.apply(self._ground)
        progress.applied += 1

    async def _wait(self, step: Step[G], progress: _Progress, finding: Finding) -> None:
        patience = step.patience.get("", Patience(60, finding.words))
        last = finding.problem or Problem("TookTooLong", step.title, finding.words)
        waiting = Waiting("", Patience(patience.attempts, finding.words), last, finding.progress)
        try:
            await self._pause(step, progress, waiting)
        except Problem as problem:
            raise _Final(problem) from None

    async def _wait_out(self, step: Step[G], progress: _Progress, problem: Problem) -> None:
        patience = step.patience.get(problem.code) or PASSING.get(problem.code)
        if patience is None:
            raise problem
        await self._pause(step, progress, Waiting(problem.code, patience, problem))

    async def _pause(self, step: Step[G], progress: _Progress, waiting: Waiting) -> None:
        wait, limit = progress.wait, waiting.patience.attempts
        pause = wait.again(waiting.code, waiting.seen, waiting.last.retry_after)
        if wait.attempt > limit:
            raise waiting.last
        words = waiting.patience.reason
        self._tell(step, progress, Phase.WAITING, words, attempt=wait.attempt, limit=limit)
        await self._sleep(pause)

    async def _sleep(self, seconds: float) -> None:
        """Sleep on the clock, but wake when told to stop."""
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((sleeping, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, stopping):
                task.cancel()

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
