"""Makes a world from a TOML document: the default one, or one of your own."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from datetime import timedelta
from importlib import resources
from typing import Any

from aciwizard.sandbox.images import Image, push
from aciwizard.sandbox.model import (
    ALWAYS,
    Application,
    Container,
    ContainerGroup,
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
from aciwizard.sandbox.pace import Pace, stamp
from aciwizard.sandbox.pull import PullFailed, pull
from aciwizard.sandbox.role_definitions import named
from aciwizard.sandbox.world import World

Table = dict[str, Any]
_TYPES: dict[str, type[Any]] = {"str": str, "int": int, "bool": bool}
_GRANTED = ["get", "list", "set", "delete", "recover", "purge"]


class WorldFileError(ValueError):
    """A world file holds something that is no world; the text says where and what."""


def default_document() -> Table:
    """The default world's document."""
    text = (resources.files("aciwizard.sandbox") / "default.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


async def build(pace: Pace, document: Table, seed: int | None = None) -> World:
    """A world as a document describes it; raises WorldFileError."""
    world = World(pace, seed)
    builder = _Builder(world)
    known = ("tenant", "subscription", "user", "operator", "group", "registry", "vault", "instance")
    if unknown := sorted(set(document) - set(known)):
        raise WorldFileError(f"unknown tables: {', '.join(unknown)}; known are {', '.join(known)}")
    for kind in known:
        tables = document.get(kind, [])
        for table in tables if isinstance(tables, list) else [tables]:
            if not isinstance(table, dict):
                raise WorldFileError(f"[[{kind}]]: {table!r} is no table")
            try:
                await getattr(builder, kind)(dict(table))
            except (LookupError, TypeError, ValueError, AttributeError, PullFailed) as problem:
                name = table.get("name", "without a name")
                said = f"{problem} is missing" if isinstance(problem, KeyError) else str(problem)
                raise WorldFileError(f"[[{kind}]] {name}: {said}") from problem
    if not world.tenants or not world.subscriptions:
        raise WorldFileError("a world needs a [[tenant]] and a [[subscription]]")
    return world


def _typed(kind: type[Any], table: Table) -> Table:
    """A table whose texts, numbers and switches are what the thing it describes wants."""
    for field in fields(kind):
        wanted, value = _TYPES.get(str(field.type)), table.get(field.name)
        if wanted is not None and value is not None and type(value) is not wanted:
            raise ValueError(f"{field.name} must be {wanted.__name__}, and {value!r} is not")
    return table


class _Builder:
    def __init__(self, world: World) -> None:
        self.world = world

    async def tenant(self, table: Table) -> None:
        self.world.tenants.append(Tenant(**_typed(Tenant, table)))

    async def subscription(self, table: Table) -> None:
        registered = {name.lower(): ALWAYS for name in table.pop("registered", [])}
        table.setdefault("tenant", self._home.id)
        table.setdefault("id", self.world.guid())
        made = Subscription(**_typed(Subscription, table), registered=registered)
        self.world.subscriptions.append(made)

    async def user(self, table: Table) -> None:
        roles = table.pop("roles", [])
        table.setdefault("tenant", self._home.id)
        user = User(self.world.guid(), **_typed(User, table))
        self.world.users.append(user)
        self._subscription_roles(user.id, "User", roles)

    async def operator(self, table: Table) -> None:
        world, tenant = self.world, self._home
        app = Application(world.guid(), world.guid(), table["name"], tenant.id, world.utc())
        value = world.mint()
        start, end = world.utc(), world.utc() + timedelta(days=365)
        app.passwords.append(
            Password(world.guid(), value, "sandbox", stamp(start, 0), stamp(end, 0))
        )
        world.applications.append(app)
        may_register = bool(table.get("may_register"))
        principal = ServicePrincipal(
            world.guid(), app.app_id, app.name, tenant.id, may_register=may_register
        )
        world.principals.append(principal)
        world.operator = (app.app_id, value)
        self._subscription_roles(principal.id, "ServicePrincipal", table.get("roles", []))

    def _subscription_roles(self, who: str, kind: str, names: list[str]) -> None:
        for subscription in self.world.subscriptions:
            for name in names:
                self._assign(f"/subscriptions/{subscription.id}", name, who, kind)

    def _assign(self, scope: str, role: str, who: str, kind: str) -> None:
        world = self.world
        try:
            id = named(role).id
        except KeyError:
            raise ValueError(f"no role is called {role!r}") from None
        world.assignments.append(
            RoleAssignment(world.guid(), scope, id, who, kind, world.utc(), who)
        )

    @property
    def _home(self) -> Tenant:
        if not self.world.tenants:
            raise ValueError("there is no [[tenant]]")
        return self.world.tenants[0]

    def _place(self, table: Table) -> str:
        known = self.world.subscriptions
        name = table.pop("subscription", known[0].name if known else "")
        for subscription in known:
            if name in (subscription.name, subscription.id):
                return subscription.id
        raise ValueError(f"no subscription is called {name!r}")

    async def group(self, table: Table) -> None:
        place = self._place(table)
        self.world.groups.append(ResourceGroup(place, **_typed(ResourceGroup, table)))

    async def registry(self, table: Table) -> None:
        world, pictures = self.world, table.pop("image", [])
        place, created = self._place(table), world.utc() - timedelta(days=1000)
        registry = Registry(place, created=created, **_typed(Registry, table))
        world.registries.append(registry)
        for picture in pictures:
            self._image(registry, dict(picture))

    def _image(self, registry: Registry, table: Table) -> None:
        repository, tags = table.pop("repository"), table.pop("tags")
        known = {field.name for field in fields(Image)}
        if unknown := sorted(set(table) - known):
            raise ValueError(f"unknown image keys {', '.join(unknown)}")
        listed: Table = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        image = Image(**_typed(Image, listed))
        for tag, age in tags.items():
            created = self.world.utc() - timedelta(days=age, minutes=len(tag))
            push(registry, repository, tag, image, created)

    async def vault(self, table: Table) -> None:
        world, officers = self.world, table.pop("officers", [])
        deleted = table.pop("deleted", None)
        vault = Vault(
            self._place(table),
            tenant=self._home.id,
            created=world.utc() - timedelta(days=300),
            **_typed(Vault, table),
        )
        if deleted is not None:
            vault.deleted = world.utc() - timedelta(days=deleted)
        world.vaults.append(vault)
        for name in officers:
            who, kind = self._who(name)
            if vault.rbac:
                self._assign(vault.id, "Key Vault Secrets Officer", who, kind)
            else:
                permissions = {"keys": [], "secrets": _GRANTED, "certificates": []}
                vault.policies.append(
                    {"tenantId": vault.tenant, "objectId": who, "permissions": permissions}
                )

    def _who(self, name: str) -> tuple[str, str]:
        for user in self.world.users:
            if user.principal_name == name:
                return user.id, "User"
        for principal in self.world.principals:
            if principal.name == name:
                return principal.id, "ServicePrincipal"
        raise ValueError(f"neither a user nor the operator is called {name!r}")

    async def instance(self, table: Table) -> None:
        world, image = self.world, table["image"]
        subscription = self._place(table)
        pulled = await pull(world, image, [])
        ports = [{"port": 80, "protocol": "TCP"}]
        properties = {
            "osType": "Linux",
            "restartPolicy": "Always",
            "ipAddress": {"type": "Public", "dnsNameLabel": table["label"], "ports": ports},
            "containers": [
                {
                    "name": table["name"],
                    "properties": {
                        "image": image,
                        "ports": ports,
                        "resources": {"requests": {"cpu": 1.0, "memoryInGB": 1.5}},
                    },
                }
            ],
        }
        made = ContainerGroup(
            subscription,
            table["group"],
            table["name"],
            table["location"],
            properties,
            None,
            -9e4,
            world.guid(),
        )
        made.started_at, made.ip = -9e4, "20.81.1.1"
        made.containers.append(
            Container(table["name"], image, pulled.config, pulled.page, pulled.digest)
        )
        world.instances.append(made)
