"""Microsoft Graph: applications, service principals, their passwords."""

from __future__ import annotations

from aciwizard.sandbox import directory_bodies as bodies
from aciwizard.sandbox import directory_people
from aciwizard.sandbox import directory_rules as rules
from aciwizard.sandbox.directory_bodies import entity, page
from aciwizard.sandbox.http import Answer, Call, Json, Refused, Routes, error
from aciwizard.sandbox.model import Application, Password, ServicePrincipal
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.world import World

routes = Routes()
ODATA = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_DIAGNOSTIC = '{"ServerInfo":{"DataCenter":"East US","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"BL6PEPF00001E1E"}}'


async def answer(world: World, call: Call) -> Answer:
    """Anything sent to graph.microsoft.com, with the headers Graph puts on everything."""
    await world.pace.sleep(world.pace.durations.latency)
    try:
        reply = await _dispatch(world, call)
    except Refused as refusal:
        reply = refusal.answer
    return finished(world, call, reply)


def finished(world: World, call: Call, reply: Answer) -> Answer:
    """An answer with the headers Graph puts on everything, and an error's inner error."""
    request = world.guid()
    client = call.header("client-request-id") or request
    headers = {
        "Cache-Control": "no-cache",
        "Strict-Transport-Security": "max-age=31536000",
        "request-id": request,
        "client-request-id": client,
        "x-ms-ags-diagnostic": _DIAGNOSTIC,
        "x-ms-resource-unit": "1",
        **reply.headers,
    }
    match reply.body:
        case {"error": dict(refused)}:
            date = stamp(world.utc(), 0).rstrip("Z")
            inner = {"date": date, "request-id": request, "client-request-id": client}
            body = {"error": {**refused, "innerError": inner}}
            return Answer(reply.status, body, headers, "application/json")
        case None:
            return Answer(reply.status, None, headers)
        case body:
            return Answer(reply.status, body, {**headers, "odata-version": "4.0"}, ODATA)


async def _dispatch(world: World, call: Call) -> Answer:
    call = rules.signed_in(world, call)
    call = rules.by_object_id(world, call)
    found = routes.find(call) or directory_people.routes.find(call)
    if found is None:
        _, version, *rest = f"{call.path}/".split("/")
        if version != "v1.0":
            return error(400, "BadRequest", f"Invalid version: {version}")
        return error(400, "BadRequest", f"Resource not found for the segment '{rest[0]}'.")
    route, matched = found
    return await route.handler(world, matched)


# -- applications ----------------------------------------------------------------------------------


@routes("GET", "/v1.0/applications")
async def list_applications(world: World, call: Call) -> Answer:
    tenant = rules.tenant_of(world, call)
    found = [bodies.application(made, tenant) for made in rules.applications(world, call)]
    return page(call, "applications", found)


@routes("POST", "/v1.0/applications")
async def create_application(world: World, call: Call) -> Answer:
    rules.require(world, call)
    tenant, sent = rules.tenant_of(world, call), rules.sent(call)
    if "displayName" not in sent:
        return error(
            400,
            "Request_BadRequest",
            "A value is required for property 'displayName' of resource 'Application'.",
        )
    rules.check_application(sent, tenant)
    made = Application(world.guid(), world.guid(), "", tenant.id, world.utc(), owner=call.caller)
    made.visible_at = world.after(world.pace.durations.application_delay)
    made.addressable_at = world.after(world.pace.durations.application_by_id_delay)
    rules.apply(sent, made)
    world.applications.append(made)
    reply = entity(call, "applications", bodies.application(made, tenant, fresh=True), 201)
    return reply.plus(Location=bodies.location(tenant, made.id, "Application"))


@routes("GET", "/v1.0/applications/{id}")
async def get_application(world: World, call: Call) -> Answer:
    made = rules.application(world, call)
    return entity(call, "applications", bodies.application(made, rules.tenant_of(world, call)))


@routes("PATCH", "/v1.0/applications/{id}")
async def change_application(world: World, call: Call) -> Answer:
    made, sent = rules.own_application(world, call), rules.sent(call)
    rules.check_application(sent, rules.tenant_of(world, call))
    rules.apply(sent, made)
    principal = world.principal_of(made.app_id)
    if principal is not None:
        principal.name = made.name
    return Answer(204)


@routes("DELETE", "/v1.0/applications/{id}")
async def delete_application(world: World, call: Call) -> Answer:
    made = rules.own_application(world, call)
    made.deleted = world.utc()
    world.principals = [each for each in world.principals if each.app_id != made.app_id]
    return Answer(204)


# -- deleted applications --------------------------------------------------------------------------


@routes("GET", "/v1.0/directory/deletedItems/graph.application")
@routes("GET", "/v1.0/directory/deletedItems/microsoft.graph.application")
async def list_deleted(world: World, call: Call) -> Answer:
    tenant = rules.tenant_of(world, call)
    gone = rules.applications(world, call, deleted=True)
    return page(call, "applications", [bodies.application(made, tenant) for made in gone])


