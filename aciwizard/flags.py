"""Flags that several commands share, and the Azure they ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from aciwizard.core.plan import Plan
    from aciwizard.core.secret import Secret

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)

SIMULATION = (
    click.option(
        "--time",
        type=click.Choice(["instant", "brisk", "recorded"]),
        default="brisk",
        help="How fast simulated time runs.",
        show_default=True,
    ),
    click.option("--world", type=FILE, help="TOML file that describes the simulated Azure."),
    click.option(
        "--scale",
        default="",
        metavar="KIND=N,…",
        help="More of everything: repositories, tags, groups, subscriptions.",
    ),
    click.option(
        "--traffic", type=FILE, help="Write every exchange to this file, one JSON object a line."
    ),
    click.option("--manual", is_flag=True, help="Device codes wait for a person to approve them."),
    click.option("--seed", type=int, help="Make the same names, secrets and faults every time."),
    click.option(
        "--fault",
        multiple=True,
        metavar="KIND[:KEY=VALUE,…]",
        help="Let requests fail, as in 503:at=12, reset-after:method=PUT or drip:chance=0.1. "
        "Keys: at, host, path, method, chance, times.",
    ),
)

OUTPUT = click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Rows for people, or JSON lines for programs.",
)
SANDBOX = click.option(
    "--sandbox", is_flag=True, help="Start the simulated Azure for this run and deploy to it."
)


def options(*those: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several click options as one decorator, shown in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(those):
            command = option(command)
        return command

    return decorate


def chosen(flags: Mapping[str, Any]) -> list[str]:
    """How to simulate, as the flags of another process."""
    names = ("time", "world", "scale", "traffic", "seed")
    words = [text for name in names if flags[name] for text in (f"--{name}", str(flags[name]))]
    words += [word for fault in flags["fault"] for word in ("--fault", fault)]
    return [*words, "--manual"] if flags["manual"] else words


@contextmanager
def azure(flags: Mapping[str, Any]) -> Iterator[Any]:
    """Azure, or the simulated one where that was asked for; gives the clock to wait by."""
    from aciwizard.core.clock import Clock

    if not flags["sandbox"]:
        yield Clock()
        return
    from aciwizard.rehearsal import begin

    with begin(chosen(flags)) as rehearsal:
        yield Clock(rehearsal.wait())


def secure_values(plan: Plan) -> dict[str, Secret]:
    """A plan's secure values; those only a person can give are asked for. Raises Faulty."""
    from aciwizard import secure_values as values
    from aciwizard.core.secret import Secret

    asked = values.to_ask(plan) if sys.stdin.isatty() else []
    given = {
        name: Secret(str(click.prompt(f"Value of {name}", hide_input=True, err=True)))
        for name in asked
    }
    return values.read(plan, given)
