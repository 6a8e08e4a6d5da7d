"""Container images as real OCI documents: layers, config, manifests, indexes, true digests."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aciwizard.sandbox.model import Manifest, Registry, Repository, Tag
from aciwizard.sandbox.pace import stamp

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
INDEXES = (MANIFEST_LIST, OCI_INDEX)
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
PAGE = "usr/src/app/index.html"


@dataclass(frozen=True, slots=True)
class Image:
    """What an image is and how it behaves once it runs; the behaviour travels in its labels.

    `behaviour`: serve | exit:CODE | crash:CODE (again and again) | silent (runs, answers nothing).
    """

    title: str
    platforms: tuple[str, ...] = ("linux/amd64",)
    ports: tuple[int, ...] = (80,)
    entrypoint: tuple[str, ...] = ("node", "/usr/src/app/index.js")
    behaviour: str = "serve"
    log: str = "listening on port 80\n"
    os_version: str = ""
    declared_size: int = 0  # bytes a further layer claims, for images too large to hold


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def page(title: str) -> bytes:
    """The page the sample images serve."""
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        "<p>This container was pulled from a private registry.</p></body></html>\n"
    ).encode()


def push(registry: Registry, name: str, tag: str, image: Image, created: datetime) -> str:
    """Put an image into a registry under a tag; returns the digest the tag points to."""
    repository = registry.repositories.setdefault(name, Repository(name, created))
    made = [_manifest(registry, image, platform, created) for platform in image.platforms]
    for manifest in made:
        repository.manifests.setdefault(manifest.digest, manifest)
    top = made[0] if len(made) == 1 else _index(made, image, created)
    repository.manifests.setdefault(top.digest, top)
    repository.tags[tag] = Tag(top.digest, created, created + timedelta(seconds=1))
    return top.digest


def copy(source: Registry, image: str, target: Registry, to: str, now: datetime) -> None:
    """Copy `repository:tag` of one registry into another, as an import does."""
    (name, tag), (new_name, new_tag) = image.rsplit(":", 1), to.rsplit(":", 1)
    held = source.repositories[name]
    repository = target.repositories.setdefault(new_name, Repository(new_name, now))
    repository.manifests.update(held.manifests)
    target.blobs.update(source.blobs)
    repository.tags[new_tag] = Tag(held.tags[tag].digest, now, now)


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2).encode()


def _manifest(registry: Registry, image: Image, platform: str, created: datetime) -> Manifest:
    layer, plain = _layer(image)
    os, _, architecture = platform.partition("/")
    config = _json(_config(image, os, architecture, plain, created))
    for blob in (layer, config):
        registry.blobs[digest(blob)] = blob
    layers = [{"mediaType": _LAYER, "size": len(layer), "digest": digest(layer)}]
    if image.declared_size:
        ghost = hashlib.sha256(f"{image.title}{platform}".encode()).hexdigest()
        layers.append(
            {"mediaType": _LAYER, "size": image.declared_size, "digest": f"sha256:{ghost}"}
        )
    body = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": _CONFIG, "size": len(config), "digest": digest(config)},
            "layers": layers,
        }
    )
    size = len(layer) + len(config) + image.declared_size
    return Manifest(digest(body), MANIFEST, body, created, size, architecture, os)


def _config(
    image: Image, os: str, architecture: str, plain: bytes, created: datetime
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "architecture": architecture,
        "os": os,
        "created": stamp(created),
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Entrypoint": list(image.entrypoint),
            "Cmd": None,
            "WorkingDir": "/usr/src/app",
            "ExposedPorts": {f"{port}/tcp": {} for port in image.ports},
            "Labels": {"sandbox.behaviour": image.behaviour, "sandbox.log": image.log},
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
        "history": [{"created": stamp(created), "created_by": "COPY index.html /usr/src/app/"}],
    }
    if image.os_version:
        document["os.version"] = image.os_version
    return document


def _layer(image: Image) -> tuple[bytes, bytes]:
    content = page(image.title)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        entry = tarfile.TarInfo(PAGE)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0), plain.getvalue()


def _index(made: list[Manifest], image: Image, created: datetime) -> Manifest:
    entries = []
    for manifest in made:
        platform = {"architecture": manifest.architecture, "os": manifest.os}
        if image.os_version:
            platform["os.version"] = image.os_version
        entries.append(
            {
                "mediaType": manifest.media_type,
                "size": len(manifest.body),
                "digest": manifest.digest,
                "platform": platform,
            }
        )
    body = _json({"schemaVersion": 2, "mediaType": MANIFEST_LIST, "manifests": entries})
    size = sum(manifest.image_size for manifest in made)
    return Manifest(digest(body), MANIFEST_LIST, body, created, size)


def served_page(layer: bytes) -> bytes | None:
    """The page inside a layer, or None where the layer holds none."""
    with tarfile.open(fileobj=io.BytesIO(layer), mode="r:gz") as archive:
        try:
            member = archive.extractfile(PAGE)
        except KeyError:
            return None
        return member.read() if member else None
