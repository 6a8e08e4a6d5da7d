"""Sorted names of large collections, sorted once and not for every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aciwizard.sandbox.model import Registry, Repository


class Order:
    """Remembers each collection's order until its size changes, or until told to forget."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[list[str], dict[str, int]]] = {}

    def forget(self) -> None:
        self._known.clear()

    def names(self, holder: Registry | Repository, orderby: str = "") -> Sequence[str]:
        """Repositories by name, or tags by name, `timedesc` or `timeasc`."""
        return self._sorted(holder, orderby)[0]

    def after(self, holder: Registry | Repository, orderby: str = "") -> Callable[[str], int]:
        """The position behind a name; behind the end for one that is not there."""
        names, places = self._sorted(holder, orderby)
        return lambda last: places.get(last, len(names) - 1) + 1

    def _sorted(
        self, holder: Registry | Repository, orderby: str
    ) -> tuple[list[str], dict[str, int]]:
        items = holder.repositories if isinstance(holder, Registry) else holder.tags
        known = self._known.get((id(holder), orderby))
        if known is None or len(known[0]) != len(items):
            names = sorted(items)
            if isinstance(holder, Repository) and orderby:
                tags = holder.tags
                names.sort(key=lambda name: tags[name].updated, reverse=orderby == "timedesc")
            known = names, {name: place for place, name in enumerate(names)}
            self._known[id(holder), orderby] = known
        return known
