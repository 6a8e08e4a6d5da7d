"""The pictures in screenshots/ show what the wizard shows, to the byte."""

from __future__ import annotations

import asyncio
import random
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aciwizard.sandbox.builder import build
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.traffic import Traffic
from aciwizard.sandbox.world import World
from aciwizard.tui.app import WizardApp
from aciwizard.tui.draft import Draft
from tests.tui import states
from tests.tui.own_time import LoopClock, LoopPace, OwnTime

FOLDER = Path(__file__).parents[2] / "screenshots"
UPDATE = "pytest tests/tui/test_screenshots.py --update-screenshots"
ENVIRONMENT = {
    "TEXTUAL_ANIMATIONS": "none",
    "TZ": "UTC",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "PATH": "",  # no az
}
UNSET = (
    "NO_COLOR",
    "SSH_CONNECTION",
    "SSH_TTY",
    "TMUX",
    "DISPLAY",
    "IDENTITY_ENDPOINT",
    "MSI_ENDPOINT",
)


@dataclass(frozen=True, slots=True)
class Look:
    """A terminal: its size, its theme, its environment. `name` ends the pictures' names."""

    name: str
    size: tuple[int, int] = (80, 24)
    theme: str = "dark"
    environment: dict[str, str] = field(default_factory=dict)


USUAL = Look("")
OTHERS = (
    Look("light", theme="light"),
    Look("wide", (120, 40)),
    Look("small", (60, 20)),
    Look("no-color", environment={"NO_COLOR": "1"}),
    Look("ansi", theme="ansi"),
)
SHOWN = [(tour, USUAL) for tour in states.TOURS] + [(states.way, look) for look in OTHERS]


def wanted(tour: states.Tour, look: Look) -> dict[str, str]:
    """The pictures of a tour in a look: state and file name."""
    names = states.TOURS[tour] if look is USUAL else states.MAIN
    return {name: f"{name}-{look.name}".rstrip("-") + ".svg" for name in names}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine nobody has used: no settings, no remembered sign-in, no chance."""

    async def idle(*_: float) -> None:
        await asyncio.sleep(states.TICK)

    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("textual._time.get_time", lambda: asyncio.get_running_loop().time())
    monkeypatch.setattr("textual.pilot.wait_for_idle", idle)
    monkeypatch.setattr("textual.app.wait_for_idle", idle)
    monkeypatch.setattr("aciwizard.core.patience.random.uniform", lambda a, b: (a + b) / 2)


def _number(world: World) -> None:
    """Every place that makes ids draws from lots of its own: requests that race change nothing."""
    lots: dict[str, random.Random] = {}

    def guid() -> str:
        place = sys._getframe(1).f_code.co_qualname
        drawn = lots.setdefault(place, random.Random(place)).getrandbits(128)
        return str(uuid.UUID(int=drawn, version=4))

    world.guid = guid  # type: ignore[method-assign]


@asynccontextmanager
async def _stage(look: Look, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[states.Stage]:
    world = await build(LoopPace(), states.document(), seed=7)
    _number(world)
    async with Sandbox(world, Traffic(None)) as sandbox:
        for name, value in {**sandbox.environment(), **look.environment}.items():
            monkeypatch.setenv(name, value)
        app = WizardApp(Draft(LoopClock(), simulated=True), look.theme)
        async with app.run_test(size=look.size) as pilot:
            yield states.Stage(pilot, world)
            app.exit()


async def _pictures(
    tour: states.Tour, look: Look, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    taken: dict[str, str] = {}
    names = wanted(tour, look)
    async with _stage(look, monkeypatch) as stage:
        async for state in tour(stage):
            if state in names:
                taken[names[state]] = stage.app.export_screenshot(simplify=True)
            if len(taken) == len(names):
                break
    return taken


@pytest.mark.parametrize(
    ("tour", "look"), SHOWN, ids=lambda one: getattr(one, "__name__", None) or one.name or "usual"
)
def test_the_pictures_are_those_of_the_wizard(
    tour: states.Tour,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    with asyncio.Runner(loop_factory=OwnTime) as runner:
        taken = runner.run(_pictures(tour, look, monkeypatch))

    assert sorted(taken) == sorted(wanted(tour, look).values())
    update = request.config.getoption("--update-screenshots")
    stale = [name for name, picture in taken.items() if _kept(name) != picture]
    folder = FOLDER if update else tmp_path
    folder.mkdir(exist_ok=True)
    for name in stale:
        (folder / name).write_text(taken[name], encoding="utf-8", newline="\n")
    assert update or not stale, (
        f"stale or missing: {', '.join(stale)}. They are now as in {folder}; if that is meant: "
        f"{UPDATE}"
    )


def _kept(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_no_picture_is_left_over() -> None:
    known = {name for tour, look in SHOWN for name in wanted(tour, look).values()}
    there = {path.name for path in FOLDER.glob("*")}
    assert not there - known, "pictures of no state: delete them, or add the state"
