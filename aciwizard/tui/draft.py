"""The answers so far, and what was looked up in Azure on the way to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aciwizard.core.clock import Clock
from aciwizard.core.origins import Answer, Origin

if TYPE_CHECKING:  # Azure's packages take a second to load: the first screen does not wait for it
    from aciwizard.azure.pull import Image
    from aciwizard.azure.registry import Registry
    from aciwizard.azure.session import Connection, Session
    from aciwizard.azure.subscriptions import Subscription
    from aciwizard.azure.vault import Vault
    from aciwizard.core.journal import Record
    from aciwizard.core.plan import Plan
    from aciwizard.core.secret import Secret

_LOOKED_UP = (Origin.DEFAULT, Origin.IMAGE, Origin.REGISTRY)


@dataclass(slots=True)
class Draft:
    """One wizard's memory. Going back never takes anything out of it."""

    clock: Clock = field(default_factory=Clock)
    simulated: bool = False
    arrival: Callable[[], Awaitable[float]] | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    connection: Connection | None = None
    signed_in: Session | None = None
    subscription: Subscription | None = None
    registry: Registry | None = None
    image: Image | None = None
    vault: Vault | None = None
    group_location: str = ""
    given: dict[str, Secret] = field(default_factory=dict)  # by a person; never answers
    secure: Mapping[str, Secret] = field(default_factory=dict)  # those, and what was read
    record: Record | None = None  # an interrupted deployment to go on with

    @property
    def session(self) -> Session:
        assert self.signed_in is not None, "signing in comes first"
        return self.signed_in

    def may_ask(self) -> None:
        """A sign-in that runs out is asked for in place, where a person signed in."""
        credential: Any = self.session.credential
        if hasattr(credential, "give_up"):
            credential.asks = True

    def give_up_asking(self) -> None:
        """Who waits for a person to sign in again waits no more."""
        if hasattr(self.session.credential, "give_up"):
            self.session.credential.give_up()

    async def azure_is_there(self) -> None:
        """The simulated Azure begins beside the first screen, and says how fast its time runs."""
        if self.arrival is not None:
            self.clock.speed = await self.arrival()

    def choose(self, name: str, value: object, origin: Origin = Origin.CHOSEN) -> None:
        """Answer one key of the plan."""
        self.answers[name] = Answer(value, origin)

    def forget(self, *names: str) -> None:
        """Leave keys to their defaults again."""
        for name in names:
            self.answers.pop(name, None)

    def forget_unchosen(self, *names: str) -> None:
        """Leave keys to their defaults again, but for those a person chose."""
        self.forget(*(n for n in names if n in self.answers and not self.chosen(n)))

    def chosen(self, name: str) -> bool:
        """Whether a person gave this answer, and not a default or what was looked up."""
        answer = self.answers.get(name)
        return answer is not None and answer.origin not in _LOOKED_UP

    def text(self, name: str, default: str = "") -> str:
        """An answer as text, or what to show where there is none."""
        answer = self.answers.get(name)
        return default if answer is None else str(answer.value)

    def sign_in_for(self, plan: Plan) -> None:
        """Sign in where a plan's things are, and not wherever the person is at home."""
        self.choose("cloud", plan.cloud)
        if plan.tenant:
            self.choose("tenant", plan.tenant)

    def go_on_with(self, record: Record) -> None:
        """Take the answers of an interrupted deployment."""
        from aciwizard.core.keys import KEYS

        self.record = record
        for key in KEYS:
            value = getattr(record.plan, key.attribute)
            if value is not None:
                given = record.plan.origins.get(key.attribute)
                self.answers[key.attribute] = Answer(
                    value, given.origin if given else Origin.DEFAULT
                )

    def plan(self, more: Mapping[str, Answer] | None = None) -> Plan:
        """The plan so far; raises Faulty where an answer is missing or not valid."""
        from aciwizard.core.answers import complete

        return complete({**self.answers, **(more or {})})
