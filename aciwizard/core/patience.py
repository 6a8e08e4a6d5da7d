"""How long to wait for what, and which trouble passes by itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_WISH = 300.0  # seconds; no server may make a person wait longer for one try
FIRST_DELAY, LONGEST_DELAY, GROWTH = 1.0, 10.0, 1.5  # seconds; Azure's own pollers wait 30


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try again, and what the wait is for."""

    attempts: int
    reason: str


# Trouble that passes by itself, whatever step meets it.
PASSING: Mapping[str, Patience] = {
    **dict.fromkeys(
        (
            "TooManyRequests",
            "Throttled",
            "SubscriptionRequestsThrottled",
            "ResourceRequestsThrottled",
        ),
        Patience(20, "Azure asks to slow down"),
    ),
    **dict.fromkeys(
        (
            "HTTP500",
            "HTTP502",
            "HTTP503",
            "HTTP504",
            "GatewayTimeout",
            "InternalServerError",
            "ServerTimeout",
            "RetryableError",
            "temporarily_unavailable",
            "AADSTS90033",
        ),
        Patience(6, "Azure has a passing fault"),
    ),
    **dict.fromkeys(
        ("ExpiredAuthenticationToken", "InvalidAuthenticationToken"),
        Patience(2, "Azure wants a fresh sign-in"),
    ),
    "Vanished": Patience(4, "Azure does not see what it has just made"),
    **dict.fromkeys(("UnreadableAnswer", "AzureSdk"), Patience(4, "an answer arrived broken")),
    **dict.fromkeys(
        ("TimedOut", "Unreachable", "NameNotResolved"), Patience(6, "no answer from the network")
    ),
}


@dataclass(slots=True)
class Wait:
    """One wait in progress: how often was tried for what, and the pause before the next try.

    Tries are counted for each reason apart, so that two taking turns do not wait for ever.
    """

    waits_for: str = ""
    tries: dict[str, int] = field(default_factory=dict)
    seen: str = ""
    delay: float = FIRST_DELAY

    @property
    def attempt(self) -> int:
        """How often was tried for what it waits for now."""
        return self.tries.get(self.waits_for, 0)

    def again(self, what: str, seen: str, retry_after: float | None) -> float:
        """Count one more try for `what`; returns the seconds to pause, shorter after movement."""
        if what != self.waits_for:
            self.waits_for, self.delay = what, FIRST_DELAY
        elif seen != self.seen:
            self.delay = FIRST_DELAY
        self.seen = seen
        self.tries[what] = self.attempt + 1
        # Jitter, so that many clients that failed together do not return together.
        pause = self.delay * random.uniform(0.9, 1.1)
        if retry_after:  # a wish for none at all is not granted
            pause = min(retry_after, LONGEST_WISH)
        self.delay = min(LONGEST_DELAY, self.delay * GROWTH)
        return pause
