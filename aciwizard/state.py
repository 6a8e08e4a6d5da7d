"""Where this user's journals are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from aciwizard.core.clock import Clock
    from aciwizard.core.journals import Journals


def _folder() -> Path:
    return Path(platformdirs.user_state_path("aciwizard")) / "deployments"


def any_journal() -> bool:
    """Whether there is any journal at all; cheap, for a start that must not wait."""
    try:
        return any(name.endswith(".json") for name in os.listdir(_folder()))  # noqa: PTH208  # cheap
    except OSError:
        return False


def journals(clock: Clock) -> Journals:
    """The journals of what this user has deployed from this machine."""
    from aciwizard.core.files import Folder
    from aciwizard.core.journals import Journals

    return Journals(Folder(_folder()), clock.now)
