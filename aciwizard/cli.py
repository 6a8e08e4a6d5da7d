"""Commands and exit codes. Heavy imports wait until a command needs them."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from aciwizard import __version__
from aciwizard.core.keys import KEYS

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)
INTERRUPTED = 130

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


def options(*those: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several click options as one decorator, shown in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(those):
            command = option(command)
        return command

    return decorate


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


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@options(
    click.option("--sandbox", is_flag=True, help="Rehearse on a simulated Azure."),
    click.option("--theme", type=click.Choice(["dark", "light", "ansi"]), help="Colours."),
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
    *SIMULATION,
)
@click.pass_context
def cli(context: click.Context, /, theme: str | None, no_mouse: bool, **flags: Any) -> None:
    """From a private image in a registry to a container that answers, guided, proven, undoable.

    Without a command: the wizard. Exit codes: 0 answered, 1 failed, 2 bad input, 3 sign-in,
    4 network, 130 interrupted.
    """
    if context.invoked_subcommand is not None:
        return
    from aciwizard.terminal import let_go, unfit

    if why := unfit():
        click.echo(f"{why}; aciwizard apply works anywhere.", err=True)
        raise SystemExit(2)
    from aciwizard import settings

    own = settings.read()
    chosen = settings.Settings(theme or own.theme, own.mouse and not no_mouse, own.keys)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_FPS", "15")
    with _azure(flags, quiet=True) as clock:
        from aciwizard.tui.app import run
        from aciwizard.tui.draft import Draft

        draft = Draft(clock, simulated=flags["sandbox"])
        address, code, mistake = run(draft, chosen)
        let_go()
    if mistake is not None:
        raise mistake
    if address:
        click.echo(address)
    raise SystemExit(code)


@cli.command()
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


@cli.command()
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
    from aciwizard.core.plan import Answer, Origin
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
def _azure(flags: Mapping[str, Any], quiet: bool = False) -> Iterator[Any]:
    """Azure, or the simulated one where that was asked for; gives the clock to wait by.

    `quiet` holds back what the simulated one says until the screen is free again.
    """
    from aciwizard.core.clock import Clock

    if not flags["sandbox"]:
        yield Clock()
        return
    from aciwizard.rehearsal import rehearsal

    names = ("time", "world", "scale", "traffic", "seed")
    chosen = [text for name in names if flags[name] for text in (f"--{name}", str(flags[name]))]
    chosen += [word for fault in flags["fault"] for word in ("--fault", fault)]
    with rehearsal([*chosen, *(["--manual"] if flags["manual"] else [])], quiet) as speed:
        yield Clock(speed)


@cli.group()
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


def main() -> None:
    """The `aciwizard` command: every failure ends in words and an exit code."""
    from aciwizard.core.answers import Faulty
    from aciwizard.core.problems import Problem
    from aciwizard.rehearsal import RehearsalError
    from aciwizard.terminal import printable

    # The SDKs log what they raise; a person is told it once, by us.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        cli(prog_name="aciwizard", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        raise SystemExit(problem.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        raise SystemExit(INTERRUPTED) from None
    except Faulty as faulty:
        for line in str(faulty).split("\n"):
            click.echo(printable(line), err=True)
        raise SystemExit(2) from None
    except Problem as problem:
        from aciwizard.headless.apply import exit_code
        from aciwizard.headless.output import problem_text

        click.echo(problem_text(problem), err=True)
        raise SystemExit(exit_code((problem,))) from None
    except RehearsalError as ended:
        raise SystemExit(ended.code or 1) from None
    except Exception as mistake:  # boundary: a mistake of ours, told without a traceback's locals
        places = traceback.extract_tb(mistake.__traceback__)
        where = f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else "no place"
        click.echo(
            f"This is a mistake in aciwizard ({type(mistake).__name__} at {where}).", err=True
        )
        click.echo("What was made in Azure stays; the same command goes on from there.", err=True)
        raise SystemExit(1) from None
