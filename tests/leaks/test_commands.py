"""The commands without a screen leave no secret anywhere, however they end."""

from __future__ import annotations

import json
import signal

import pytest

from aciwizard.sandbox.faults import Faults, Rule
from tests.leaks.conftest import BY_FILE, BY_VARIABLE, Machine


def test_a_deployment_taken_back(machine: Machine) -> None:
    code, out, err = machine.run("apply", *machine.answers, "--yes")
    assert (code, out.startswith("http://")) == (0, True), err
    variables = machine.world.instances[-1].properties["containers"][0]["properties"]
    names = [one["name"] for one in variables["environmentVariables"]]
    assert names == ["KEY", "CERT"]  # the values arrived, and Azure never tells them again
    assert machine.run("history")[1].count("answered") == 1
    assert machine.run("history", "--output", "json")[1].count("answered") == 1
    code, _, err = machine.run("undo", "--yes", "--purge")
    assert code == 0, err
    machine.assert_no_secret()


@pytest.mark.terminal
def test_a_deployment_told_to_a_program(machine: Machine) -> None:
    code, out, err = machine.run("apply", *machine.answers, "--yes", "--output", "json")
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["event"] == "finished"
    code, out, err = machine.run("undo", "--yes", "--output", "json")
    assert code == 0, err
    machine.assert_no_secret()


@pytest.mark.terminal
def test_a_deployment_that_was_killed_and_gone_on_with(machine: Machine) -> None:
    child = machine.begin("apply", *machine.answers, "--yes")
    faults = Faults((Rule("kill-after", path="*/containerGroups/*", method="PUT"),))
    faults.kill = child.kill
    machine.azure.sandbox.faults = faults
    with child, machine.places.watching(lambda: child.pid):
        out, err = child.communicate(timeout=60)
    assert machine.heard(("apply",), child.returncode, out, err)[0] == -signal.SIGKILL
    machine.azure.sandbox.faults = Faults()
    assert machine.run("history")[1].count("interrupted") == 1
    code, _, told = machine.run("resume", "--yes")
    assert code == 0, told
    machine.assert_no_secret()


def test_a_mistake_of_ours_in_mid_deployment(machine: Machine) -> None:
    machine.mistaken(True)
    code, out, told = machine.run("apply", *machine.answers, "--yes")
    assert (code, out) == (1, "")
    assert "This is a mistake in aciwizard (RuntimeError at sitecustomize.py:" in told
    assert "Traceback" not in told
    machine.mistaken(False)
    code, _, told = machine.run("resume", "--yes")
    assert code == 0, told
    machine.assert_no_secret()


@pytest.mark.terminal
def test_what_azure_refuses(machine: Machine) -> None:
    """Errors are told with Azure's own words, which may quote what was sent."""
    rules = [Rule(kind, path="*/containerGroups/*", method="PUT") for kind in ("409", "malformed")]
    for rule in (*rules, Rule("403", host="graph.microsoft.com")):
        machine.azure.sandbox.faults = Faults((rule,))
        code, out, _ = machine.run("apply", *machine.answers, "--yes")
        assert code != 0 and out == ""
    machine.assert_no_secret()


def test_a_secure_value_that_cannot_be_read(machine: Machine) -> None:
    """The variable's value in the place of its name, and a file whose path cannot be."""
    flags = ("--secure-env", f"A=env:{BY_VARIABLE[:3]}", "--secure-env", "B=file:/\0")
    assert BY_FILE not in "".join(machine.run("apply", *machine.answers, "--yes", *flags[:2])[1:])
    machine.assert_no_secret()


def test_the_search_finds_what_is_there(machine: Machine) -> None:
    """A search that finds nothing proves something only if it finds what was put there."""
    held = machine.world.mint()
    (machine.work / "left").write_text(f"password {held}")
    machine.places.add_terminal(
        "a screen", held[:20].encode() + b"\x1b[1m\r\n" + held[20:].encode()
    )
    spelt = "".join(f"Key(key='{c}', character='{c}')\n" for c in held)
    (machine.work / "keys").write_text(spelt)
    machine.places.add_folder(machine.home)
    hits = "\n".join(machine.places.hits(machine.world))
    for where in ("file work/left", "a screen, without blanks", "file work/keys, key by key"):
        assert where in hits
