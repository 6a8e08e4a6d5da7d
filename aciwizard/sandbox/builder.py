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
from aciwizard.sandbox.pull import pull
from aciwizard.sandbox.role_definitions import named
from aciwizard.sandbox.world import World

Table = dict[str, Any]
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
        for table in [tables] if isinstance(tables, dict) else tables:
            try:
                await getattr(builder, kind)(dict(table))
            except (KeyError, TypeError) as problem:
                name = table.get("name", "without a name")
                raise WorldFileError(f"[[{kind}]] {name}: {problem}") from problem
    return world


class _Builder:
    def __init__(self, world: World) -> None:
        self.world = world

    async def tenant(self, table: Table) -> None:
        self.world.tenants.append(Tenant(**table))

    async def subscription(self, table: Table) -> None:
        registered = {name.lower(): ALWAYS for name in table.pop("registered", [])}
        table.setdefault("tenant", self.world.tenants[0].id)
        table.setdefault("id", self.world.guid())
        self.world.subscriptions.append(Subscription(**table, registered=registered))

    async def user(self, table: Table) -> None:
        roles = table.pop("roles", [])
        table.setdefault("tenant", self.world.tenants[0].id)
        user = User(self.world.guid(), **table)
        self.world.users.append(user)
        self._subscription_roles(user.id, "User", roles)

    async def operator(self, table: Table) -> None:
        world, tenant = self.world, self.world.tenants[0]
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
        world.assignments.append(
            RoleAssignment(world.guid(), scope, named(role).id, who, kind, world.utc(), who)
        )

    def _place(self, table: Table) -> str:
        name = table.pop("subscription", self.world.subscriptions[0].name)
        return next(s.id for s in self.world.subscriptions if name in (s.name, s.id))

    async def group(self, table: Table) -> None:
        self.world.groups.append(ResourceGroup(self._place(table), **table))

    async def registry(self, table: Table) -> None:
        world, pictures = self.world, table.pop("image", [])
        registry = Registry(self._place(table), created=world.utc() - timedelta(days=1000), **table)
        world.registries.append(registry)
        for picture in pictures:
            self._image(registry, dict(picture))

    def _image(self, registry: Registry, table: Table) -> None:
        repository, tags = table.pop("repository"), table.pop("tags")
        known = {field.name for field in fields(Image)}
        if unknown := sorted(set(table) - known):
            raise KeyError(f"unknown image keys {', '.join(unknown)}")
        listed: Table = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        image = Image(**listed)
        for tag, age in tags.items():
            created = self.world.utc() - timedelta(days=age, minutes=len(tag))
            push(registry, repository, tag, image, created)

    async def vault(self, table: Table) -> None:
        world, officers = self.world, table.pop("officers", [])
        deleted = table.pop("deleted", None)
        vault = Vault(
            self._place(table),
            tenant=world.tenants[0].id,
            created=world.utc() - timedelta(days=300),
            **table,
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
        return next(p.id for p in self.world.principals if p.name == name), "ServicePrincipal"

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
