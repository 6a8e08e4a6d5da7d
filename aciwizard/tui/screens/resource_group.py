"""Which resource group the vault and the container go into."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from aciwizard.core import names
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken


class ResourceGroupQuestion(Question):
    ask = "Which resource group?"
    why = "The vault and the container go into it, and can be deleted with it."
    explanation = (
        "A resource group is a folder for things in Azure that belong together. It has a region, "
        "but what is in it may be elsewhere. Choose one you have, or type the name of a new one: "
        "it is made in the registry's region, and only when you confirm at the end."
    )
    az = "az group create --name NAME --location REGION"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "look", "Look again", id="resource_group.look"),
    ]

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.text("resource_group")

    def body(self) -> ComposeResult:
        known = self.draft.text("resource_group") or None
        yield Choices("resource groups", known, broken(names.RESOURCE_GROUP))

    def on_mount(self) -> None:
        self.look()

    def action_look(self) -> None:
        self.say()
        self.look()

    @work(exclusive=True, description="list resource groups")
    async def look(self) -> None:
        choices = self.query_one(Choices)
        gateway = await load("azure.subscriptions")
        choices.clear()
        subscription = self.draft.text("subscription")
        try:
            async for page in gateway.groups(self.draft.session, subscription):
                choices.add(Choice(group.name, group.name, group.location) for group in page)
        except Problem as problem:
            choices.fail(f"{problem.cause} F5 tries again.")
            return
        choices.finish(
            f"{len(choices.choices)} resource groups; type a name that is not there to make one"
        )

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.draft.choose("resource_group", event.choice.value)
        self.next()

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        if fault := broken(names.RESOURCE_GROUP)(event.text):
            self.say(f"A resource group's name {fault}.")
        else:
            self.draft.choose("resource_group", event.text)
            self.next()
