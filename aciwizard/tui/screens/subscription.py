"""Which subscription pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from aciwizard.core import names
from aciwizard.core.problems import Problem
from aciwizard.terminal import printable
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken

if TYPE_CHECKING:
    from aciwizard.azure.subscriptions import Subscription

_WHY_NOT = {
    "Disabled": "disabled (unpaid, cancelled, no credit): reads only",
    "Deleted": "deleted",
}


class SubscriptionQuestion(Question):
    ask = "Which subscription?"
    why = "A subscription is what gets the bill; everything you make belongs to one."
    explanation = (
        "Azure sorts what it runs into subscriptions: each has its own bill, its own limits and "
        "its own list of who may do what. A company usually has several, for example one to try "
        "things and one for production. Choose the one your registry is in.\n\n"
        "A container with one core and 1.5 GB costs a few cents an hour while it runs."
    )
    az = "az account set --subscription NAME"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "look", "Look again", id="subscription.look"),
    ]

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.subscription.name if draft.subscription else draft.text("subscription")

    def body(self) -> ComposeResult:
        known = self.draft.text("subscription") or None
        yield Choices("subscriptions", known, broken(names.SUBSCRIPTION_ID))

    def on_mount(self) -> None:
        self.look()

    def action_look(self) -> None:
        self.say()
        self.look()

    @work(exclusive=True, description="list subscriptions")
    async def look(self) -> None:
        choices = self.query_one(Choices)
        gateway = await load("azure.subscriptions")
        choices.clear()
        try:
            self._found = await gateway.all_subscriptions(self.draft.session)
        except Problem as problem:
            choices.fail(f"{problem.cause} F5 tries again.")
            return
        self._found.sort(key=lambda one: one.state in _WHY_NOT)
        choices.add(
            Choice(one.id, one.name, one.id, _WHY_NOT.get(one.state, "")) for one in self._found
        )
        usable = [one for one in self._found if one.state not in _WHY_NOT]
        if len(usable) == 1:
            only = printable(usable[0].name, 60)
            choices.finish(f"{only} is the only one you can use")
            if not self.draft.text("subscription"):
                said = f"{only} is the only subscription you can use, so it is taken."
                self.app.notify(said, markup=False)
                self._take(usable[0].id, usable[0])
        else:
            choices.finish("" if self._found else "no subscription: this account has none here")

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        found = next(one for one in self._found if one.id == event.choice.value)
        self._take(found.id, found)

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        if fault := broken(names.SUBSCRIPTION_ID)(event.text):
            self.say(f"A subscription's id {fault}.")
        else:
            self._take(event.text, None)

    def _take(self, id: str, found: Subscription | None) -> None:
        if id != self.draft.text("subscription"):
            self.draft.registry = self.draft.image = self.draft.vault = None
            self.draft.forget("registry_group", "vault_group")
        self.draft.subscription = found
        self.draft.choose("subscription", id)
        self.next()
