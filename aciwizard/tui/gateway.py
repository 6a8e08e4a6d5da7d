"""Azure's packages take a second to load: they load beside the loop, when they are first needed."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aciwizard.core.problems import Problem

if TYPE_CHECKING:
    from aciwizard.azure.registry import Registry
    from aciwizard.tui.draft import Draft


async def load(module: str) -> Any:
    """A module of this program, by its name below `aciwizard`; typing is not delayed by it."""
    return await asyncio.to_thread(import_module, f"aciwizard.{module}")


async def registry_of(draft: Draft) -> Registry:
    """The registry that was answered, looked up where only its name is known; raises Problem."""
    if draft.registry is None:
        registries, name = await load("azure.registry"), draft.text("registry")
        draft.registry = await registries.find(draft.session, draft.text("subscription"), name)
        if draft.registry is None:
            raise Problem("RegistryNotFound", f"Looking for registry {name}")
    return draft.registry
