"""Takes back what a deployment made, the last first, each removal seen to be true."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from aciwizard.core.clock import Clock
from aciwizard.core.events import Made, Phase, StepEvent
from aciwizard.core.ledger import foreign
from aciwizard.core.patience import PASSING, Patience, Wait
from aciwizard.core.problems import Problem
from aciwizard.core.steps import G, Kept, Step

Result = TypeVar("Result")
GOING = Patience(40, "Azure is removing it")


def kept(steps: Sequence[Step[G]], made: Sequence[Made]) -> list[Kept]:
    """What will be left of these things after an undo, each said once."""
    keeps = {step.name: step.keeps for step in steps}
    found = [keeps[thing.step].get(thing.kind) for thing in made if thing.step in keeps]
    return [one for one in dict.fromkeys(found) if one is not None]


async def undo(
    steps: Sequence[Step[G]], ground: G, clock: Clock, purge: bool = False
) -> AsyncIterator[StepEvent]:
    """Undo all that the ledger holds; a removal that fails is told, and the rest goes on.

    Each is taken out of the ledger once it is gone, so that an undo that was cut off goes on from
    there. `purge` also ends what Azure would keep.
    """
    by_name = {step.name: step for step in steps}
    for thing in (*ground.ledger.begun, *reversed(ground.ledger.made)):
        if thing.step not in by_name:  # the journal was changed, or a newer program wrote it
            yield StepEvent(
                thing.step, thing.step, Phase.FAILED, 0.0, thing.label, problem=foreign(thing)
            )
    for begun in _known(ground.ledger.begun, by_name):
        if problem := await _settle(by_name[begun.step], ground, clock, begun):
            step = by_name[begun.step]
            yield StepEvent(step.name, step.title, Phase.FAILED, 0.0, begun.label, problem=problem)
    for thing in reversed(_known(ground.ledger.made, by_name)):
        step, began = by_name[thing.step], clock.monotonic()
        yield StepEvent(step.name, step.title, Phase.WORKING, 0.0, thing.label)
        try:
            await _remove(step, ground, clock, thing, purge)
        except Problem as problem:
            seconds = clock.monotonic() - began
            yield StepEvent(
                step.name, step.title, Phase.FAILED, seconds, thing.label, problem=problem
            )
        else:
            seconds = clock.monotonic() - began
            yield StepEvent(step.name, step.title, Phase.UNDONE, seconds, thing.label)


def _known(things: Sequence[Made], steps: Mapping[str, Step[G]]) -> tuple[Made, ...]:
    return tuple(thing for thing in things if thing.step in steps)


async def _settle(step: Step[G], ground: G, clock: Clock, begun: Made) -> Problem | None:
    """Find out what became of an effect whose answer nobody got."""
    try:
        made = await _patiently(step, clock, begun, lambda: step.find(ground, begun))
    except Problem as problem:
        return problem
    if made is None:
        ground.ledger.give_up(begun)
    else:
        ground.settle(made)
    return None


async def _remove(step: Step[G], ground: G, clock: Clock, thing: Made, purge: bool) -> None:
    async def there() -> Made | None:
        return await _patiently(step, clock, thing, lambda: step.find(ground, thing))

    if await there() is not None:
        await _patiently(step, clock, thing, lambda: step.undo(ground, thing))
        wait = Wait()
        while await there() is not None:
            if wait.attempt >= GOING.attempts:
                raise Problem("StillThere", f"Removing the {thing.kind}", thing.id)
            await clock.sleep(wait.again("", "", None))
    if purge:
        await _patiently(step, clock, thing, lambda: step.purge(ground, thing))
    ground.ledger.undone(thing)


async def _patiently(
    step: Step[G], clock: Clock, thing: Made, call: Callable[[], Awaitable[Result]]
) -> Result:
    """Do it again while what is in the way passes by itself."""
    wait = Wait()
    while True:
        try:
            return await call()
        except (ValueError, LookupError):  # an id that is none of ours
            raise foreign(thing) from None
        except Problem as problem:
            patience = step.patience.get(problem.code) or PASSING.get(problem.code)
            if patience is None or wait.tries.get(problem.code, 0) >= patience.attempts:
                raise
            await clock.sleep(wait.again(problem.code, "", problem.retry_after))
