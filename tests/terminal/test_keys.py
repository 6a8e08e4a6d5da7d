"""What a person's hands do: the whole way in few keys, leaving, resizing, pasting."""

from __future__ import annotations

import random
import re

import pytest

from aciwizard.tui.flow import QUESTIONS
from tests.terminal.conftest import Open

pytestmark = pytest.mark.terminal


def test_from_the_command_to_an_answering_address_in_fourteen_keys(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.deploy()
    wizard.until("It answers")
    address = re.search(r"http://[\w.-]+/?", wizard.settle())
    wizard.press("q")
    assert wizard.ended() == 0
    assert address is not None
    assert wizard.said() == address[0] + "\n"
    assert wizard.restored() == []
    assert wizard.left_behind() == set()
    assert wizard.keys <= 14


def test_on_one_terminal_the_address_stands_below_what_was_there(open_wizard: Open) -> None:
    """Standard output on the same terminal: nothing may be lost with the alternate screen."""
    wizard = open_wizard("--time", "instant", stdout_too=True)
    wizard.deploy()
    wizard.until("It answers")
    wizard.settle()
    wizard.press("q")
    assert wizard.ended() == 0
    assert re.search(r"^http://\S+$", wizard.after, re.MULTILINE)
    assert wizard.restored() == []


@pytest.mark.parametrize("keys", [("ctrl+c",), ("ctrl+q",), ("ctrl+c", "ctrl+c", "ctrl+q")])
def test_leaving_asks_and_leaves(open_wizard: Open, keys: tuple[str, ...]) -> None:
    wizard = open_wizard()
    before = wizard.question("sign_in")
    wizard.press(*keys)
    wizard.until("Leave")
    wizard.settle()
    wizard.press("esc")
    wizard.pump(lambda: wizard.text == before)
    wizard.press(*keys)
    wizard.until("Leave")
    wizard.settle()
    wizard.press("down")
    wizard.settle(0.2)
    wizard.press("enter")
    assert wizard.ended() == 130
    assert wizard.said() == ""
    assert wizard.restored() == []


def test_the_palette_asks_too(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.go_to("subscription")
    wizard.press("ctrl+p")
    wizard.settle()
    wizard.press(*"quit")
    wizard.until("Quit")
    wizard.settle()
    wizard.press("enter")
    wizard.until("Leave")
    assert wizard.child.poll() is None


def test_nothing_is_written_to_disk_from_the_palette(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.question("sign_in")
    wizard.press("ctrl+p")
    assert "Theme" in wizard.settle()
    assert "Screenshot" not in wizard.text


def test_leaving_in_mid_flight_asks_and_staying_goes_on(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.deploy("waiting")
    wizard.press("ctrl+c")
    wizard.until("Leave")
    wizard.press("esc")
    wizard.until("It answers")
    assert wizard.child.poll() is None


def test_stopping_in_mid_flight(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.deploy("waiting")
    wizard.press("ctrl+q")
    wizard.until("Leave")
    wizard.settle(0.2)
    wizard.press("down")
    wizard.settle(0.2)
    wizard.press("enter")
    wizard.answerable("Result")
    assert "Stopped" in wizard.text and "Try again" in wizard.text
    wizard.press("q")
    assert wizard.ended() == 130
    assert wizard.said() == ""
    assert wizard.restored() == []
    assert wizard.left_behind() == set()


@pytest.mark.parametrize("name", ["sign_in", "review"])
def test_a_storm_of_sizes_leaves_the_same_screen(open_wizard: Open, name: str) -> None:
    wizard = open_wizard()
    before = wizard.go_to(name)
    dice = random.Random(name)
    for _ in range(50):
        wizard.resize(dice.randint(40, 200), dice.randint(10, 60))
    wizard.resize(80, 24)
    wizard.pump(lambda: wizard.text == before)
    wizard.settle()
    assert wizard.text == before


@pytest.mark.parametrize("size", [(59, 24), (80, 17)])
def test_too_small_says_so_and_larger_goes_on(open_wizard: Open, size: tuple[int, int]) -> None:
    wizard = open_wizard()
    before = wizard.question("sign_in")
    wizard.resize(*size)
    wizard.until("(?i)enlarge")
    wizard.resize(80, 24)
    wizard.pump(lambda: wizard.text == before)


def test_pasting_lines_into_a_filter_enters_the_first_and_runs_none(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.go_to("registry")
    wizard.paste("adminreg\nq\n\x03\nrm -rf ~\n")
    wizard.until("1 of")
    shown = wizard.question("registry")
    assert "adminregistry" in shown and "emptyregistry" not in shown
    assert "rm -rf" not in shown
    wizard.press("enter")
    wizard.question("repository")


def test_pasting_over_the_review_confirms_nothing(open_wizard: Open) -> None:
    wizard = open_wizard()
    before = wizard.go_to("review")
    wizard.paste("y\n" * 5)
    assert wizard.settle() == before
    assert len(QUESTIONS) == wizard.keys
