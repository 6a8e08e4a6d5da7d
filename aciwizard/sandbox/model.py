"""The things the simulated Azure holds. Mutable, because a world changes.

Moments named `…_at` are simulated seconds since the start; a thing made at run time is visible or
effective only from then on, and one of the world's own from minus infinity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ALWAYS = float("-inf")


@dataclass(slots=True)
class Tenant:
    id: str
    name: str
    domain: str
    registration_forbidden: bool = False  # "Users can register applications: No"
    passwords_forbidden: bool = False
    password_days: int | None = None  # the longest life a password may have


@dataclass(slots=True)
class Subscription:
    id: str
    name: str
    tenant: str
    state: str = "Enabled"
    cores: int = 10  # StandardCores per region
    registered: dict[str, float] = field(default_factory=dict)  # namespace -> Registered from


@dataclass(slots=True)
class ResourceGroup:
    subscription: str
    name: str
    location: str
    tags: dict[str, str] | None = None
    deleted_at: float | None = None

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"


@dataclass(slots=True)
class User:
    id: str
    name: str
    principal_name: str
    tenant: str
    guest: bool = False
    mfa: bool = True
    may_register: bool = True


@dataclass(slots=True)
class DeviceCode:
    """A device code waiting for somebody to approve it in a browser."""

    user_code: str
    tenant: str
    expires_at: float
    approved_at: float | None
    user: str


@dataclass(slots=True)
class Password:
    key_id: str
    value: str
    name: str | None
    start: str
    end: str
    effective_at: float = ALWAYS


@dataclass(slots=True)
class Application:
    id: str
    app_id: str
    name: str
    tenant: str
    created: datetime
    owner: str = ""
    tags: list[str] = field(default_factory=list)
    notes: str | None = None
    audience: str = "AzureADMyOrg"
    passwords: list[Password] = field(default_factory=list)
    visible_at: float = ALWAYS  # to searches, and to the making of its service principal
    addressable_at: float = ALWAYS  # by its id
    deleted: datetime | None = None


@dataclass(slots=True)
class ServicePrincipal:
    id: str
    app_id: str
    name: str
    tenant: str
    tags: list[str] = field(default_factory=list)
    passwords: list[Password] = field(default_factory=list)
    visible_at: float = ALWAYS
    may_register: bool = False


@dataclass(slots=True)
class RoleAssignment:
    name: str
    scope: str  # in the caller's own letter case
    role: str  # the role definition's guid
    principal: str
    principal_type: str
    created: datetime
    created_by: str
    effective_at: float = ALWAYS


@dataclass(slots=True)
class Manifest:
    digest: str
    media_type: str
    body: bytes
    created: datetime
    image_size: int  # bytes
    architecture: str = ""
    os: str = ""


@dataclass(slots=True)
class Tag:
    digest: str
    created: datetime
    updated: datetime


@dataclass(slots=True)
class Repository:
    name: str
    created: datetime
    tags: dict[str, Tag] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)


@dataclass(slots=True)
class Registry:
    subscription: str
    group: str
    name: str
    location: str
    created: datetime
    sku: str = "Basic"
    admin_enabled: bool = False
    admin_passwords: list[str] = field(default_factory=list)
    anonymous_pull: bool = False
    abac: bool = False
    closed: bool = False  # public network access disabled
    label_hash: str = ""  # a domain name label scope puts it into the login server
    tags: dict[str, str] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    ready_at: float = ALWAYS
    dns_at: float = ALWAYS
    policies: dict[str, Any] = field(default_factory=dict)
    host: str = ""  # of a registry that is not on azurecr.io

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.ContainerRegistry/registries/{self.name}"
        )

    @property
    def login_server(self) -> str:
        label = f"-{self.label_hash}" if self.label_hash else ""
        return self.host or f"{self.name.lower()}{label}.azurecr.io"


@dataclass(slots=True)
class SecretVersion:
    version: str
    value: str
    created: int  # Unix seconds, as Key Vault writes them
    updated: int
    content_type: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    enabled: bool = True
    not_before: int | None = None
    expires: int | None = None


@dataclass(slots=True)
class StoredSecret:
    name: str
    versions: list[SecretVersion] = field(default_factory=list)
    deleted: int | None = None  # Unix seconds


@dataclass(slots=True)
class Vault:
    subscription: str
    group: str
    name: str
    location: str
    tenant: str
    created: datetime
    rbac: bool = True
    policies: list[dict[str, Any]] = field(default_factory=list)
    policies_at: dict[str, float] = field(default_factory=dict)  # object id -> effective from
    retention_days: int = 90
    purge_protection: bool = False
    closed: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, StoredSecret] = field(default_factory=dict)  # by lower-case name
    ready_at: float = ALWAYS
    deleted: datetime | None = None

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.KeyVault/vaults/{self.name}"
        )

    @property
    def host(self) -> str:
        return f"{self.name.lower()}.vault.azure.net"


@dataclass(slots=True)
class Container:
    """How one container of a group fares."""

    name: str
    image: str
    config: dict[str, Any]  # the pulled image's config document
    page: bytes | None  # what it serves; None where it serves nothing
    digest: str = ""
    cached: bool = False  # no Pulling and Pulled events then
    requests: list[str] = field(default_factory=list)  # log lines of the requests it answered


@dataclass(slots=True)
class ContainerGroup:
    subscription: str
    group: str
    name: str
    location: str
    properties: dict[str, Any]  # as sent, secrets taken out
    tags: dict[str, str] | None
    made_at: float
    operation: str
    containers: list[Container] = field(default_factory=list)
    started_at: float = 0.0
    stopped_at: float | None = None
    ip: str = ""
    port: int = 0  # of ours, on loopback, while it runs

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.ContainerInstance/containerGroups/{self.name}"
        )

    @property
    def label(self) -> str:
        return str((self.properties.get("ipAddress") or {}).get("dnsNameLabel") or "")

    @property
    def fqdn(self) -> str:
        return f"{self.label.lower()}.{self.location}.azurecontainer.io" if self.label else ""
