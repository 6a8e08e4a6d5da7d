"""The commands that serve the simulated Azure."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from aciwizard.flags import SIMULATION, options


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
