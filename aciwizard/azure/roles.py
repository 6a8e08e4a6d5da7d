"""Role assignments: who may do what, on which scope."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.mgmt.authorization.aio import AuthorizationManagementClient
from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters

from aciwizard.azure.errors import telling
from aciwizard.azure.session import Session

# Azure's own ids of its built-in roles; they are the same in every tenant and cloud.
ROLE_IDS = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "Container Registry Repository Reader": "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    "Container Registry Repository Writer": "2a1e307c-b015-4ebd-883e-5b7698a07328",
    "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role assignment; `role` is the role definition's id, `scope` a resource id."""

    id: str
    role: str
    principal: str
    scope: str


def _client(session: Session, scope: str) -> AuthorizationManagementClient:
    return session.management(AuthorizationManagementClient, scope.split("/")[2])


async def held(session: Session, scope: str, principal: str) -> list[Assignment]:
    """A principal's assignments that reach a scope, given there or above it; raises Problem."""
    client = _client(session, scope)
    with telling("Reading role assignments"):
        return [
            Assignment(
                str(found.id),
                str(found.role_definition_id).rpartition("/")[2].lower(),
                str(found.principal_id).lower(),
                str(found.scope),
            )
            async for found in client.role_assignments.list_for_scope(
                scope, filter=f"assignedTo('{principal}')"
            )
        ]


def id_of(scope: str, role: str, principal: str) -> str:
    """The id our assignment has: it follows from what it says, so a repeat finds the first one."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}|{role}|{principal}".lower())
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"


async def there(session: Session, assignment: str) -> bool:
    """Whether a role assignment exists; raises Problem."""
    with telling("Reading a role assignment"):
        try:
            await _client(session, assignment).role_assignments.get_by_id(assignment)
        except ResourceNotFoundError:
            return False
    return True


async def assign(session: Session, scope: str, role: str, principal: str, kind: str) -> str:
    """Give a principal a role on a scope; returns the assignment's id, "" where it was there.

    `kind` is User or ServicePrincipal and is always sent: without it Azure looks the principal up
    in a directory replica that may not know it yet (PrincipalNotFound, recorded 178 times).
    """
    subscription = scope.split("/")[2]
    definition = (
        f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
        f"/roleDefinitions/{ROLE_IDS[role]}"
    )
    name = id_of(scope, role, principal).rpartition("/")[2]
    wanted = RoleAssignmentCreateParameters(
        role_definition_id=definition, principal_id=principal, principal_type=kind
    )
    with telling(f"Assigning the role {role}"):
        try:
            made = await _client(session, scope).role_assignments.create(scope, name, wanted)
        except ResourceExistsError as error:
            if error.error and error.error.code == "RoleAssignmentExists":
                return ""
            raise
    return str(made.id)


async def remove(session: Session, assignment: str) -> None:
    """Take a role assignment away; nothing happens where it is gone. Raises Problem."""
    with telling("Removing a role assignment"), suppress(ResourceNotFoundError):
        await _client(session, assignment).role_assignments.delete_by_id(assignment)
