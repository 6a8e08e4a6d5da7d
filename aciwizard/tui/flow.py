"""The questions in order. A new question is a screen of its own and one entry here."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from aciwizard.tui.question import Question


@dataclass(frozen=True, slots=True)
class Entry:
    """One question: its name, its word on the rail, and the screen, loaded when it is its turn.

    The name is that of the screen's module.
    """

    name: str
    rail: str
    screen: str

    @property
    def loaded(self) -> bool:
        return f"aciwizard.tui.screens.{self.screen.partition(':')[0]}" in sys.modules

    def load(self) -> type[Question]:
        module, _, name = self.screen.partition(":")
        found = getattr(import_module(f"aciwizard.tui.screens.{module}"), name)
        return cast("type[Question]", found)


QUESTIONS = (
    Entry("sign_in", "Sign in", "sign_in:SignIn"),
    Entry("subscription", "Subscription", "subscription:SubscriptionQuestion"),
    Entry("resource_group", "Group", "resource_group:ResourceGroupQuestion"),
    Entry("registry", "Registry", "registry:RegistryQuestion"),
    Entry("repository", "Image", "repository:RepositoryQuestion"),
    Entry("tag", "Tag", "tag:TagQuestion"),
    Entry("vault", "Vault", "vault:VaultQuestion"),
    Entry("principal", "Principal", "principal:PrincipalQuestion"),
    Entry("credential", "Password", "credential:CredentialQuestion"),
    Entry("container", "Container", "container:ContainerQuestion"),
)
