"""Signing in, and the one connection pool and TLS context every SDK client shares."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import httpx
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport

from aciwizard.azure import clouds
from aciwizard.azure.credentials import Identity, Offer, Source, sources
from aciwizard.core.clock import Clock
from aciwizard.core.problems import Problem

Client = TypeVar("Client")
TIMEOUT = 60.0  # seconds a single answer may take; ACI's and the registry's PUT block up to 11 s
SHORTEST = 2.0  # real seconds, however fast the time runs in which we wait


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
    """The SDKs' transport over our pool; without a limit of its own it would wait 300 seconds."""
    total = http.timeout.total
    return AioHttpTransport(
        session=http, session_owner=False, connection_timeout=total, read_timeout=total
    )


def timeout_for(clock: Clock) -> float:
    """How long one answer may take, in real seconds, where time may run faster than ours."""
    return max(SHORTEST, TIMEOUT / clock.speed)


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


class Connection:
    """One cloud's connection pools, before anybody is signed in."""

    def __init__(
        self, cloud: clouds.Cloud, http: aiohttp.ClientSession, graph_http: httpx.AsyncClient
    ) -> None:
        self.cloud = cloud
        self.http = http
        self.graph_http = graph_http

    def session(self, offer: Offer) -> Session:
        """A session as whoever an offer stands for."""
        asyncio.get_running_loop().run_in_executor(None, _warm_graph)
        return Session(self.cloud, self.http, self.graph_http, offer.credential, offer.identity)

    def sources(self, tenant: str | None = None) -> tuple[Source, ...]:
        """The ways to sign in without asking anybody, in the order they are tried."""
        return sources(self.cloud, tenant, _transport(self.http))


@asynccontextmanager
async def connection(cloud_name: str, longest: float = TIMEOUT) -> AsyncIterator[Connection]:
    """Connection pools for a cloud until the block ends; `longest` in seconds for one answer.

    The proxy comes from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
    """
    cloud, context = clouds.named(cloud_name), tls_context()
    limit = aiohttp.ClientTimeout(total=longest)
    connector = aiohttp.TCPConnector(ssl=context, limit=32)
    async with (
        aiohttp.ClientSession(connector=connector, trust_env=True, timeout=limit) as http,
        httpx.AsyncClient(verify=context, timeout=longest) as graph_http,
    ):
        yield Connection(cloud, http, graph_http)


@asynccontextmanager
async def connect(
    cloud_name: str, tenant: str | None = None, longest: float = TIMEOUT
) -> AsyncIterator[Session]:
    """Sign in with what is there and serve clients until the block ends.

    Raises Problem of kind sign-in where nobody can be signed in, of kind network where Entra
    cannot be reached.
    """
    async with connection(cloud_name, longest) as connected:
        missing = []
        for source in connected.sources(tenant):
            offer = await source.offer()
            if isinstance(offer, Offer):
                yield connected.session(offer)
                return
            missing.append(f"{source.name}: {offer}")
        raise Problem("NotSignedIn", "Signing in", "\n".join(missing))
