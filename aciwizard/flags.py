"""Flags that several commands share, and the Azure they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

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
    click.option("--seed", type=int, help="Make the same names and secrets every time."),
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
    return [*words, "--manual"] if flags["manual"] else words
