"""The record of every exchange, in which no secret can be read."""

from __future__ import annotations

import base64
import json
import ssl
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from aciwizard.sandbox.canary import CANARY, leaks
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.traffic import MASK, Traffic
from tests.sandbox.conftest import (
    ADA,
    ARM,
    GROUPS,
    HOME,
    LOGIN,
    PULLER,
    PULLER_APP,
    PULLER_SECRET,
    REGISTRY,
    RG,
    SUB,
    Cloud,
    group,
)

GRAPH = "https://graph.microsoft.com/v1.0"
VERSION = "api-version=2025-11-01"


class Client:
    """Sends requests through a recording sandbox, and reads the record."""

    def __init__(self, sandbox: Sandbox, file: Path) -> None:
        self.sandbox, self.file = sandbox, file
        self.context = ssl.create_default_context(cafile=sandbox.certificate)
        self.seen: list[str] = []

    def secret(self, value: str) -> str:
        """Something that must not be in the record."""
        self.seen.append(value)
        return value

    async def send(self, method: str, url: str, token: str = "", **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        options |= {"proxy": self.sandbox.proxy, "ssl": self.context, "headers": headers}
        async with aiohttp.ClientSession() as http, http.request(method, url, **options) as reply:
            assert reply.status < 300, await reply.text()
            return await reply.json(content_type=None) if reply.status != 204 else None

    @property
    def record(self) -> list[Any]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]


