"""What is wrong with something a person gave, told with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the answers: which key, what, and where it stands."""

    path: str
    words: str
    where: str = ""
    flag: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        way = f" (or {self.flag})" if self.flag and not self.where.startswith("--") else ""
        return f"{place}{self.path}: {self.words}{way}"


class Faulty(Exception):
    """The answers make no plan; `faults` says everything that is wrong with them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
