"""Which subscription pays."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from aciwizard.core import names
from aciwizard.terminal import printable
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aciwizard.azure.subscriptions import Subscription

_WHY_NOT = {
    "Disabled": "disabled (unpaid, cancelled, no credit): reads only",
    "Deleted": "deleted",
}


class SubscriptionQuestion(ListQuestion):
    ask = "Which subscription?"
    why = "A subscription is what gets the bill; everything you make belongs to one."
    explanation = (
        "Azure sorts what it runs into subscriptions: each has its own bill, its own limits and "
        "its own list of who may do what. A company usually has several, for example one to try "
        "things and one for production. Choose the one your registry is in.\n\n"
        "A container with one core and 1.5 GB costs a few cents an hour while it runs."
    )
    az = "az account set --subscription NAME"
    things, key = "subscriptions", "subscription"

    _found: Mapping[str, Subscription] = MappingProxyType({})

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.subscription.name if draft.subscription else draft.text("subscription")

    def fault(self, text: str) -> str:
        return broken(names.SUBSCRIPTION_ID)(text)

    async def fill(self, choices: Choices) -> str:
        gateway = await load("azure.subscriptions")
        found = await gateway.all_subscriptions(self.draft.session)
        self._found = {one.id: one for one in found}
        found.sort(key=lambda one: one.state in _WHY_NOT)
        choices.add(Choice(one.id, one.name, one.id, _WHY_NOT.get(one.state, "")) for one in found)
        usable = [one for one in found if one.state not in _WHY_NOT]
        if len(usable) != 1:
            return "" if found else "no subscription: this account has none here"
        only = printable(usable[0].name, 60)
        if not self.draft.text("subscription"):
            said = f"{only} is the only subscription you can use, so it is taken."
            self.app.notify(said, markup=False)
            self.call_after_refresh(self.take, usable[0].id)
        return f"{only} is the only one you can use"

    def take(self, value: str) -> None:
        if value != self.draft.text("subscription"):
            self.draft.registry = self.draft.image = self.draft.vault = None
            self.draft.forget("registry_group", "vault_group")
        self.draft.subscription = self._found.get(value)
        self.draft.choose("subscription", value)
        self.next()

    def typed(self, text: str) -> None:
        self.take(text)

    def faulty(self, fault: str) -> str:
        return f"A subscription's id {fault}."
