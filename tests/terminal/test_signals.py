"""However the wizard is ended: the terminal as it was, the right code, nothing left running."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM, Signals

import pytest

from tests.terminal.conftest import Open, OpenAny

pytestmark = pytest.mark.terminal

SIGNALS = [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130)]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_at_a_question(open_wizard: Open, number: Signals, code: int) -> None:
    wizard = open_wizard()
    wizard.question("sign_in")
    wizard.note_descendants()
    wizard.signal(number)
    assert wizard.ended() == code
    assert wizard.said() == ""
    assert wizard.restored() == []
    assert wizard.left_behind() == set()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_while_the_screen_is_begun(open_wizard: Open, number: Signals, code: int) -> None:
    wizard = open_wizard()
    wizard.pump(lambda: b"\x1b[?1049h" in wizard.raw)
    wizard.note_descendants()
    wizard.signal(number)
    assert wizard.ended() == code
    assert wizard.restored() == []
    assert wizard.left_behind() == set()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_in_mid_deployment(open_wizard: Open, number: Signals, code: int, tmp_path: Path) -> None:
    traffic = tmp_path / "traffic.jsonl"
    wizard = open_wizard("--traffic", str(traffic))
    wizard.deploy("waiting")
    wizard.signal(number)
    assert wizard.ended() == code
    assert wizard.said() == ""
    assert wizard.restored() == []
    assert wizard.left_behind() == set()
    assert_stopped_between_two_requests(traffic)


def test_a_lost_line_at_a_question(open_wizard: Open) -> None:
    wizard = open_wizard()
    wizard.question("sign_in")
    wizard.hang_up()
    assert wizard.ended() == 129
    assert wizard.left_behind() == set()


def test_a_lost_line_in_mid_deployment(open_wizard: Open, tmp_path: Path) -> None:
    """As when SSH breaks off: every write fails from then on, and the reading ends."""
    traffic = tmp_path / "traffic.jsonl"
    wizard = open_wizard("--traffic", str(traffic))
    wizard.deploy("waiting")
    wizard.hang_up()
    assert wizard.ended() == 129
    assert wizard.left_behind() == set()
    assert_stopped_between_two_requests(traffic)


def assert_stopped_between_two_requests(traffic: Path) -> None:
    """Every request was let finish, and what the waiting row stood before was not begun."""
    exchanges = [json.loads(line) for line in traffic.read_text().splitlines()]
    made = {e["url"] for e in exchanges if e["method"] == "PUT"}
    assert any("/vaults/" in url for url in made)
    assert not any("/containerGroups/" in url for url in made)


BROKEN = """
import sys
from aciwizard import cli
from aciwizard.tui import app, flow, question

def broken(*_):
    password = "hunter2-local"
    raise RuntimeError("hunter2-message")

{how}
sys.argv = ["aciwizard", "--sandbox"]
cli.main()
"""
MISTAKES = {
    "a screen that cannot load": "flow.Entry.load = broken",
    "a key": "app.WizardApp.action_leave = broken",
    "a worker": "from aciwizard.tui import navigator; navigator.Navigator._told = broken",
    "drawing": "from textual.widgets import Static; Static.render = broken",
    "composing": "question.Question._explained = broken",
    "starting": "app.WizardApp.on_mount = broken",
    "the input thread": "from textual._xterm_parser import XTermParser; XTermParser.parse = broken",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_ours_shows_no_value(open_terminal: OpenAny, mistake: str) -> None:
    program = BROKEN.format(how=MISTAKES[mistake])
    terminal = open_terminal([sys.executable, "-c", program])
    terminal.pump(lambda: terminal.child.poll() is not None or "Quit" in terminal.text)
    terminal.note_descendants()
    if terminal.child.poll() is None:
        terminal.settle()
        terminal.press("ctrl+q")
    assert terminal.ended() == 1
    assert terminal.restored() == []
    assert "This is a mistake in aciwizard" in terminal.after
    assert "Traceback" not in terminal.after
    assert "hunter2" not in terminal.raw.decode() + terminal.said()
    assert terminal.left_behind() == set()
