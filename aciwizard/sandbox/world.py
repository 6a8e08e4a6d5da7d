"""The state of the simulated Azure, and how things in it are found."""

from __future__ import annotations

import random
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from aciwizard.sandbox.canary import CANARY
from aciwizard.sandbox.http import Refused, error
from aciwizard.sandbox.listing import Order
from aciwizard.sandbox.model import (
    Application,
    ContainerGroup,
    DeviceCode,
    Password,
    Registry,
    ResourceGroup,
    RoleAssignment,
    ServicePrincipal,
    Subscription,
    Tenant,
    User,
    Vault,
)
from aciwizard.sandbox.pace import Pace
from aciwizard.sandbox.public_images import public_registry
from aciwizard.sandbox.tokens import Signer

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class World:
    """Everything there is. Names are found without regard to letter case, as in Azure."""

    def __init__(self, pace: Pace, seed: int | None = None) -> None:
        self.pace = pace
        self.random = random.Random(seed)
        self.signer = Signer()
        self.tenants: list[Tenant] = []
        self.subscriptions: list[Subscription] = []
        self.groups: list[ResourceGroup] = []
        self.users: list[User] = []
        self.applications: list[Application] = []
        self.principals: list[ServicePrincipal] = []
        self.assignments: list[RoleAssignment] = []
        self.registries: list[Registry] = []
        self.vaults: list[Vault] = []
        self.instances: list[ContainerGroup] = []
        self.operator: tuple[str, str] = ("", "")  # application id and password to sign in with
        self.opened: Callable[[ContainerGroup], Awaitable[None]] = _nothing
        self.public = public_registry()
        self.order = Order()
        self._minted: set[str] = set()
        self.device_codes: dict[str, DeviceCode] = {}
        self.manual = False  # whether a person must approve device codes
        self.operations: dict[str, float] = {}  # long operation -> done at
        self._coming: list[tuple[float, Callable[[], None]]] = []

    # -- making ---------------------------------------------------------------------------------

    def guid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def mint(self, length: int = 40, mark: str = "~") -> str:
        """A new password with a canary in it, beginning as unpredictably as Entra's do."""
        count = length - len(CANARY) - len(mark)
        rest = "".join(self.random.choice(_LETTERS) for _ in range(count))
        made = rest[:3] + mark + CANARY + rest[3:]
        self._minted.add(made)
        return made

    def device_code(self) -> str:
        """A new device code, which is as good as a password until it is redeemed."""
        made = f"{CANARY}{uuid.uuid4().hex}"
        self._minted.add(made)
        return made

    @property
    def minted(self) -> set[str]:
        """Every secret there has been: passwords, device codes, and tokens of every kind."""
        return self._minted | self.signer.minted

    def utc(self) -> datetime:
        return self.pace.utc()

    def after(self, seconds: float) -> float:
        """The moment so many simulated seconds from now."""
        return self.pace.now() + seconds

    def reached(self, moment: float) -> bool:
        return moment <= self.pace.now()

    def later(self, seconds: float, happens: Callable[[], None]) -> None:
        """Let something happen so many simulated seconds from now."""
        self._coming.append((self.after(seconds), happens))

    def settle(self) -> None:
        """Let happen what is due; whoever looks at such things calls this first."""
        due = [happens for moment, happens in self._coming if self.reached(moment)]
        self._coming = [(at, happens) for at, happens in self._coming if happens not in due]
        for happens in due:
            happens()

    # -- finding --------------------------------------------------------------------------------

    def tenant(self, name: str) -> Tenant | None:
        """A tenant by id or domain; `common` and `organizations` mean the first."""
        if name.lower() in ("common", "organizations"):
            return self.tenants[0] if self.tenants else None
        return next((t for t in self.tenants if name.lower() in (t.id, t.domain)), None)

    def subscription(self, id: str) -> Subscription:
        """A subscription, or Refused with Azure's 404."""
        for subscription in self.subscriptions:
            if subscription.id == id.lower():
                return subscription
        raise Refused(
            error(404, "SubscriptionNotFound", f"The subscription '{id}' could not be found.")
        )

    def group(self, subscription: str, name: str) -> ResourceGroup | None:
        for group in self.groups:
            if (group.subscription, group.name.lower()) == (subscription.lower(), name.lower()):
                gone = group.deleted_at is not None and self.reached(group.deleted_at)
                if not gone:
                    return group
        return None

    def registry(self, subscription: str, group: str, name: str) -> Registry | None:
        wanted = (subscription.lower(), group.lower(), name.lower())
        for registry in self.registries:
            if (registry.subscription, registry.group.lower(), registry.name.lower()) == wanted:
                return registry
        return None

    def registry_at(self, host: str) -> Registry | None:
        """The registry whose login server this is, once its name resolves."""
        for registry in (*self.registries, self.public):
            if registry.login_server == host and self.reached(registry.dns_at):
                return registry
        return None

    def vault_named(self, name: str, deleted: bool = False) -> Vault | None:
        for vault in self.vaults:
            if vault.name.lower() == name.lower() and (vault.deleted is not None) == deleted:
                return vault
        return None

    def vault_at(self, host: str) -> Vault | None:
        """The vault behind a host name, once its name resolves."""
        vault = self.vault_named(host.split(".", maxsplit=1)[0])
        return vault if vault and self.reached(vault.ready_at) else None

    def instance(self, subscription: str, group: str, name: str) -> ContainerGroup | None:
        wanted = (subscription.lower(), group.lower(), name.lower())
        for made in self.instances:
            if (made.subscription, made.group.lower(), made.name.lower()) == wanted:
                return made
        return None

    def instance_at(self, host: str) -> ContainerGroup | None:
        return next((made for made in self.instances if made.fqdn == host), None)

    def application(self, app_id: str) -> Application | None:
        """A live application by its application (client) id."""
        for application in self.applications:
            if application.app_id == app_id.lower() and application.deleted is None:
                return application
        return None

    def principal_of(self, app_id: str) -> ServicePrincipal | None:
        return next((p for p in self.principals if p.app_id == app_id.lower()), None)

    def principal_name(self, id: str) -> str:
        """What error messages call a caller: a user's principal name, or an application id."""
        for user in self.users:
            if user.id == id:
                return user.principal_name
        return next((p.app_id for p in self.principals if p.id == id), id)

    def resources(self) -> Iterator[dict[str, Any]]:
        """Every resource as lists of resources show it."""
        for made, kind in self._resources():
            body = {"id": made.id, "name": made.name, "type": kind, "location": made.location}
            yield {**body, "tags": made.tags} if made.tags else body

    def _resources(self) -> Iterator[tuple[Registry | Vault | ContainerGroup, str]]:
        for registry in self.registries:
            yield registry, "Microsoft.ContainerRegistry/registries"
        for vault in self.vaults:
            if vault.deleted is None:
                yield vault, "Microsoft.KeyVault/vaults"
        for made in self.instances:
            yield made, "Microsoft.ContainerInstance/containerGroups"

    # -- who may sign in ------------------------------------------------------------------------

    def password_problem(self, app_id: str, value: str) -> str:
        """Why a principal's password is refused: "" | unknown | invalid | expired."""
        principal = self.principal_of(app_id)
        application = self.application(app_id)
        if principal is None or application is None:
            return "unknown"
        if not self.reached(max(principal.visible_at, application.visible_at)):
            return "unknown"
        for password in (*application.passwords, *principal.passwords):
            if password.value == value and self.reached(password.effective_at):
                return "expired" if _ended(password, self.utc()) else ""
        return "invalid"


def _ended(password: Password, now: datetime) -> bool:
    return datetime.fromisoformat(password.end).astimezone(UTC) <= now


async def _nothing(_: ContainerGroup) -> None:
    """Nobody watches the container groups of a world that is not served."""
