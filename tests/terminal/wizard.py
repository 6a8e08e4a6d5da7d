"""The wizard in a pseudo-terminal, and the way through its questions by their defaults."""

from __future__ import annotations

import re
import time
from typing import Any

from aciwizard.tui.flow import QUESTIONS
from tests.terminal.pseudo_terminal import LIMIT, SILENCE, WIZARD, PseudoTerminal

NAMES = [entry.name for entry in QUESTIONS]
BUSY = re.compile(r"\b(looking|asking|checking)\b.* …")


class Wizard(PseudoTerminal):
    """`aciwizard` with these flags, and how many keys were pressed."""

    def __init__(self, *flags: str, **how: Any) -> None:
        super().__init__([*WIZARD, *flags], **how)
        self.keys = 0

    def press(self, *keys: str) -> None:
        self.keys += len(keys)
        super().press(*keys)

    def answerable(self, title: str) -> str:
        """Wait until this screen stands, has found what it looks for, and is still."""
        began = time.perf_counter()

        def still() -> bool:
            quiet = time.perf_counter() - max(self.last, began) > SILENCE
            return quiet and title in self.screen.display[0] and not BUSY.search(self.text)

        self.pump(still, LIMIT)
        return self.text

    def question(self, name: str) -> str:
        """Wait for a question, by its name."""
        at = NAMES.index(name)
        return self.answerable(f"{at + 1}/{len(NAMES)} {QUESTIONS[at].rail}")

    def go_to(self, name: str) -> str:
        """From the start to a question, or to the review, with every default."""
        for passed in NAMES[: NAMES.index(name) if name in NAMES else None]:
            self.question(passed)
            self.press("enter")
        return self.question(name) if name in NAMES else self.answerable("Review")

    def deploy(self, row: str = "") -> None:
        """From the start into the deployment, until one of its rows says this."""
        self.go_to("review")
        self.press("y")
        self.until("Deployment")
        self.note_descendants()
        if row:
            self.until(rf"\n\W+{row} ")
