"""A registry's data plane: catalog, tags, manifests and blobs at `*.azurecr.io`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from aciwizard.sandbox import registry_access as access
from aciwizard.sandbox import registry_removal, registry_tokens
from aciwizard.sandbox.http import Answer, Call, Refused, Routes
from aciwizard.sandbox.images import INDEXES
from aciwizard.sandbox.model import Manifest, Repository
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.world import World

routes = Routes()
_ATTRIBUTES = {
    "deleteEnabled": True,
    "writeEnabled": True,
    "readEnabled": True,
    "listEnabled": True,
}
_CLIENT = "203.0.113.7"  # the address a closed registry says it saw


async def answer(world: World, call: Call) -> Answer:
    """Everything sent to a login server; closed registries refuse before anything else."""
    await world.pace.sleep(world.pace.durations.latency)
    world.settle()
    registry = world.registry_at(call.host)
    if registry is None:
        return access.failure(404, "NAME_UNKNOWN", "registry does not exist")
    headers = {"Server": "AzureContainerRegistry", "X-Ms-Correlation-Request-Id": world.guid()}
    try:
        if registry.closed:
            message = f"client with IP '{_CLIENT}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
            raise Refused(access.failure(403, "DENIED", message))
        tables = (registry_tokens.routes, registry_removal.routes, routes)
        found = next(filter(None, (table.find(call) for table in tables)), None)
        if found is None or _upper_case(call):
            return Answer(404, "404 page not found\n", headers, "text/plain; charset=utf-8")
        route, matched = found
        reply = await route.handler(world, matched)
    except Refused as refusal:
        reply = refusal.answer
    rate = {"x-ms-ratelimit-remaining-calls-per-second": "166.65"}
    return Answer(
        reply.status, reply.body, {**headers, **rate, **reply.headers}, reply.content_type
    )


def _upper_case(call: Call) -> bool:
    # Repository names are part of the route in a registry, and upper case matches none (recorded).
    name = re.match(r"/(?:v2|acr/v1)/(.+?)(?:/(?:_|manifests|blobs|tags)|/?$)", call.path)
    return bool(name and name[1] != name[1].lower())


# -- catalog and tags -------------------------------------------------------------------------------


def _page(
    call: Call, names: Sequence[str], position: Callable[[str], int]
) -> tuple[Sequence[str], dict[str, str]]:
    """The names after `last`, at most `n`, and the Link header where more follow."""
    size = int(call.query.get("n") or 0)
    size = size if size > 0 else 100
    start = position(call.query["last"]) if call.query.get("last") else 0
    chosen = names[start : start + size]
    if start + size >= len(names):
        return chosen, {}
    query = urlencode({"last": chosen[-1], "n": size, "orderby": call.query.get("orderby", "")})
    return chosen, {"Link": f'<{call.path}?{query}>; rel="next"'}


def _line(body: dict[str, Any], headers: dict[str, str]) -> Answer:
    return Answer(200, Answer(body=body).payload() + b"\n", headers)


@routes("GET", "/acr/v1/_catalog")
@routes("GET", "/v2/_catalog")
async def catalog(world: World, call: Call) -> Answer:
    registry = access.registry_of(world, call)
    access.require(world, registry, call, "registry:catalog:*")
    names = world.order.names(registry)
    chosen, more = _page(call, names, world.order.after(registry, ""))
    return _line({"repositories": list(chosen) or None}, more)


def _repository(world: World, call: Call, action: str = "metadata_read") -> Repository:
    registry, name = access.registry_of(world, call), call.values["name"]
    access.require(world, registry, call, f"repository:{name}:{action}")
    repository = registry.repositories.get(name)
    if repository is None:
        message = "repository name not known to registry"
        raise Refused(access.failure(404, "NAME_UNKNOWN", message, {"name": name}))
    return repository


def _tag(repository: Repository, name: str) -> dict[str, Any]:
    tag = repository.tags[name]
    return {
        "name": name,
        "digest": tag.digest,
        "createdTime": stamp(tag.created),
        "lastUpdateTime": stamp(tag.updated),
        "signed": False,
        "changeableAttributes": _ATTRIBUTES,
    }


@routes("GET", "/acr/v1/{name:path}/_tags")
async def tags(world: World, call: Call) -> Answer:
    repository, order = _repository(world, call), call.query.get("orderby", "")
    names = world.order.names(repository, order)
    chosen, more = _page(call, names, world.order.after(repository, order))
    value = [_tag(repository, name) for name in chosen]
    return _line({"registry": call.host, "imageName": repository.name, "tags": value}, more)


@routes("GET", "/acr/v1/{name:path}/_tags/{tag}")
async def one_tag(world: World, call: Call) -> Answer:
    repository, name = _repository(world, call), call.values["tag"]
    if name not in repository.tags:
        raise Refused(access.failure(404, "TAG_UNKNOWN", "the specified tag does not exist"))
    tag = {**_tag(repository, name), "quarantineState": "Passed"}
    return _line({"registry": call.host, "imageName": repository.name, "tag": tag}, {})


@routes("GET", "/v2/{name:path}/tags/list")
async def docker_tags(world: World, call: Call) -> Answer:
    repository = _repository(world, call, "pull")
    names = world.order.names(repository, "")
    chosen, more = _page(call, names, world.order.after(repository, ""))
    return _line({"name": repository.name, "tags": list(chosen)}, more)


@routes("GET", "/acr/v1/{name:path}/_manifests")
async def manifests(world: World, call: Call) -> Answer:
    repository, registry = _repository(world, call), access.registry_of(world, call)
    order = sorted(repository.manifests)
    chosen, more = _page(call, order, lambda last: order.index(last) + 1)
    value = [_attributes(repository, repository.manifests[digest]) for digest in chosen]
    body = {"registry": registry.login_server, "imageName": repository.name, "manifests": value}
    return _line(body, more)


@routes("GET", "/acr/v1/{name:path}/_manifests/{digest}")
async def one_manifest(world: World, call: Call) -> Answer:
    repository = _repository(world, call)
    manifest = repository.manifests.get(call.values["digest"])
    if manifest is None:
        raise _unknown(call.values["digest"])
    body = {
        "registry": call.host,
        "imageName": repository.name,
        "manifest": _attributes(repository, manifest),
    }
    return _line(body, {})


@routes("GET", "/acr/v1/{name:path}")
async def attributes(world: World, call: Call) -> Answer:
    repository = _repository(world, call)
    return _line(
        {
            "registry": call.host,
            "imageName": repository.name,
            "createdTime": stamp(repository.created),
            "lastUpdateTime": stamp(repository.created),
            "manifestCount": len(repository.manifests),
            "tagCount": len(repository.tags),
            "changeableAttributes": _ATTRIBUTES,
        },
        {},
    )


def _attributes(repository: Repository, manifest: Manifest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "digest": manifest.digest,
        "imageSize": manifest.image_size,
        "createdTime": stamp(manifest.created),
        "lastUpdateTime": stamp(manifest.created),
        "mediaType": manifest.media_type,
        "tags": [name for name, tag in repository.tags.items() if tag.digest == manifest.digest],
        "changeableAttributes": _ATTRIBUTES,
    }
    if manifest.media_type not in INDEXES:
        body |= {"architecture": manifest.architecture, "os": manifest.os}
    return body


# -- what a pull fetches ----------------------------------------------------------------------------


def _unknown(reference: str) -> Refused:
    how = "by digest" if reference.startswith("sha256:") else f'tagged by "{reference}"'
    return Refused(
        access.failure(
            404, "MANIFEST_UNKNOWN", f"manifest {how} is not found", {"reference": reference}
        )
    )


@routes("GET", "/v2/{name:path}/manifests/{reference}")
@routes("HEAD", "/v2/{name:path}/manifests/{reference}")
async def manifest(world: World, call: Call) -> Answer:
    registry, name = access.registry_of(world, call), call.values["name"]
    access.require(world, registry, call, f"repository:{name}:pull")
    reference = call.values["reference"]
    repository = registry.repositories.get(name)
    tag = repository.tags.get(reference) if repository else None
    manifest = repository.manifests.get(tag.digest if tag else reference) if repository else None
    if manifest is None:
        raise _unknown(reference)
    headers = {
        "Docker-Content-Digest": manifest.digest,
        "ETag": f'"{manifest.digest}"',
        "Docker-Distribution-Api-Version": "registry/2.0",
    }
    return Answer(200, manifest.body, headers, manifest.media_type)


@routes("GET", "/v2/{name:path}/blobs/{digest}")
@routes("HEAD", "/v2/{name:path}/blobs/{digest}")
async def blob(world: World, call: Call) -> Answer:
    registry, name = access.registry_of(world, call), call.values["name"]
    access.require(world, registry, call, f"repository:{name}:pull")
    blob = registry.blobs.get(call.values["digest"])
    if blob is None:
        raise Refused(
            access.failure(
                404, "BLOB_UNKNOWN", "blob unknown to registry", {"digest": call.values["digest"]}
            )
        )
    return Answer(
        200, blob, {"Docker-Content-Digest": call.values["digest"]}, "application/octet-stream"
    )
