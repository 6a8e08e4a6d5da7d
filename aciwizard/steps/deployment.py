"""What the steps of one deployment stand on, and what they have learnt so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from aciwizard.azure import registry as registries
from aciwizard.azure.directory import Application
from aciwizard.azure.instances import Group
from aciwizard.azure.pull import Image, Principal
from aciwizard.azure.registry import Registry
from aciwizard.azure.session import Session
from aciwizard.azure.vault import Stored, Vault
from aciwizard.core.clock import Clock
from aciwizard.core.events import ContainerEvent, Event, LogEvent, Made, MadeEvent, Note, Proof
from aciwizard.core.ledger import Ledger, new_id
from aciwizard.core.plan import Plan, home
from aciwizard.core.problems import Problem
from aciwizard.core.secret import Secret

Thing = TypeVar("Thing")
MADE_BY = "made-by"  # the tag that says a thing is ours,
DEPLOYMENT = "aciwizard-deployment"  # and the one that says of which deployment
PERHAPS_MADE = "PerhapsMade"  # nobody can say yet whether an effect without an answer happened
REPLICATION = 120.0  # seconds until every replica of Entra knows (recorded: 5 s to 2 min)
DEFAULT_PORT = 80  # what the article's image listens on, and az opens when told nothing


def _unheard(_: Event) -> None:
    """Nobody listens to a deployment that is only checked."""


@dataclass(slots=True)
class Deployment:
    """One deployment. What is None is not known yet; a step asks only for what it needs."""

    plan: Plan
    session: Session
    clock: Clock
    secure: Mapping[str, Secret] = field(default_factory=dict)
    registry: Registry | None = None
    image: Image | None = None
    vault: Vault | None = None
    vault_role_held: bool = False
    vault_open: bool = False  # its secrets were read just now
    stored_user: Stored | None = None
    stored_password: Stored | None = None
    application: Application | None = None
    principal_id: str | None = None
    credential: Principal | None = None
    key_id: str = ""
    group: Group | None = None
    running_since: float | None = None
    restarts_seen: int = 0
    silences: int = 0
    heard: set[ContainerEvent] = field(default_factory=set)
    proof: Proof | None = None
    group_location: str = ""
    importing: bool = False
    told_log: str = ""
    ledger: Ledger = field(default_factory=lambda: Ledger(new_id(datetime.now(UTC))))
    purging: set[Made] = field(default_factory=set)
    _trouble_told: bool = False
    _looked_since: dict[Made, float] = field(default_factory=dict)
    listener: Callable[[Event], None] = field(default=_unheard)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Tell somebody everything that happens from now on."""
        self.listener = listener

    def emit(self, event: Event) -> None:
        self.listener(event)

    def tell_log(self, text: str) -> None:
        """Hand on a container's log where it says something new."""
        if text and text != self.told_log:
            self.told_log = text
            self.emit(LogEvent(text))

    @contextmanager
    def effect(self, step: str, kind: str, id: str, detail: str = "") -> Iterator[None]:
        """An effect is sent inside; it is noted before, so that a lost answer is looked up."""
        thing = Made(step, kind, id, detail, self.clock.now().isoformat())
        self.ledger.begin(thing)
        self._tell_trouble()
        try:
            yield
        except Problem as problem:
            if 400 <= problem.status < 500:  # refused: nothing happened
                self.ledger.give_up(thing)
            raise

    def record(self, step: str, kind: str, id: str, detail: str = "") -> None:
        """Note that something was made in Azure, as soon as it was."""
        self.settle(Made(step, kind, id, detail, self.clock.now().isoformat()))

    def settle(self, made: Made) -> None:
        """What was begun has happened."""
        self.ledger.done(made)
        self.emit(MadeEvent(made))

    def _tell_trouble(self) -> None:
        """Say once that the work cannot be gone on with after an interruption, and go on."""
        if self.ledger.trouble and not self._trouble_told:
            self._trouble_told = True
            self.emit(Note(self.ledger.trouble))

    def wait_for_replicas(self, sought: Made) -> None:
        """Raise PERHAPS_MADE while what was begun may still turn up in another replica."""
        began = self._looked_since.setdefault(sought, self.clock.monotonic())
        if self.clock.monotonic() - began < REPLICATION:
            raise Problem(PERHAPS_MADE, f"Looking for the {sought.kind}")

    @property
    def tags(self) -> dict[str, str]:
        """The marks on whatever takes tags: ours, and of this deployment."""
        return {MADE_BY: "aciwizard", DEPLOYMENT: self.ledger.id}

    def tags_over(self, before: Mapping[str, str]) -> dict[str, str]:
        """Our tags for a thing that is there: it stays of the deployment that made it."""
        return {MADE_BY: "aciwizard", DEPLOYMENT: before.get(DEPLOYMENT, self.ledger.id)}

    def ours(self, tags: Mapping[str, str]) -> bool:
        """Whether a thing was made by this very deployment."""
        return tags.get(DEPLOYMENT) == self.ledger.id

    @property
    def found_registry(self) -> Registry:
        if self.registry is None:
            raise Problem("RegistryNotFound", f"Looking for registry {self.plan.registry}")
        return self.registry

    async def look_for_registry(self) -> Registry | None:
        """The plan's registry, looked up once; None where there is none. Raises Problem."""
        if self.registry is None:
            plan = self.plan
            self.registry = await registries.find(
                self.session, plan.subscription, plan.registry, plan.registry_group
            )
        return self.registry

    @property
    def registry_group(self) -> str:
        """The group a new registry goes into."""
        return self.plan.registry_group or self.plan.resource_group

    def needed(self, thing: Thing | None, what: str) -> Thing:
        """What an earlier step has seen; raises Problem where it has vanished since."""
        if thing is None:
            raise Problem("Vanished", f"Working with the {what}")
        return thing

    @property
    def login_server(self) -> str:
        """The registry's, or what it will be if it is still to be made."""
        return self.registry.login_server if self.registry else f"{self.plan.registry}.azurecr.io"

    @property
    def location(self) -> str:
        """The region everything goes to: the plan's, the registry's, or the group's."""
        known = self.registry.location if self.registry else self.group_location
        if not (self.plan.location or known):
            raise Problem("RegionNeeded", f"Choosing a region for {self.plan.resource_group}")
        return self.plan.location or known

    @property
    def vault_group(self) -> str:
        return self.plan.vault_group or self.plan.resource_group

    @property
    def ports(self) -> tuple[int, ...]:
        """Ports to open: the plan's, the image's, or the article's 80 where nobody knows."""
        if self.plan.ports is not None:
            return self.plan.ports
        return self.image.ports if self.image else (DEFAULT_PORT,)

    @property
    def os(self) -> str:
        """Linux or Windows, as the image says."""
        windows = self.image is not None and self.image.os == "windows"
        return "Windows" if windows else "Linux"

    @property
    def image_reference(self) -> str:
        return f"{self.login_server}/{self.plan.image}"

    @property
    def home(self) -> str:
        """The mark on our application: which vault and registry its credential is for."""
        return home(self.plan.vault, self.plan.registry)
