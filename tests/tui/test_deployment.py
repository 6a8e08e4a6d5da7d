"""The deployment, live, and leaving it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Static

from aciwizard.core.events import Event, Phase, State
from aciwizard.tui.screens.deployment import GLYPHS, DeploymentScreen, StepRow
from aciwizard.tui.widgets import findings
from tests.conftest import Azure, Start
from tests.tui.conftest import Open, Wizard, instance, opener, things

SLOW = {"instance_started": 1500.0}  # simulated seconds: some real ones at instant time


@asynccontextmanager
async def under_way(azure: Azure) -> AsyncIterator[Wizard]:
    """A deployment whose container takes long to start."""
    async with opener(azure)("review") as w:
        await w.press("y")
        await w.at("deployment")
        await w.until(lambda: instance(azure), "the container group")
        yield w


async def test_a_row_for_every_step_with_glyph_and_word(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with under_way(azure) as w:
        rows = {row.id: str(row.content) for row in w.app.screen.query(StepRow)}
        phases = {row.id: row.phase for row in w.app.screen.query(StepRow)}
        assert len(rows) > 8
        for name, text in rows.items():
            phase = phases[name] or Phase.CHECKING
            assert text.startswith(GLYPHS[phase]), text
        done = rows["step-vault"]
        assert done.startswith("✓ done") and " s" in done
        await w.sees("✓ done Key vault", "= there Registry", "s so far; waiting: ")
        await w.sees("Pull")
        assert all(len(line) <= 80 for line in w.lines)


def test_every_phase_and_state_has_a_glyph() -> None:
    assert set(GLYPHS) == set(Phase)
    assert set(findings.GLYPHS) == set(State)


async def test_explains_itself(start_azure: Start) -> None:
    async with under_way(start_azure(**SLOW)) as w:
        await w.press("f1")
        await w.at("help")
        await w.sees("Each row is a step")
        await w.press("escape")
        await w.at("deployment")


async def test_staying_changes_nothing(start_azure: Start) -> None:
    async with under_way(start_azure(instance_started=300.0)) as w:
        await w.press("escape")
        await w.at("leave")
        await w.sees("Stay here", "Stop here", "Quit now", "Stop and undo")
        await w.press("enter")
        await w.at("result")
        await w.sees("It answers")


async def test_stopping_says_what_was_made_and_trying_again_goes_on(start_azure: Start) -> None:
    azure = start_azure(instance_started=400.0)
    async with under_way(azure) as w:
        made = things(azure)
        await w.leave(1)
        await w.at("result")
        await w.sees("Stopped.", "Made so far", "vault ", "container group aci-helloworld")
        assert things(azure) == made
        await w.press("r")
        await w.until(lambda: w.at_name == "deployment", "another try")
        await w.at("result")
        await w.sees("✓ It answers.")
        assert things(azure) == made, "going on made things twice"
        await w.press("q")
        await w.ended()
        assert w.app.return_code == 0


async def test_quitting_after_a_stop_keeps_what_was_made(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with under_way(azure) as w:
        made = things(azure)
        await w.leave(1)
        await w.at("result")
        await w.press("q")
        await w.ended()
        assert (w.app.return_code, w.app.return_value) == (130, "")
    assert things(azure) == made


async def test_leaving_after_a_stop_says_that_the_next_start_offers_it(start_azure: Start) -> None:
    async with under_way(start_azure(**SLOW)) as w:
        await w.leave(1)
        await w.at("result")
        await w.press("ctrl+q")
        await w.at("leave")
        await w.sees("what was made stays, and the next start offers it")
        await w.press("down", "enter")
        await w.ended()
        assert w.app.return_code == 130


async def test_quitting_now_leaves_azure_at_work(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with under_way(azure) as w:
        await w.leave(2)
        await w.ended()
        assert w.app.return_code == 130
    assert instance(azure) is not None


async def test_the_container_s_events_and_its_log_are_shown(
    start_azure: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watched(monkeypatch)
    async with opener(start_azure())("review") as w:
        await w.make()
    assert any("Pulled: Successfully pulled image" in text for text in seen), seen
    assert any("listening on port 80" in text for text in seen), seen


def watched(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """All that a deployment says below its steps, from now on."""
    seen: set[str] = set()
    drawn = DeploymentScreen.show

    def show(screen: DeploymentScreen, event: Event) -> None:
        drawn(screen, event)
        seen.update(str(line.content) for line in screen.query("#happened, #log").results(Static))

    monkeypatch.setattr(DeploymentScreen, "show", show)
    return seen


async def test_undoing_takes_back_only_what_was_made(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with opener(azure)("review") as w:
        before = things(azure)
        names = {group.name for group in azure.world.instances}
        await w.press("y")
        await w.at("deployment")
        await w.until(lambda: instance(azure), "the container group")
        await w.leave(3)
        await w.at("undo")
        await w.sees("Take this back?", "container group aci-helloworld")
        await w.press("y")
        await w.sees("Taken back")
        await w.until(lambda: {g.name for g in azure.world.instances} == names, "the group to go")
        await w.press("q")
        await w.ended()
        assert w.app.return_code == 130
    after = things(azure)
    secrets = after.pop("secrets"), before.pop("secrets")
    assert after == before
    assert secrets[0] <= secrets[1] + 2  # Azure keeps deleted ones


async def test_an_end_while_leaving_is_asked_is_not_lost(start_azure: Start) -> None:
    azure = start_azure(instance_started=200.0)
    async with under_way(azure) as w:
        await w.press("ctrl+q")
        await w.at("leave")
        await w.until(lambda: azure.world.instances[-1].started_at, "it to start")
        await asyncio.sleep(0)
        await w.press("escape")
        await w.at("result")
        await w.sees("It answers")


async def test_nothing_blocked_is_ever_begun(wizard: Open, azure: Azure) -> None:
    async with wizard("review") as w:
        before = things(azure)
        azure.world.registries[0].closed = True
        await w.press("y")
        await w.at("result")
        await w.sees("does not answer", "closed to the public network")
    assert things(azure) == before
