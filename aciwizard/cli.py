"""The wizard's command line, and exit codes. Heavy imports wait until something needs them."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aciwizard import __version__
from aciwizard.flags import SIMULATION, chosen, options

if TYPE_CHECKING:
    from aciwizard.tui.draft import Draft

INTERRUPTED = 130


class Commands(click.Group):
    """Commands are made when one is asked for: the wizard starts without their many flags."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from aciwizard.commands import COMMANDS

        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from aciwizard.commands import COMMANDS

        return COMMANDS.get(cmd_name)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
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
    wanted = settings.Settings(theme or own.theme, own.mouse and not no_mouse, own.keys)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_FPS", "15")
    with _draft(flags) as draft:
        from aciwizard.tui.app import run

        address, code, mistake = run(draft, wanted)
        let_go()
    if mistake is not None:
        raise mistake
    if address:
        click.echo(address)
    raise SystemExit(code)


@contextmanager
def _draft(flags: Mapping[str, Any]) -> Iterator[Draft]:
    """A wizard's memory. A simulated Azure begins beside the first screen, and says what it has
    to say when the screen is free again."""
    if not flags["sandbox"]:
        from aciwizard.tui.draft import Draft

        yield Draft()
        return
    from aciwizard.rehearsal import begin

    with begin(chosen(flags), quiet=True) as rehearsal:
        from aciwizard.tui.draft import Draft

        yield Draft(simulated=True, arrival=rehearsal.arrives)


def main() -> None:
    """The `aciwizard` command: every failure ends in words and an exit code."""
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
    except Exception as failure:  # boundary: whatever it is, it ends in words
        raise SystemExit(_told(failure)) from None


def _told(failure: Exception) -> int:
    """Say what failed on standard error; returns the exit code."""
    from aciwizard.core.faults import Faulty
    from aciwizard.core.problems import Problem
    from aciwizard.rehearsal import RehearsalError
    from aciwizard.terminal import printable

    while isinstance(failure, ExceptionGroup):  # of what ran side by side, the first that failed
        failure = failure.exceptions[0]
    match failure:
        case Faulty():
            for line in str(failure).split("\n"):
                click.echo(printable(line), err=True)
            return 2
        case Problem():
            from aciwizard.headless.apply import exit_code
            from aciwizard.headless.output import problem_text

            click.echo(problem_text(failure), err=True)
            return exit_code((failure,))
        case RehearsalError():
            return failure.code or 1
        case _:  # a mistake of ours, told without a traceback's locals
            places = traceback.extract_tb(failure.__traceback__)
            where = (
                f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else "no place"
            )
            words = f"This is a mistake in aciwizard ({type(failure).__name__} at {where})."
            click.echo(words, err=True)
            stays = "What was made in Azure stays; the same command goes on from there."
            click.echo(stays, err=True)
            return 1
