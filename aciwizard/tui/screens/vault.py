"""Which key vault keeps the principal's password: one you have, or a new one with a free name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual import on, work

from aciwizard.core import names
from aciwizard.core.origins import Origin
from aciwizard.core.plan import default_vault, suffix
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken

if TYPE_CHECKING:
    from aciwizard.azure.vault import Vault

_PAUSE = 0.4  # seconds without a key before Azure is asked


class VaultQuestion(ListQuestion):
    ask = "Which key vault keeps the password?"
    why = "Entra shows the password once; from the vault it can be fetched again."
    explanation = (
        "A key vault keeps secrets, with a record of who may read them. The wizard stores two "
        "there: the user name and the password the container pulls with.\n\n"
        "A vault's name is shared by everybody in Azure: 3 to 24 letters, digits and single "
        "hyphens, beginning with a letter, not ending with a hyphen. A deleted vault keeps its "
        "name for up to 90 days. Owning a vault gives no right to its secrets; that right is "
        "given to you on this vault if you lack it."
    )
    az = "az keyvault create --resource-group GROUP --name NAME"

    things, key = "vaults, or a new name", "vault"

    @staticmethod
    def told(draft: Draft) -> str:
        kind = "" if draft.vault is not None else " (new)"
        return f"{draft.text('vault')}{kind}" if draft.text("vault") else ""

    _found: Mapping[str, Vault] = MappingProxyType({})

    def fault(self, text: str) -> str:
        return broken(names.VAULT)(text)

    async def fill(self, choices: Choices) -> str:
        gateway, found = await load("azure.vault"), {}
        session, subscription = self.draft.session, self.draft.text("subscription")
        name = default_vault(subscription, self.draft.text("registry"))
        try:
            before = await gateway.find(
                session, subscription, self.draft.text("resource_group"), name
            )
            if before:
                found[name] = before
                choices.add([Choice(name, name, _told(before))])
            else:
                name = await self._free()
                choices.add([Choice(name, name, "new; this name is free")])
            async for vault in gateway.all_vaults(session, subscription):
                if vault.name not in found:
                    found[vault.name] = vault
                    choices.add([Choice(vault.name, vault.name, _told(vault))])
        except Problem:
            if not choices.choices:
                choices.add([Choice(name, name, "new, unless somebody has it")])
            raise
        finally:
            self._found = found
        return f"{len(found)} vaults you have; type a name to make another"

    async def _free(self) -> str:
        """A name Azure says is free."""
        gateway = await load("azure.vault")
        subscription = self.draft.text("subscription")
        first = name = default_vault(subscription, self.draft.text("registry"))
        for number in range(1, 6):
            if not await gateway.available(self.draft.session, subscription, name):
                break
            name = f"{first[:-5]}{suffix(first, str(number))}"
        return name

    @on(Choices.Filtered)
    def _edited(self, event: Choices.Filtered) -> None:
        self.workers.cancel_group(self, "free")
        known = any(event.text.lower() in choice.label.lower() for choice in event.choices)
        if not event.text or known:
            self.say()
            return
        count = f"{len(event.text)} of 3 to 24 characters"
        if fault := broken(names.VAULT)(event.text):
            self.say(f"{count}; the name {fault}")
            return
        self.say(f"{count}; asking Azure whether it is free …", "·")
        self._ask(event.text)

    @work(exclusive=True, group="free", description="ask whether a name is free")
    async def _ask(self, name: str) -> None:
        await asyncio.sleep(_PAUSE)
        if fault := await self._taken(name):
            self.say(fault)
        else:
            self.say(f"{name} is free: Enter takes it", "✓")

    async def _taken(self, name: str) -> str:
        """Why a name cannot be had, "" where it can or nobody can say."""
        gateway = await load("azure.vault")
        subscription = self.draft.text("subscription")
        try:
            if not await gateway.available(self.draft.session, subscription, name):
                return ""
            region = await gateway.deleted_location(self.draft.session, subscription, name)
            free = await self._free()
        except Problem:  # nobody can say: the deployment finds out before it makes anything
            return ""
        if region:
            return (
                f"{name} is yours, deleted in {region} and not purged yet: recover it with az "
                f"keyvault recover, or take another name. {free} is free."
            )
        return f"{name} is taken: names are shared by everybody in Azure. {free} is free."

    def take(self, value: str) -> None:
        self.draft.vault = self._found.get(value)
        self.draft.choose("vault", value, Origin.CHOSEN if self.draft.vault else Origin.DEFAULT)
        if self.draft.vault is not None:
            self.draft.choose("vault_group", self.draft.vault.group)
        else:
            self.draft.forget("vault_group")
        self.next()

    def faulty(self, fault: str) -> str:
        return f"{len(self.choices.typed)} of 3 to 24 characters; the name {fault}"

    @work(exclusive=True, group="free", description="take a new vault name")
    async def typed(self, text: str) -> None:
        if fault := await self._taken(text):
            self.say(fault)
            return
        self.draft.vault = None
        self.draft.choose("vault", text)
        self.draft.forget("vault_group")
        self.next()


def _told(vault: Vault) -> str:
    model = "access by Azure roles" if vault.rbac else "access by policies"
    closed = ", behind a firewall" if vault.closed else ""
    return f"{vault.location}, {model}{closed}"
