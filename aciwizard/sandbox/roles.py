"""Azure RBAC: built-in roles, assignments, and whether a caller may do a thing."""

from __future__ import annotations

import re
from typing import Any

from aciwizard.sandbox.http import Answer, Call, Refused, Routes, error
from aciwizard.sandbox.model import RoleAssignment
from aciwizard.sandbox.pace import stamp
from aciwizard.sandbox.role_definitions import BY_ID, ROLES, Role
from aciwizard.sandbox.world import World

routes = Routes()
AUTHORIZATION = "/providers/Microsoft.Authorization"


def covers(scope: str, resource: str) -> bool:
    """Whether an assignment at `scope` reaches `resource`; letter case does not matter."""
    outer, inner = scope.rstrip("/").lower(), resource.lower()
    return inner == outer or inner.startswith(outer + "/")


def allowed(world: World, caller: str, action: str, resource: str, data: bool = False) -> bool:
    """Whether a principal may do this now; data roles count only once they have replicated."""
    for held in world.assignments:
        if held.principal != caller or not covers(held.scope, resource):
            continue
        pull = action.lower().startswith("microsoft.containerregistry/registries/pu")
        if (data or pull) and not world.reached(held.effective_at):
            continue
        if BY_ID[held.role].grants(action, data):
            return True
    return False


def refusal(world: World, call: Call, action: str) -> Refused:
    """The 403 for a caller whose roles do not grant an action, in ARM's words."""
    name, scope = world.principal_name(call.caller), re.sub(r"/providers/[^/]+$", "", call.scope)
    message = (
        f"The client '{name}' with object id '{call.caller}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials."
    )
    answer = error(403, "AuthorizationFailed", message)
    return Refused(answer.plus(x_ms_failure_cause="gateway"))


# -- the wire ---------------------------------------------------------------------------------------


def _definition(role: Role, scope: str) -> dict[str, Any]:
    subscription = "/".join(scope.split("/")[:3])
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [
                {
                    "actions": [*role.actions],
                    "notActions": [*role.not_actions],
                    "dataActions": [*role.data],
                    "notDataActions": [],
                }
            ],
        },
        "id": f"{subscription}{AUTHORIZATION}/roleDefinitions/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    }


@routes(
    "GET",
    "{scope:path}/providers/Microsoft.Authorization/roleDefinitions",
    "Microsoft.Authorization/roleDefinitions/read",
)
async def definitions(world: World, call: Call) -> Answer:
    wanted = re.search(r"roleName eq '([^']*)'", call.query.get("$filter", ""), re.IGNORECASE)
    found = [role for role in ROLES if not wanted or role.name.lower() == wanted[1].lower()]
    return Answer(body={"value": [_definition(role, call.values["scope"]) for role in found]})


@routes(
    "GET",
    "{scope:path}/providers/Microsoft.Authorization/roleDefinitions/{id}",
    "Microsoft.Authorization/roleDefinitions/read",
)
async def definition(world: World, call: Call) -> Answer:
    role = BY_ID.get(call.values["id"].lower())
    if role is None:
        id = call.values["id"]
        return error(
            404,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{id}' does not exist.",
        )
    return Answer(body=_definition(role, call.values["scope"]))


def _assignment(held: RoleAssignment, scope: str, created: bool = False) -> dict[str, Any]:
    subscription = "/".join(held.scope.split("/")[:3])
    return {
        "properties": {
            "roleDefinitionId": f"{subscription}{AUTHORIZATION}/roleDefinitions/{held.role}",
            "principalId": held.principal,
            "principalType": held.principal_type,
            "scope": held.scope,
            "condition": None,
            "conditionVersion": None,
            "createdOn": stamp(held.created),
            "updatedOn": stamp(held.created),
            "createdBy": None if created else held.created_by,
            "updatedBy": held.created_by,
            "delegatedManagedIdentityResourceId": None,
            "description": None,
        },
        "id": f"{held.scope}{AUTHORIZATION}/roleAssignments/{held.name}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": held.name,
    }


@routes(
    "GET",
    "{scope:path}/providers/Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleAssignments/read",
)
async def assignments(world: World, call: Call) -> Answer:
    scope, wanted = call.values["scope"], call.query.get("$filter", "")
    principal = re.search(r"(?:principalId eq|assignedTo\()\s*'([^']*)'", wanted, re.IGNORECASE)
    found = []
    for held in world.assignments:
        above = covers(held.scope, scope)
        below = "atscope()" not in wanted.lower() and covers(scope, held.scope)
        if (above or below) and (not principal or held.principal == principal[1].lower()):
            found.append(_assignment(held, scope))
    return Answer(body={"value": found})


