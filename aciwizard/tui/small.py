"""A terminal too small for a question says so, instead of showing half of one."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.widgets import Static

LEAST = (60, 18)  # columns and rows the questions need


class TooSmall(Static):
    """Lies over a screen for as long as it does not fit; what is below keeps its focus."""

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def on_mount(self) -> None:
        self._tell()

    def on_resize(self) -> None:
        self._tell()

    def _tell(self) -> None:
        there, least = _words(self.app.size), _words(LEAST)
        words = f"Please enlarge the terminal: it is {there}, at least {least} is needed."
        self.update(words)


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]}\N{MULTIPLICATION SIGN}{size[1]}"


def fits(app: App[Any]) -> bool:
    return all(there >= least for there, least in zip(app.size, LEAST, strict=True))


def look_after(app: App[Any]) -> None:
    """Put the notice over the screen that is shown, or take it away."""
    notices = app.screen.query(TooSmall)
    if fits(app):
        notices.remove()
    elif not notices:
        app.screen.mount(TooSmall())
