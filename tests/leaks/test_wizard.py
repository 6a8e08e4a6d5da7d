"""The wizard in a pseudo-terminal leaves no secret anywhere, on its whole way and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.leaks.conftest import PASTED, TYPED, Machine
from tests.terminal.wizard import Wizard

pytestmark = pytest.mark.terminal


@pytest.fixture
def wizard(machine: Machine) -> Iterator[Wizard]:
    opened = Wizard(env=machine.environment, cwd=machine.work, size=(100, 30))
    yield opened
    opened.close()


def to_the_review(wizard: Wizard, secure: str) -> None:
    """Every default, and secure values of the container."""
    wizard.go_to("container")
    while "Secrets" not in focused(wizard):
        wizard.press("\t")
        wizard.settle(0.1)
    wizard.press(secure, "enter")
    wizard.answerable("Review")


def focused(wizard: Wizard) -> str:
    """The rows around the cursor, where the label of the field stands."""
    at = wizard.screen.cursor.y
    return "\n".join(wizard.screen.display[max(0, at - 2) : at + 1])


def end(wizard: Wizard, machine: Machine) -> None:
    machine.places.add_terminal("the terminal", bytes(wizard.raw))
    machine.places.add("the screen", wizard.text)
    machine.places.add("standard output", wizard.said())


def test_a_whole_deployment_and_its_undo(wizard: Wizard, machine: Machine) -> None:
    with machine.places.watching(lambda: wizard.child.pid):
        secure = f"ONE=prompt TWO=prompt KEY=env:MY_KEY CERT=file:{machine.secret_file}"
        to_the_review(wizard, secure)
        wizard.press("s")
        wizard.until("Saved as")
        wizard.settle()
        wizard.press("y")
        wizard.until("Values nobody will see")
        wizard.settle()
        wizard.press(*TYPED)
        wizard.until("•" * len(TYPED))
        wizard.press("\t")
        wizard.settle()
        wizard.paste(PASTED)
        wizard.until("•" * len(PASTED))
        wizard.press("enter")
        wizard.until("It answers")
        wizard.settle()
        wizard.press("u")
        wizard.until("Take this back")
        wizard.settle()
        wizard.press("y")
        wizard.until("Taken back")
        wizard.settle()
        wizard.press("q")
        assert wizard.ended() == 130
    end(wizard, machine)
    plan = (machine.work / "aciwizard-plan.toml").read_text()
    assert "prompt = true" in plan and "MY_KEY" in plan
    assert "Entry" in (machine.home / "textual.log").read_text()  # the log is one
    machine.assert_no_secret(TYPED, PASTED)


def test_a_mistake_of_ours_in_mid_deployment(machine: Machine) -> None:
    machine.mistaken(True)
    wizard = Wizard(env=machine.environment, cwd=machine.work)
    try:
        with machine.places.watching(lambda: wizard.child.pid):
            to_the_review(wizard, "KEY=env:MY_KEY")
            wizard.press("y")
            assert wizard.ended() == 1
        assert "This is a mistake in aciwizard" in wizard.after
        end(wizard, machine)
        machine.assert_no_secret()
    finally:
        wizard.close()


def test_a_person_signed_in_by_code(machine: Machine) -> None:
    env = machine.environment
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        del env[name]
    wizard = Wizard(env=env, cwd=machine.work)
    try:
        with machine.places.watching(lambda: wizard.child.pid):
            wizard.question("sign_in")
            wizard.press("enter")
            wizard.until("2 directories")
            wizard.settle()
            wizard.press("enter")
            wizard.question("subscription")
            wizard.press("ctrl+q")
            wizard.until("Leave")
            wizard.settle()
            wizard.press("down")
            wizard.settle()
            wizard.press("enter")
            assert wizard.ended() == 130
        end(wizard, machine)
        assert machine.world.device_codes  # a person was signed in, and not the operator
        machine.assert_no_secret()
    finally:
        wizard.close()
