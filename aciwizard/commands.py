"""The commands without a screen: plan, apply and sandbox."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from aciwizard.core.keys import KEYS
from aciwizard.flags import FILE, SIMULATION, chosen, options


def _plan_flags() -> Iterator[Callable[[Any], Any]]:
    for key in KEYS:
        yield click.option(
            key.flag, key.attribute, multiple=key.many, help=f"{key.words} [{key.path}]"
        )


RUN = (
    click.argument("file", required=False, type=FILE),
    *_plan_flags(),
    click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Rows for people, or JSON lines for programs.",
    ),
    click.option(
        "--sandbox", is_flag=True, help="Start the simulated Azure for this run and deploy to it."
    ),
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

    with _azure(flags) as clock:
        wanted = _plan(file, flags)
        writer = WRITERS[flags["output"]]()
        raise SystemExit(asyncio.run(headless.check(wanted, writer, clock)))


@click.command()
@options(*RUN, click.option("--yes", is_flag=True, help="Do not ask before anything is made."))
def apply(file: Path | None, yes: bool, **flags: Any) -> None:
    """Carry a plan out, until the container answers. Its address goes to standard output."""
    from aciwizard.headless import apply as headless
    from aciwizard.headless import secure_values
    from aciwizard.headless.output import WRITERS

    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody is there to ask: say --yes")
    with _azure(flags) as clock:
        wanted = _plan(file, flags)
        secure = secure_values.read(wanted, _ask)
        writer = WRITERS[flags["output"]]()
        confirm = None if yes else _confirmed
        raise SystemExit(asyncio.run(headless.apply(wanted, secure, writer, clock, confirm)))


def _confirmed(_: Mapping[str, Any]) -> bool:
    return click.confirm("Make this in Azure?", err=True)


def _ask(name: str) -> str | None:
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(f"Value of {name}", hide_input=True, err=True))


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


@contextmanager
def _azure(flags: Mapping[str, Any]) -> Iterator[Any]:
    """Azure, or the simulated one where that was asked for; gives the clock to wait by."""
    from aciwizard.core.clock import Clock

    if not flags["sandbox"]:
        yield Clock()
        return
    from aciwizard.rehearsal import begin

    with begin(chosen(flags)) as rehearsal:
        yield Clock(rehearsal.wait())


@click.group()
def sandbox() -> None:
    """The simulated Azure on this machine, for trying anything without an account."""


@sandbox.command()
@options(
    *SIMULATION,
    click.option(
        "--json", "as_json", is_flag=True, help="Print the environment as one JSON object."
    ),
    click.option("--with-input", is_flag=True, help="Stop when standard input ends."),
)
def serve(as_json: bool, with_input: bool, **settings: Any) -> None:
    """Serve until stopped, and print the environment to set."""
    from aciwizard.sandbox import start

    try:
        asyncio.run(start.serve(start.Settings(**settings), as_json, with_input))
    except start.SettingsError as problem:
        raise click.UsageError(str(problem)) from problem


@sandbox.command("exec", context_settings={"ignore_unknown_options": True})
@options(*SIMULATION, click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED))
def execute(command: tuple[str, ...], **settings: Any) -> None:
    """Run COMMAND inside the simulated Azure, and stop with it."""
    from aciwizard.sandbox import start

    try:
        raise SystemExit(asyncio.run(start.execute(start.Settings(**settings), command)))
    except start.SettingsError as problem:
        raise click.UsageError(str(problem)) from problem


COMMANDS: Mapping[str, click.Command] = {"plan": plan, "apply": apply, "sandbox": sandbox}
