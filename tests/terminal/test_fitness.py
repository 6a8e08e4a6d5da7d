"""Where the wizard cannot be drawn it says so in one sentence, and draws nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.conftest import Open, OpenAny
from tests.terminal.pseudo_terminal import WIZARD

pytestmark = pytest.mark.terminal

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def assert_one_sentence(said: str) -> None:
    assert said.count("\n") == 1 and said.endswith(".\n"), said
    assert "aciwizard apply" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"TERM": "dumb"}, "TERM is dumb or unset"),
        ({"TERM": None}, "TERM is dumb or unset"),
        ({"PYTHONIOENCODING": "ascii"}, "UTF-8"),
        (ASCII, "UTF-8"),
    ],
    ids=["dumb", "no TERM", "ascii output", "C locale"],
)
def test_a_terminal_that_cannot(
    open_terminal: OpenAny, env: dict[str, str | None], why: str
) -> None:
    terminal = open_terminal([*WIZARD, "--sandbox"], env=env)
    assert terminal.ended() == 2
    said = terminal.raw.decode("ascii").replace("\r\n", "\n")
    assert_one_sentence(said)
    assert why in said
    assert terminal.said() == ""
    assert terminal.restored() == []


def test_input_from_a_pipe(open_terminal: OpenAny) -> None:
    terminal = open_terminal(["sh", "-c", 'echo y | "$@"', "sh", *WIZARD])
    assert terminal.ended() == 2
    said = terminal.raw.decode().replace("\r\n", "\n")
    assert_one_sentence(said)
    assert "needs a terminal" in said


def test_drawing_into_a_pipe(open_terminal: OpenAny, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    script = f'mkfifo pipe; cat pipe >{drawn} & "$@" 2>pipe; code=$?; wait; exit $code'
    terminal = open_terminal(["sh", "-c", script, "sh", *WIZARD])
    assert terminal.ended() == 2
    assert_one_sentence(drawn.read_text())
    assert terminal.raw == b""
    assert terminal.said() == ""


@pytest.mark.parametrize("stdout_too", [False, True], ids=["address to a pipe", "all on screen"])
def test_it_is_drawn_as_large_as_the_terminal_is(open_wizard: Open, stdout_too: bool) -> None:
    wizard = open_wizard(size=(100, 30), stdout_too=stdout_too)
    wizard.question("sign_in")
    assert wizard.screen.display[0].rstrip().endswith("simulated Azure")
    assert len(wizard.screen.display[0].rstrip()) > 90
    assert "Quit" in wizard.screen.display[29]
