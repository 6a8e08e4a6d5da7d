"""Who can be signed in with what this machine has already, and who that is."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any

from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError
from azure.identity.aio import (
    AzureCliCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
)

from aciwizard.azure import clouds, remembered
from aciwizard.azure.device_code import DeviceCodeSignIn
from aciwizard.azure.errors import telling
from aciwizard.core.problems import Problem


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in, read from the management token of the tenant that will be used.

    The object id must come from there: a guest has another one at home (azure-dev#7569).
    `mfa` is None where it does not apply.
    """

    object_id: str
    tenant: str
    name: str
    kind: str  # User | ServicePrincipal
    source: str  # environment, az login, managed identity
    mfa: bool | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody who can be signed in now, and the credential that does it."""

    credential: Any
    identity: Identity
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One place credentials come from."""

    name: str
    credential: Any
    scope: str

    async def offer(self) -> Offer | str:
        """Who this would sign in, or why it is not set up here.

        Raises Problem where it is set up and refused.
        """
        with telling(f"Signing in ({self.name})"):
            try:
                token = await self.credential.get_token(self.scope)
            except CredentialUnavailableError as error:
                return str(error).splitlines()[0]
        return Offer(self.credential, identity_of(token.token, self.name), self.scope)


def sources(
    cloud: clouds.Cloud, tenant: str | None, transport: AioHttpTransport
) -> tuple[Source, ...]:
    """The ways to sign in without asking anybody, in the order they are tried."""
    common = {"transport": transport, "retry_total": 2}
    scope = cloud.management_scope
    record = remembered.recall()
    known = [DeviceCodeSignIn(cloud, tenant, record)] if record else []
    return (
        Source("environment", EnvironmentCredential(**common, authority=cloud.authority), scope),
        *(Source("the last sign-in", credential, scope) for credential in known),
        Source("az login", AzureCliCredential(tenant_id=tenant or ""), scope),
        Source("managed identity", ManagedIdentityCredential(**common), scope),
    )


def identity_of(token: str, source: str) -> Identity:
    """Who a management token stands for. It is read, not verified: Azure does that."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    user = claims.get("idtyp", "user") == "user" and "upn" in claims
    return Identity(
        object_id=str(claims.get("oid", "")),
        tenant=str(claims.get("tid", "")),
        name=str(claims.get("upn") or claims.get("app_displayname") or claims.get("appid", "")),
        kind="User" if user else "ServicePrincipal",
        source=source,
        mfa=("mfa" in claims.get("amr", [])) if user else None,
    )


async def by_code(person: DeviceCodeSignIn) -> Offer:
    """Wait until a person has signed in, and remember it where that is safe; raises Problem."""
    with telling("Signing in (device code)"):
        record = await person.sign_in()
        token = await person.get_token(person.scope)
    if remembered.cache() is not None:
        remembered.keep(record)
    return Offer(person, identity_of(token.token, "device code"))


async def in_tenant(offer: Offer, tenant: str) -> Offer:
    """The same person in another directory, without asking anybody; raises Problem."""
    match offer.credential:
        case DeviceCodeSignIn() as person:
            other: Any = person.in_tenant(tenant)
            scope = person.scope
        case AzureCliCredential():
            other, scope = AzureCliCredential(tenant_id=tenant), offer.scope
        case _:
            raise Problem("NotAvailable", f"Signing in to directory {tenant}")
    with telling(f"Signing in to directory {tenant}"):
        token = await other.get_token(scope)
    return Offer(other, identity_of(token.token, offer.identity.source), scope)


async def refused_audiences(session: Any) -> list[Problem]:
    """The Azure services that refuse this sign-in, asked now so that none refuses midway.

    Access rules may let somebody into the management API and not into Microsoft Graph (a device
    without a known platform, for one).
    """
    cloud = session.cloud
    scopes = {
        "Microsoft Graph": cloud.graph_scope,
        "Key Vault": cloud.vault_scope,
        "Container Registry": cloud.registry_scope,
    }
    asked = [_refusal(session.credential, name, scope) for name, scope in scopes.items()]
    return [problem for problem in await asyncio.gather(*asked) if problem is not None]


async def _refusal(credential: Any, name: str, scope: str) -> Problem | None:
    try:
        with telling(f"Signing in to {name}"):
            await credential.get_token(scope)
    except Problem as problem:
        return problem
    return None
