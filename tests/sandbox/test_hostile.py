"""Requests no client of Azure sends are turned away, the others served; and no key in a file."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
import re
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aciwizard.sandbox.http import DEEPEST
from aciwizard.sandbox.incoming import BODY_LIMIT
from aciwizard.sandbox.server import Sandbox
from tests.sandbox.conftest import GROUPS, SUB, Cloud, group

HOST = "management.azure.com"
GROUP = f"/subscriptions/{SUB}/resourcegroups/new?api-version=2025-04-01"
DEEP = 100_000


async def tell(sandbox: Sandbox, raw: bytes, secure: bool = True) -> bytes:
    """Send bytes, inside TLS or as plain HTTP; returns the answer's head, or as much as comes."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(sandbox.proxy.rpartition(":")[2])
    )
    try:
        if secure:
            writer.write(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            trusted = ssl.create_default_context(cafile=sandbox.certificate)
            await writer.start_tls(trusted, server_hostname=HOST)
        writer.write(raw)
        await writer.drain()
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    except asyncio.IncompleteReadError as cut:
        return cut.partial
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def status(head: bytes) -> int:
    """The status of an answer; 0 for a connection that was closed without one."""
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", head)
    return int(found[1]) if found else 0


def request(line: str | bytes, *headers: bytes, body: bytes = b"", host: str = HOST) -> bytes:
    first = line if isinstance(line, bytes) else line.encode()
    lines = (first + b" HTTP/1.1", f"Host: {host}".encode(), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def put(cloud: Cloud, body: bytes, *headers: bytes, path: str = GROUP) -> bytes:
    token = f"Authorization: Bearer {cloud.token()}".encode()
    return request(f"PUT {path}", token, *headers, b"Content-Length: %d" % len(body), body=body)


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture, capfd: Any) -> Iterator[None]:
    """Whoever sends nonsense is told; the sandbox's own output says nothing of it."""
    yield
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert "Traceback" not in capfd.readouterr().err


async def serves(sandbox: Sandbox) -> bool:
    return status(await tell(sandbox, request("GET /metadata/endpoints"))) == 200


# -- requests -------------------------------------------------------------------------------------

MALFORMED = {
    "a negative length": request(f"PUT {GROUP}", b"Content-Length: -5", body=b"hello"),
    "an absurd length": request(f"PUT {GROUP}", b"Content-Length: " + b"9" * 40),
    "no number for a length": request(f"PUT {GROUP}", b"Content-Length: five"),
    "a length far over the limit": request(f"PUT {GROUP}", b"Content-Length: 9999999999"),
    "two lengths": request(f"PUT {GROUP}", b"Content-Length: 1", b"Content-Length: 2", body=b"{}"),
    "a chunk that is none": request(f"PUT {GROUP}", b"Transfer-Encoding: chunked", body=b"zz\r\n"),
    "huge headers": request("GET /", b"X: " + b"x" * 1_000_000),
    "headers without end": request("GET /", *(b"X%d: x" % n for n in range(20_000))),
    "a huge path": request("GET /" + "x" * 1_000_000),
    "a NUL in a header": request("GET /", b"X: a\0b"),
    "a NUL in a path": request(b"GET /a\0b"),
    "an escaped NUL": request("GET /subscriptions/%00"),
    "an escaped line end": request("GET /a%0d%0aX-Injected:%201?api-version=1"),
    "an escaped line end in the query": request("GET /a?x=%0d%0aX-Injected:%201"),
    "escapes that are none": request("GET /subscriptions/%zz%?api-version=1"),
    "escapes that are no UTF-8": request("GET /subscriptions/%ff%fe?api-version=1"),
    "a path that is no UTF-8": request(b"GET /subscriptions/\xff\xfe"),
    "an absolute URI without end": request("GET http://[::1/"),
    "an absolute URI without host": request("GET http:///"),
    "an absolute URI with no such port": request(f"GET https://{HOST}:99999/"),
    "an absolute URI with a word for a port": request(f"GET https://{HOST}:port/"),
    "an absolute URI in disguise": request(f"GET https://{HOST}@example.com/"),
    "another protocol's URI": request(f"GET ftp://{HOST}/"),
    "no path": request("OPTIONS *"),
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "half a host": request("GET /", host="[::1"),
    "no such port": request("GET /", host=f"{HOST}:99999"),
    "a port below zero": request("GET /", host=f"{HOST}:-1"),
    "a host with spaces": request("GET /", host="a b"),
    "a host in other letters": request("GET /", host="münchen.azurecr.io"),
    "a proxy in a proxy": request(f"CONNECT {HOST}:443"),
    "another version": b"GET / HTTP/9.9\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "nothing like HTTP": b"\0\xff\0\xff\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_request_is_turned_away(sandbox: Sandbox, name: str) -> None:
    raw = MALFORMED[name]
    answers = [await tell(sandbox, raw)]
    if not raw.startswith(b"CONNECT"):  # which is what one says to a proxy
        answers.append(await tell(sandbox, raw, secure=False))
    for head in answers:
        assert status(head) == 0 or 400 <= status(head) < 500
        assert b"X-Injected" not in head
    assert await serves(sandbox)


def bodies() -> dict[str, bytes]:
    east = '{"location": "eastus", "tags": %s}'
    return {
        "no JSON": b"{",
        "no object": b"[1, 2]",
        "no UTF-8": b'{"location": "\xff\xfe"}',
        "a NUL": b'{"location": "\\u0000"}',
        "half a character": b'{"location": "\\ud800"}',
        "too deep to read": (east % ("[" * DEEP + "]" * DEEP)).encode(),
        "too deep to keep": (east % ("[" * DEEPEST + "]" * DEEPEST)).encode(),
        "a number without end": b'{"location": ' + b"9" * 10_000 + b"}",
        "no number": (east % '{"a": NaN}').encode(),
        "an infinite number": (east % '{"a": 1e999}').encode(),
    }


@pytest.mark.parametrize("name", bodies())
async def test_a_body_that_is_unfit_changes_nothing(
    cloud: Cloud, sandbox: Sandbox, name: str
) -> None:
    head = await tell(sandbox, put(cloud, bodies()[name]))
    assert status(head) == 400
    assert cloud.world.group(SUB, "new") is None
    assert await serves(sandbox)


async def test_a_body_as_deep_as_may_be_is_kept(cloud: Cloud, sandbox: Sandbox) -> None:
    depth = DEEPEST - 2
    body = f'{{"location": "eastus", "tags": {"[" * depth}{"]" * depth}}}'.encode()
    assert status(await tell(sandbox, put(cloud, body))) == 201
    assert await serves(sandbox)


async def test_a_body_over_the_limit_is_413(cloud: Cloud, sandbox: Sandbox) -> None:
    body = b'{"location": "eastus", "tags": {"a": "%s"}}'
    kept = put(cloud, body % (b"x" * (BODY_LIMIT - 1000)))
    assert status(await tell(sandbox, kept)) == 201
    whole = body % (b"x" * BODY_LIMIT)
    assert status(await tell(sandbox, put(cloud, whole))) == 413
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole)
    raw = request(f"PUT {GROUP}", b"Transfer-Encoding: chunked", body=chunked)
    assert status(await tell(sandbox, raw)) == 413
    assert await serves(sandbox)


async def test_a_compressed_body_cannot_grow_over_the_limit(cloud: Cloud, sandbox: Sandbox) -> None:
    small = gzip.compress(b"x" * (20 * BODY_LIMIT))
    assert len(small) < BODY_LIMIT
    assert status(await tell(sandbox, put(cloud, small, b"Content-Encoding: gzip"))) == 413
    assert status(await tell(sandbox, put(cloud, b"no gzip", b"Content-Encoding: gzip"))) == 400
    assert await serves(sandbox)


async def test_properties_nobody_asks_for(cloud: Cloud, sandbox: Sandbox) -> None:
    wrong: tuple[Any, ...] = (1e300, -1, "many", None, [], {})
    for cpu in wrong:
        sent = group()
        resources = sent["properties"]["containers"][0]["properties"]["resources"]
        resources["requests"]["cpu"] = cpu
        path = f"{GROUPS}/app?api-version=2023-05-01"
        head = await tell(sandbox, put(cloud, json.dumps(sent).encode(), path=path))
        assert 400 <= status(head) < 500
    assert await serves(sandbox)


async def test_what_is_echoed_is_writable(sandbox: Sandbox) -> None:
    echoed = request("GET /v1.0/me", b"client-request-id: \xff\xfe", host="graph.microsoft.com")
    head = await tell(sandbox, echoed)
    assert status(head) == 401 and b"client-request-id: ?" in head.lower()


async def test_many_silent_connections_keep_nobody_out(sandbox: Sandbox) -> None:
    port = int(sandbox.proxy.rpartition(":")[2])
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
    assert await serves(sandbox)
    for _, writer in silent:
        writer.close()


# -- the key --------------------------------------------------------------------------------------


async def test_no_private_key_is_written_anywhere(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: set[str] = set()
    watching = True

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if not watching or event != "open" or not isinstance(args[0], str):
            return  # a descriptor, as of a pipe, has no path
        if args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and ".pyc" not in args[0]:
            written.add(args[0])

    sys.addaudithook(watch)  # there is no way to take it off again
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with Sandbox(cloud.world) as sandbox:
        assert await serves(sandbox)
        certificate, held = str(sandbox.certificate), files_under(tmp_path)
    watching = False
    assert written == set(held) == {certificate}
    assert b"PRIVATE KEY" not in held[certificate]


def files_under(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
