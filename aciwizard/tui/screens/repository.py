"""Which repository of the registry."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from aciwizard.core import names
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load, registry_of
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import PASTED, broken, readable, reference

SAMPLE = "import the sample"


class RepositoryQuestion(Question):
    ask = "Which image?"
    why = "The image is what runs. A full reference, such as name:tag, can be pasted."
    explanation = (
        "A repository holds the versions of one image, each under a tag. The list fills as the "
        "registry sends it; type to narrow it. If you may not list it, type or paste the name: "
        "repository, repository:tag, or the whole registry.azurecr.io/repository:tag."
    )
    az = "az acr repository list --name REGISTRY"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "look", "Look again", id="repository.look"),
    ]

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.text("repository")

    def body(self) -> ComposeResult:
        known = self.draft.text("repository") or None
        yield Choices("repositories", known, broken(names.REPOSITORY))

    def on_mount(self) -> None:
        self.look()

    def action_look(self) -> None:
        self.say()
        self.look()

    @work(exclusive=True, description="list repositories")
    async def look(self) -> None:
        choices = self.query_one(Choices)
        gateway = await load("azure.registry")
        choices.clear()
        try:
            registry = await registry_of(self.draft)
            async for page in gateway.repositories(self.draft.session, registry):
                choices.add(Choice(name, name) for name in page)
        except Problem as problem:
            choices.fail(f"{problem.cause} F5 tries again.")
            return
        if not choices.choices:
            choices.add([Choice(SAMPLE, "Import Microsoft's sample image", "as aci-helloworld:v1")])
            choices.finish("no image yet: Enter imports one, or push yours and look again")
            return
        choices.finish()

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        if event.choice.value == SAMPLE:
            self._import()
        else:
            self._take(event.choice.value, "")

    @work(exclusive=True, group="import", description="import the sample image")
    async def _import(self) -> None:
        gateway = await load("azure.registry")
        self.say("Importing the sample image; this takes some seconds …", "·")
        try:
            registry = await registry_of(self.draft)
            await gateway.import_sample(self.draft.session, self.draft.clock, registry)
        except Problem as problem:
            self.say_problem(problem)
            return
        self._take("aci-helloworld", "v1")

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        host, repository, tag = reference(event.text)
        here = self.draft.registry.login_server if self.draft.registry else host
        if host and host != here:
            self.say(f"That image is in {host}, and you chose {here}: Esc goes back to it.")
        elif fault := broken(names.REPOSITORY)(repository):
            self.say(f"A repository's name {fault}.")
        elif tag and (fault := readable("tag")(tag)):
            self.say(f"A tag {fault}.")
        else:
            self._take(repository, tag)

    def _take(self, repository: str, tag: str) -> None:
        if repository != self.draft.text("repository"):
            self.draft.image = None
            self.draft.forget("tag")
            self.draft.forget_unchosen("container", "dns_label", "ports", "restart_policy")
        self.draft.choose("repository", repository)
        if tag:
            self.draft.answers["tag"] = Answer(tag, Origin.CHOSEN, PASTED)
        self.next()
