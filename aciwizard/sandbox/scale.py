"""Makes a world large: thousands of repositories, tags, groups and subscriptions."""

from __future__ import annotations

from datetime import datetime, timedelta

from aciwizard.sandbox.images import Image, push
from aciwizard.sandbox.model import (
    Registry,
    Repository,
    ResourceGroup,
    RoleAssignment,
    Subscription,
    Tag,
)
from aciwizard.sandbox.role_definitions import named
from aciwizard.sandbox.world import World

KINDS = ("repositories", "tags", "groups", "subscriptions")


def parse(text: str) -> dict[str, int]:
    """`repositories=10000,tags=100000` as numbers; raises ValueError for anything else."""
    wanted: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        kind, _, number = part.partition("=")
        if kind not in KINDS or not number.isdigit():
            raise ValueError(f"{part!r} is not one of {', '.join(f'{k}=NUMBER' for k in KINDS)}")
        wanted[kind] = int(number)
    return wanted


def grow(world: World, wanted: dict[str, int]) -> None:
    """Add so many of each kind to the world's first registry, subscription and tenant.

    Raises ValueError for a world that cannot grow so.
    """
    now, first = world.utc(), world.subscriptions[0]
    if wanted.get("tags") or wanted.get("repositories"):
        if not world.registries:
            raise ValueError("a world without a registry has nowhere to put repositories and tags")
        _fill(world.registries[0], wanted, now)
    for number in range(wanted.get("groups", 0)):
        world.groups.append(ResourceGroup(first.id, f"group-{number:04d}", "westeurope"))
    owner = named("Owner").id
    for number in range(wanted.get("subscriptions", 0)):
        made = Subscription(world.guid(), f"Subscription {number:04d}", first.tenant)
        world.subscriptions.append(made)
        for held in [a for a in world.assignments if a.scope == f"/subscriptions/{first.id}"]:
            if held.role == owner:
                scope = f"/subscriptions/{made.id}"
                world.assignments.append(
                    RoleAssignment(
                        world.guid(),
                        scope,
                        owner,
                        held.principal,
                        held.principal_type,
                        now,
                        held.principal,
                    )
                )


def _fill(registry: Registry, wanted: dict[str, int], now: datetime) -> None:
    image = Image("One of many")
    digest = push(registry, "many/tags", "t000000", image, now - timedelta(days=3650))
    many = registry.repositories["many/tags"]
    for number in range(1, wanted.get("tags", 0)):
        moment = now - timedelta(minutes=number)
        many.tags[f"t{number:06d}"] = Tag(digest, moment, moment)
    for number in range(wanted.get("repositories", 0)):
        name = f"many/{number % 97:02d}/service-{number:05d}"
        repository = Repository(name, now, {"latest": Tag(digest, now, now)}, many.manifests)
        registry.repositories[name] = repository
