"""Time, injected: the engine never asks the system for it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """Seconds and dates. With `speed` 10, waiting ten seconds takes one.

    The simulated Azure's time can run faster than ours; whoever waits for it waits in its time.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic() * self.speed

    def now(self) -> datetime:
        """The date and time, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
