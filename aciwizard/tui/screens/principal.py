"""The service principal the container pulls as: a new one, or one the wizard made before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aciwizard.core import names
from aciwizard.core.origins import Origin
from aciwizard.core.plan import MARK, default_principal, home
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import age, broken, readable

if TYPE_CHECKING:
    from aciwizard.azure.directory import Application

THIS = "the plan's own"  # a new one, or the one made before for this vault and registry


class PrincipalQuestion(ListQuestion):
    ask = "Who does the container pull as?"
    why = "Not as you: as an identity of its own that can only pull from here."
    explanation = (
        "A service principal is an identity for a program. A new one is made for this vault and "
        "registry, with the name you type or the one that is proposed; the name is for people to "
        "read, and nothing is ever found by it.\n\n"
        "One the wizard made before can be used again: it gets one more password, and those it "
        "has go on working. To use another one, type its application id."
    )
    az = "az ad sp create-for-rbac --name NAME --role AcrPull --scopes REGISTRY_ID"
    things, key = "principals, or a new name", "app_id"

    @staticmethod
    def told(draft: Draft) -> str:
        app_id, name = draft.text("app_id"), draft.text("principal")
        return f"{app_id} (used again)" if app_id else name

    def fault(self, text: str) -> str:
        return readable("principal")(text)

    async def fill(self, choices: Choices) -> str:
        draft, found = self.draft, []
        name = draft.text("principal", default_principal(draft.text("registry"), "pull"))
        own = home(draft.text("vault"), draft.text("registry"))
        gateway = await load("azure.directory")
        try:
            found = await gateway.by_tag(draft.session, MARK)
        finally:
            mine = next((one for one in found if own in one.tags), None)
            if mine is not None:
                words = f"{self._age(mine)} for this vault and registry; used again"
                choices.add([Choice(THIS, mine.name, words)])
            else:
                choices.add([Choice(THIS, name, "new, made for this vault and registry")])
        choices.add(
            Choice(one.app_id, one.name, f"{self._age(one)}, {one.app_id}")
            for one in found
            if own not in one.tags
        )
        return "Enter takes the marked one; type a name for a new one"

    def _age(self, one: Application) -> str:
        return f"made {age(self.draft.clock.now(), one.made)}" if one.made else "made"

    def take(self, value: str) -> None:
        self.draft.forget("app_id")
        if value != THIS:
            self.draft.choose("app_id", value)
        elif "principal" not in self.draft.answers:
            name = default_principal(self.draft.text("registry"), "pull")
            self.draft.choose("principal", name, Origin.DEFAULT)
        self.next()

    def typed(self, text: str) -> None:
        self.draft.forget("app_id")
        if broken(names.SUBSCRIPTION_ID)(text):  # an application id is a UUID as well
            self.draft.choose("principal", text)
        else:
            self.draft.choose("app_id", text)
        self.next()

    def faulty(self, fault: str) -> str:
        return f"A principal's name {fault}."
