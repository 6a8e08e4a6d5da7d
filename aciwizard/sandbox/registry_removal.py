"""Taking tags and manifests out of a registry; a repository goes with its last manifest."""

from __future__ import annotations

from aciwizard.sandbox import registry_access as access
from aciwizard.sandbox.http import Answer, Call, Refused, Routes
from aciwizard.sandbox.model import Registry, Repository
from aciwizard.sandbox.world import World

routes = Routes()


def _repository(world: World, call: Call) -> tuple[Registry, Repository]:
    registry, name = access.registry_of(world, call), call.values["name"]
    access.require(world, registry, call, f"repository:{name}:delete")
    repository = registry.repositories.get(name)
    if repository is None:
        message = "repository name not known to registry"
        raise Refused(access.failure(404, "NAME_UNKNOWN", message, {"name": name}))
    return registry, repository


@routes("DELETE", "/acr/v1/{name:path}/_tags/{tag}")
async def remove_tag(world: World, call: Call) -> Answer:
    _, repository = _repository(world, call)
    if repository.tags.pop(call.values["tag"], None) is None:
        raise Refused(access.failure(404, "TAG_UNKNOWN", "the specified tag does not exist"))
    world.order.forget()
    return Answer(202)


@routes("DELETE", "/v2/{name:path}/manifests/{digest}")
async def remove_manifest(world: World, call: Call) -> Answer:
    registry, repository = _repository(world, call)
    digest = call.values["digest"]
    if repository.manifests.pop(digest, None) is None:
        message = f"manifest by digest {digest} is not found"
        raise Refused(access.failure(404, "MANIFEST_UNKNOWN", message))
    repository.tags = {name: tag for name, tag in repository.tags.items() if tag.digest != digest}
    if not repository.manifests:
        del registry.repositories[repository.name]
    world.order.forget()
    return Answer(202)
