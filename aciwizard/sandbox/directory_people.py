"""Microsoft Graph: who there is, and the tenant's policies."""

from __future__ import annotations

from aciwizard.sandbox import directory_bodies as bodies
from aciwizard.sandbox import directory_rules as rules
from aciwizard.sandbox.directory_bodies import entity, page
from aciwizard.sandbox.http import Answer, Call, Json, Routes, error
from aciwizard.sandbox.world import World

routes = Routes()


@routes("GET", "/v1.0/me")
async def me(world: World, call: Call) -> Answer:
    for user in world.users:
        if user.id == call.caller:
            return entity(call, "users", bodies.user(user))
    return error(400, "BadRequest", "/me request is only valid with delegated authentication flow.")


@routes("GET", "/v1.0/users")
async def list_users(world: World, call: Call) -> Answer:
    tenant = rules.tenant_of(world, call)
    found = [bodies.user(each) for each in world.users if each.tenant == tenant.id]
    return page(call, "users", found)


@routes("GET", "/v1.0/users/{id}")
async def get_user(world: World, call: Call) -> Answer:
    wanted, tenant = call.values["id"].lower(), rules.tenant_of(world, call)
    for user in world.users:
        if user.tenant == tenant.id and wanted in (user.id, user.principal_name.lower()):
            return entity(call, "users", bodies.user(user))
    raise rules.missing(call.values["id"])


@routes("POST", "/v1.0/directoryObjects/getByIds")
async def get_by_ids(world: World, call: Call) -> Answer:
    sent, tenant = rules.sent(call), rules.tenant_of(world, call)
    known: list[tuple[str, Json]] = [
        *(("user", bodies.user(each)) for each in world.users if each.tenant == tenant.id),
        *(("application", bodies.application(a, tenant)) for a in rules.applications(world, call)),
        *(
            ("servicePrincipal", bodies.service_principal(p, world.application(p.app_id)))
            for p in rules.principals(world, call)
        ),
    ]
    kinds = {str(kind).lower() for kind in sent.get("types") or ["directoryObject"]}
    ids = {str(id).lower() for id in sent.get("ids") or []}
    found = [
        {"@odata.type": f"#microsoft.graph.{kind}", **body}
        for kind, body in known
        if body["id"] in ids and kinds & {kind.lower(), "directoryobject"}
    ]
    return page(call, "directoryObjects", found, size=1000)


@routes("GET", "/v1.0/organization")
async def organization(world: World, call: Call) -> Answer:
    return page(call, "organization", [bodies.organization(rules.tenant_of(world, call))])


@routes("GET", "/v1.0/policies/authorizationPolicy")
async def authorization_policy(world: World, call: Call) -> Answer:
    policy = rules.authorization_policy(rules.tenant_of(world, call))
    return entity(call, "policies/authorizationPolicy", policy)


@routes("GET", "/v1.0/policies/defaultAppManagementPolicy")
async def app_management_policy(world: World, call: Call) -> Answer:
    policy = rules.app_management_policy(rules.tenant_of(world, call))
    return entity(call, "policies/defaultAppManagementPolicy", policy)