def _find(world: World, call: Call) -> RoleAssignment | None:
    name = call.values["name"].lower()
    return next((held for held in world.assignments if held.name == name), None)


@routes(
    "GET",
    "{scope:path}/providers/Microsoft.Authorization/roleAssignments/{name}",
    "Microsoft.Authorization/roleAssignments/read",
)
async def assignment(world: World, call: Call) -> Answer:
    held = _find(world, call)
    if held is None:
        return error(
            404,
            "RoleAssignmentNotFound",
            f"The role assignment '{call.values['name']}' is not found.",
        )
    return Answer(body=_assignment(held, held.scope))


@routes(
    "PUT",
    "{scope:path}/providers/Microsoft.Authorization/roleAssignments/{name}",
    "Microsoft.Authorization/roleAssignments/write",
)
async def assign(world: World, call: Call) -> Answer:
    await world.pace.sleep(world.pace.durations.role_put)
    sent = call.json().get("properties") or {}
    role = BY_ID.get(str(sent.get("roleDefinitionId", "")).rpartition("/")[2].lower())
    principal = str(sent.get("principalId", "")).lower()
    scope = "/" + call.values["scope"].strip("/")
    if role is None:
        return error(
            404,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{sent.get('roleDefinitionId')}' does not exist.",
        )
    kind = _kind(world, principal, str(sent.get("principalType") or ""))
    for held in world.assignments:
        if (held.scope.lower(), held.role, held.principal) == (scope.lower(), role.id, principal):
            return error(409, "RoleAssignmentExists", "The role assignment already exists.")
    registry = "microsoft.containerregistry" in scope.lower()
    durations = world.pace.durations
    delay = durations.registry_role_delay if registry else durations.vault_role_delay
    made = RoleAssignment(
        call.values["name"].lower(),
        scope,
        role.id,
        principal,
        kind,
        world.utc(),
        call.caller,
        world.after(delay),
    )
    world.assignments.append(made)
    return Answer(201, _assignment(made, scope, created=True))


def _kind(world: World, principal: str, said: str) -> str:
    # With principalType Azure takes the caller's word for a principal it cannot see yet (recorded).
    kind = ""
    if any(p.id == principal and (said or world.reached(p.visible_at)) for p in world.principals):
        kind = "ServicePrincipal"
    elif any(user.id == principal for user in world.users):
        kind = "User"
    elif said and any(app.id == principal for app in world.applications):
        kind = "Application"
    if kind and said.lower() in ("", kind.lower()):
        return kind
    if kind:
        raise Refused(
            error(
                400,
                "UnmatchedPrincipalType",
                f"The PrincipalId '{principal.replace('-', '')}' has type '{kind}' , which is different from specified PrinciaplType '{said}'.",
            )
        )
    raise Refused(
        error(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory {world.tenants[0].id}. "
            "Check that you have the correct principal ID. If you are creating this principal and then "
            "immediately assigning a role, this error might be related to a replication delay. In this case, "
            "set the role assignment principalType property to a value, such as ServicePrincipal, User, or "
            "Group.  See https://aka.ms/docs-principaltype",
        )
    )


@routes(
    "DELETE",
    "{scope:path}/providers/Microsoft.Authorization/roleAssignments/{name}",
    "Microsoft.Authorization/roleAssignments/delete",
)
async def unassign(world: World, call: Call) -> Answer:
    held = _find(world, call)
    if held is None:
        return Answer(204)
    world.assignments.remove(held)
    return Answer(200, _assignment(held, held.scope))


@routes("GET", "{scope:path}/providers/Microsoft.Authorization/permissions")
async def permissions(world: World, call: Call) -> Answer:
    scope = call.values["scope"]
    held = [a for a in world.assignments if a.principal == call.caller and covers(a.scope, scope)]
    roles = [BY_ID[a.role] for a in held]
    return Answer(
        body={
            "value": [
                {
                    "actions": [*role.actions],
                    "notActions": [*role.not_actions],
                    "dataActions": [*role.data],
                    "notDataActions": [],
                }
                for role in roles
            ]
        }
    )
