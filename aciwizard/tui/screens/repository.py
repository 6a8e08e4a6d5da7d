"""Which repository of the registry."""

from __future__ import annotations

from importlib import import_module

from textual import on, work
from textual.app import ComposeResult

from aciwizard.core import names
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import broken, reference


class RepositoryQuestion(Question):
    ask = "Which image?"
    why = "The image is what runs. A full reference, such as name:tag, can be pasted."
    explanation = (
        "A repository holds the versions of one image, each under a tag. The list fills as the "
        "registry sends it; type to narrow it. If you may not list it, type or paste the name: "
        "repository, repository:tag, or the whole registry.azurecr.io/repository:tag."
    )
    az = "az acr repository list --name REGISTRY"

    @staticmethod
    def told(draft: Draft) -> str:
        return draft.text("repository")

    def body(self) -> ComposeResult:
        known = self.draft.text("repository") or None
        yield Choices("repositories", known, broken(names.REPOSITORY))

    def on_mount(self) -> None:
        self.look()

    def key_f5(self) -> None:
        self.look()

    @work(exclusive=True, description="list repositories")
    async def look(self) -> None:
        gateway = import_module("aciwizard.azure.registry")
        choices = self.query_one(Choices)
        choices.clear()
        try:
            async for page in gateway.repositories(self.draft.session, self.draft.registry):
                choices.add(Choice(name, name) for name in page)
        except Problem as problem:
            choices.fail(f"{problem.cause} F5 tries again.")
            return
        choices.finish("" if choices.choices else "no image yet; Esc goes back to the registries")

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self._take(event.choice.value, "")

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        registry = self.draft.registry
        repository, tag = reference(event.text, registry.login_server if registry else "")
        if fault := broken(names.REPOSITORY)(repository):
            self.say(f"A repository's name {fault}.")
        elif tag and (fault := broken(names.TAG)(tag)):
            self.say(f"A tag {fault}.")
        else:
            self._take(repository, tag)

    def _take(self, repository: str, tag: str) -> None:
        if repository != self.draft.text("repository"):
            self.draft.image = None
            self.draft.forget("tag", "container", "dns_label", "ports")
        self.draft.choose("repository", repository)
        if tag:
            self.draft.choose("tag", tag)
        self.next()
