"""ARM: container groups, and what can be asked of them and of their region."""

from __future__ import annotations

from typing import Any

from aciwizard.sandbox import life
from aciwizard.sandbox.http import Answer, Call, Refused, Routes, error
from aciwizard.sandbox.instance_request import Sent, accepted, echo
from aciwizard.sandbox.locations import LOCATIONS, chosen
from aciwizard.sandbox.model import LABEL_SCOPE, Container, ContainerGroup
from aciwizard.sandbox.operations import signed
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.world import World

routes = Routes()
_TYPE = "Microsoft.ContainerInstance/containerGroups"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance"
_FOLDER = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerInstance/containerGroups"
_ONE = _FOLDER + "/{name}"


def _body(world: World, made: ContainerGroup, full: bool = True) -> dict[str, Any]:
    now, properties = world.pace.now(), echo(made.properties)
    address = properties.get("ipAddress")
    if address is not None:
        if made.fqdn:
            address["fqdn"] = made.fqdn
            address.setdefault(LABEL_SCOPE, "Unsecure")
        if now >= made.made_at + world.pace.durations.instance_pulling:
            address["ip"] = made.ip
    properties["provisioningState"] = life.provisioning(made, now, world.pace.durations)
    if full:
        properties["instanceView"] = {"events": [], "state": life.group_state(made, now)}
        for sent, container in zip(properties["containers"], made.containers, strict=True):
            if now >= made.made_at + 1:
                sent["properties"]["instanceView"] = life.view(made, container, world.pace)
    body = {
        "properties": properties,
        "id": made.id,
        "name": made.name,
        "type": _TYPE,
        "location": made.location,
    }
    return body | ({"tags": made.tags} if made.tags is not None else {})


def _find(world: World, call: Call) -> ContainerGroup:
    values = call.values
    made = world.instance(values["subscription"], values["group"], values["name"])
    if made is None:
        message = f"The Resource '{_TYPE}/{values['name']}' under resource group '{values['group']}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        raise Refused(error(404, "ResourceNotFound", message).plus(x_ms_failure_cause="gateway"))
    return made


def _from(world: World, made: ContainerGroup, answer: Answer) -> Answer:
    # Container Instances itself answers, not ARM: its request ids begin with a region (recorded).
    return answer.plus(x_ms_request_id=f"{made.location}:{world.guid()}")


def _listed(world: World, call: Call, group: str = "") -> Answer:
    mine = [
        _body(world, made, full=False)
        for made in world.instances
        if made.subscription == call.values["subscription"].lower()
        and (not group or made.group.lower() == group.lower())
    ]
    return Answer(body={"value": mine})


@routes("GET", _PROVIDER + "/containerGroups", f"{_TYPE}/read")
async def list_all(world: World, call: Call) -> Answer:
    return _listed(world, call)


@routes("GET", _FOLDER, f"{_TYPE}/read")
async def list_in_group(world: World, call: Call) -> Answer:
    return _listed(world, call, call.values["group"])


@routes("GET", _ONE, f"{_TYPE}/read")
async def get(world: World, call: Call) -> Answer:
    made = _find(world, call)
    return _from(world, made, Answer(body=_body(world, made)))


@routes("PUT", _ONE, f"{_TYPE}/write")
async def put(world: World, call: Call) -> Answer:
    values, sent = call.values, call.json()
    old = world.instance(values["subscription"], values["group"], values["name"])
    made = ContainerGroup(
        values["subscription"].lower(),
        values["group"],
        values["name"],
        chosen(sent, _TYPE),
        sent.get("properties") or {},
        sent.get("tags"),
        made_at=0.0,
        operation=world.guid(),
    )
    await world.pace.sleep(world.pace.durations.instance_put)
    pulled = await accepted(world, Sent(made, old))
    made.made_at = world.pace.now()
    durations = world.pace.durations
    held = {container.digest for container in old.containers} if old else set()
    cached = all(image.digest in held for image in pulled)
    made.started_at = world.after(
        durations.instance_pulled if cached else durations.instance_started
    )
    if any(image.size > 15 * 10**9 for image in pulled):
        made.started_at = float("inf")
    made.ip = (
        old.ip if old else f"20.81.{world.random.randint(2, 250)}.{world.random.randint(2, 250)}"
    )
    names = [(c["name"], c["properties"]["image"]) for c in made.properties["containers"]]
    for (name, image), got in zip(names, pulled, strict=True):
        here = got.digest in held
        made.containers.append(Container(name, image, got.config, got.page, got.digest, here))
    if old is not None:
        world.instances.remove(old)
        made.port, made.tags = old.port, made.tags if made.tags is not None else old.tags
    world.instances.append(made)
    await world.opened(made)
    path = f"/subscriptions/{made.subscription}/providers/Microsoft.ContainerInstance/locations/{made.location}/operations/{made.operation}"
    headers = {
        "Azure-AsyncOperation": signed(world, path, "2018-06-01"),
        "x-ms-request-id": f"{made.location}:{made.operation}",
        "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m": "99",
        "x-ms-ratelimit-remaining-subscription-resource-requests-pt1h": "299",
    }
    return Answer(201, _body(world, made), headers)


