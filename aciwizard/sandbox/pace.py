"""How fast the simulated Azure's time runs, and how long its work takes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

SPEEDS = {"recorded": 1.0, "brisk": 10.0, "instant": 200.0}


@dataclass(frozen=True, slots=True)
class Durations:
    """Recorded durations in seconds of simulated time; delays are counted from the write."""

    latency: float = 0.1  # any answer
    provider_registration: float = 45.0
    registry_put: float = 8.0  # the PUT itself blocks 7-11 s (recorded)
    registry_import: float = 15.0
    registry_dns: float = 10.0
    vault_put: float = 2.0
    vault_dns: float = 20.0  # RegisteringDns; Succeeded at +30 s in recordings
    vault_purge: float = 8.0
    group_deletion: float = 30.0
    role_put: float = 3.0
    vault_role_delay: float = 25.0  # until a data role on a vault is honoured
    registry_role_delay: float = 40.0  # until a role on a registry is honoured
    application_delay: float = 5.0  # until a search finds it and a principal can be made of it
    application_by_id_delay: float = 0.0  # seen since 2026, not always; az does not survive it
    principal_delay: float = 6.0  # other services see the principal
    password_delay: float = 12.0  # the token endpoint accepts a new secret
    instance_put: float = 4.0
    instance_pulling: float = 4.0
    instance_pulled: float = 9.0
    instance_started: float = 25.0
    instance_deletion: float = 3.0
    device_code_approval: float = 8.0

    @classmethod
    def named(cls, overrides: dict[str, float]) -> Durations:
        """The recorded durations with some replaced; raises ValueError for an unknown name."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(overrides) - known):
            raise ValueError(f"unknown durations: {', '.join(unknown)}")
        return cls(**overrides)


class Pace:
    """The simulated Azure's clock: seconds since it started, `speed` times faster than ours."""

    def __init__(
        self,
        speed: float,
        durations: Durations | None = None,
        started: datetime | None = None,
    ) -> None:
        """`started` is the date its time begins with, today's unless told."""
        self.speed = speed
        self.durations = durations or Durations()
        self._monotonic = time.monotonic()
        self._started = started or datetime.now(UTC)

    def now(self) -> float:
        """Simulated seconds since the start."""
        return (time.monotonic() - self._monotonic) * self.speed

    def utc(self, at: float | None = None) -> datetime:
        """The simulated date and time, now or at so many simulated seconds."""
        return self._started + timedelta(seconds=self.now() if at is None else at)

    async def sleep(self, seconds: float) -> None:
        """Let so many simulated seconds pass."""
        await asyncio.sleep(seconds / self.speed)


def stamp(moment: datetime, digits: int = 7) -> str:
    """A date as Azure writes it: `2024-10-29T20:32:06.4250622Z`, or whole seconds for 0 digits."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if digits:
        text += "." + f"{moment.microsecond:06d}0"[:digits]
    return text + "Z"
