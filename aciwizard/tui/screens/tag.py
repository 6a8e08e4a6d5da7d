"""Which tag, and whether Azure Container Instances can run what it points to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import work

from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load, registry_of
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import PASTED, age, readable, size

if TYPE_CHECKING:
    from aciwizard.azure.registry_data import Manifest, Tag


class TagQuestion(ListQuestion):
    ask = "Which tag?"
    why = "A tag is a version of the image; the newest are first."
    explanation = (
        "A tag names one version of an image, such as v1 or latest. It can be moved to another "
        "version later; a container that runs keeps what it started with.\n\n"
        "The image is read before you go on: Azure Container Instances runs images for amd64 "
        "only, up to 15 GB, and Windows from 2019 on. Its ports and its system come from it."
    )
    az = "az acr repository show-tags --name REGISTRY --repository NAME --orderby time_desc"
    things, key = "tags", "tag"

    @staticmethod
    def told(draft: Draft) -> str:
        if draft.image is None:
            return draft.text("tag")
        ports = ", ".join(str(port) for port in draft.image.ports) or "none"
        return f"{draft.text('tag')}, {draft.image.os}/{draft.image.architecture}, ports {ports}"

    def on_mount(self) -> None:
        super().on_mount()
        answer = self.draft.answers.get("tag")
        if answer is not None and answer.where == PASTED:
            self._read(str(answer.value))

    def fault(self, text: str) -> str:
        return readable("tag")(text)

    async def fill(self, choices: Choices) -> str:
        now, repository = self.draft.clock.now(), self.draft.text("repository")
        if source := self.draft.text("import_from"):
            choices.add([Choice(self.draft.text("tag"), self.draft.text("tag"), f"from {source}")])
            return "copied into the registry when you confirm"
        gateway = await load("azure.registry_data")
        registry = await registry_of(self.draft)
        known = await self._manifests(gateway, registry, repository)
        async for page in gateway.tags(self.draft.session, registry, repository):
            choices.add(Choice(t.name, t.name, _told(t, known, now)) for t in page)
        return ""

    async def _manifests(self, gateway: Any, registry: Any, repository: str) -> dict[str, Manifest]:
        """The newest manifests by digest: their sizes and platforms stand beside the tags."""
        async for page in gateway.manifests(self.draft.session, registry, repository):
            return {manifest.digest: manifest for manifest in page}
        return {}

    def take(self, value: str) -> None:
        self._read(value)

    def typed(self, text: str) -> None:
        self._read(text)

    def faulty(self, fault: str) -> str:
        return f"A tag {fault}."

    @work(exclusive=True, group="read", description="read the image")
    async def _read(self, tag: str) -> None:
        if self.draft.text("import_from"):
            self._keep(tag, None)
            return
        pull, image = await load("azure.pull"), await load("steps.image")
        repository = self.draft.text("repository")
        self.say(f"Reading {repository}:{tag} …", "·")
        happened = f"Looking at {repository}:{tag}"
        try:
            registry = await registry_of(self.draft)
            puller = pull.Puller(self.draft.session, registry.login_server, None)
            found = await puller.image(repository, tag, happened)
            if problem := image.unfit(found, happened):
                raise problem
        except Problem as problem:
            if problem.code not in image.MAY_NOT_LOOK:
                self.say_problem(problem)
                return
            found = None
        self._keep(tag, found)

    def _keep(self, tag: str, found: Any) -> None:
        if tag != self.draft.text("tag"):
            self.draft.forget_unchosen("ports", "restart_policy")
        self.draft.image = found
        self.draft.choose("tag", tag)
        self.next()


def _told(tag: Tag, known: Mapping[str, Manifest], now: datetime) -> str:
    """Age, size and platform of a tag, as far as the registry says."""
    parts = [age(now, tag.updated)] if tag.updated is not None else []
    if manifest := known.get(tag.digest):
        parts += [size(manifest.size), manifest.platform or "several platforms"]
    return ", ".join(parts)
