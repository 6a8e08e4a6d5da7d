"""Checks a plan, or carries it out, without a screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from aciwizard import state
from aciwizard.azure.session import connect, timeout_for
from aciwizard.core.clock import Clock
from aciwizard.core.engine import Engine
from aciwizard.core.events import Finding, Finished, State
from aciwizard.core.journal import Record
from aciwizard.core.plan import Plan
from aciwizard.core.problems import Kind, Problem
from aciwizard.core.secret import Secret
from aciwizard.headless.output import Writer
from aciwizard.steps.deployment import Deployment
from aciwizard.steps.graph import STEPS

ANSWERED, FAILED, BAD_INPUT, NO_SIGN_IN, NO_NETWORK, INTERRUPTED = 0, 1, 2, 3, 4, 130
_EXIT = {
    Kind.FAILED: FAILED,
    Kind.INPUT: BAD_INPUT,
    Kind.SIGN_IN: NO_SIGN_IN,
    Kind.NETWORK: NO_NETWORK,
}
Confirm = Callable[[Mapping[str, Finding]], bool]


def exit_code(problems: tuple[Problem, ...]) -> int:
    """The exit code for problems: that of the first, since others often follow from it."""
    return _EXIT[problems[0].kind] if problems else ANSWERED


async def check(plan: Plan, writer: Writer, clock: Clock) -> int:
    """Look at everything, change nothing, and tell what would be made, reused or changed."""
    async with connect(plan.cloud, plan.tenant, timeout_for(clock)) as session:
        return _told(await Engine(STEPS, Deployment(plan, session, clock), clock).check(), writer)


def _told(findings: Mapping[str, Finding], writer: Writer) -> int:
    for step in STEPS:
        writer.finding(step.title, findings[step.name])
    problems = tuple(f.problem for f in findings.values() if f.state is State.BLOCKED and f.problem)
    writer.event(Finished(problems=problems))
    return exit_code(problems)


async def apply(
    plan: Plan,
    secure: Mapping[str, Secret],
    writer: Writer,
    clock: Clock,
    *,
    confirm: Confirm | None = None,
    record: Record | None = None,
) -> int:
    """Carry a plan out; with `confirm`, show first what would be done and ask.

    `record` is an interrupted deployment to go on with.
    """
    async with connect(plan.cloud, plan.tenant, timeout_for(clock)) as session:
        if confirm is not None:
            findings = await Engine(STEPS, Deployment(plan, session, clock), clock).check()
            code = _told(findings, writer)
            if code != ANSWERED:
                return code
            if not confirm(findings):
                return INTERRUPTED
        with state.journals(clock).begin(plan, record) as journal:
            deployment = Deployment(plan, session, clock, secure, ledger=journal)
            engine = Engine(STEPS, deployment, clock)
            finished = Finished()
            with signals(engine.stop) as came:
                async for event in engine.run():
                    writer.event(event)
                    if isinstance(event, Finished):
                        finished = event
            journal.finish(finished)
        if finished.stopped:
            return 128 + came[0] if came else INTERRUPTED
        return exit_code(finished.problems)


@contextmanager
def signals(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Ctrl+C, a lost line and a polite kill stop the work between two requests, not inside one.

    Gives the signals that came. A second one waits for no request any more: the journal says what
    was begun.
    """
    loop, numbers = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    came: list[int] = []

    def told(number: int) -> None:
        came.append(number)
        if len(came) > 1:
            os._exit(128 + number)
        stop()

    for number in numbers:
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, told, number)
    try:
        yield came
    finally:
        for number in numbers:
            with contextlib.suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(number)
