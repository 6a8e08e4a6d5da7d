"""Which repository of the registry."""

from __future__ import annotations

from aciwizard.core import names
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import SAMPLE_IMAGE
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load, registry_of
from aciwizard.tui.listed import ListQuestion
from aciwizard.tui.widgets.choices import Choice, Choices
from aciwizard.tui.words import PASTED, broken, readable, reference

SAMPLE = "import the sample"
SAMPLE_NAME, SAMPLE_TAG = "aci-helloworld", "v1"


class RepositoryQuestion(ListQuestion):
    ask = "Which image?"
    why = "The image is what runs. A full reference, such as name:tag, can be pasted."
    explanation = (
        "A repository holds the versions of one image, each under a tag. The list fills as the "
        "registry sends it; type to narrow it. If you may not list it, type or paste the name: "
        "repository, repository:tag, or the whole registry.azurecr.io/repository:tag.\n\n"
        "Where a registry is empty or new, Microsoft's sample image is copied into it, once you "
        "have confirmed."
    )
    az = "az acr repository list --name REGISTRY"
    things, key = "repositories", "repository"

    @staticmethod
    def told(draft: Draft) -> str:
        copied = " (copied from Microsoft)" if draft.text("import_from") else ""
        return draft.text("repository") + copied

    def answer(self) -> object:
        return SAMPLE if self.draft.text("import_from") else super().answer()

    def fault(self, text: str) -> str:
        return broken(names.REPOSITORY)(text)

    async def fill(self, choices: Choices) -> str:
        if not self.draft.text("registry_sku"):
            gateway = await load("azure.registry_data")
            registry = await registry_of(self.draft)
            async for page in gateway.repositories(self.draft.session, registry):
                choices.add(Choice(name, name) for name in page)
        if choices.choices:
            return ""
        sample = f"copied as {SAMPLE_NAME}:{SAMPLE_TAG} when you confirm"
        choices.add([Choice(SAMPLE, "Microsoft's sample image", sample)])
        return "no image yet: Enter takes the sample, or push yours and look again"

    def take(self, value: str) -> None:
        if value == SAMPLE:
            self._take(SAMPLE_NAME, SAMPLE_TAG, SAMPLE_IMAGE)
        else:
            self._take(value, "")

    def entered(self, text: str) -> None:
        """A repository, or a whole reference."""
        host, repository, tag = reference(text)
        here = self.draft.registry.login_server if self.draft.registry else host
        if host and host != here:
            self.say(f"That image is in {host}, and you chose {here}: Esc goes back to it.")
        elif fault := self.fault(repository):
            self.say(f"A repository's name {fault}.")
        elif tag and (fault := readable("tag")(tag)):
            self.say(f"A tag {fault}.")
        else:
            self._take(repository, tag)

    def _take(self, repository: str, tag: str, source: str = "") -> None:
        if repository != self.draft.text("repository"):
            self.draft.image = None
            self.draft.forget("tag")
            self.draft.forget_unchosen("container", "dns_label", "ports", "restart_policy")
        if source:
            self.draft.choose("import_from", source)
        else:
            self.draft.forget("import_from")
        self.draft.choose("repository", repository)
        if tag:
            self.draft.answers["tag"] = Answer(tag, Origin.CHOSEN, PASTED)
        self.next()
