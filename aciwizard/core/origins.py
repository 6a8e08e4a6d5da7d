"""An answer, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where an answer came from. The values are the words people read."""

    CHOSEN = "you chose it"
    DEFAULT = "default"
    IMAGE = "from the image"
    REGISTRY = "from the registry"
    LAST_TIME = "from last time"
    FLAG = "flag"
    FILE = "file"
    ENVIRONMENT = "environment variable"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the value as given, where it came from, and the place (`plan.toml:12`)."""

    value: object
    origin: Origin
    where: str = ""
