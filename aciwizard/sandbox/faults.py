"""Faults on purpose: which request fails, and how."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

STATUSES = ("401", "403", "404", "409", "412", "429", "500", "502", "503", "504")
# Refused, cut off, never answered, or the client killed: nothing has happened then.
BEFORE = ("refuse", "reset-before", "timeout-before", "kill-before")
# Answered with a status instead: nothing has happened then either.
INSTEAD = (*STATUSES, "429-retry-after")
# The same once the request has had its effect.
AFTER = ("reset-after", "timeout-after", "kill-after", "500-after", "503-after")
# The answer arrives, but not whole, not as JSON, or not at once.
SPOILT = ("truncated", "malformed", "drip")
KINDS = (*BEFORE, *AFTER, *SPOILT, *INSTEAD)


class FaultError(ValueError):
    """A fault nobody can inject; the text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of fault, and the requests it befalls: all that fit, unless `at` or `chance` is told.

    `at` counts the requests that fit host, path and method, from 1; `times` is how often at most.
    Host, path (with its percent escapes undone) and method are patterns as of a shell, in any
    letter case.
    """

    kind: str
    at: int | None = None
    host: str = "*"
    path: str = "*"
    method: str = "*"
    chance: float | None = None  # 0 to 1
    times: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultError(f"no fault is called {self.kind!r}; there are {', '.join(KINDS)}")
        if self.at is not None and self.chance is not None:
            raise FaultError(f"{self.kind}: at and chance exclude each other")
        for name, value in (("at", self.at), ("times", self.times)):
            if value is not None and value < 1:
                raise FaultError(f"{self.kind}: {name} counts from 1, and {value} is less")
        if self.chance is not None and not 0 <= self.chance <= 1:
            raise FaultError(f"{self.kind}: chance is from 0 to 1, and {self.chance:g} is not")

    def fits(self, method: str, host: str, path: str) -> bool:
        pairs = ((method, self.method), (host, self.host), (path, self.path))
        return all(fnmatchcase(given.lower(), wanted.lower()) for given, wanted in pairs)

    @property
    def by_host_alone(self) -> bool:
        """Whether the host is enough to tell what it befalls, so that a connection is refused."""
        return self.path == self.method == "*"


_READERS: dict[str, Callable[[str], object]] = {
    "at": int,
    "times": int,
    "chance": float,
    "host": str,
    "path": str,
    "method": str,
}


def parse(text: str) -> Rule:
    """`KIND[:key=value,…]`, as the command line has it; raises FaultError."""
    kind, colon, rest = text.partition(":")
    found: dict[str, object] = {}
    if colon and not rest:
        raise FaultError(f"{text} says nothing behind the colon")
    for part in rest.split(",") if rest else ():
        name, equals, value = part.partition("=")
        if name not in _READERS:
            raise FaultError(f"{text}: unknown key {name!r}; there are {', '.join(_READERS)}")
        if not equals or not value:
            raise FaultError(f"{text}: {name} needs a value, as in {name}=…")
        if name in found:
            raise FaultError(f"{text}: {name} is given twice")
        try:
            found[name] = _READERS[name](value)
        except ValueError:
            wanted = "a number" if name == "chance" else "a whole number"
            raise FaultError(f"{text}: {name} must be {wanted}, and {value!r} is not") from None
    return Rule(kind, **found)  # type: ignore[arg-type]


class Injected(NamedTuple):
    """A fault that was injected; `number` counts all requests from 1.

    A refused connection counts as the request it would have carried, with method CONNECT and no
    path.
    """

    number: int
    kind: str
    method: str
    host: str
    path: str


@dataclass(slots=True)
class _Watch:
    """A rule at work: how many requests it has seen, and how many it has befallen."""

    rule: Rule
    random: random.Random
    seen: int = 0
    struck: int = 0
    drawn: float | None = None  # for the next request; drawn once, however often it is asked for

    def due(self) -> bool:
        """Whether it befalls the next request that fits."""
        if self.rule.times is not None and self.struck >= self.rule.times:
            return False
        if self.rule.at is not None:
            return self.seen + 1 == self.rule.at
        if self.rule.chance is None:
            return True
        if self.drawn is None:
            self.drawn = self.random.random()
        return self.drawn < self.rule.chance

    def step(self) -> None:
        self.seen += 1
        self.drawn = None


@dataclass(slots=True)
class Faults:
    """Rules at work; of those that befall the same request, the first does.

    Chances are drawn for each rule in the order of the requests: the same `seed` befalls the same
    numbers. `kill` is what the kinds kill-before and kill-after call; its owner sets it. `count` is how
    many requests there have been, with or without a fault, and `injected` the faults.
    """

    rules: tuple[Rule, ...] = ()
    seed: int | None = None
    kill: Callable[[], None] = lambda: None
    count: int = field(default=0, init=False)
    injected: list[Injected] = field(default_factory=list, init=False)
    _watches: list[_Watch] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._watches = []
        rules, self.rules = self.rules, ()
        self.add(*rules)

    @classmethod
    def parsed(cls, texts: Iterable[str], seed: int | None = None) -> Faults:
        """Faults as the command line names them; raises FaultError."""
        return cls(tuple(parse(text) for text in texts), seed)

    def add(self, *rules: Rule) -> None:
        """More rules, which count from now on."""
        for rule in rules:
            place = None if self.seed is None else f"{self.seed}/{len(self._watches)}"
            self._watches.append(_Watch(rule, random.Random(place)))
        self.rules = (*self.rules, *rules)

    def request(self, method: str, host: str, path: str) -> str:
        """Count a request; the kind of fault that befalls it, or ""."""
        fitting = [watch for watch in self._watches if watch.rule.fits(method, host, path)]
        return self._counted(fitting, method, host, path)

    def connection(self, host: str) -> bool:
        """Whether a connection to a host is refused; it counts only if it is."""
        fitting = [
            watch
            for watch in self._watches
            if watch.rule.by_host_alone and watch.rule.fits("", host, "")
        ]
        first = next((watch for watch in fitting if watch.due()), None)
        if first is None or first.rule.kind != "refuse":
            return False
        self._counted(fitting, "CONNECT", host, "")
        return True

    def _counted(self, fitting: list[_Watch], method: str, host: str, path: str) -> str:
        self.count += 1
        due = [watch for watch in fitting if watch.due()]
        for watch in fitting:
            watch.step()
        if not due:
            return ""
        due[0].struck += 1
        kind = due[0].rule.kind
        self.injected.append(Injected(self.count, kind, method, host, path))
        return kind
