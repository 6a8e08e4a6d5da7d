"""What keeps the first screen from standing sooner: work of Textual's that nobody would see."""

from __future__ import annotations

from typing import Any

from textual.css.stylesheet import Stylesheet
from textual.screen import Screen


class Styles(Stylesheet):
    """Parses once: Textual's own forgets, after a theme was set, what it has parsed for it."""

    def reparse(self) -> None:
        self.parse()


class Empty(Screen[Any]):
    """What lies below the questions. Nothing is ever seen of it, so nothing is drawn."""

    def _compositor_refresh(self) -> None:
        return
