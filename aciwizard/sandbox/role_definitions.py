"""The built-in roles the article's work touches, with Azure's own ids and permissions."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role with Azure's own guid; patterns may hold `*`."""

    id: str
    name: str
    description: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data: tuple[str, ...] = ()

    def grants(self, action: str, data: bool = False) -> bool:
        patterns = self.data if data else self.actions
        denied = () if data else self.not_actions
        return _any(patterns, action) and not _any(denied, action)


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


_REPOSITORIES = "Microsoft.ContainerRegistry/registries/repositories"
_SECRETS = "Microsoft.KeyVault/vaults/secrets"
_ACR = "Microsoft.ContainerRegistry/registries"

ROLES = (
    Role(
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "Owner",
        "Grants full access to manage all resources",
        ("*",),
    ),
    Role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Manages everything but access",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ),
    ),
    Role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", "Views all resources", ("*/read",)),
    Role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Manages user access",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    Role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manages role assignments",
        (
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
        ),
    ),
    Role("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", "acr pull", (f"{_ACR}/pull/read",)),
    Role(
        "8311e382-0749-4cb8-b61a-304f252e45ec",
        "AcrPush",
        "acr push",
        (f"{_ACR}/pull/read", f"{_ACR}/push/write"),
    ),
    Role(
        "b93aa761-3e63-49ed-ac28-beffa264f7ac",
        "Container Registry Repository Reader",
        "Reads repositories",
        (),
        (),
        (f"{_REPOSITORIES}/metadata/read", f"{_REPOSITORIES}/content/read"),
    ),
    Role(
        "2a1e307c-b015-4ebd-883e-5b7698a07328",
        "Container Registry Repository Writer",
        "Writes repositories",
        (),
        (),
        tuple(
            f"{_REPOSITORIES}/{what}"
            for what in ("metadata/read", "content/read", "metadata/write", "content/write")
        ),
    ),
    Role(
        "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
        "Container Registry Repository Catalog Lister",
        "Lists repositories",
        (),
        (),
        (f"{_ACR}/catalog/read",),
    ),
    Role(
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "Key Vault Secrets Officer",
        "Performs any action on secrets",
        ("Microsoft.KeyVault/*/read", "Microsoft.KeyVault/checkNameAvailability/read"),
        (),
        (f"{_SECRETS}/*",),
    ),
    Role(
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
        "Reads secret contents",
        (),
        (),
        (f"{_SECRETS}/getSecret/action", f"{_SECRETS}/readMetadata/action"),
    ),
    Role(
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        "Managed Identity Contributor",
        "Manages identities",
        ("Microsoft.ManagedIdentity/userAssignedIdentities/*",),
    ),
    Role(
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        "Reads and assigns identities",
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
        ),
    ),
)
BY_ID = {role.id: role for role in ROLES}


def named(name: str) -> Role:
    """The built-in role of this name; raises KeyError."""
    return {role.name.lower(): role for role in ROLES}[name.lower()]
