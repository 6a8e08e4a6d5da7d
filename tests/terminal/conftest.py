"""Wizards in pseudo-terminals, all ended with the test that began them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.pseudo_terminal import PseudoTerminal, environment
from tests.terminal.wizard import Wizard

Open = Callable[..., Wizard]
OpenAny = Callable[..., PseudoTerminal]


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[OpenAny]:
    """Runs a command in a pseudo-terminal, with a home of its own; `env` adds and takes out."""
    opened: list[PseudoTerminal] = []

    def run(command: list[str], env: dict[str, str | None] | None = None, **how: Any) -> Any:
        home = environment(HOME=str(tmp_path), **(env or {}))
        opened.append(PseudoTerminal(command, env=home, cwd=tmp_path, **how))
        return opened[-1]

    yield run
    for terminal in opened:
        terminal.close()


@pytest.fixture
def open_wizard(tmp_path: Path) -> Iterator[Open]:
    """Starts `aciwizard --sandbox` with more flags in a pseudo-terminal."""
    opened: list[Wizard] = []

    def run(*flags: str, env: dict[str, str | None] | None = None, **how: Any) -> Wizard:
        home = environment(HOME=str(tmp_path), **(env or {}))
        opened.append(Wizard("--sandbox", *flags, env=home, cwd=tmp_path, **how))
        return opened[-1]

    yield run
    for terminal in opened:
        terminal.close()