@routes("GET", "/v1.0/directory/deletedItems/{id}")
async def get_deleted(world: World, call: Call) -> Answer:
    return _directory_object(world, call, rules.application(world, call, deleted=True))


@routes("DELETE", "/v1.0/directory/deletedItems/{id}")
async def purge(world: World, call: Call) -> Answer:
    world.applications.remove(rules.own_application(world, call, deleted=True))
    return Answer(204)


@routes("POST", "/v1.0/directory/deletedItems/{id}/restore")
async def restore(world: World, call: Call) -> Answer:
    """The application comes back, its service principal does not: one has to be made again."""
    made = rules.own_application(world, call, deleted=True)
    made.deleted = None
    return _directory_object(world, call, made)


def _directory_object(world: World, call: Call, made: Application) -> Answer:
    body = bodies.application(made, rules.tenant_of(world, call))
    return entity(call, "directoryObjects", {"@odata.type": "#microsoft.graph.application", **body})


# -- service principals ----------------------------------------------------------------------------


def _principal(world: World, made: ServicePrincipal) -> Json:
    return bodies.service_principal(made, world.application(made.app_id))


@routes("GET", "/v1.0/servicePrincipals")
async def list_principals(world: World, call: Call) -> Answer:
    found = [_principal(world, made) for made in rules.principals(world, call)]
    return page(call, "servicePrincipals", found)


@routes("POST", "/v1.0/servicePrincipals")
async def create_principal(world: World, call: Call) -> Answer:
    sent, tenant = rules.sent(call), rules.tenant_of(world, call)
    app_id = str(sent.get("appId", ""))
    seen = rules.applications(world, call)
    application = next((each for each in seen if each.app_id == app_id.lower()), None)
    rules.require(world, call, application)
    if application is None:
        raise rules.refused(
            400,
            "Request_BadRequest",
            f"The appId '{app_id}' of the service principal does not reference a valid application object.",
            "NoBackingApplicationObject",
            "appId",
        )
    if world.principal_of(app_id) is not None:
        raise rules.refused(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            f"The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use.",
            "ObjectConflict",
            "None",
        )
    made = ServicePrincipal(world.guid(), application.app_id, application.name, tenant.id)
    made.visible_at = world.after(world.pace.durations.principal_delay)
    made.tags = sent.get("tags") or []
    world.principals.append(made)
    reply = entity(call, "servicePrincipals", _principal(world, made), 201)
    return reply.plus(Location=bodies.location(tenant, made.id, "ServicePrincipal"))


@routes("GET", "/v1.0/servicePrincipals/{id}")
async def get_principal(world: World, call: Call) -> Answer:
    return entity(call, "servicePrincipals", _principal(world, rules.principal(world, call)))


@routes("PATCH", "/v1.0/servicePrincipals/{id}")
async def change_principal(world: World, call: Call) -> Answer:
    rules.apply(rules.sent(call), rules.own_principal(world, call))
    return Answer(204)


@routes("DELETE", "/v1.0/servicePrincipals/{id}")
async def delete_principal(world: World, call: Call) -> Answer:
    world.principals.remove(rules.own_principal(world, call))
    return Answer(204)


# -- passwords -------------------------------------------------------------------------------------


@routes("POST", "/v1.0/applications/{id}/addPassword")
async def add_application_password(world: World, call: Call) -> Answer:
    return _add(world, call, rules.own_application(world, call).passwords, hinted=True)


@routes("POST", "/v1.0/servicePrincipals/{id}/addPassword")
async def add_principal_password(world: World, call: Call) -> Answer:
    return _add(world, call, rules.own_principal(world, call).passwords, hinted=False)


def _add(world: World, call: Call, held: list[Password], hinted: bool) -> Answer:
    asked = rules.sent(call).get("passwordCredential") or {}
    made = rules.new_password(world, rules.tenant_of(world, call), asked)
    held.append(made)
    context = {"@odata.context": f"{bodies.ROOT}/$metadata#microsoft.graph.passwordCredential"}
    body = {**context, **bodies.password(made, hinted, revealed=True)}
    return Answer(200, body, {"Location": "https://graph.microsoft.com"})


@routes("POST", "/v1.0/applications/{id}/removePassword")
async def remove_application_password(world: World, call: Call) -> Answer:
    return _remove(call, rules.own_application(world, call).passwords)


@routes("POST", "/v1.0/servicePrincipals/{id}/removePassword")
async def remove_principal_password(world: World, call: Call) -> Answer:
    return _remove(call, rules.own_principal(world, call).passwords)


def _remove(call: Call, held: list[Password]) -> Answer:
    key = str(rules.sent(call).get("keyId", ""))
    for each in held:
        if each.key_id.lower() == key.lower():
            held.remove(each)
            return Answer(204)
    return error(400, "Request_BadRequest", f"No password credential found with keyId '{key}'.")
