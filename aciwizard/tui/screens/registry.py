"""Which registry holds the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from aciwizard.core import names
from aciwizard.core.plan import suffix
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken

if TYPE_CHECKING:
    from aciwizard.azure.registry import Registry

_NEW = "a new registry"


class RegistryQuestion(Question):
    ask = "Which registry is the image in?"
    why = "A registry keeps private images; it decides who may pull from it, and how."
    explanation = (
        "A container registry is where images are pushed to and pulled from; each has a login "
        "server such as myregistry.azurecr.io. What it says about itself decides the way: one "
        "closed to the public network lets no service principal pull, one with access by "
        "repository (ABAC) wants another role than AcrPull. Both are read here.\n\n"
        "If there is none yet, a small one can be made, with Microsoft's sample image in it."
    )
    az = "az acr list --output table"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "look", "Look again", id="registry.look"),
    ]

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.registry.login_server if draft.registry else draft.text("registry")

    def body(self) -> ComposeResult:
        known = self.draft.text("registry") or None
        yield Choices("registries", known, broken(names.REGISTRY))

    def on_mount(self) -> None:
        self._found: dict[str, Registry] = {}
        self.look()

    def action_look(self) -> None:
        self.say()
        self.look()

    @work(exclusive=True, description="list registries")
    async def look(self) -> None:
        choices = self.query_one(Choices)
        gateway = await load("azure.registry")
        choices.clear()
        subscription = self.draft.text("subscription")
        try:
            async for registry in gateway.all_registries(self.draft.session, subscription):
                self._found[registry.name] = registry
                why_not = "closed to the public network: no pull" if registry.closed else ""
                choices.add([Choice(registry.name, registry.name, _told(registry), why_not)])
        except Problem as problem:
            choices.fail(f"{problem.cause} F5 tries again.")
            return
        new = Choice(_NEW, "Make one with a sample image", "Basic, some cents a day; made at once")
        choices.add([new])
        choices.finish(f"{len(self._found)} registries" if self._found else "no registry yet")

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        if event.choice.value == _NEW:
            self._make()
        else:
            self._take(self._found[event.choice.value])

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        if fault := broken(names.REGISTRY)(event.text):
            self.say(f"A registry's name {fault}.")
        else:
            self._ask(event.text)

    @work(exclusive=True, group="take", description="look for a registry")
    async def _ask(self, name: str) -> None:
        gateway = await load("azure.registry")
        try:
            found = await gateway.find(self.draft.session, self.draft.text("subscription"), name)
            if found is None:
                raise Problem("RegistryNotFound", f"Looking for registry {name}")
        except Problem as problem:
            self.say_problem(problem)
            return
        self._take(found)

    @work(exclusive=True, group="take", description="make a registry")
    async def _make(self) -> None:
        gateway = await load("azure.registry")
        subscription, group = self.draft.text("subscription"), self.draft.text("resource_group")
        name = f"aciwizard{suffix(subscription, group)}"
        location = self.draft.text("location", "eastus")
        self.say(f"Making the registry {name} and importing the sample image …", "·")
        try:
            await self._ensure_group(subscription, group, location)
            place = gateway.Place(subscription, group, location)
            made = await gateway.create(self.draft.session, place, name)
            await gateway.import_sample(self.draft.session, self.draft.clock, made)
        except Problem as problem:
            self.say_problem(problem)
            return
        self._take(made)

    async def _ensure_group(self, subscription: str, group: str, location: str) -> None:
        groups = await load("azure.subscriptions")
        if await groups.find_group(self.draft.session, subscription, group) is None:
            await groups.create_group(self.draft.session, subscription, group, location)

    def _take(self, registry: Registry) -> None:
        if registry.closed:
            self.say_problem(Problem("RegistryClosed", f"Looking at registry {registry.name}"))
            return
        if registry.name != self.draft.text("registry"):
            self.draft.image = None
            self.draft.forget_unchosen("location", "ports")
        self.draft.registry = registry
        self.draft.choose("registry", registry.name)
        self.draft.choose("registry_group", registry.group)
        self.next()


def _told(registry: Registry) -> str:
    parts = [registry.location, registry.sku]
    if registry.abac:
        parts.append("access by repository")
    if registry.admin_enabled:
        parts.append("admin user on")
    if registry.anonymous_pull:
        parts.append("anybody may pull")
    return ", ".join(parts)