@pytest.fixture
async def client(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = tmp_path / "traffic.jsonl"
    async with Sandbox(cloud.world, Traffic(file)) as sandbox:
        yield Client(sandbox, file)


async def sign_in(cloud: Cloud, client: Client) -> None:
    url, scope = f"{LOGIN}/{HOME}/oauth2/v2.0", f"{ARM}/.default offline_access"
    started = await client.send("POST", f"{url}/devicecode", data={"scope": scope})
    assert CANARY in client.secret(started["device_code"])
    await cloud.wait(60)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": grant, "device_code": started["device_code"], "scope": scope}
    tokens = await client.send("POST", f"{url}/token", data=form)
    for kind in ("access_token", "refresh_token", "id_token"):
        client.secret(tokens[kind])


async def make_a_password_and_store_it(cloud: Cloud, client: Client) -> None:
    graph = client.secret(cloud.token(aud="https://graph.microsoft.com"))
    app = await client.send("POST", f"{GRAPH}/applications", graph, json={"displayName": "x"})
    await cloud.wait(60)
    url = f"{GRAPH}/applications/{app['id']}/addPassword"
    made = await client.send("POST", url, graph, json={"passwordCredential": {}})
    password = client.secret(made["secretText"])
    assert CANARY in password

    vault = Vault(SUB, "rg", "kv-demo", "eastus", HOME, cloud.world.utc())
    cloud.world.vaults.append(vault)
    cloud.grant(ADA, "Key Vault Secrets Officer", vault.id)
    key = client.secret(cloud.token(aud="https://vault.azure.net"))
    url = "https://kv-demo.vault.azure.net/secrets/pwd"
    await client.send("PUT", f"{url}?api-version=7.4", key, json={"value": password})
    held = await client.send("GET", f"{url}/?api-version=7.4", key)
    assert held["value"] == password


async def ask_the_registry_in_every_way(cloud: Cloud, client: Client) -> None:
    form = {"grant_type": "client_credentials", "scope": f"{ARM}/.default"}
    form |= {"client_id": PULLER_APP, "client_secret": client.secret(PULLER_SECRET)}
    puller = await client.send("POST", f"{LOGIN}/{HOME}/oauth2/v2.0/token", data=form)
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    cloud.push("app", "v1")
    base, wanted = "https://reg.azurecr.io", {"scope": "repository:app:pull"}
    entra = {"access_token": client.secret(puller["access_token"])}
    refresh = await client.send("POST", f"{base}/oauth2/exchange", data=entra)
    client.secret(refresh["refresh_token"])
    form = {**wanted, **refresh, "grant_type": "refresh_token"}
    bought = await client.send("POST", f"{base}/oauth2/token", data=form)
    client.secret(bought["access_token"])
    pair = client.secret(base64.b64encode(f"{PULLER_APP}:{PULLER_SECRET}".encode()).decode())
    basic = {"Authorization": f"Basic {pair}"}
    pulled = await client.send("GET", f"{base}/oauth2/token", params=wanted, headers=basic)
    await client.send("GET", f"{base}/v2/app/manifests/v1", client.secret(pulled["access_token"]))


async def get_the_admin_users_passwords(cloud: Cloud, client: Client) -> None:
    token, url = client.secret(cloud.token()), f"{ARM}{REGISTRY}"
    enabled = {"properties": {"adminUserEnabled": True}}
    await client.send("PATCH", f"{url}?{VERSION}", token, json=enabled)
    url += f"/listCredentials/?{VERSION}"  # a slash too many, and it is answered all the same
    for each in (await client.send("POST", url, token))["passwords"]:
        assert CANARY in client.secret(each["value"])


async def start_a_container_with_secrets(cloud: Cloud, client: Client) -> None:
    share = {"shareName": "s", "storageAccountKey": client.secret("key-1")}
    sent = group(
        volumes=[
            {"name": "a", "secret": {"file": client.secret("c2VjcmV0IGZpbGU=")}},
            {"name": "b", "azureFile": share},
        ],
        diagnostics={"logAnalytics": {"workspaceId": "w", "workspaceKey": client.secret("key-2")}},
    )
    variables = [{"name": "TOKEN", "secureValue": client.secret("canary7-variable")}]
    sent["properties"]["containers"][0]["properties"]["environmentVariables"] = variables
    token = client.secret(cloud.token())
    await client.send("PUT", f"{ARM}{GROUPS}/app?{VERSION}", token, json=sent)


async def test_a_whole_deployment_leaves_no_secret_in_the_record(
    cloud: Cloud, client: Client
) -> None:
    await sign_in(cloud, client)
    await make_a_password_and_store_it(cloud, client)
    await ask_the_registry_in_every_way(cloud, client)
    await get_the_admin_users_passwords(cloud, client)
    await start_a_container_with_secrets(cloud, client)

    text = client.file.read_text()
    assert len(client.record) == client.sandbox.traffic.count == 14
    assert leaks(text) == []
    assert [value for value in client.seen if value in text] == []
    assert MASK in text and PULLER_APP in text and "kv-demo" in text


async def test_an_exchange_is_a_line_that_can_be_held_against_a_specification(
    cloud: Cloud, client: Client
) -> None:
    url = f"{ARM}/subscriptions/{SUB}/resourcegroups/new?api-version=2025-04-01"
    body = {"location": "eastus"}
    agent = {"User-Agent": "AZURECLI/2.91.0", "CommandName": "group create"}
    await client.send("PUT", url, cloud.token(), json=body, headers=agent)
    await client.send("HEAD", url, cloud.token())
    made, headed = client.record
    assert made == {
        "method": "PUT",
        "url": url,
        "request": body,
        "status": 201,
        "response": {
            "id": f"{RG.removesuffix('rg')}new",
            "name": "new",
            "type": "Microsoft.Resources/resourceGroups",
            "location": "eastus",
            "properties": {"provisioningState": "Succeeded"},
        },
        "agent": "AZURECLI/2.91.0",
        "command": "group create",
    }
    assert (headed["request"], headed["response"], headed["status"]) == (None, None, 204)


async def test_the_record_is_for_its_owner_and_written_at_once(tmp_path: Path) -> None:
    file = tmp_path / "traffic"
    file.write_text("older")
    traffic = Traffic(file)
    traffic.add(Call("GET", "host", "/path", {"q": "a b"}), Answer(200, b"\xff no json"))
    (line,) = file.read_text().splitlines()  # before it is closed
    exchange = json.loads(line)
    assert (exchange["url"], exchange["response"]) == ("https://host/path?q=a+b", None)
    traffic.close()
    fresh = tmp_path / "fresh"
    Traffic(fresh).close()
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o600


async def test_secrets_are_masked_and_nothing_else(tmp_path: Path) -> None:
    traffic = Traffic(tmp_path / "traffic")
    body = {
        "passwords": [{"name": "password", "value": "told"}],
        "password": "p",
        "passwordCredentials": [{"keyId": "k", "secretText": None, "hint": "abc"}],
        "secret": "a name",
        "SecretText": "s",
    }
    traffic.add(Call("GET", "host", "/path"), Answer(200, body))
    traffic.add(Call("GET", "host", "/Secrets/x"), Answer(200, {"value": "v", "id": "told"}))
    traffic.close()
    first, second = map(json.loads, (tmp_path / "traffic").read_text().splitlines())
    assert first["response"] == {**body, "password": MASK, "SecretText": MASK}
    assert second["response"] == {"value": MASK, "id": "told"}


def test_without_a_file_it_only_counts(tmp_path: Path) -> None:
    traffic = Traffic()
    traffic.add(Call("GET", "host", "/"), Answer())
    traffic.close()
    assert traffic.count == 1 and list(tmp_path.iterdir()) == []
