"""Faults on purpose, as a client sees them."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from aciwizard.sandbox.faults import INSTEAD, Faults, Injected, Rule
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.server import Sandbox
from tests.sandbox.conftest import (
    ARM,
    HOME,
    LOGIN,
    PULLER,
    PULLER_APP,
    PULLER_SECRET,
    REGISTRY,
    SUB,
    Cloud,
    group,
)

GROUP = f"/subscriptions/{SUB}/resourcegroups/new"
URL = f"{ARM}{GROUP}?api-version=2025-04-01"
ENDPOINTS = f"{ARM}/metadata/endpoints"
DROPPED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


class Client:
    """One keep-alive connection of aiohttp through the sandbox.

    aiohttp itself sends a GET or PUT once more where the connection breaks: a rule that cuts
    connections must befall both.
    """

    def __init__(self, cloud: Cloud, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.token = {"Authorization": f"Bearer {cloud.token()}"}
        trusted = ssl.create_default_context(cafile=sandbox.certificate)
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted, limit=1))

    async def send(self, method: str, url: str, **options: Any) -> tuple[int, bytes, Any]:
        options = {"proxy": self.sandbox.proxy, "headers": self.token, **options}
        async with self.http.request(method, url, **options) as reply:
            return reply.status, await reply.read(), reply.headers

    async def put(self, **options: Any) -> tuple[int, bytes, Any]:
        return await self.send("PUT", URL, json={"location": "eastus"}, **options)


@pytest.fixture
async def client(cloud: Cloud, sandbox: Sandbox) -> AsyncIterator[Client]:
    made = Client(cloud, sandbox)
    yield made
    await made.http.close()


def made_it(cloud: Cloud) -> bool:
    """Whether the request of `put` had its effect."""
    return cloud.world.group(SUB, "new") is not None


# -- connections ----------------------------------------------------------------------------------


async def test_refuse_fails_the_connection(cloud: Cloud, client: Client) -> None:
    client.sandbox.faults = Faults((Rule("refuse", times=2),))
    for _ in range(2):
        with pytest.raises(aiohttp.ClientHttpProxyError) as caught:
            await client.put()
        assert caught.value.status == 503
    assert not made_it(cloud)
    assert (await client.put())[0] == 201
    host = "management.azure.com"
    assert client.sandbox.faults.injected == [
        Injected(1, "refuse", "CONNECT", host, ""),
        Injected(2, "refuse", "CONNECT", host, ""),
    ]
    assert client.sandbox.faults.count == 3


async def test_refuse_closes_a_connection_that_is_open(cloud: Cloud, client: Client) -> None:
    await client.send("GET", ENDPOINTS)
    client.sandbox.faults = Faults((Rule("refuse"),))
    with pytest.raises(aiohttp.ClientHttpProxyError):
        await client.put()
    assert not made_it(cloud)
    assert [one.method for one in client.sandbox.faults.injected] == ["PUT", "CONNECT"]


async def test_refuse_by_path_lets_the_connection_through(cloud: Cloud, client: Client) -> None:
    client.sandbox.faults = Faults((Rule("refuse", path="*/resourceGroups/NEW"),))
    assert (await client.send("GET", ENDPOINTS))[0] == 200
    with pytest.raises(DROPPED):
        await client.put()
    assert not made_it(cloud)


@pytest.mark.parametrize(("kind", "effect"), [("reset-before", False), ("reset-after", True)])
async def test_a_reset_is_one(cloud: Cloud, client: Client, kind: str, effect: bool) -> None:
    client.sandbox.faults = Faults((Rule(kind),))
    with pytest.raises(aiohttp.ClientOSError, match="Connection reset by peer"):
        await client.put()
    assert made_it(cloud) == effect


@pytest.mark.parametrize(("kind", "effect"), [("timeout-before", False), ("timeout-after", True)])
async def test_no_answer_until_the_client_gives_up(
    cloud: Cloud, client: Client, kind: str, effect: bool
) -> None:
    client.sandbox.faults = Faults((Rule(kind, at=1),))
    with pytest.raises(TimeoutError):
        await client.put(timeout=aiohttp.ClientTimeout(sock_read=0.2))
    assert made_it(cloud) == effect
    assert (await client.send("GET", ENDPOINTS))[0] == 200


async def test_a_sandbox_stops_while_a_client_waits(cloud: Cloud) -> None:
    async with Sandbox(cloud.world, faults=Faults((Rule("timeout-before"),))) as sandbox:
        client = Client(cloud, sandbox)
        waiting = asyncio.ensure_future(client.put())
        async with asyncio.timeout(10):
            while not sandbox.faults.injected:  # noqa: ASYNC110 (another task's progress)
                await asyncio.sleep(0)
    with pytest.raises(DROPPED):
        await waiting
    await client.http.close()


@pytest.mark.parametrize(("kind", "effect"), [("kill-before", False), ("kill-after", True)])
async def test_the_client_is_killed(cloud: Cloud, client: Client, kind: str, effect: bool) -> None:
    seen: list[bool] = []
    client.sandbox.faults = Faults((Rule(kind),), kill=lambda: seen.append(made_it(cloud)))
    with pytest.raises(aiohttp.ClientOSError):
        await client.put()
    assert seen[0] == effect


async def test_whoever_is_to_be_killed_may_have_ended(client: Client) -> None:
    def kill() -> None:
        raise ProcessLookupError

    client.sandbox.faults = Faults((Rule("kill-before", times=2),), kill=kill)
    with pytest.raises(aiohttp.ClientOSError):
        await client.put()
    assert (await client.put())[0] == 201


# -- answers --------------------------------------------------------------------------------------


async def test_half_a_body(cloud: Cloud, client: Client) -> None:
    whole = (await client.send("GET", ENDPOINTS))[1]
    client.sandbox.faults = Faults((Rule("truncated"),))
    async with client.http.get(ENDPOINTS, proxy=client.sandbox.proxy) as reply:
        assert (reply.status, reply.content_length) == (200, len(whole))
        with pytest.raises(aiohttp.ClientPayloadError):
            await reply.read()
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.put()
    assert made_it(cloud)


async def test_an_answer_without_a_body_ends_in_its_first_line(
    cloud: Cloud, client: Client
) -> None:
    client.sandbox.faults = Faults((Rule("truncated"),))
    with pytest.raises((aiohttp.ClientResponseError, *DROPPED)):
        await client.send("HEAD", URL)


async def test_a_body_that_is_no_json(cloud: Cloud, client: Client) -> None:
    client.sandbox.faults = Faults((Rule("malformed"),))
    status, body, headers = await client.put()
    assert (status, made_it(cloud)) == (201, True)
    assert headers["Content-Type"].startswith("application/json")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(body)
    assert (await client.send("HEAD", URL))[0] == 200  # in place of a 204, which has no body


async def test_a_body_that_drips(cloud: Cloud, client: Client) -> None:
    whole = (await client.send("GET", ENDPOINTS))[1]
    client.sandbox.faults = Faults((Rule("drip"),))
    before = cloud.world.pace.now()
    status, body, _ = await client.send("GET", ENDPOINTS)
    assert (status, body) == (200, whole)
    assert 10 < cloud.world.pace.now() - before < 30  # simulated seconds
    assert (await client.put())[0] == 201
    assert (await client.send("HEAD", URL))[:2] == (204, b"")


@pytest.mark.parametrize("kind", ["500-after", "503-after"])
async def test_an_error_after_the_effect(cloud: Cloud, client: Client, kind: str) -> None:
    client.sandbox.faults = Faults((Rule(kind, at=1),))
    assert (await client.put())[0] == int(kind[:3])
    assert made_it(cloud)


# -- statuses -------------------------------------------------------------------------------------

HOSTS = {
    "management.azure.com": URL,
    "graph.microsoft.com": "https://graph.microsoft.com/v1.0/applications",
    "login.microsoftonline.com": f"{LOGIN}/{HOME}/oauth2/v2.0/token",
    "kv-demo.vault.azure.net": "https://kv-demo.vault.azure.net/secrets/pwd/?api-version=7.4",
    "reg.azurecr.io": "https://reg.azurecr.io/v2/",
}
SHAPES: dict[str, Callable[[Any], Any]] = {
    "management.azure.com": lambda body: (body["error"]["code"], body["error"]["message"]),
    "graph.microsoft.com": lambda body: body["error"]["innerError"]["request-id"],
    "login.microsoftonline.com": lambda body: (body["error"], body["error_description"]),
    "kv-demo.vault.azure.net": lambda body: (body["error"]["code"], body["error"]["message"]),
    "reg.azurecr.io": lambda body: (body["errors"][0]["code"], body["errors"][0]["message"]),
}


@pytest.mark.parametrize("host", HOSTS)
async def test_a_status_in_the_words_of_each_service(
    cloud: Cloud, client: Client, host: str
) -> None:
    cloud.world.vaults.append(Vault(SUB, "rg", "kv-demo", "eastus", HOME, cloud.world.utc()))
    for kind in INSTEAD:
        client.sandbox.faults = Faults((Rule(kind, host=host),))
        method = "PUT" if host == "management.azure.com" else "GET"
        status, text, headers = await client.send(method, HOSTS[host], json={"location": "eastus"})
        assert str(status) == kind[:3]
        assert SHAPES[host](json.loads(text))
        waits = {"429-retry-after": "5"}.get(kind)  # this world's clock runs as fast as ours
        assert headers.get("Retry-After") == waits
        assert ("WWW-Authenticate" in headers) == (status == 401 and "login" not in host)
    assert not made_it(cloud)


async def test_the_expired_token_and_the_missing_right_of_arm(client: Client) -> None:
    client.sandbox.faults = Faults((Rule("401", at=1), Rule("403", at=2)))
    error = json.loads((await client.put())[1])["error"]
    assert error["code"] == "ExpiredAuthenticationToken"
    error = json.loads((await client.put())[1])["error"]
    assert error["code"] == "AuthorizationFailed" and "ada@contoso.com" in error["message"]
    assert "resourceGroups/write" in error["message"]


async def test_a_container_fails_too(cloud: Cloud, client: Client) -> None:
    client.sandbox.faults = Faults((Rule("503", host="*.azurecontainer.io"),))
    status, _, _ = await client.send("GET", "http://gone.eastus.azurecontainer.io/")
    assert status == 502  # a name nobody has is no service that could fail
    assert client.sandbox.faults.count == 1


async def test_tokens_and_containers_count_like_all_others(cloud: Cloud, client: Client) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    cloud.push("app", "v1")
    await cloud.deploy(group())
    await cloud.wait(120)
    page = f"http://{cloud.world.instances[0].fqdn}/"
    client.sandbox.faults = Faults((Rule("500", at=2), Rule("503", host="*.azurecontainer.io")))
    form = {"grant_type": "client_credentials", "scope": f"{ARM}/.default"}
    form |= {"client_id": PULLER_APP, "client_secret": PULLER_SECRET}
    token = HOSTS["login.microsoftonline.com"]
    assert [(await client.send("POST", token, data=form))[0] for _ in range(2)] == [200, 500]
    assert (await client.send("GET", page))[0] == 503
    assert client.sandbox.faults.injected == [
        Injected(2, "500", "POST", "login.microsoftonline.com", f"/{HOME}/oauth2/v2.0/token"),
        Injected(3, "503", "GET", cloud.world.instances[0].fqdn, "/"),
    ]
    client.sandbox.faults = Faults()
    assert (await client.send("GET", page))[0] == 200
    assert cloud.world.instances[0].containers[0].requests[1:] == []  # the 503 never got there
