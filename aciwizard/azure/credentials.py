"""Who can be signed in: what this machine has already, or a person with a device code."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import (
    AuthenticationRecord,
    CredentialUnavailableError,
    DeviceCodeCredential,
)
from azure.identity.aio import (
    AzureCliCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
)

from aciwizard.azure import clouds, remembered
from aciwizard.azure.errors import telling
from aciwizard.core.problems import Problem

Result = TypeVar("Result")


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
        return Offer(self.credential, identity_of(token.token, self.name))


def sources(
    cloud: clouds.Cloud, tenant: str | None, transport: AioHttpTransport
) -> tuple[Source, ...]:
    """The ways to sign in without asking anybody, in the order they are tried."""
    common = {"transport": transport, "retry_total": 2}
    scope = cloud.management_scope
    record = remembered.recall()
    known = [DeviceCodeSignIn(cloud, tenant, lambda _: None, record)] if record else []
    return (
        Source("environment", EnvironmentCredential(**common, authority=cloud.authority), scope),
        *(Source("the last sign-in", credential, scope) for credential in known),
        Source("az login", AzureCliCredential(tenant_id=tenant or ""), scope),
        Source("managed identity", ManagedIdentityCredential(**common), scope),
    )


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person must do in a browser, anywhere, to sign in here."""

    url: str
    code: str
    expires: datetime


class DeviceCodeSignIn:
    """A device code sign-in, usable as an asynchronous credential.

    azure-identity has it in its synchronous half only. Every request for a token runs in a daemon
    thread of its own: it neither blocks the loop nor keeps the process alive on the way out.
    """

    def __init__(
        self,
        cloud: clouds.Cloud,
        tenant: str | None,
        show: Callable[[DeviceCode], None],
        record: AuthenticationRecord | None = None,
    ) -> None:
        """With a `record` of an earlier sign-in nobody is asked: there is a token, or none."""
        self._loop = asyncio.get_running_loop()
        self._show = show
        self._tenant = tenant
        self._scope = cloud.management_scope
        self._one_at_a_time = asyncio.Lock()  # the token cache on disk takes one writer
        home: dict[str, Any] = {"tenant_id": tenant} if tenant else {}
        if record is None:  # a record names its own authority
            home["authority"] = cloud.authority
        self._credential = DeviceCodeCredential(
            prompt_callback=self._prompted,
            cache_persistence_options=remembered.cache(),
            additionally_allowed_tenants=["*"],
            authentication_record=record,
            disable_automatic_authentication=record is not None,
            **home,
        )

    def _prompted(self, url: str, code: str, expires: datetime) -> None:
        self._loop.call_soon_threadsafe(self._show, DeviceCode(url, code, expires))

    def in_tenant(self, tenant: str) -> DeviceCodeSignIn:
        """The same person in another directory, without asking again where that is allowed."""
        other = object.__new__(DeviceCodeSignIn)
        other.__dict__.update(self.__dict__)
        other._tenant = tenant
        return other

    async def offer(self) -> Offer:
        """Wait until a person has signed in, and remember it where that is safe; raises Problem."""
        with telling("Signing in (device code)"):
            ask = partial(
                self._credential.authenticate, scopes=[self._scope], tenant_id=self._tenant
            )
            record = await self._beside(ask)
            token = await self.get_token(self._scope)
        if remembered.cache() is not None:
            remembered.keep(record)
        return Offer(self, identity_of(token.token, "device code"))

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token, asking a person only where none can be had silently."""
        if self._tenant:
            options["tenant_id"] = self._tenant
        async with self._one_at_a_time:
            return await self._beside(partial(self._credential.get_token, *scopes, **options))

    async def _beside(self, call: Callable[[], Result]) -> Result:
        """Run a blocking call in a daemon thread of its own."""
        answer: asyncio.Future[Result] = self._loop.create_future()

        def settle(put: Callable[[], None]) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(lambda: None if answer.done() else put())

        def work() -> None:
            try:
                result = call()
            except Exception as error:  # boundary: it belongs to whoever awaits the answer
                settle(partial(answer.set_exception, error))
            else:
                settle(partial(answer.set_result, result))

        threading.Thread(target=work, daemon=True).start()
        return await answer

    async def close(self) -> None:
        self._credential.close()


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
