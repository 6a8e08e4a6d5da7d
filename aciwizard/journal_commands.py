"""The commands for what was deployed from here: go on with it, take it back, list it."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from aciwizard.flags import OUTPUT, SANDBOX, SIMULATION, azure, options, secure_values

ID = click.argument("id", required=False)
YES = click.option("--yes", is_flag=True, help="Do not ask first.")


@click.command()
@options(ID, OUTPUT, YES, SANDBOX, *SIMULATION)
def resume(id: str | None, yes: bool, output: str, **flags: Any) -> None:
    """Go on with a deployment that was interrupted: the one with this ID, or the newest.

    What is true in Azure now is looked at first; only what is missing is made.
    """
    from aciwizard import state
    from aciwizard.core.journal import OPEN, Course
    from aciwizard.core.problems import Problem
    from aciwizard.headless import apply as headless
    from aciwizard.headless.output import WRITERS

    _somebody_there(yes)
    with azure(flags) as clock:
        journals = state.journals(clock)
        record = journals.find(id, lambda r: r.course in OPEN and not journals.busy(r.plan))
        if record.course in (Course.UNDOING, Course.UNDONE):
            raise Problem("BeingUndone", f"Going on with {record.id}")
        writer = WRITERS[output]()
        writer.note(f"Going on with {record.id}: {told(record)}")
        if not yes and not click.confirm("Go on?", err=True):
            raise click.Abort
        secure = secure_values(record.plan)
        work = headless.apply(record.plan, secure, writer, clock, record=record)
        raise SystemExit(asyncio.run(work))


@click.command()
@options(
    ID,
    OUTPUT,
    YES,
    click.option("--purge", is_flag=True, help="Also end for good what Azure keeps when deleted."),
    SANDBOX,
    *SIMULATION,
)
def undo(id: str | None, yes: bool, purge: bool, output: str, **flags: Any) -> None:
    """Take back what a deployment made: the one with this ID, or the newest.

    What was there before it is never touched. Each removal is shown, asked for once, and proven.
    """
    from aciwizard import state
    from aciwizard.core.journal import Course
    from aciwizard.headless import undo as headless
    from aciwizard.headless.output import WRITERS

    _somebody_there(yes)
    with azure(flags) as clock:
        record = state.journals(clock).find(id, lambda r: r.course is not Course.UNDONE)
        confirm = None if yes else _confirmed
        work = headless.undo(record, WRITERS[output](), clock, purge, confirm)
        raise SystemExit(asyncio.run(work))


def _confirmed() -> bool:
    return click.confirm("Take this back?", err=True)


def _somebody_there(yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask: say --yes")


@click.command()
@options(OUTPUT, SANDBOX, *SIMULATION)
def history(output: str, **flags: Any) -> None:
    """What was deployed from here, when, and how it ended; the newest first."""
    import json

    from aciwizard import state
    from aciwizard.core.journal import OPEN, Record
    from aciwizard.terminal import printable

    with azure(flags) as clock:
        journals = state.journals(clock)
        known = journals.all()
        if not known and output == "text":
            click.echo("Nothing was deployed from here yet.", err=True)
        for one in known:
            if not isinstance(one, Record):
                row: dict[str, object] = {"id": one.id, "course": "unreadable", "words": one.why}
            else:
                open_one = one.course in OPEN and one.course.name == "RUNNING"
                course = "interrupted" if open_one and not journals.busy(one.plan) else one.course
                row = {
                    "id": one.id,
                    "course": str(course),
                    "began": one.began.isoformat(timespec="seconds"),
                    "words": " ".join(filter(None, (told(one), one.words))),
                    "made": len(one.made),
                }
            if output == "json":
                click.echo(json.dumps(row))
            else:
                when = str(row.get("began", ""))[:16].replace("T", " ")
                line = f"{row['id']:<22} {when:<17} {row['course']:<12} {row['words']}"
                click.echo(printable(line))


def told(record: Any) -> str:
    """What a deployment is of, in a few words."""
    plan = record.plan
    return f"{plan.registry}/{plan.image} as {plan.container} in {plan.resource_group}"
