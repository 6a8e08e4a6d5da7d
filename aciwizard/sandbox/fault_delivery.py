"""How a fault reaches a client: connections cut, answers that never come, come short or slowly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

from aiohttp import web

from aciwizard.sandbox.faults import Faults
from aciwizard.sandbox.pace import Pace

GARBAGE = b"<html><head><title>Working...</title></head>"
_GLANCE = 0.02  # seconds between two looks whether the client has given up
_LINGER = struct.pack("ii", 1, 0)  # on, 0 seconds: closing resets
_DRIPS, _LEAST = 100, 4  # at most so many pieces, of at least so many bytes each
_PAUSE = 0.25  # simulated seconds between two pieces


def reset(request: web.BaseRequest) -> None:
    """Reset the connection a request came on: what the client sees is no orderly end."""
    if request.transport is None:
        return
    held = request.transport.get_extra_info("socket")
    if held is not None:
        with contextlib.suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    request.transport.abort()


async def cut(
    request: web.BaseRequest, kind: str, faults: Faults, ended: Callable[[], bool]
) -> web.StreamResponse:
    """Give no answer, in the way a kind says; `ended` tells when nobody need wait any more."""
    match kind.partition("-")[0]:
        case "refuse":
            if request.transport is not None:
                request.transport.close()
        case "timeout":
            # aiohttp tells a handler nothing of a client that leaves, unless it cancels it.
            while not _gone(request) and not ended():  # noqa: ASYNC110
                await asyncio.sleep(_GLANCE)
            reset(request)
        case "kill":
            with contextlib.suppress(OSError):  # whoever is to be killed may have ended already
                faults.kill()
            reset(request)
        case _:
            reset(request)
    return web.Response()  # goes nowhere: the connection is closed


def _gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()


async def truncate(request: web.BaseRequest, whole: web.Response) -> web.StreamResponse:
    """Send half the body an answer promises; one that has no body ends in its first line."""
    body = _body(request, whole)
    if not body:
        if request.transport is not None:
            request.transport.write(b"HTTP/1.1 %d" % whole.status)
            request.transport.close()
        return web.Response()
    response = await _begun(request, whole, len(body))
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def drip(request: web.BaseRequest, whole: web.Response, pace: Pace) -> web.StreamResponse:
    """Send an answer a few bytes at a time, to the end."""
    body = _body(request, whole)
    if not body:
        return whole
    response = await _begun(request, whole, len(body))
    size = max(_LEAST, -(-len(body) // _DRIPS))
    with contextlib.suppress(ConnectionError):  # a client that does not wait for the rest
        for at in range(0, len(body), size):
            await response.write(body[at : at + size])
            await pace.sleep(_PAUSE)
    return response


def _body(request: web.BaseRequest, whole: web.Response) -> bytes:
    sent = b"" if request.method == "HEAD" or whole.status in (204, 304) else whole.body
    return bytes(sent) if isinstance(sent, bytes | bytearray) else b""


async def _begun(request: web.BaseRequest, whole: web.Response, length: int) -> web.StreamResponse:
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = length
    await response.prepare(request)
    return response
