"""Which registry holds the image: one of the subscription's, or a new one with a sample image."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual import work

from aciwizard.core import names
from aciwizard.core.origins import Origin
from aciwizard.core.plan import suffix
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken

if TYPE_CHECKING:
    from aciwizard.azure.registry import Registry

NEW = "a new registry"
ELSEWHERE = "eastus"  # where a new registry goes when neither group nor person says a region


class RegistryQuestion(ListQuestion):
    ask = "Which registry is the image in?"
    why = "A registry keeps private images; it decides who may pull from it, and how."
    explanation = (
        "A container registry is where images are pushed to and pulled from; each has a login "
        "server such as myregistry.azurecr.io. What it says about itself decides the way: one "
        "closed to the public network lets no service principal pull, one with access by "
        "repository (ABAC) wants another role than AcrPull. Both are read here.\n\n"
        "If there is none yet, a small one can be made, with Microsoft's sample image in it; "
        "both are made only when you confirm at the end."
    )
    az = "az acr list --output table"
    things, key = "registries", "registry"

    _found: Mapping[str, Registry] = MappingProxyType({})

    @staticmethod
    def told(draft: Draft) -> str:
        new = " (new)" if draft.text("registry_sku") else ""
        return draft.registry.login_server if draft.registry else draft.text("registry") + new

    @property
    def _new(self) -> bool:
        """Whether the answer is one that is still to be made."""
        draft = self.draft
        return bool(draft.text("registry_sku")) and draft.registry is None and draft.record is None

    def answer(self) -> object:
        return NEW if self._new else super().answer()

    def fault(self, text: str) -> str:
        return broken(names.REGISTRY)(text)

    async def fill(self, choices: Choices) -> str:
        gateway, found = await load("azure.registry"), {}
        subscription = self.draft.text("subscription")
        async for one in gateway.all_registries(self.draft.session, subscription):
            found[one.name] = one
            why_not = "closed to the public network: no pull" if one.closed else ""
            choices.add([Choice(one.name, one.name, _told(one), why_not)])
        self._found = found
        choices.add([Choice(NEW, "Make one with a sample image", "Basic, some cents a day")])
        return f"{len(found)} registries" if found else "no registry yet"

    def take(self, value: str) -> None:
        if value == NEW:
            self._take_new()
        else:
            self._take(self._found[value])

    @work(exclusive=True, group="take", description="look for a registry")
    async def typed(self, text: str) -> None:
        gateway = await load("azure.registry")
        try:
            found = await gateway.find(self.draft.session, self.draft.text("subscription"), text)
            if found is None:
                raise Problem("RegistryNotFound", f"Looking for registry {text}")
        except Problem as problem:
            self.say_problem(problem)
            return
        self._take(found)

    def faulty(self, fault: str) -> str:
        return f"A registry's name {fault}."

    @work(exclusive=True, group="take", description="choose a name for a new registry")
    async def _take_new(self) -> None:
        """The plan says that the registry is to be made; nothing is made now."""
        if self._new:  # taken before: another name would be another registry
            self.next()
            return
        draft, gateway = self.draft, await load("azure.registry")
        subscription, group = draft.text("subscription"), draft.text("resource_group")
        for number in range(6):
            name = f"aciwizard{suffix(subscription, group, *[str(number)][:number])}"
            try:
                if not await gateway.available(draft.session, subscription, name):
                    break
            except Problem:  # nobody can say: the review finds out before anything is made
                break
        self._changed(name)
        draft.registry = None
        draft.choose("registry", name, Origin.DEFAULT)
        draft.choose("registry_sku", "Basic")
        draft.forget("registry_group")
        if not draft.text("location"):
            draft.choose("location", draft.group_location or ELSEWHERE, Origin.DEFAULT)
        self.next()

    def _take(self, registry: Registry) -> None:
        if registry.closed:
            self.say_problem(Problem("RegistryClosed", f"Looking at registry {registry.name}"))
            return
        self._changed(registry.name)
        self.draft.registry = registry
        self.draft.choose("registry", registry.name)
        self.draft.choose("registry_group", registry.group)
        self.draft.forget("registry_sku")
        self.next()

    def _changed(self, name: str) -> None:
        """Answers that hung on another registry are left to their defaults again."""
        if name != self.draft.text("registry"):
            self.draft.image = None
            self.draft.forget("import_from")
            self.draft.forget_unchosen(
                "location", "ports", "username_secret", "password_secret", "principal"
            )


def _told(registry: Registry) -> str:
    parts = [registry.location, registry.sku]
    if registry.abac:
        parts.append("access by repository")
    if registry.admin_enabled:
        parts.append("admin user on")
    if registry.anonymous_pull:
        parts.append("anybody may pull")
    return ", ".join(parts)
