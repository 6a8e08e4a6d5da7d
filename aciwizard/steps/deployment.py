"""What the steps of one deployment stand on, and what they have learnt so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aciwizard.azure.directory import Application
from aciwizard.azure.instances import Group
from aciwizard.azure.pull import Image, Principal
from aciwizard.azure.registry import Registry
from aciwizard.azure.session import Session
from aciwizard.azure.vault import Stored, Vault
from aciwizard.core.clock import Clock
from aciwizard.core.events import ContainerEvent, Event, Made, MadeEvent, Proof
from aciwizard.core.plan import Plan
from aciwizard.core.problems import Problem
from aciwizard.core.secret import Secret

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
    made: list[Made] = field(default_factory=list)
    listener: Callable[[Event], None] = field(default=_unheard)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Tell somebody everything that happens from now on."""
        self.listener = listener

    def emit(self, event: Event) -> None:
        self.listener(event)

    def record(self, step: str, kind: str, id: str, detail: str = "") -> None:
        """Note that something was made in Azure, as soon as it was."""
        made = Made(step, kind, id, detail)
        self.made.append(made)
        self.emit(MadeEvent(made))

    @property
    def found_registry(self) -> Registry:
        if self.registry is None:
            raise Problem("RegistryNotFound", f"Looking for registry {self.plan.registry}")
        return self.registry

    @property
    def location(self) -> str:
        """The region everything goes to: the plan's, or the registry's."""
        return self.plan.location or self.found_registry.location

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
        return f"{self.found_registry.login_server}/{self.plan.image}"

    @property
    def home(self) -> str:
        """The mark on our application: which vault and registry its credential is for.

        The credential's names in the vault follow from the registry, so the pair is its identity.
        """
        return f"aciwizard:{self.plan.vault.lower()}/{self.plan.registry.lower()}"
