"""Faults on purpose, as the HTTP clients beneath Azure's SDKs see them."""

from __future__ import annotations

import ssl

import httpx
import pytest
from azure.core.exceptions import AzureError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from aciwizard.sandbox.faults import Faults, Rule
from aciwizard.sandbox.server import Sandbox
from tests.sandbox.conftest import ARM

ENDPOINTS = f"{ARM}/metadata/endpoints"


@pytest.mark.parametrize("kind", ["refuse", "reset-before", "reset-after", "truncated"])
async def test_through_azure_core(sandbox: Sandbox, kind: str) -> None:
    transport = AioHttpTransport(connection_verify=str(sandbox.certificate))
    retry = AsyncRetryPolicy(retry_total=0)
    request = HttpRequest("GET", ENDPOINTS)
    # aiohttp sends a GET once more by itself where the connection breaks.
    sandbox.faults = Faults((Rule(kind, times=2 if kind.startswith("reset") else 1),))
    async with AsyncPipeline[HttpRequest, AsyncHttpResponse](transport, [retry]) as pipeline:
        proxies = {"https": sandbox.proxy}
        with pytest.raises(AzureError):
            await pipeline.run(request, stream=False, proxies=proxies)
        answer = await pipeline.run(request, stream=False, proxies=proxies)
        assert answer.http_response.status_code == 200
    assert sandbox.faults.injected[0].kind == kind


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("refuse", httpx.ProxyError),
        ("reset-before", httpx.ReadError),
        ("reset-after", httpx.ReadError),
        ("timeout-after", httpx.ReadTimeout),
        ("truncated", httpx.RemoteProtocolError),
    ],
)
async def test_through_httpx(sandbox: Sandbox, kind: str, raised: type[Exception]) -> None:
    trusted = ssl.create_default_context(cafile=sandbox.certificate)
    sandbox.faults = Faults((Rule(kind, times=1),))
    timeout = httpx.Timeout(10, read=0.3 if kind.startswith("timeout") else 10)
    async with httpx.AsyncClient(proxy=sandbox.proxy, verify=trusted, timeout=timeout) as http:
        with pytest.raises(raised):
            await http.get(ENDPOINTS)
        assert (await http.get(ENDPOINTS)).status_code == 200
