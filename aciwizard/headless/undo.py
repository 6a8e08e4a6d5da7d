"""Takes a deployment back without a screen: shown first, then asked, then done and proven."""

from __future__ import annotations

from collections.abc import Callable

from aciwizard import state
from aciwizard.azure.session import connect, timeout_for
from aciwizard.core import undo as undoing
from aciwizard.core.clock import Clock
from aciwizard.core.events import Phase
from aciwizard.core.journal import Course, Record
from aciwizard.core.problems import Problem
from aciwizard.headless.apply import ANSWERED, FAILED, INTERRUPTED, signals
from aciwizard.headless.output import Writer
from aciwizard.steps.deployment import Deployment
from aciwizard.steps.graph import STEPS

Confirm = Callable[[], bool]


async def undo(
    record: Record, writer: Writer, clock: Clock, purge: bool, confirm: Confirm | None
) -> int:
    """Undo what a deployment made; `purge` ends what Azure would keep. Returns an exit code."""
    show(record, writer, purge)
    if not (record.made or record.begun):
        with state.journals(clock).begin(record.plan, record) as journal:
            journal.close(Course.UNDONE)
        return ANSWERED
    if confirm is not None and not confirm():
        return INTERRUPTED
    problems: list[Problem] = []
    async with connect(record.plan.cloud, record.plan.tenant, timeout_for(clock)) as session:
        with state.journals(clock).begin(record.plan, record) as journal:
            journal.close(Course.UNDOING)
            deployment = Deployment(record.plan, session, clock, ledger=journal)
            stopped: list[int] = []
            with signals(lambda: stopped.append(1)) as came:
                async for event in undoing.undo(STEPS, deployment, clock, purge):
                    writer.event(event)
                    if event.phase is Phase.FAILED and event.problem is not None:
                        problems.append(event.problem)
                    if stopped and event.phase is not Phase.WORKING:
                        return 128 + came[0]
            journal.close(Course.UNDOING if journal.made or journal.begun else Course.UNDONE)
    for problem in problems:
        writer.problem(problem)
    return FAILED if problems else ANSWERED


def show(record: Record, writer: Writer, purge: bool) -> None:
    """What would be taken back, the last first, and what stays all the same."""
    titles = {step.name: step.title for step in STEPS}
    everything = [*record.made, *record.begun]
    for thing in reversed(everything):
        writer.made(titles.get(thing.step, thing.step), thing)
    if not everything:
        writer.note("This deployment made nothing, or all of it has been taken back.")
    for kept in undoing.kept(STEPS, everything):
        if not (purge and kept.purgeable):
            way = " --purge ends it for good." if kept.purgeable else ""
            writer.note(f"{kept.words}.{way}")
