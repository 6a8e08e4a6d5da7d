"""Where this user's journals are."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from aciwizard.core.clock import Clock
from aciwizard.core.files import Folder
from aciwizard.core.journals import Journals


def journals(clock: Clock) -> Journals:
    """The journals of what this user has deployed from this machine."""
    state = Path(platformdirs.user_state_path("aciwizard"))
    return Journals(Folder(state / "deployments"), clock.now)
