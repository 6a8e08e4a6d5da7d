"""The plan: everything a deployment needs to know, with where each answer came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aciwizard.core.names import CONTAINER_GROUP
from aciwizard.core.origins import Answer, Origin

SAMPLE_IMAGE = "mcr.microsoft.com/azuredocs/aci-helloworld:latest"  # the article's own


@dataclass(frozen=True, slots=True)
class SecureSource:
    """Where a secure environment value is read from at run time: never the value itself."""

    kind: str  # env | file | prompt
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The answers, immutable and without secrets. None means: taken from the registry or image.

    `cpu` in cores, `memory` in GB as Azure counts them, `lifetime_days` in days.
    """

    subscription: str
    resource_group: str
    registry: str
    repository: str
    tag: str
    vault: str
    container: str
    dns_label: str
    principal: str
    username_secret: str
    password_secret: str
    cloud: str = "AzureCloud"
    tenant: str | None = None
    location: str | None = None
    registry_group: str | None = None
    registry_sku: str | None = None
    import_from: str | None = None
    vault_group: str | None = None
    app_id: str | None = None
    role: str = "pull"
    lifetime_days: int = 365
    cpu: float = 1.0
    memory: float = 1.5
    ports: tuple[int, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secure_environment: Mapping[str, SecureSource] = field(default_factory=dict)
    restart_policy: str = "Always"
    command: tuple[str, ...] = ()
    origins: Mapping[str, Answer] = field(default_factory=dict, compare=False)

    @property
    def image(self) -> str:
        """Repository and tag, or repository and digest."""
        return f"{self.repository}{'@' if self.tag.startswith('sha256:') else ':'}{self.tag}"

    def origin(self, name: str) -> str:
        """Where an answer came from, in words: `file plan.toml:12`, `default`."""
        answer = self.origins.get(name)
        if answer is None:
            return str(Origin.DEFAULT)
        return f"{answer.origin} {answer.where}".strip()


def suffix(*parts: str) -> str:
    """Five letters and digits that depend on nothing but these parts, so that they stay the same.

    The same plan gives the same names again: running it twice finds what the first run made.
    """
    digest = hashlib.sha256("/".join(parts).lower().encode()).digest()
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "".join(letters[byte % len(letters)] for byte in digest[:5])


def default_vault(subscription: str, registry: str) -> str:
    """A vault name for a registry, within 24 characters and unlikely to be taken."""
    return f"kv-{registry.lower()[:15]}-{suffix(subscription, registry)}"


MARK = "aciwizard"  # the tag on every application of ours


def home(vault: str, registry: str) -> str:
    """The tag that says which vault and registry an application's credential is for.

    The pair is the credential's identity: the same plan finds what it made before.
    """
    return f"{MARK}:{vault.lower()}/{registry.lower()}"


def default_secrets(registry: str) -> tuple[str, str]:
    """The article's names for the secrets that hold the user name and the password."""
    return f"{registry}-pull-usr", f"{registry}-pull-pwd"


def default_container(repository: str) -> str:
    """A container name from the last part of a repository's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", repository.rpartition("/")[2].lower()).strip("-")
    plain = plain[:50].strip("-")
    wishes = (plain, f"aci-{plain}")  # Azure reserves some words, and some beginnings
    return next((name for name in wishes if not CONTAINER_GROUP.violations(name)), "aci-demo")


def default_label(subscription: str, group: str, container: str) -> str:
    """A DNS label for a container, unlikely to be taken in its region."""
    start = container if container[:1].isalpha() else f"aci-{container}"
    return f"{start[:50].strip('-')}-{suffix(subscription, group, container)}"


def default_principal(registry: str, role: str) -> str:
    """A display name for the principal; it is never used to find it again."""
    return f"aciwizard-{registry.lower()}-{role}"
