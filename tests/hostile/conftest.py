"""The wizard in a world of hostile names, and what every screen of it is held to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from aciwizard.tui.app import WizardApp
from aciwizard.tui.draft import Draft
from tests.conftest import Azure
from tests.hostile.words import controls
from tests.tui.conftest import Wizard

OWN_LINKS = "http://"  # the address that answers is one


class Watched(Wizard):
    """A wizard whose screens are looked at."""

    def check(self) -> None:
        """No control character, no style or link of theirs, and every line within the screen."""
        width = self.app.size.width
        for strip in self.app.screen._compositor.render_strips():
            assert controls(strip.text) == []
            assert cell_len(strip.text) <= width
            for segment in strip:
                style = segment.style
                if style is not None:
                    assert not style.link or style.link.startswith(OWN_LINKS), style.link
                    assert "@click" not in style.meta or "quit" not in str(style.meta)
                    assert controls(style.link or "") == []

    async def watch_it_made(self) -> None:
        """Confirm on the review, and look at every screen until the end."""
        await self.press("y")
        await self.until(self._ended, "the end")
        await self.at("result")

    def _ended(self) -> bool:
        self.check()
        return self.at_name == "result"

    async def seen(self, *words: str) -> None:
        await self.sees(*words)
        self.check()


Open = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture
def opened(azure: Azure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Open:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")

    @asynccontextmanager
    async def run(
        size: tuple[int, int] = (130, 40), simulated: bool = True
    ) -> AsyncIterator[Watched]:
        app = WizardApp(Draft(clock=azure.clock, simulated=simulated))
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Watched(azure, app, pilot)

    return run
