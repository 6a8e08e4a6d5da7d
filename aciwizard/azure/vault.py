"""Key vaults and the secrets in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient
from azure.mgmt.keyvault.aio import KeyVaultManagementClient
from azure.mgmt.keyvault.models import (
    AccessPolicyEntry,
    Permissions,
    Sku,
    VaultAccessPolicyParameters,
    VaultAccessPolicyProperties,
    VaultCheckNameAvailabilityParameters,
    VaultCreateOrUpdateParameters,
    VaultProperties,
)

from aciwizard.azure.errors import telling
from aciwizard.azure.session import Session
from aciwizard.azure.subscriptions import Place
from aciwizard.core.problems import Problem
from aciwizard.core.secret import Secret

_MISSING = ("ResourceNotFound", "ResourceGroupNotFound")


@dataclass(frozen=True, slots=True)
class Vault:
    """What decides how a vault is written to (Azure's answer to GET vaults/{name})."""

    id: str
    name: str
    group: str
    location: str
    tenant: str
    uri: str
    rbac: bool
    closed: bool
    ready: bool  # False while Azure still registers its name
    policies: Mapping[str, frozenset[str]]  # object id -> permissions on secrets, lower case
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """The current version of a secret."""

    name: str
    version: str
    value: Secret
    tags: Mapping[str, str]
    expires: datetime | None
    enabled: bool


def _client(session: Session, subscription: str) -> KeyVaultManagementClient:
    return session.management(KeyVaultManagementClient, subscription)


async def find(session: Session, subscription: str, group: str, name: str) -> Vault | None:
    """A vault in a resource group, or None; raises Problem."""
    with telling(f"Reading vault {name}"):
        try:
            found = await _client(session, subscription).vaults.get(group, name)
        except ResourceNotFoundError as error:
            if error.error and error.error.code in _MISSING:
                return None
            raise
    return _vault(found)


async def all_vaults(session: Session, subscription: str) -> AsyncIterator[Vault]:
    """Every vault of a subscription; raises Problem."""
    with telling("Listing vaults"):
        async for found in _client(session, subscription).vaults.list_by_subscription():
            yield _vault(found)


def _vault(found: Any) -> Vault:
    properties = found.properties
    rules = properties.network_acls
    policies = {
        str(policy.object_id).lower(): frozenset(
            str(getattr(p, "value", p)).lower() for p in policy.permissions.secrets or []
        )
        for policy in properties.access_policies or []
    }
    state = getattr(properties.provisioning_state, "value", properties.provisioning_state)
    action = getattr(rules.default_action, "value", rules.default_action) if rules else "Allow"
    return Vault(
        id=str(found.id),
        name=str(found.name),
        group=str(found.id).split("/")[4],
        location=str(found.location),
        tenant=str(properties.tenant_id),
        uri=str(properties.vault_uri),
        rbac=bool(properties.enable_rbac_authorization),
        closed=str(properties.public_network_access) == "Disabled" or action == "Deny",
        ready=str(state) != "RegisteringDns",
        policies=policies,
        tags=dict(found.tags or {}),
    )


async def available(session: Session, subscription: str, name: str) -> str:
    """ "" for a name that is free, else Azure's reason in its own words; raises Problem.

    A soft-deleted vault and somebody else's give the same answer (recorded).
    """
    wanted = VaultCheckNameAvailabilityParameters(name=name)
    with telling(f"Asking whether the vault name {name} is free"):
        answer = await _client(session, subscription).vaults.check_name_availability(wanted)
    return "" if answer.name_available else str(answer.message or answer.reason)


async def deleted(session: Session, subscription: str, name: str, location: str) -> bool:
    """Whether Azure still keeps a deleted vault of this name and region; raises Problem."""
    with telling(f"Looking for the deleted vault {name}"):
        try:
            await _client(session, subscription).vaults.get_deleted(name, location)
        except ResourceNotFoundError:
            return False
    return True


async def deleted_location(session: Session, subscription: str, name: str) -> str:
    """The region of an own soft-deleted vault of this name, "" where none can be seen."""
    try:
        with telling("Listing deleted vaults"):
            async for found in _client(session, subscription).vaults.list_deleted():
                if str(found.name).lower() == name.lower() and found.properties:
                    return str(found.properties.location)
    except Problem:  # this only makes a message better; who may not list still gets the message
        return ""
    return ""


async def create(session: Session, place: Place, name: str, tags: Mapping[str, str]) -> None:
    """Make a vault with Azure roles as its access model; its name resolves later. Raises Problem.

    The access model is always sent: its default depends on the API version.
    """
    wanted = VaultCreateOrUpdateParameters(
        location=place.location,
        properties=VaultProperties(
            tenant_id=session.identity.tenant,
            sku=Sku(family="A", name="standard"),
            enable_rbac_authorization=True,
            access_policies=[],
        ),
        tags=dict(tags),
    )
    with telling(f"Creating vault {name}"):
        await _client(session, place.subscription).vaults.begin_create_or_update(
            place.group, name, wanted, polling=False
        )


async def delete(session: Session, subscription: str, group: str, name: str) -> None:
    """Delete a vault; Azure keeps it, soft-deleted, for its retention time. Gone is fine.

    Raises Problem.
    """
    with telling(f"Deleting vault {name}"), suppress(ResourceNotFoundError):
        await _client(session, subscription).vaults.delete(group, name)


async def purge(session: Session, subscription: str, name: str, location: str) -> None:
    """Begin to end a soft-deleted vault for good, secrets and all; gone is fine. Raises Problem."""
    with telling(f"Purging vault {name}"), suppress(ResourceNotFoundError):
        vaults = _client(session, subscription).vaults
        await vaults.begin_purge_deleted(name, location, polling=False)


async def allow(session: Session, vault: Vault, object_id: str) -> None:
    """Add an access policy for secrets to a vault that has that access model; raises Problem."""
    policy = AccessPolicyEntry(
        tenant_id=vault.tenant,
        object_id=object_id,
        permissions=Permissions(secrets=["get", "list", "set", "delete", "recover"]),
    )
    wanted = VaultAccessPolicyParameters(
        properties=VaultAccessPolicyProperties(access_policies=[policy])
    )
    client = _client(session, vault.id.split("/")[2])
    with telling(f"Adding an access policy to vault {vault.name}"):
        await client.vaults.update_access_policy(vault.group, vault.name, "add", wanted)


def _secrets(session: Session, uri: str) -> SecretClient:
    def make(**common: Any) -> SecretClient:
        return SecretClient(uri, session.credential, **common)

    return session.client((SecretClient, uri), make)


async def read_secret(session: Session, uri: str, name: str) -> Stored | None:
    """A secret's current version, or None where there is none; raises Problem."""
    with telling(f"Reading secret {name}"):
        try:
            found = await _secrets(session, uri).get_secret(name)
        except ResourceNotFoundError:
            return None
    return _stored(found)


def _stored(found: Any) -> Stored:
    properties = found.properties
    return Stored(
        name=str(found.name),
        version=str(properties.version),
        value=Secret(str(found.value)),
        tags=dict(properties.tags or {}),
        expires=properties.expires_on,
        enabled=bool(properties.enabled),
    )


@dataclass(frozen=True, slots=True)
class ToStore:
    """A secret to be written: its value, tags, content type, and when it stops being good."""

    name: str
    value: Secret
    tags: Mapping[str, str]
    content_type: str
    expires: datetime | None = None


async def write_secret(session: Session, uri: str, wanted: ToStore) -> None:
    """Store a value as the secret's new version; raises Problem."""
    with telling(f"Storing secret {wanted.name}"):
        await _secrets(session, uri).set_secret(
            wanted.name,
            wanted.value.reveal(),
            tags=dict(wanted.tags),
            expires_on=wanted.expires,
            content_type=wanted.content_type,
        )


async def recover_secret(session: Session, uri: str, name: str) -> None:
    """Bring a soft-deleted secret back, so that its name can be used again; raises Problem."""
    with telling(f"Recovering secret {name}"):
        await _secrets(session, uri).recover_deleted_secret(name)


async def delete_secret(session: Session, uri: str, name: str) -> None:
    """Delete a secret; Azure keeps it, soft-deleted. Nothing happens where it is gone."""
    with telling(f"Deleting secret {name}"), suppress(ResourceNotFoundError):
        await _secrets(session, uri).delete_secret(name)


async def purge_secret(session: Session, uri: str, name: str) -> None:
    """End a soft-deleted secret for good; gone is fine. Raises Problem."""
    with telling(f"Purging secret {name}"), suppress(ResourceNotFoundError):
        await _secrets(session, uri).purge_deleted_secret(name)
