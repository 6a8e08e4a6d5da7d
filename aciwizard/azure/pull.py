"""Reads an image's manifest and configuration as a pull does: as the user, or as a principal."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

import aiohttp

from aciwizard.azure.errors import network, refused, telling
from aciwizard.azure.session import Session
from aciwizard.core.problems import Problem, innermost
from aciwizard.core.secret import Secret

_INDEXES = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
_DOCUMENT_LIMIT = 8 * 1024 * 1024  # bytes; a manifest may have 4 MiB (OCI distribution)


@dataclass(frozen=True, slots=True)
class Image:
    """What a registry says of an image: digest, platform, and how it starts.

    `size` is the sum of its compressed layers in bytes; `platforms` are all an index offers;
    `os` and `architecture` those of the manifest a container group would get.
    """

    digest: str
    os: str
    architecture: str
    os_version: str
    platforms: tuple[str, ...]
    ports: tuple[int, ...]
    entrypoint: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Principal:
    """The credential a container group would pull with."""

    app_id: str
    password: Secret


class Puller:
    """One pull: the registry's challenge answered with whoever it is made as."""

    def __init__(self, session: Session, login_server: str, who: Principal | None) -> None:
        self._session = session
        self._host = login_server
        self._who = who
        self._token = ""

    async def image(self, repository: str, reference: str, happened: str) -> Image:
        """Manifest and configuration of an image; raises Problem by the registry's own code."""
        with telling(happened):
            document, digest, kind = await self._document(
                f"{repository}/manifests/{reference}", happened
            )
            platforms: tuple[str, ...] = ()
            if kind in _INDEXES or "manifests" in document:
                platforms, chosen = _chosen(document)
                document, _, _ = await self._document(f"{repository}/manifests/{chosen}", happened)
            blob = str(document["config"]["digest"])
            config, _, _ = await self._document(f"{repository}/blobs/{blob}", happened)
            return _image(digest, document, config, platforms)

    async def manifest(self, repository: str, reference: str, happened: str) -> str:
        """Just the manifest, with a fresh token; returns its digest, raises Problem."""
        self._token = ""
        _, digest, _ = await self._document(f"{repository}/manifests/{reference}", happened)
        return digest

    async def _document(self, path: str, happened: str) -> tuple[dict[str, Any], str, str]:
        accept = {"Accept": ", ".join((*_MANIFESTS, *_INDEXES, "application/octet-stream"))}
        url = f"https://{self._host}/v2/{path}"
        if not self._token:
            self._token = await self._authenticate(path, happened)
        headers = {**accept, "Authorization": f"Bearer {self._token}"}
        status, body, answered = await self._send("GET", url, happened, headers=headers)
        if status != 200:
            raise _refusal(status, body, happened)
        digest = answered.get("Docker-Content-Digest", "")
        return _parsed(body, happened), digest, answered.get("Content-Type", "").split(";")[0]

    async def _authenticate(self, path: str, happened: str) -> str:
        repository = re.split(r"/(?:manifests|blobs)/", path)[0]
        scope = {"service": self._host, "scope": f"repository:{repository}:pull"}
        url = f"https://{self._host}/oauth2/token"
        if self._who is not None:
            pair = f"{self._who.app_id}:{self._who.password.reveal()}".encode()
            headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
            status, body, _ = await self._send("GET", url, happened, params=scope, headers=headers)
        else:
            form = {
                **scope,
                "grant_type": "refresh_token",
                "refresh_token": await self._exchange(happened),
            }
            status, body, _ = await self._send("POST", url, happened, data=form)
        if status != 200:
            raise _refusal(status, body, happened)
        return _held(body, "access_token", happened)

    async def _exchange(self, happened: str) -> str:
        with telling(happened):
            token = await self._session.credential.get_token(self._session.cloud.registry_scope)
        form = {"grant_type": "access_token", "service": self._host, "access_token": token.token}
        url = f"https://{self._host}/oauth2/exchange"
        status, body, _ = await self._send("POST", url, happened, data=form)
        if status != 200:
            raise _refusal(status, body, happened)
        return _held(body, "refresh_token", happened)

    async def _send(
        self, method: str, url: str, happened: str, **options: Any
    ) -> tuple[int, bytes, Any]:
        try:
            async with self._session.http.request(method, url, **options) as response:
                return response.status, await _whole(response, happened), response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise network(happened, error) from None


async def _whole(response: aiohttp.ClientResponse, happened: str) -> bytes:
    """A body in all its pieces, up to a limit."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _DOCUMENT_LIMIT:
            raise Problem("UnreadableAnswer", happened, f"over {_DOCUMENT_LIMIT >> 20} MiB")
    return bytes(body)


def _held(body: bytes, name: str, happened: str) -> str:
    """A token in an answer. What is there instead is not shown: it may be a part of one."""
    token = (_table(body) or {}).get(name)
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise Problem("UnreadableAnswer", happened, f"no {name} in {len(body)} bytes")
    return token


def _parsed(body: bytes, happened: str) -> dict[str, Any]:
    document = _table(body)
    if document is None:
        raise Problem("UnreadableAnswer", happened, repr(body[:200]))
    return document


def _table(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _refusal(status: int, body: bytes, happened: str) -> Problem:
    try:
        code, message = innermost(json.loads(body))
    except (ValueError, RecursionError):
        code, message = "", body[:500].decode("utf-8", "replace")
    if code == "UNAUTHORIZED" and "clientid or client secret" in message.lower():
        code = "InvalidClientSecret"
    return refused(happened, status, code, message)


def _chosen(index: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """All platforms of an index, and the manifest Azure Container Instances would take."""
    entries = [entry for entry in index["manifests"] if _platform(entry) != "unknown/unknown"]
    fitting = [entry for entry in entries if _platform(entry).endswith("/amd64")]
    chosen = (fitting or entries or index["manifests"])[0]
    return tuple(dict.fromkeys(_platform(entry) for entry in entries)), str(chosen["digest"])


def _platform(entry: dict[str, Any]) -> str:
    platform = entry.get("platform") or {}
    return f"{platform.get('os', 'unknown')}/{platform.get('architecture', 'unknown')}"


def _image(
    digest: str, manifest: dict[str, Any], config: dict[str, Any], platforms: tuple[str, ...]
) -> Image:
    inner = config.get("config") or {}
    ports = []
    for exposed in inner.get("ExposedPorts") or {}:
        number, _, protocol = str(exposed).partition("/")
        if number.isdigit() and protocol in ("", "tcp"):
            ports.append(int(number))
    own = f"{config.get('os', '')}/{config.get('architecture', '')}"
    return Image(
        digest=digest,
        os=str(config.get("os", "")),
        architecture=str(config.get("architecture", "")),
        os_version=str(config.get("os.version", "")),
        platforms=platforms or (own,),
        ports=tuple(sorted(ports)),
        entrypoint=tuple(
            str(w) for w in (inner.get("Entrypoint") or []) + (inner.get("Cmd") or [])
        ),
        size=sum(int(layer.get("size", 0)) for layer in manifest.get("layers", [])),
    )
