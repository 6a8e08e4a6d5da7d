"""The pull Azure Container Instances makes: as any client would, with the credential it was given."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from aciwizard.sandbox import images, registry_data
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.world import World

_REFERENCE = re.compile(
    r"(?P<host>[^/]+\.[^/]+)/(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)
_ACCEPT = ", ".join((images.MANIFEST, images.MANIFEST_LIST, images.OCI_MANIFEST, images.OCI_INDEX))


class PullFailed(Exception):
    """The image could not be pulled; the text is the registry's."""


class NotHere(PullFailed):
    """The registry named in the reference does not exist in the simulated world."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """An image as it arrived: its digest, config document, first layer's page, size in bytes."""

    digest: str
    config: dict[str, Any]
    page: bytes | None
    size: int

    @property
    def platform(self) -> str:
        return f"{self.config.get('os')}/{self.config.get('architecture')}"


async def pull(world: World, reference: str, credentials: list[dict[str, Any]]) -> Pulled:
    """Fetch manifest, config and page of an image; raises PullFailed."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise NotHere("index.docker.io")
    host, name = found["host"].lower(), found["name"]
    if world.registry_at(host) is None:
        raise NotHere(host)
    wanted = found["digest"] or found["tag"] or "latest"
    credential = next((c for c in credentials if str(c.get("server", "")).lower() == host), None)
    return await _Puller(world, host, name, credential).fetch(wanted)


@dataclass(slots=True)
class _Puller:
    world: World
    host: str
    name: str
    credential: dict[str, Any] | None
    token: str = ""

    async def fetch(self, reference: str) -> Pulled:
        manifest = await self._manifest(reference)
        document = json.loads(manifest.payload())
        digest = manifest.headers["Docker-Content-Digest"]
        if manifest.content_type in images.INDEXES:
            entries = document["manifests"]
            fitting = [e for e in entries if e["platform"]["architecture"] == "amd64"] or entries
            document = json.loads((await self._manifest(fitting[0]["digest"])).payload())
        config = json.loads((await self._get(f"blobs/{document['config']['digest']}")).payload())
        layer = (await self._get(f"blobs/{document['layers'][0]['digest']}")).payload()
        size = sum(layer["size"] for layer in document["layers"])
        return Pulled(digest, config, images.served_page(layer), size)

    async def _manifest(self, reference: str) -> Answer:
        return await self._get(f"manifests/{reference}")

    async def _get(self, what: str) -> Answer:
        path = f"/v2/{self.name}/{what}"
        answer = await self._send("GET", path, self.token)
        if answer.status == 401 and not self.token:
            self.token = await self._authenticate(answer)
            answer = await self._send("GET", path, self.token)
        if answer.status != 200:
            raise PullFailed(answer.payload().decode().strip())
        return answer

    async def _send(self, method: str, path: str, token: str = "", **headers: str) -> Answer:
        sent = {"Accept": _ACCEPT, **headers}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        return await registry_data.answer(self.world, Call(method, self.host, path, {}, sent))

    async def _authenticate(self, challenge: Answer) -> str:
        scope = re.search(r'scope="([^"]+)"', challenge.headers.get("WWW-Authenticate", ""))
        query = {"service": self.host, "scope": scope[1] if scope else ""}
        headers = {}
        if self.credential and self.credential.get("username"):
            pair = f"{self.credential['username']}:{self.credential.get('password', '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        call = Call("GET", self.host, "/oauth2/token", query, headers)
        answer = await registry_data.answer(self.world, call)
        if answer.status != 200:
            raise PullFailed(answer.payload().decode().strip())
        return str(json.loads(answer.payload())["access_token"])
