"""The answers so far, and what was looked up in Azure on the way to them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aciwizard.core.answers import complete
from aciwizard.core.clock import Clock
from aciwizard.core.plan import Answer, Origin, Plan

if TYPE_CHECKING:  # Azure's packages take a second to load: the first screen does not wait for it
    from aciwizard.azure.pull import Image
    from aciwizard.azure.registry import Registry
    from aciwizard.azure.session import Connection, Session
    from aciwizard.azure.subscriptions import Subscription
    from aciwizard.azure.vault import Vault


@dataclass(slots=True)
class Draft:
    """One wizard's memory. Going back never takes anything out of it."""

    clock: Clock = field(default_factory=Clock)
    simulated: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    connection: Connection | None = None
    signed_in: Session | None = None
    subscription: Subscription | None = None
    registry: Registry | None = None
    image: Image | None = None
    vault: Vault | None = None

    @property
    def session(self) -> Session:
        assert self.signed_in is not None, "signing in comes first"
        return self.signed_in

    def choose(self, name: str, value: object, origin: Origin = Origin.CHOSEN) -> None:
        """Answer one key of the plan."""
        self.answers[name] = Answer(value, origin)

    def forget(self, *names: str) -> None:
        """Leave keys to their defaults again."""
        for name in names:
            self.answers.pop(name, None)

    def text(self, name: str, default: str = "") -> str:
        """An answer as text, or what to show where there is none."""
        answer = self.answers.get(name)
        return default if answer is None else str(answer.value)

    def plan(self, more: Mapping[str, Answer] | None = None) -> Plan:
        """The plan so far; raises Faulty where an answer is missing or not valid."""
        return complete({**self.answers, **(more or {})})
