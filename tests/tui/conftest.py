"""The real wizard over the real simulated Azure, driven by keys; every wait is for a state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import OptionList

from aciwizard.sandbox.model import ContainerGroup, Registry
from aciwizard.tui.app import WizardApp
from aciwizard.tui.draft import Draft
from aciwizard.tui.flow import QUESTIONS
from aciwizard.tui.widgets.field import Entry, Field
from tests.conftest import Azure

TURN = 0.02  # seconds between two looks at a state
LIMIT = 30.0  # seconds until a state counts as never reached; a busy machine needs some
BORDERS = str.maketrans(dict.fromkeys("│╭╮╰╯─▌▐▎▊█", " "))
NAMES = [entry.name for entry in QUESTIONS]
PLACES = [*NAMES, "review"]


@dataclass
class Wizard:
    """A running wizard: its keys, and what it shows."""

    azure: Azure
    app: WizardApp
    pilot: Pilot[str]

    @property
    def draft(self) -> Draft:
        return self.app.draft

    @property
    def at_name(self) -> str:
        """The module of the screen on top: `vault`, `review`, `help`."""
        return type(self.app.screen).__module__.rpartition(".")[2]

    @property
    def lines(self) -> list[str]:
        """What the screen on top shows, row by row."""
        screen = self.app.screen
        rows = screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in rows]

    @property
    def text(self) -> str:
        """What is shown, with every run of blanks one blank, so that wrapping does not matter."""
        return " ".join(" ".join(self.lines).translate(BORDERS).split())

    async def until(self, condition: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                shown = "\n".join(self.lines)
                raise AssertionError(f"never: {what}; at {self.at_name}, which shows\n{shown}")
            await self.pump()

    async def pump(self) -> None:
        """Let every message be handled, then let the simulated Azure's thread have its turn.

        Pilot.pause() would wait until this process is idle, and Azure is a part of it here.
        """
        await self.handled()
        await asyncio.sleep(TURN)

    async def handled(self) -> None:
        """Let every message be handled, or the wizard end.

        Pilot alone waits for an answer from every widget, and a wizard that ends meanwhile gives
        none: it would wait for half a minute, and fail.
        """
        assert self.app._task is not None
        handling = asyncio.ensure_future(self.pilot.pause(0))
        await asyncio.wait((handling, self.app._task), return_when=asyncio.FIRST_COMPLETED)
        if handling.done():
            handling.result()
        else:
            handling.cancel()

    async def sees(self, *words: str) -> None:
        for one in words:
            await self.until(partial(self._shows, one), f"{one!r} on the screen")

    def _shows(self, words: str) -> bool:
        return words in self.text

    async def at(self, name: str) -> None:
        """Wait for a screen, and until it has looked up what it looks up."""
        await self.until(lambda: self.at_name == name and self.drawn, f"at {name}")
        await self.until(lambda: not self.looking, f"{name} to have looked")

    @property
    def drawn(self) -> bool:
        return len(self.app.screen.query("FooterKey")) > 0 and any(self.lines)

    @property
    def looking(self) -> bool:
        return "looking for" in self.text or "checking against" in self.text

    async def press(self, *keys: str) -> None:
        """Press keys as a terminal sends them, one after the other."""
        for key in keys:
            character = key if len(key) == 1 else None
            self.app.post_message(Key(key, character))
            await self.handled()

    async def type(self, text: str) -> None:
        """Type into what has the focus, key by key, in the place of what it holds."""
        entry = self.entry
        entry.value = ""
        for letter in text:
            self.app.post_message(Key(_character_to_key(letter), letter))
        await self.until(lambda: entry.value == text, f"{text!r} in the field")

    @property
    def entry(self) -> Entry:
        focused = self.app.screen.focused
        assert isinstance(focused, Entry), f"the focus is on {focused}"
        return focused

    def field(self, name: str) -> Field:
        return self.app.screen.query_one(f"#{name}", Field)

    async def fill(self, name: str, text: str) -> None:
        """Go to a field with Tab, and type."""
        for _ in range(20):
            before = self.entry
            if before.parent is self.field(name):
                break
            await self.press("tab")
            await self.until(partial(self._left, before), "the next field")
        assert self.entry.parent is self.field(name)
        await self.type(text)

    def _left(self, entry: Entry) -> bool:
        return self.app.screen.focused is not entry

    @property
    def options(self) -> list[str]:
        """The rows of the list on the screen."""
        rows = self.app.screen.query_one(OptionList).options
        return [str(row.prompt) for row in rows]

    @property
    def marked(self) -> str:
        """The highlighted row."""
        found = self.app.screen.query_one(OptionList).highlighted_option
        return str(found.prompt) if found else ""

    async def go_on_to(self, name: str) -> None:
        """Answer with Enter until this question or the review."""
        for there in PLACES[PLACES.index(self.at_name) + 1 : PLACES.index(name) + 1]:
            await self.press("enter")
            await self.at(there)

    async def make(self) -> None:
        """Confirm on the review and wait for the end."""
        await self.press("y")
        await self.at("result")

    async def new_group(self, name: str, region: str = "") -> None:
        """Type the name of a new resource group, and say its region, or leave that open."""
        await self.type(name)
        await self.press("enter")
        await self.sees(f"Which region for {name}?")
        await self.at("resource_group")
        if region:
            await self.type(region)
        await self.press("enter")
        await self.at("registry")

    async def take_sample(self) -> None:
        """Take Microsoft's sample image; its tag comes with it and is not asked for."""
        assert self.marked.startswith("Microsoft's sample image")
        await self.press("enter")
        await self.at("vault")

    async def leave(self, way: int) -> None:
        """Ask to leave, and take one of the ways out, counted from 0."""
        await self.press("ctrl+q")
        await self.at("leave")
        await self.press(*["down"] * way, "enter")

    async def ended(self) -> None:
        await self.until(lambda: not self.app.is_running, "the end")


