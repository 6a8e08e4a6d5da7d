"""The door of the simulated Azure: an HTTP CONNECT proxy on loopback that ends TLS itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from aciwizard.sandbox.incoming import quiet

log = logging.getLogger("aciwizard.sandbox")

PATIENCE = 200  # looks at a first word that arrives in pieces, 5 ms apart
HEAD_LIMIT = 16 * 1024  # bytes a proxy request's head may have
Admit = Callable[[str, int], str]  # host, port -> "" to let in, or why not


class Proxy:
    """Listens on 127.0.0.1 only; every admitted connection is handed to one web handler."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        context: ssl.SSLContext,
        admit: Admit,
        down: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`down` tells whether the connection to a host that is admitted fails all the same."""
        self._server = web.Server(handler, access_log=None, debug=False, logger=quiet)
        self._context = context
        self._admit = admit
        self._down = down
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.refusals: list[str] = []

    @property
    def port(self) -> int:
        assert self._socket is not None, "the proxy has not been started"
        return int(self._socket.getsockname()[1])

    async def start(self, port: int = 0) -> None:
        """Listen on a loopback port, a random one unless told."""
        listener = socket.create_server(("127.0.0.1", port), backlog=256)
        listener.setblocking(False)
        self._socket = listener
        self._keep(self._accept(listener))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.shutdown(1.0)
        if self._socket is not None:
            self._socket.close()

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError as problem:  # too many open files: some will be closed
                log.debug("no connection taken: %s", problem)
                await asyncio.sleep(0.05)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._keep(self._welcome(client))

    async def _welcome(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            if not await self._is_connect(client):
                # Plain HTTP through a proxy names the host in the request itself.
                await loop.connect_accepted_socket(self._server, client)
                return
            host, port = await self._target(client)
            if why := self._admit(host, port):
                self._refuse(host, port, why)
                status = "403 Forbidden" if "not part" in why else "502 Bad Gateway"
                await loop.sock_sendall(client, f"HTTP/1.1 {status}\r\n\r\n{why}\n".encode())
                client.close()
                return
            if self._down(host):
                await loop.sock_sendall(client, b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
                client.close()
                return
            await loop.sock_sendall(client, b"HTTP/1.1 200 Connection established\r\n\r\n")
            await loop.connect_accepted_socket(self._server, client, ssl=self._context)
        except (OSError, ssl.SSLError, ValueError) as problem:
            log.debug("connection dropped: %s", problem)
            with contextlib.suppress(OSError):
                client.close()

    def _refuse(self, host: str, port: int, why: str) -> None:
        self.refusals.append(f"{host}:{port}")
        # Without what would move a terminal's cursor.
        log.warning("refused %s:%d: %s", repr(host[:253])[1:-1], port, repr(why)[1:-1])

    @staticmethod
    async def _is_connect(client: socket.socket) -> bool:
        for _ in range(PATIENCE):
            await _readable(client)
            start = client.recv(8, socket.MSG_PEEK)
            if not start:
                raise ValueError("closed before a request")
            if start == b"CONNECT " or not b"CONNECT ".startswith(start):
                return start == b"CONNECT "
            await asyncio.sleep(0.005)
        raise ValueError("no first word of a request")

    @staticmethod
    async def _target(client: socket.socket) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        head = b""
        while b"\r\n\r\n" not in head:
            piece = await loop.sock_recv(client, 4096)
            head += piece
            if not piece or len(head) > HEAD_LIMIT:
                raise ValueError("no proxy request head")
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split()
        host, colon, port = words[1].rpartition(":") if len(words) == 3 else ("", "", "")
        if not colon or not port.isdigit():
            raise ValueError("malformed CONNECT request")
        return host.lower(), int(port)


async def _readable(client: socket.socket) -> None:
    """Wait until a socket has something to read, without reading it."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(client, arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(client)