@routes("GET", _PROVIDER + "/locations/{location}/operations/{operation}")
async def operation(world: World, call: Call) -> Answer:
    wanted = call.values["operation"].lower()
    made = next((group for group in world.instances if group.operation == wanted), None)
    if made is None:
        return error(404, "OperationNotFound", f"The operation '{wanted}' is not found.")
    happened = [event for c in made.containers for event in life.events(made, c, world.pace)]
    state = life.provisioning(made, world.pace.now(), world.pace.durations)
    start = stamp(world.pace.utc(made.made_at))
    again = signed(world, call.path, call.query["api-version"])
    body = {"id": made.id, "status": state, "startTime": start, "properties": {"events": happened}}
    return _from(world, made, Answer(200, body, {"Azure-AsyncOperation": again}))


@routes("DELETE", _ONE, f"{_TYPE}/delete")
async def delete(world: World, call: Call) -> Answer:
    values = call.values
    made = world.instance(values["subscription"], values["group"], values["name"])
    if made is None:
        return Answer(204)
    body = _body(world, made)
    await world.pace.sleep(world.pace.durations.instance_deletion)
    if made in world.instances:
        world.instances.remove(made)
    return _from(world, made, Answer(200, body))


@routes("POST", _ONE + "/stop", f"{_TYPE}/stop/action")
async def stop(world: World, call: Call) -> Answer:
    made = _find(world, call)
    made.stopped_at = made.stopped_at if made.stopped_at is not None else world.pace.now()
    return Answer(204)


async def _again(world: World, call: Call) -> Answer:
    made = _find(world, call)
    if world.pace.now() < made.started_at:
        message = f"The container group '{made.name}' is still transitioning, please retry later."
        return error(409, "ContainerGroupTransitioning", message)
    made.stopped_at, made.made_at, made.operation = None, world.pace.now(), world.guid()
    made.started_at = world.after(world.pace.durations.instance_pulled)
    for container in made.containers:
        container.cached = True
    path = f"/subscriptions/{made.subscription}/providers/Microsoft.ContainerInstance/locations/{made.location}/operations/{made.operation}"
    return Answer(204, None, {"Azure-AsyncOperation": signed(world, path, "2018-06-01")})


@routes("POST", _ONE + "/restart", f"{_TYPE}/restart/action")
async def restart(world: World, call: Call) -> Answer:
    return await _again(world, call)


@routes("POST", _ONE + "/start", f"{_TYPE}/start/action")
async def start(world: World, call: Call) -> Answer:
    return await _again(world, call)


@routes("GET", _ONE + "/containers/{container}/logs", f"{_TYPE}/containers/logs/read")
async def logs(world: World, call: Call) -> Answer:
    made, name = _find(world, call), call.values["container"]
    container = next((c for c in made.containers if c.name == name), None)
    text = life.log(made, container, world.pace) if container else None
    if text is None:
        message = f"Log of container '{name}' in container group '{made.name}' is not available yet. Please check container 'InstanceView' for more information or retry later."
        return error(404, "ContainerLogNotAvailable", message)
    lines = text.splitlines(keepends=True)
    if (tail := call.query.get("tail", "")).isdigit():
        lines = lines[-int(tail) :] if int(tail) else []
    if call.query.get("timestamps", "").lower() == "true":
        moment = stamp(world.pace.utc(made.started_at))
        lines = [f"{moment} {line}" for line in lines]
    return _from(world, made, Answer(body={"content": "".join(lines)}))


# -- a region's limits ------------------------------------------------------------------------------


@routes(
    "GET",
    _PROVIDER + "/locations/{location}/usages",
    "Microsoft.ContainerInstance/locations/usages/read",
)
async def usages(world: World, call: Call) -> Answer:
    subscription = world.subscription(call.values["subscription"])
    mine = [
        made
        for made in world.instances
        if (made.subscription, made.location) == (subscription.id, call.values["location"].lower())
    ]
    cores = sum(Sent(made, None).cores for made in mine)
    rows = (
        ("ContainerGroups", "ContainerGroups", "Container Groups", len(mine), 100),
        ("standardCores", "StandardCores", "Standard Cores", round(cores), subscription.cores),
        ("standardSpotCores", "StandardSpotCores", "Standard Spot Cores", 0, 100),
    )
    value = [
        {
            "id": f"{call.path}/{id}",
            "unit": "Count",
            "currentValue": used,
            "limit": limit,
            "name": {"value": name, "localizedValue": words},
        }
        for id, name, words, used, limit in rows
    ]
    return Answer(body={"value": value})


@routes(
    "GET",
    _PROVIDER + "/locations/{location}/capabilities",
    "Microsoft.ContainerInstance/locations/capabilities/read",
)
async def capabilities(world: World, call: Call) -> Answer:
    location = call.values["location"].lower()
    if location not in {known.name for known in LOCATIONS}:
        return error(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{_TYPE}'.",
        )
    value = [
        {
            "resourceType": "containerGroups",
            "osType": system,
            "location": location,
            "ipAddressType": "Public",
            "gpu": "None",
            "capabilities": {"maxMemoryInGB": 16.0, "maxCpu": 4.0, "maxGpuCount": 0.0},
        }
        for system in ("Linux", "Windows")
    ]
    return Answer(body={"value": value})
