"""Signing in, and the one connection pool and TLS context every SDK client shares."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import httpx
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError
from azure.identity.aio import (
    AzureCliCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
)

from aciwizard.azure import clouds
from aciwizard.azure.errors import telling
from aciwizard.core.problems import Problem

Client = TypeVar("Client")
_TIMEOUT = 60.0  # seconds a single answer may take; ACI's and the registry's PUT block up to 11 s


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


class Session:
    """A signed-in connection to one cloud; clients of all services come from here."""

    def __init__(
        self,
        cloud: clouds.Cloud,
        http: aiohttp.ClientSession,
        graph_http: httpx.AsyncClient,
        credential: AsyncTokenCredential,
        identity: Identity,
    ) -> None:
        self.cloud = cloud
        self.http = http
        self.graph_http = graph_http
        self.credential = credential
        self.identity = identity
        self._clients: dict[tuple[object, ...], Any] = {}

    def client(self, key: tuple[object, ...], make: Callable[..., Client]) -> Client:
        """The client for this key, made once, with our transport and no retries of its own.

        Retries are the engine's: by error code, within limits a person can see.
        """
        if key not in self._clients:
            self._clients[key] = make(transport=_transport(self.http), retry_total=0)
        return self._clients[key]  # type: ignore[no-any-return]  # as typed as its factory

    def management(self, kind: Callable[..., Client], *arguments: str) -> Client:
        """A management client of one kind, for a subscription where it wants one."""

        def make(**common: Any) -> Client:
            return kind(
                self.credential,
                *arguments,
                base_url=self.cloud.management,
                credential_scopes=[self.cloud.management_scope],
                **common,
            )

        return self.client((kind, *arguments), make)


def _warm_graph() -> None:
    """Load Graph's models, which takes a second, beside the first requests and not in the loop."""
    from msgraph.generated.models.application import Application

    Application().get_field_deserializers()


def _transport(http: aiohttp.ClientSession) -> AioHttpTransport:
    return AioHttpTransport(session=http, session_owner=False)


def tls_context() -> ssl.SSLContext:
    """One TLS context for every client, trusting what the usual variables name.

    REQUESTS_CA_BUNDLE (az, requests), then SSL_CERT_FILE and SSL_CERT_DIR (OpenSSL, httpx), then
    the system's own authorities. Verification cannot be switched off.
    """
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    try:
        return ssl.create_default_context(cafile=bundle or None)
    except OSError as error:
        raise Problem(
            "CertificateFile", "Reading the trusted certificates", f"{bundle}: {error}"
        ) from None


@asynccontextmanager
async def connect(cloud_name: str, tenant: str | None = None) -> AsyncIterator[Session]:
    """Sign in with what is there and serve clients until the block ends.

    Raises Problem of kind sign-in where nobody can be signed in, of kind network where Entra
    cannot be reached. The proxy comes from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
    """
    cloud = clouds.named(cloud_name)
    context = tls_context()
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(ssl=context, limit=32)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, trust_env=True, timeout=timeout)
        )
        graph_http = await stack.enter_async_context(
            httpx.AsyncClient(verify=context, timeout=_TIMEOUT, http2=False)
        )
        credential, identity = await _sign_in(cloud, tenant, http, stack)
        asyncio.get_running_loop().run_in_executor(None, _warm_graph)
        yield Session(cloud, http, graph_http, credential, identity)


async def _sign_in(
    cloud: clouds.Cloud, tenant: str | None, http: aiohttp.ClientSession, stack: AsyncExitStack
) -> tuple[AsyncTokenCredential, Identity]:
    missing = []
    for source, make in _sources(cloud, tenant, http):
        credential = await stack.enter_async_context(make())
        try:
            with telling(f"Signing in ({source})"):
                token = await credential.get_token(cloud.management_scope)
        except Problem as problem:
            if problem.code != "NotAvailable":
                raise
            missing.append(f"{source}: {problem.raw}")
            continue
        return credential, identity_of(token.token, source)
    raise Problem("NotSignedIn", "Signing in", "\n".join(missing))


def _sources(
    cloud: clouds.Cloud, tenant: str | None, http: aiohttp.ClientSession
) -> tuple[tuple[str, Callable[[], Any]], ...]:
    common = {"transport": _transport(http), "retry_total": 2}
    authority = {"authority": cloud.authority}
    return (
        ("environment", lambda: _Only(EnvironmentCredential(**common, **authority))),
        ("az login", lambda: _Only(AzureCliCredential(tenant_id=tenant or ""))),
        ("managed identity", lambda: _Only(ManagedIdentityCredential(**common))),
    )


class _Only:
    """One credential; "not set up here" is told apart from "set up and refused"."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    async def get_token(self, *scopes: str, **options: Any) -> Any:
        try:
            return await self._credential.get_token(*scopes, **options)
        except CredentialUnavailableError as error:
            raise Problem("NotAvailable", "Signing in", str(error).splitlines()[0]) from None

    async def close(self) -> None:
        await self._credential.close()

    async def __aenter__(self) -> _Only:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


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
