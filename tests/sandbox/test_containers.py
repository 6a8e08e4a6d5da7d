"""Running containers answer: on their name through the proxy, and on a port of ours."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from aciwizard.sandbox.images import page
from aciwizard.sandbox.server import Sandbox
from tests.sandbox.conftest import GROUPS, PULLER, REGISTRY, Cloud, group

NAME = "aci-demo.eastus.azurecontainer.io"


@pytest.fixture(autouse=True)
def pushed(cloud: Cloud, sandbox: Sandbox) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    cloud.push("app", "v1", title="Hello", log="listening on port 80\n")


async def by_name(sandbox: Sandbox, path: str = "/", port: int = 80) -> tuple[int, str]:
    address = f"http://{NAME}:{port}{path}"
    async with aiohttp.ClientSession() as session, session.get(address, proxy=sandbox.proxy) as got:
        return got.status, await got.text()


async def by_port(cloud: Cloud, port: int = 0) -> tuple[int, str]:
    """Straight to the group's port of ours; a server that hangs up is status 0."""
    address = f"http://127.0.0.1:{port or cloud.world.instances[0].port}/"
    try:
        async with aiohttp.ClientSession() as session, session.get(address) as got:
            return got.status, await got.text()
    except aiohttp.ServerDisconnectedError:
        return 0, ""


async def logs(cloud: Cloud) -> str:
    reply = await cloud.arm("GET", f"{GROUPS}/app/containers/app/logs")
    return str(reply.json["content"])


def listening_on(number: int, **container: Any) -> dict[str, Any]:
    ports = [{"port": number, "protocol": "TCP"}]
    address = {"type": "Public", "dnsNameLabel": "aci-demo", "ports": ports}
    sent = group(ipAddress=address)
    sent["properties"]["containers"][0]["properties"].update(container, ports=ports)
    return sent


HELLO = (200, page("Hello").decode())
SILENCE = (504, "The container did not answer on this port.\n")


async def test_a_container_answers_once_it_has_started(cloud: Cloud, sandbox: Sandbox) -> None:
    assert (await by_name(sandbox)) == (502, f"no such name: {NAME}\n")
    await cloud.deploy(group())
    assert (await by_name(sandbox), await by_port(cloud)) == (SILENCE, (0, ""))
    await cloud.wait(60)
    assert (await by_name(sandbox), await by_port(cloud)) == (HELLO, HELLO)
    assert await by_name(sandbox, "/index.html") == HELLO
    assert await by_name(sandbox, "/other") == (404, "Not Found\n")
    first, *requests = (await logs(cloud)).splitlines()
    assert first == "listening on port 80"
    assert [line.partition("] ")[2] for line in requests] == [
        '"GET / HTTP/1.1" 200',
        '"GET / HTTP/1.1" 200',
        '"GET /index.html HTTP/1.1" 200',
        '"GET /other HTTP/1.1" 404',
    ]


async def test_there_is_no_port_mapping(cloud: Cloud, sandbox: Sandbox) -> None:
    await cloud.deploy(group())
    await cloud.wait(60)
    assert await by_name(sandbox, port=8080) == SILENCE  # not opened
    cloud.push("other", "v1", title="Hello", ports=(3000,))
    await cloud.deploy(listening_on(80, image="reg.azurecr.io/other:v1"))
    await cloud.wait(60)
    assert await by_name(sandbox) == SILENCE  # opened, and nothing listens there
    assert await by_name(sandbox, port=3000) == SILENCE  # listened on, and not opened
    await cloud.deploy(listening_on(3000, image="reg.azurecr.io/other:v1"))
    await cloud.wait(60)
    assert await by_name(sandbox, port=3000) == HELLO


async def test_some_images_listen_where_a_variable_says(cloud: Cloud, sandbox: Sandbox) -> None:
    variables = [{"name": "PORT", "value": "8000"}]
    await cloud.deploy(listening_on(8000, environmentVariables=variables))
    await cloud.wait(60)
    assert await by_name(sandbox, port=8000) == HELLO
    assert await by_port(cloud) == HELLO


@pytest.mark.parametrize("behaviour", ["silent", "exit:0", "crash:1"])
async def test_some_containers_never_answer(cloud: Cloud, sandbox: Sandbox, behaviour: str) -> None:
    cloud.push("app", "v1", behaviour=behaviour)
    await cloud.deploy(group())
    await cloud.wait(60)
    assert (await by_name(sandbox), await by_port(cloud)) == (SILENCE, (0, ""))


async def test_a_stopped_container_is_silent_and_a_deleted_one_unknown(
    cloud: Cloud, sandbox: Sandbox
) -> None:
    await cloud.deploy(group())
    await cloud.wait(60)
    port = cloud.world.instances[0].port
    await cloud.arm("POST", f"{GROUPS}/app/stop")
    assert (await by_name(sandbox), await by_port(cloud)) == (SILENCE, (0, ""))
    await cloud.arm("POST", f"{GROUPS}/app/start")
    await cloud.wait(60)
    assert (await by_name(sandbox), await by_port(cloud)) == (HELLO, HELLO)
    await cloud.deploy(group())
    await cloud.wait(60)
    assert cloud.world.instances[0].port == port  # a group keeps it
    assert await by_port(cloud) == HELLO
    await cloud.arm("DELETE", f"{GROUPS}/app")
    assert (await by_name(sandbox))[0] == 502
    assert await by_port(cloud, port) == (0, "")


async def test_two_groups_have_two_ports(cloud: Cloud, sandbox: Sandbox) -> None:
    await cloud.deploy(group())
    await cloud.deploy({**group(), "location": "westus"}, "second")
    assert len({made.port for made in cloud.world.instances} - {0}) == 2
