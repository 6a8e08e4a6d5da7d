"""Reads a request off the wire, and turns away what no client of Azure sends."""

from __future__ import annotations

import logging
import re
from urllib.parse import unquote

from aiohttp import web

from aciwizard.sandbox.http import Answer, Call, Refused

BODY_LIMIT = 8 * 1024 * 1024  # bytes
_HOST = re.compile(r"[a-z0-9.:_-]*", re.ASCII)
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, halves of characters

# aiohttp logs a traceback for every malformed request; whoever sent it is told, nobody else.
quiet = logging.getLogger("aciwizard.sandbox.wire")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


def head(request: web.BaseRequest) -> tuple[Call, int]:
    """A request without its body, and the port it is for; raises Refused."""
    try:
        url = request.url
        host, port, path = (url.host or "").lower(), url.port or 80, unquote(url.raw_path)
        query = dict(url.query)
    except ValueError:
        raise _refused(400, "Bad Request - Invalid URL") from None
    if not _HOST.fullmatch(host):
        raise _refused(400, "Bad Request - Invalid Hostname")
    if any(_UNFIT.search(text) for text in (path, *query, *query.values())):
        raise _refused(400, "Bad Request - Invalid URL")
    headers = {name: _text(value) for name, value in request.headers.items()}
    return Call(request.method, host, path, query, headers), port


def _text(value: str) -> str:
    # What is echoed must be writable: a header's bytes that are no UTF-8 are not.
    return value.encode("utf-8", "replace").decode()


async def body(request: web.BaseRequest) -> bytes:
    """The body of a request; raises Refused for one that is too long or cannot be read."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise _too_long()
    held = bytearray()
    try:
        async for piece in request.content.iter_any():
            held += piece
            if len(held) > BODY_LIMIT:
                raise _too_long()
    except web.RequestPayloadError:
        raise _refused(400, "Bad Request - Invalid Content") from None
    return bytes(held)


def _too_long() -> Refused:
    return _refused(413, "Request Entity Too Large")


def _refused(status: int, words: str) -> Refused:
    return Refused(Answer(status, f"{words}\n", content_type="text/plain"))
