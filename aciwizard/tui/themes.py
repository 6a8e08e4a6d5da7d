"""Calm colours of the wizard's own, dark and light, and the files that say where they go."""

from __future__ import annotations

from pathlib import Path, PurePath

from textual.theme import Theme

DARK = Theme(
    name="aciwizard-dark",
    primary="#5ea1d8",
    secondary="#7f9bb3",
    accent="#8fc7b5",
    foreground="#d8dee6",
    background="#161a20",
    surface="#1d222a",
    panel="#262d37",
    success="#8fc79a",
    warning="#e0b872",
    error="#e58b8b",
    dark=True,
)
LIGHT = Theme(
    name="aciwizard-light",
    primary="#1f5f99",
    secondary="#4a6178",
    accent="#1d6f5f",
    foreground="#1c2530",
    background="#f7f8fa",
    surface="#eef1f4",
    panel="#e1e6ec",
    success="#1f6b35",
    warning="#7a5200",
    error="#a32a2a",
    dark=False,
)
NAMES = {"dark": DARK.name, "light": LIGHT.name, "ansi": "ansi-dark"}


def style_sheets() -> list[str | PurePath]:
    """The style files: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    folder = package / "styles"
    if not folder.is_dir():
        folder = package.parent / "styles"
    return sorted(folder.glob("*.tcss"))
