"""`--sandbox` in the wizard: the simulated Azure begins beside the first screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.terminal.conftest import Open

pytestmark = pytest.mark.terminal


def test_the_first_screen_does_not_wait_for_it(open_wizard: Open, tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    os.mkfifo(world)  # nobody writes into it: the simulated Azure reads for ever
    wizard = open_wizard("--world", str(world))
    assert "looking for ways to sign in" in wizard.until(r"1/\d+ Sign in")


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--world", "missing.toml"), "missing.toml"),
        (("--scale", "moons=3"), "moons"),
    ],
)
def test_what_cannot_be_simulated_is_told(
    open_wizard: Open, flags: tuple[str, ...], why: str
) -> None:
    wizard = open_wizard(*flags)
    assert wizard.ended() == 2
    assert why in wizard.after
    assert "mistake" not in wizard.after
    assert wizard.said() == ""
    assert wizard.restored() == []


def test_leaving_before_it_is_there(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.until(r"1/\d+ Sign in")
    wizard.note_descendants()
    wizard.press("ctrl+q")
    wizard.until("Leave")
    wizard.press("down")
    wizard.settle(0.2)
    wizard.press("enter")
    assert wizard.ended() == 130
    assert wizard.restored() == []
    assert wizard.left_behind() == set()
