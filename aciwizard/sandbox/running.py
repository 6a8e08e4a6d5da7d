"""Running containers answer HTTP: on their FQDN through the proxy, and on a loopback port each."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from aciwizard.sandbox import life
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.incoming import quiet
from aciwizard.sandbox.model import ContainerGroup
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.world import World

_SILENCE = Answer(504, "The container did not answer on this port.\n", content_type="text/plain")


def answer(world: World, call: Call, port: int) -> Answer:
    """What a request to a group's address gets: its page, or the proxy's 504."""
    made = world.instance_at(call.host)
    return _page(world, made, call, port) if made else _SILENCE


def _page(world: World, made: ContainerGroup, call: Call, port: int) -> Answer:
    now = world.pace.now()
    for container in made.containers:
        if not life.serving(made, container, port, now):
            continue
        found = container.page is not None and call.path in ("/", "/index.html")
        status = 200 if found else 404
        moment = stamp(world.utc(), 0)
        container.requests.append(
            f'10.240.255.56 - - [{moment}] "{call.method} {call.path} HTTP/1.1" {status}\n'
        )
        if not found:
            return Answer(404, "Not Found\n", content_type="text/plain")
        return Answer(200, container.page, content_type="text/html; charset=utf-8")
    return _SILENCE


class Doors:
    """The loopback ports of running containers; a group keeps its port while it exists."""

    def __init__(self, world: World, notice: Callable[[str], None]) -> None:
        self._world = world
        self._notice = notice
        self._open: dict[int, web.ServerRunner] = {}

    async def open(self, made: ContainerGroup) -> None:
        """Give a group a port of its own on 127.0.0.1."""
        ports = (made.properties.get("ipAddress") or {}).get("ports") or []
        if not ports or made.port in self._open:
            return
        name, inside = (made.subscription, made.group, made.name), int(ports[0]["port"])

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            current = self._world.instance(*name)
            call = Call(request.method, request.host, request.path)
            reply = _page(self._world, current, call, inside) if current else _SILENCE
            if reply is _SILENCE and request.transport is not None:
                request.transport.abort()  # a container that does not listen refuses
            headers = {"Content-Type": reply.content_type}
            return web.Response(status=reply.status, body=reply.payload(), headers=headers)

        runner = web.ServerRunner(web.Server(handle, access_log=None, logger=quiet))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.port = int(runner.addresses[0][1])
        self._open[made.port] = runner
        self._notice(f"{made.fqdn or made.ip}:{inside} is also http://127.0.0.1:{made.port}/")

    async def close(self) -> None:
        for runner in self._open.values():
            await runner.cleanup()
