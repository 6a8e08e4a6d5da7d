"""Time of its own for a test: it stands still while anybody works, and leaps when all wait.

The app and the simulated Azure share one event loop, so that a deployment that takes a minute is
over at once and yet every second in its picture is the same on every machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVarTuple

from aciwizard.core.clock import Clock
from aciwizard.sandbox.pace import Pace

BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GRACE = 0.001  # real seconds in which loopback delivers what was sent before time leaps
BESIDE = 0.05  # real seconds between looks at threads that work

Ts = TypeVarTuple("Ts")


class _Leaping(selectors.DefaultSelector):
    """Waits for events as long as any may come from elsewhere; else lets the loop's time leap."""

    loop: OwnTime

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self.loop.beside:
            return super().select(min(timeout, BESIDE))
        found = super().select(min(timeout, GRACE))
        if not found and not self.loop.beside:
            self.loop.passed += timeout
        return found


class OwnTime(asyncio.SelectorEventLoop):
    """An event loop whose time is its own; work in threads holds it."""

    def __init__(self) -> None:
        selector = _Leaping()
        selector.loop = self
        self.passed = 0.0
        self.beside = 0
        super().__init__(selector)

    def time(self) -> float:
        return self.passed

    def run_in_executor(
        self, executor: Any, func: Callable[[*Ts], Any], *args: *Ts
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self.beside += 1
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self.beside -= 1


class LoopClock(Clock):
    """The product's clock, in the loop's time."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.monotonic())


class LoopPace(Pace):
    """The simulated Azure's clock, in the loop's time."""

    def __init__(self) -> None:
        super().__init__(1.0, started=BEGAN)

    def now(self) -> float:
        return asyncio.get_running_loop().time()
