"""A person's own settings: colours, mouse, keys. Wrong ones are told with their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from aciwizard.core.faults import Fault, Faulty

THEMES = ("dark", "light", "ansi")


@dataclass(frozen=True, slots=True)
class Settings:
    """`keys` maps an action's id, as F1 shows it, to the keys that call it: `f2,ctrl+e`."""

    theme: str = "dark"
    mouse: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)


def file() -> Path:
    """Where settings are read from; the file need not be there."""
    return Path(platformdirs.user_config_path("aciwizard")) / "settings.toml"


def read(path: Path | None = None) -> Settings:
    """The settings in a file, or the defaults where there is none; raises Faulty."""
    path = path or file()
    try:
        document = _document(path)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as problem:
        raise Faulty([Fault(str(path), f"cannot be read as settings: {problem}")]) from None
    faults = [Fault(f"{path}: {name}", words) for name, words in _faults(document)]
    if faults:
        raise Faulty(faults)
    return Settings(**document)


def _document(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    import tomllib  # most people have no such file, and start without it

    return tomllib.loads(text)


def _faults(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in document.items():
        match name:
            case "theme" if value not in THEMES:
                found.append((name, f"must be one of {', '.join(THEMES)}"))
            case "mouse" if not isinstance(value, bool):
                found.append((name, "must be true or false"))
            case "keys" if not isinstance(value, dict) or not all(
                isinstance(keys, str) for keys in value.values()
            ):
                found.append((name, 'must be a table such as { "question.explain" = "f2" }'))
            case "theme" | "mouse" | "keys":
                continue
            case _:
                found.append((name, "unknown; known are theme, mouse, keys"))
    return found
