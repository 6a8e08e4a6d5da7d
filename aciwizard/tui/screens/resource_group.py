"""Which resource group the vault and the container go into."""

from __future__ import annotations

from aciwizard.core import names
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.readers import region
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken, readable

OF_GROUP = "with the new group"


class ResourceGroupQuestion(ListQuestion):
    ask = "Which resource group?"
    why = "The vault and the container go into it, and can be deleted with it."
    explanation = (
        "A resource group is a folder for things in Azure that belong together. It has a region, "
        "but what is in it may be elsewhere. Choose one you have, or type the name of a new one "
        "and choose its region: it is made only when you confirm at the end.\n\n"
        "A container starts fastest in the region its registry is in."
    )
    az = "az group create --name NAME --location REGION"
    things, key = "resource groups", "resource_group"

    _new = ""  # the name of a new group, while its region is asked for
    _regions: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.text("resource_group")

    def fault(self, text: str) -> str:
        return readable("location")(text) if self._new else broken(names.RESOURCE_GROUP)(text)

    async def fill(self, choices: Choices) -> str:
        gateway = await load("azure.subscriptions")
        session, subscription = self.draft.session, self.draft.text("subscription")
        if self._new:
            choices.add([Choice("", "The registry's region", "known once you have chosen it")])
            found = await gateway.regions(session, subscription)
            choices.add(Choice(region(name), name, region(name)) for name in found)
            return f"{len(found)} regions that run containers"
        async for page in gateway.groups(session, subscription):
            choices.add(Choice(group.name, group.name, group.location) for group in page)
            self._regions += tuple((group.name, group.location) for group in page)
        return f"{len(choices.choices)} resource groups; type a name that is not there to make one"

    def take(self, value: str) -> None:
        if self._new:
            self._finish(self._new, value, Origin.CHOSEN)
        else:
            self._finish(value, dict(self._regions).get(value, ""), Origin.DEFAULT)

    def typed(self, text: str) -> None:
        if self._new:
            self._finish(self._new, region(text), Origin.CHOSEN)
            return
        self._new = text
        before = self.draft.text("location") if self.draft.chosen("location") else ""
        self.ask_for(f"Which region for {text}?", "regions", before or None)
        self.look()

    def _finish(self, name: str, location: str, origin: Origin) -> None:
        self.draft.group_location = location
        self.draft.choose("resource_group", name)
        if origin is Origin.CHOSEN:
            self.draft.forget("location")
            if location:
                self.draft.answers["location"] = Answer(location, origin, OF_GROUP)
        elif (answer := self.draft.answers.get("location")) and answer.where == OF_GROUP:
            self.draft.forget("location")  # it was for a new group that is not to be
        self.next()

    def action_back(self) -> None:
        if not self._new:
            super().action_back()
            return
        name, self._new = self._new, ""
        self.ask_for(self.ask, self.things, name)
        self.look()

    def faulty(self, fault: str) -> str:
        return f"The region {fault}." if self._new else f"A resource group's name {fault}."
