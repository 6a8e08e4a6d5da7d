"""The commands without a screen: plan and apply, and the list of all."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from aciwizard.core.keys import KEYS
from aciwizard.flags import FILE, OUTPUT, SANDBOX, SIMULATION, azure, options, secure_values
from aciwizard.journal_commands import history, resume, undo
from aciwizard.sandbox_commands import sandbox


def _plan_flags() -> Iterator[Callable[[Any], Any]]:
    for key in KEYS:
        yield click.option(
            key.flag, key.attribute, multiple=key.many, help=f"{key.words} [{key.path}]"
        )


RUN = (
    click.argument("file", required=False, type=FILE),
    *_plan_flags(),
    OUTPUT,
    SANDBOX,
    *SIMULATION,
)


@click.command()
@options(
    *RUN,
    click.option("--example", is_flag=True, help="Print a plan file with every key explained."),
)
def plan(file: Path | None, example: bool, **flags: Any) -> None:
    """Check a plan and say what would be made, reused and changed. Nothing is written to Azure."""
    if example:
        from aciwizard.planfile import example as text

        click.echo(text(), nl=False)
        return
    from aciwizard.headless import apply as headless
    from aciwizard.headless.output import WRITERS

    with azure(flags) as clock:
        wanted = _plan(file, flags)
        writer = WRITERS[flags["output"]]()
        raise SystemExit(asyncio.run(headless.check(wanted, writer, clock)))


@click.command()
@options(*RUN, click.option("--yes", is_flag=True, help="Do not ask before anything is made."))
def apply(file: Path | None, yes: bool, **flags: Any) -> None:
    """Carry a plan out, until the container answers. Its address goes to standard output."""
    from aciwizard.headless import apply as headless
    from aciwizard.headless.output import WRITERS

    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask: say --yes")
    with azure(flags) as clock:
        wanted = _plan(file, flags)
        secure = secure_values(wanted)
        writer = WRITERS[flags["output"]]()
        confirm = None if yes else _confirmed
        work = headless.apply(wanted, secure, writer, clock, confirm=confirm)
        raise SystemExit(asyncio.run(work))


def _confirmed(_: Mapping[str, Any]) -> bool:
    return click.confirm("Make this in Azure?", err=True)


def _plan(file: Path | None, flags: Mapping[str, Any]) -> Any:
    """The plan from file, flags and environment: a flag wins over the file."""
    from aciwizard.core.answers import complete
    from aciwizard.core.origins import Answer, Origin
    from aciwizard.planfile import read

    answers, faults = read(file) if file else ({}, [])
    subscription = os.environ.get("AZURE_SUBSCRIPTION_ID")
    if subscription and "subscription" not in answers:
        where = "AZURE_SUBSCRIPTION_ID"
        answers["subscription"] = Answer(subscription, Origin.ENVIRONMENT, where)
    for key in KEYS:
        given = flags[key.attribute]
        if given not in (None, ()):
            value = list(given) if key.many else given
            answers[key.attribute] = Answer(value, Origin.FLAG, key.flag)
    return complete(answers, faults)


COMMANDS: Mapping[str, click.Command] = {
    "plan": plan,
    "apply": apply,
    "resume": resume,
    "undo": undo,
    "history": history,
    "sandbox": sandbox,
}
