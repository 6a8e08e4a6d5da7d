"""The simulated Azure for tests: in a thread of its own, with its world at hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from aciwizard.core.clock import Clock
from aciwizard.sandbox.builder import build, default_document
from aciwizard.sandbox.pace import SPEEDS, Durations, Pace
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.traffic import Traffic
from aciwizard.sandbox.world import World

SPEED = SPEEDS["instant"]

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")


@dataclass
class Azure:
    """A running simulated Azure. `world` is the truth; ask it what really happened."""

    sandbox: Sandbox
    stop: Callable[[], None]
    clock: Clock = field(default_factory=lambda: Clock(SPEED))

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def requests(self) -> int:
        return self.sandbox.traffic.count


Start = Callable[..., Azure]


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "write screenshots/ anew instead of comparing with it"
    parser.addoption("--update-screenshots", action="store_true", help=words)


@pytest.fixture(autouse=True)
def nobodys_journals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was deployed is noted for the test alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def start_azure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    """Starts a simulated Azure and points this process at it; `durations` by name."""
    running: list[Azure] = []

    def start(traffic: Path | None = None, document: Any = None, **durations: float) -> Azure:
        azure = _started(document or default_document(), Durations.named(durations), traffic)
        running.append(azure)
        for name, value in azure.sandbox.environment().items():
            monkeypatch.setenv(name, value)
        return azure

    yield start
    for azure in running:
        azure.stop()


@pytest.fixture
def azure(start_azure: Start) -> Azure:
    """The default world at instant time, every replication delay on."""
    return start_azure()


def _started(document: Any, durations: Durations, traffic: Path | None) -> Azure:
    ready: Future[Azure] = Future()

    async def serve() -> None:
        world = await build(Pace(SPEED, durations), document, seed=1)
        done, loop = asyncio.Event(), asyncio.get_running_loop()
        async with Sandbox(world, Traffic(traffic)) as sandbox:

            def end() -> None:
                loop.call_soon_threadsafe(done.set)

            ready.set_result(Azure(sandbox, end))
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    azure = ready.result(timeout=30)
    end = azure.stop

    def stop() -> None:
        end()
        thread.join(timeout=30)

    azure.stop = stop
    return azure
