"""The door: a CONNECT proxy on loopback that knows Azure's names and no others."""

from __future__ import annotations

import asyncio
import ssl
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from aciwizard.sandbox import proxy
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.server import Sandbox
from tests.sandbox.conftest import ARM, GROUPS, HOME, PULLER, REGISTRY, RG, SUB, Cloud, group

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def fetch(
    sandbox: Sandbox, url: str, method: str = "GET", **options: Any
) -> tuple[int, str, Any]:
    """Status, text and headers of a request made through the proxy, its certificate trusted."""
    trusted = ssl.create_default_context(cafile=sandbox.certificate)
    options = {"proxy": sandbox.proxy, "ssl": trusted, **options}
    async with aiohttp.ClientSession() as session, session.request(method, url, **options) as reply:
        return reply.status, await reply.text(), reply.headers


async def say(sandbox: Sandbox, *pieces: bytes, end: bool = False) -> bytes:
    """Send bytes to the proxy, piece by piece; returns what comes until it closes or answers."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(sandbox.proxy.rpartition(":")[2])
    )
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if end:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(4096), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def left_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def connect(target: str) -> bytes:
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()


# -- names ----------------------------------------------------------------------------------------


async def test_every_service_answers_to_its_real_name(cloud: Cloud, sandbox: Sandbox) -> None:
    vault = Vault(SUB, "rg", "kv-demo", "eastus", HOME, cloud.world.utc())
    cloud.world.vaults.append(vault)
    token = {"Authorization": f"Bearer {cloud.token()}"}
    login = f"https://login.microsoftonline.com/{HOME}/v2.0/.well-known/openid-configuration"
    for url, headers, status, word in [
        (login, {}, 200, "token_endpoint"),
        (f"{ARM}{RG}?api-version=2025-04-01", token, 200, '"rg"'),
        ("https://graph.microsoft.com/v1.0/me", {}, 401, "InvalidAuthenticationToken"),
        ("https://kv-demo.vault.azure.net/secrets?api-version=7.4", {}, 401, "AKV10000"),
        ("https://reg.azurecr.io/v2/", {}, 401, "UNAUTHORIZED"),
    ]:
        answered, text, _ = await fetch(sandbox, url, headers=headers)
        assert answered == status and word in text
    assert sandbox.refusals == [] and sandbox.traffic.count == 5


async def test_the_certificate_is_ours_and_no_other(sandbox: Sandbox) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await fetch(sandbox, f"{ARM}/tenants", ssl=ssl.create_default_context())


@pytest.mark.parametrize(
    "target",
    [
        "example.com:443",
        "management.azure.com.example.com:443",
        "notmanagement.azure.com:443",
        "exampleazurecr.io:443",
        "azurecr.io:443",
        "management.azure.com:8443",
        "127.0.0.1:443",
        "[::1]:443",
    ],
)
async def test_other_hosts_are_refused(sandbox: Sandbox, target: str) -> None:
    answer = await say(sandbox, connect(target))
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    assert b"not part of the simulated Azure" in answer
    assert sandbox.refusals == [target]


@pytest.mark.parametrize(
    "host",
    ["gone.azurecr.io", "gone.vault.azure.net", "gone.eastus.azurecontainer.io"],
)
async def test_names_nobody_has_do_not_resolve(sandbox: Sandbox, host: str) -> None:
    answer = await say(sandbox, connect(f"{host}:443"))
    assert answer == f"HTTP/1.1 502 Bad Gateway\r\n\r\nno such name: {host}\n".encode()


async def test_a_new_name_resolves_once_it_is_known(cloud: Cloud, sandbox: Sandbox) -> None:
    cloud.reg.dns_at = 10
    assert (await say(sandbox, connect("reg.azurecr.io:443"))).startswith(b"HTTP/1.1 502")
    await cloud.wait(10)
    assert await say(sandbox, connect("REG.azurecr.io:443")) == CONNECTED


# -- heads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT \r\n\r\n",
        b"CONNECT management.azure.com:443\r\n\r\n",
        b"CONNECT management.azure.com HTTP/1.1\r\n\r\n",
        b"CONNECT management.azure.com:https HTTP/1.1\r\n\r\n",
        b"CONNECT management.azure.com:\xb2 HTTP/1.1\r\n\r\n",
        b"CONNECT management.azure.com:443 HTTP/1.1 more\r\n\r\n",
        b"CONNECT " + b"x" * proxy.HEAD_LIMIT,
        connect("management.azure.com:443")[:-2] + b"X-Padding: " + b"x" * proxy.HEAD_LIMIT,
    ],
)
async def test_a_head_that_is_none_ends_the_connection(sandbox: Sandbox, head: bytes) -> None:
    assert await say(sandbox, head) == b""
    assert await say(sandbox, connect("management.azure.com:443")) == CONNECTED


async def test_a_head_may_come_in_pieces(sandbox: Sandbox) -> None:
    head = connect("management.azure.com:443")
    assert await say(sandbox, head[:3], head[3:9], head[9:30], head[30:]) == CONNECTED


async def test_a_client_that_leaves_early_is_forgotten(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "PATIENCE", 2)
    for start in (b"", b"CON", b"CONNECT management.azure.com:443 HTTP/1.1\r\n"):
        assert await say(sandbox, start, end=True) == b""


async def test_plain_http_is_for_containers_only(sandbox: Sandbox) -> None:
    status, text, _ = await fetch(sandbox, "http://management.azure.com/tenants")
    assert (status, text) == (426, "HTTPS is required.\n")
    status, text, _ = await fetch(sandbox, "http://example.com/")
    assert (status, text) == (403, "not part of the simulated Azure\n")
    status, _, _ = await fetch(sandbox, "http://gone.eastus.azurecontainer.io/")
    assert status == 502
    assert sandbox.refusals == ["example.com:80", "gone.eastus.azurecontainer.io:80"]


async def test_nonsense_instead_of_a_request_does_no_harm(sandbox: Sandbox) -> None:
    assert b" 400 " in await say(sandbox, b"nonsense\r\n\r\n")
    assert b" 400 " in await say(sandbox, b"\x16\x03\x01\x02\x00 a client that thinks this is TLS")
    assert await say(sandbox, connect("management.azure.com:443")) == CONNECTED


# -- what stays here ------------------------------------------------------------------------------


async def test_it_listens_on_loopback_only(cloud: Cloud, sandbox: Sandbox) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    cloud.push("app", "v1")
    await cloud.deploy(group())
    assert sandbox.proxy.startswith("http://127.0.0.1:")
    for port in (int(sandbox.proxy.rpartition(":")[2]), cloud.world.instances[0].port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        with pytest.raises(ConnectionRefusedError):  # this machine too, by another address
            await asyncio.open_connection("127.0.0.2", port)


async def test_a_certificate_is_all_it_leaves_and_only_for_a_while(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with Sandbox(cloud.world) as running:
        await fetch(running, f"{ARM}/metadata/endpoints")
        assert left_in(tmp_path) == [running.certificate.parent, running.certificate]
        assert stat.S_IMODE(running.certificate.stat().st_mode) == 0o600
        assert stat.S_IMODE(running.certificate.parent.stat().st_mode) == 0o700
        text = running.certificate.read_text()
        assert text.count("-----BEGIN ") == text.count("-----BEGIN CERTIFICATE-----") == 1
        port = int(running.proxy.rpartition(":")[2])
    assert left_in(tmp_path) == []
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_the_environment_leads_here(cloud: Cloud, sandbox: Sandbox) -> None:
    cloud.world.operator = ("application", "secret")
    told = sandbox.environment()
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        assert told[name] == sandbox.proxy
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        assert Path(told[name]) == sandbox.certificate
    assert told["NO_PROXY"] == told["no_proxy"] == "127.0.0.1"
    assert (told["AZURE_TENANT_ID"], told["AZURE_SUBSCRIPTION_ID"]) == (HOME, SUB)
    assert (told["AZURE_CLIENT_ID"], told["AZURE_CLIENT_SECRET"]) == ("application", "secret")
    assert Path(told["AZURE_CONFIG_DIR"]).parent == sandbox.certificate.parent


# -- answers on the wire --------------------------------------------------------------------------


async def test_a_head_request_tells_the_length_and_sends_nothing(
    cloud: Cloud, sandbox: Sandbox
) -> None:
    pushed, cloud.reg.anonymous_pull = cloud.push("app", "v1"), True
    url = "https://reg.azurecr.io/oauth2/token?scope=repository:app:pull"
    token = (await fetch(sandbox, url))[1].split('"')[3]
    headers = {"Authorization": f"Bearer {token}"}
    url = "https://reg.azurecr.io/v2/app/manifests/v1"
    status, text, held = await fetch(sandbox, url, "HEAD", headers=headers)
    assert (status, text, held["Docker-Content-Digest"]) == (200, "", pushed)
    _, whole, _ = await fetch(sandbox, url, headers=headers)
    assert int(held["Content-Length"]) == len(whole.encode()) > 0


async def test_a_request_no_client_sends_does_not_end_the_server(
    cloud: Cloud, sandbox: Sandbox
) -> None:
    token = {"Authorization": f"Bearer {cloud.token()}"}
    url = f"{ARM}{GROUPS}/app?api-version=2023-05-01"
    asking = {"resources": {"requests": {"cpu": "many", "memoryInGB": 1}}}
    containers = [{"name": "app", "properties": asking}]
    for properties in ("text", {"osType": "Linux", "containers": containers}):
        body = {"location": "eastus", "properties": properties}
        status, text, _ = await fetch(sandbox, url, "PUT", json=body, headers=token)
        assert status == 400 and '"InvalidRequestContent"' in text
    assert (await fetch(sandbox, f"{ARM}/metadata/endpoints"))[0] == 200
