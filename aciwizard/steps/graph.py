"""All steps of the article's work. Their order is nowhere: each names what it needs."""

from __future__ import annotations

from aciwizard.core.steps import Step
from aciwizard.steps.answer import Answer
from aciwizard.steps.container_group import ContainerGroup
from aciwizard.steps.credential import Credential
from aciwizard.steps.deployment import Deployment
from aciwizard.steps.image import Image
from aciwizard.steps.principal import Principal
from aciwizard.steps.providers import Providers
from aciwizard.steps.pull_proof import PullProof
from aciwizard.steps.registry import Registry
from aciwizard.steps.registry_role import RegistryRole
from aciwizard.steps.resource_group import ResourceGroup
from aciwizard.steps.vault import Vault
from aciwizard.steps.vault_access import VaultAccess

STEPS: tuple[Step[Deployment], ...] = (
    Providers(),
    Registry(),
    Image(),
    ResourceGroup(),
    Vault(),
    VaultAccess(),
    Principal(),
    RegistryRole(),
    Credential(),
    PullProof(),
    ContainerGroup(),
    Answer(),
)
