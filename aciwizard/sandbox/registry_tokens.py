"""Where a registry hands out its tokens: for Entra tokens, for passwords, and to anybody."""

from __future__ import annotations

from aciwizard.sandbox import registry_access as access
from aciwizard.sandbox.http import Answer, Call, Routes
from aciwizard.sandbox.world import World

routes = Routes()


@routes("GET", "/v2")
async def ping(world: World, call: Call) -> Answer:
    registry = access.registry_of(world, call)
    claims = world.signer.read(call.bearer)
    if claims.get("aud") != registry.login_server:
        raise access.unauthorized(registry)
    return Answer(200, {}, {"Docker-Distribution-Api-Version": "registry/2.0"})


@routes("POST", "/oauth2/exchange")
async def exchange(world: World, call: Call) -> Answer:
    registry, form = access.registry_of(world, call), call.form()
    return Answer(
        body={"refresh_token": access.exchanged(world, registry, form.get("access_token", ""))}
    )


@routes("GET", "/oauth2/token")
async def docker_token(world: World, call: Call) -> Answer:
    """The Docker way: user and password in a Basic header."""
    registry, pair = access.registry_of(world, call), access.basic(call)
    if pair is None and not registry.anonymous_pull:
        raise access.unauthorized(registry)
    who = access.checked(world, registry, *pair) if pair else access.ANONYMOUS
    return Answer(
        body={
            "access_token": access.access_token(world, registry, who, call.query.get("scope", ""))
        }
    )


@routes("POST", "/oauth2/token")
async def token(world: World, call: Call) -> Answer:
    registry, form = access.registry_of(world, call), call.form()
    if form.get("grant_type") == "refresh_token":
        who = access.refreshed(world, registry, form.get("refresh_token", ""))
    elif form.get("username"):
        who = access.checked(world, registry, form["username"], form.get("password", ""))
    elif registry.anonymous_pull:
        who = access.ANONYMOUS
    else:
        raise access.unauthorized(registry)
    return Answer(
        body={"access_token": access.access_token(world, registry, who, form.get("scope", ""))}
    )
