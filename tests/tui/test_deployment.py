"""The deployment, live, and leaving it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aciwizard.core.events import Phase, State
from aciwizard.tui.screens.deployment import GLYPHS, StepRow
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


async def ended(w: Wizard) -> None:
    await w.until(lambda: not w.app.is_running, "the end")


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


async def test_stopping_keeps_what_was_made(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with under_way(azure) as w:
        made = things(azure)
        await w.press("ctrl+q")
        await w.at("leave")
        await w.press("down", "enter")
        await ended(w)
        assert w.app.return_code == 130
    assert things(azure) == made


async def test_quitting_now_leaves_azure_at_work(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with under_way(azure) as w:
        await w.press("ctrl+q")
        await w.at("leave")
        await w.press("down", "down", "enter")
        await ended(w)
    assert instance(azure) is not None


async def test_undoing_takes_back_only_what_was_made(start_azure: Start) -> None:
    azure = start_azure(**SLOW)
    async with opener(azure)("review") as w:
        before = things(azure)
        names = {group.name for group in azure.world.instances}
        await w.press("y")
        await w.at("deployment")
        await w.until(lambda: instance(azure), "the container group")
        await w.press("ctrl+q")
        await w.at("leave")
        await w.press("down", "down", "down", "enter")
        await w.at("undo")
        await w.sees("Take this back?", "container group: aci-helloworld")
        await w.press("y")
        await w.sees("Taken back")
        await w.until(lambda: {g.name for g in azure.world.instances} == names, "the group to go")
        await w.press("q")
        await ended(w)
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
