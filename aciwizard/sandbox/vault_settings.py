"""What a vault may be told to be: its properties and access policies, checked and applied."""

from __future__ import annotations

import re
import uuid

from aciwizard.sandbox.http import Answer, Json, Refused, error
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.world import World

TYPE = "Microsoft.KeyVault/vaults"
_NAME = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]")
_ALL = frozenset({"get", "list", "set", "delete", "backup", "restore", "recover"})
HEADERS = {"x-ms-keyvault-service-version": "2.2.261.0", "X-AspNet-Version": "4.0.30319"}


def reply(body: object) -> Answer:
    """An answer of Key Vault's resource provider, with its own headers."""
    return Answer(200, body, HEADERS)


def invalid(what: str) -> Refused:
    return _bad(f"An invalid value was provided for '{what}'.")


def _bad(message: str) -> Refused:
    return Refused(error(400, "BadRequest", message))


def plain(text: object) -> str:
    """A location, an enumeration's value or a name, as it is compared."""
    return str(text or "").replace(" ", "").lower()


def name_problem(name: str) -> str:
    """Why a vault cannot be called this, in Azure's words; "" where it can."""
    if _NAME.fullmatch(name):
        return ""
    return f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742"


def name_in_use(name: str) -> str:
    """What Azure says of a name somebody has, or had until lately."""
    return f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740."


# -- properties -------------------------------------------------------------------------------------


def complete(wanted: Json, rbac: bool) -> Json:
    """The properties of a PUT, with the access model it leaves out; Refused where more is missing."""
    sku = wanted.get("sku")
    if not isinstance(sku, dict) or plain(sku.get("name")) not in ("standard", "premium"):
        raise invalid("sku")
    if not wanted.get("tenantId"):
        raise invalid("tenantId")
    if wanted.get("enableRbacAuthorization") is not None:
        rbac = bool(wanted["enableRbacAuthorization"])
    if wanted.get("accessPolicies") is None and not rbac:
        raise _bad("The parameter accessPolicies is not specified.")
    return {**wanted, "enableRbacAuthorization": rbac}


def apply(world: World, vault: Vault, wanted: Json) -> None:
    """Make a vault what is wanted, where it says so; nothing is changed when any is refused."""
    if wanted.get("enablePurgeProtection") is False:
        raise _bad(
            'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.'
        )
    if retention(wanted, vault.retention_days) != vault.retention_days:
        raise _bad(
            'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.'
        )
    tenant, policies = _tenant(world, vault, wanted), vault.policies
    if wanted.get("accessPolicies") is not None:
        policies = checked(wanted["accessPolicies"])
    vault.tenant, vault.closed = tenant, _closed(wanted, vault.closed)
    if wanted.get("enableRbacAuthorization") is not None:
        vault.rbac = bool(wanted["enableRbacAuthorization"])
    vault.purge_protection = vault.purge_protection or bool(wanted.get("enablePurgeProtection"))
    adopt(world, vault, policies)


def retention(wanted: Json, default: int = 90) -> int:
    days = wanted.get("softDeleteRetentionInDays")
    if days is None:
        return default
    if not isinstance(days, int) or not 7 <= days <= 90:
        raise invalid("softDeleteRetentionInDays")
    return days


def _tenant(world: World, vault: Vault, wanted: Json) -> str:
    if wanted.get("tenantId") is None:
        return vault.tenant
    tenant = plain(wanted["tenantId"])
    if tenant not in {known.id for known in world.tenants}:
        raise invalid("tenantId")
    return tenant


def _closed(wanted: Json, now: bool) -> bool:
    access, rules = wanted.get("publicNetworkAccess"), wanted.get("networkAcls")
    if access is None and rules is None:
        return now
    return plain(access) == "disabled" or plain((rules or {}).get("defaultAction")) == "deny"


# -- access policies --------------------------------------------------------------------------------


def granted(policies: list[Json], holder: str) -> frozenset[str]:
    """What access policies let an object id do with secrets; `all` has never meant purge."""
    named = {
        permission.lower()
        for policy in policies
        if policy["objectId"].lower() == holder
        for permission in policy["permissions"].get("secrets") or []
    }
    return frozenset(named - {"all"}) | (_ALL if "all" in named else frozenset())


def checked(policies: object) -> list[Json]:
    """Access policies as they were sent, or Refused where one of them is none."""
    if not isinstance(policies, list) or not all(_sound(policy) for policy in policies):
        raise invalid("accessPolicies")
    return policies


def _sound(policy: object) -> bool:
    if not isinstance(policy, dict) or not isinstance(policy.get("permissions"), dict):
        return False
    if not (_is_guid(policy.get("tenantId")) and _is_guid(policy.get("objectId"))):
        return False
    lists = [named or [] for named in policy["permissions"].values()]
    if not all(isinstance(named, list) for named in lists):
        return False
    asked = {plain(permission) for permission in policy["permissions"].get("secrets") or []}
    return asked <= _ALL | {"all", "purge"}


def _is_guid(text: object) -> bool:
    try:
        return bool(uuid.UUID(str(text)))
    except ValueError:
        return False


def adopt(world: World, vault: Vault, policies: list[Json]) -> None:
    """Give a vault these policies; whoever gains by it has to wait until they are in force."""
    effective = world.after(world.pace.durations.vault_role_delay)
    for holder in {policy["objectId"].lower() for policy in policies}:
        if not granted(policies, holder) <= granted(vault.policies, holder):
            vault.policies_at[holder] = effective
    vault.policies = policies


def merged(held: list[Json], sent: list[Json], kind: str) -> list[Json]:
    """The policies after some were sent to add, replace or remove."""
    merged = {_holder(policy): policy for policy in held}
    for policy in sent:
        before = merged.pop(_holder(policy), {}).get("permissions", {})
        change = policy["permissions"]
        permissions = {
            what: _combined(before.get(what) or [], change.get(what) or [], kind)
            for what in {**before, **change}
        }
        if any(permissions.values()):
            merged[_holder(policy)] = {**policy, "permissions": permissions}
    return list(merged.values())


def _holder(policy: Json) -> tuple[str, str]:
    return policy["objectId"].lower(), plain(policy.get("applicationId"))


def _combined(before: list[str], change: list[str], kind: str) -> list[str]:
    if kind == "replace":
        return change
    had, named = {held.lower() for held in before}, {word.lower() for word in change}
    if kind == "remove":
        return [held for held in before if held.lower() not in named]
    return before + [word for word in change if word.lower() not in had]
