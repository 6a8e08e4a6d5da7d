"""Values nobody sees: asked for after the confirming key, sent to the container, kept nowhere."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from aciwizard.tui.widgets.secret_entry import SecretEntry
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, instance, things

HUSH = "correct-horse-battery"


@asynccontextmanager
async def reviewing(wizard: Open, secrets: str) -> AsyncIterator[Wizard]:
    """The review of a plan with these secure values."""
    async with wizard("container") as w:
        await w.fill("secure_environment", secrets)
        await w.press("enter")
        await w.at("review")
        yield w


async def give(w: Wizard, text: str) -> None:
    """Type into the secret entry that has the focus."""
    entry = w.app.screen.focused
    assert isinstance(entry, SecretEntry)
    await w.press(*text)
    await w.until(lambda: entry.value == text, "the value to be in the field")


def written() -> list[str]:
    """All that was noted of deployments."""
    return [path.read_text() for path in Path(os.environ["XDG_STATE_HOME"]).rglob("*.json")]


def sent(azure: Azure) -> dict[str, str]:
    """The secure values the container group was made with."""
    made = instance(azure)
    assert made is not None
    (container,) = made.properties["containers"]
    variables = container["properties"]["environmentVariables"]
    return {one["name"]: one["secureValue"] for one in variables if "secureValue" in one}


async def test_asked_for_after_y_and_sent_to_the_container(
    wizard: Open, azure: Azure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "from-the-environment")
    (tmp_path / "value").write_text("from-a-file\n")
    wanted = f"API_KEY=prompt OTHER=prompt KEY=env:MY_KEY CERT=file:{tmp_path / 'value'}"
    async with reviewing(wizard, wanted) as w:
        before = things(azure)
        await w.press("y")
        await w.at("secure_values")
        await w.sees("Values nobody will see", "API_KEY", "OTHER")
        assert "CERT" not in w.text, "only what a person must give is asked for"
        assert things(azure) == before
        await give(w, HUSH)
        assert HUSH not in w.text and "•" in w.text
        await w.press("tab")
        await give(w, "another")
        await w.press("enter")
        await w.at("result")
        await w.sees("✓ It answers.")
        assert HUSH not in w.text
    assert sent(azure) == {
        "API_KEY": HUSH,
        "OTHER": "another",
        "KEY": "from-the-environment",
        "CERT": "from-a-file",
    }
    assert written() and all(HUSH not in text for text in written())


async def test_an_empty_value_is_said_and_has_the_focus(wizard: Open) -> None:
    async with reviewing(wizard, "FIRST=prompt SECOND=prompt") as w:
        await w.press("y")
        await w.at("secure_values")
        await give(w, HUSH)
        await w.press("enter")
        await w.sees("SECOND is still empty")
        assert w.at_name == "secure_values"
        focused = w.app.screen.focused
        assert focused is not None and focused.id == "value-SECOND"


async def test_back_goes_to_the_review_and_nothing_is_kept(wizard: Open, azure: Azure) -> None:
    async with reviewing(wizard, "API_KEY=prompt") as w:
        before = things(azure)
        await w.press("y")
        await w.at("secure_values")
        await give(w, HUSH)
        entry = w.app.screen.query_one(SecretEntry)
        await w.press("escape")
        await w.at("review")
        assert w.draft.given == {}
        await w.until(lambda: not entry.value, "the value to be gone")
        await w.press("y")
        await w.at("secure_values")
        assert w.app.screen.query_one(SecretEntry).value == ""
    assert things(azure) == before


async def test_a_value_cannot_be_copied_cut_or_written_down(wizard: Open) -> None:
    async with reviewing(wizard, "API_KEY=prompt") as w:
        await w.press("y")
        await w.at("secure_values")
        await give(w, HUSH)
        entry = w.app.screen.query_one(SecretEntry)
        await w.press("shift+home", "ctrl+c", "escape")
        await w.at("secure_values")
        await w.press("ctrl+x")
        assert w.app.clipboard == ""
        assert entry.value == HUSH
        for message in (SecretEntry.Changed(entry, HUSH), SecretEntry.Submitted(entry, HUSH)):
            assert isinstance(message, Input.Changed | Input.Submitted)
            assert HUSH not in repr(message) + "".join(message.__rich_repr__())


async def test_a_value_that_cannot_be_read_is_said_on_the_review(
    wizard: Open, azure: Azure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(wizard, f"KEY=env:MY_KEY CERT=file:{tmp_path / 'no'}") as w:
        before = things(azure)
        await w.press("y")
        await w.sees("✗", "the variable MY_KEY is not set", "no cannot be read")
        assert w.at_name == "review"
        assert things(azure) == before
        monkeypatch.setenv("MY_KEY", "now-it-is")
        (tmp_path / "no").write_text("now-it-is-there")
        await w.at("review")
        await w.make()
        await w.sees("✓ It answers.")
    assert sent(azure) == {"KEY": "now-it-is", "CERT": "now-it-is-there"}


async def test_a_value_is_asked_for_once(wizard: Open, azure: Azure) -> None:
    async with reviewing(wizard, "API_KEY=prompt") as w:
        registry = azure.world.registries[0]
        await w.press("y")
        await w.at("secure_values")
        await give(w, HUSH)
        registry.closed = True
        await w.press("enter")
        await w.at("result")
        await w.sees("does not answer")
        registry.closed = False
        await w.press("r")
        await w.until(lambda: "It answers" in w.text, "another try without asking")
    assert sent(azure) == {"API_KEY": HUSH}