Open = Callable[..., AbstractAsyncContextManager[Wizard]]


@pytest.fixture(autouse=True)
def nobodys_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of whoever runs the tests is read or written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    for name in ("NO_COLOR", "ACIWIZARD_PLAIN_TOKEN_CACHE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def wizard(azure: Azure) -> Open:
    """Opens the wizard at a question: `async with wizard("vault") as w`."""
    return opener(azure)


def opener(azure: Azure) -> Open:
    @asynccontextmanager
    async def opened(
        at: str = "sign_in", size: tuple[int, int] = (80, 24), simulated: bool = True
    ) -> AsyncIterator[Wizard]:
        app = WizardApp(Draft(clock=azure.clock, simulated=simulated))
        async with app.run_test(size=size, notifications=True) as pilot:
            one = Wizard(azure, app, pilot)
            await one.at("interrupted" if at == "interrupted" else "sign_in")
            if at in PLACES:
                await one.go_on_to(at)
            yield one

    return opened


def registry(azure: Azure, name: str = "myregistry") -> Registry:
    return next(one for one in azure.world.registries if one.name == name)


def instance(azure: Azure, name: str = "aci-helloworld") -> ContainerGroup | None:
    return next((one for one in azure.world.instances if one.name == name), None)


def things(azure: Azure) -> dict[str, int]:
    """How many things there are, to see that nothing was made or taken away."""
    world = azure.world
    secrets = sum(len(vault.secrets) for vault in world.vaults)
    passwords = sum(len(one.passwords) for one in world.applications)
    return {
        "groups": len([one for one in world.groups if one.deleted_at is None]),
        "registries": len(world.registries),
        "vaults": len([vault for vault in world.vaults if vault.deleted is None]),
        "applications": len([one for one in world.applications if one.deleted is None]),
        "passwords": passwords,
        "role assignments": len(world.assignments),
        "secrets": secrets,
        "container groups": len(world.instances),
    }


def staying(azure: Azure) -> dict[str, int]:
    """As `things`, without the deleted secrets that a vault keeps."""
    return {name: count for name, count in things(azure).items() if name != "secrets"}


def take_rights(azure: Azure) -> Callable[[], None]:
    """Take the operator's roles away; what is returned gives them back."""
    before = list(azure.world.assignments)
    azure.world.assignments.clear()

    def give_back() -> None:
        azure.world.assignments[:] = before

    return give_back
