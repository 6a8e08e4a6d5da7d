"""Who calls a vault's data plane, and whether the vault lets them do what they ask."""

from __future__ import annotations

from aciwizard.sandbox import roles
from aciwizard.sandbox.http import Call, Json, Refused, error
from aciwizard.sandbox.model import ALWAYS, Vault
from aciwizard.sandbox.vault_settings import granted
from aciwizard.sandbox.world import World

CLIENT_ADDRESS = "203.0.113.29"  # where every caller seems to come from
_RESOURCE = "https://vault.azure.net"
_RESOURCE_ID = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
_NO_TOKEN = "AKV10000: Request is missing a Bearer or PoP token."
_AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the application a user comes with


def refused(status: int, code: str, message: str, inner: str = "") -> Refused:
    """An error as Key Vault writes it, often with an inner code that says more."""
    more = {"innererror": {"code": inner}} if inner else {}
    return Refused(error(status, code, message, **more))


def signed_in(world: World, vault: Vault, call: Call) -> Json:
    """The claims of the caller's token, or Refused with the challenge clients learn from."""
    claims = world.signer.read(call.bearer)
    audience, tenant = str(claims.get("aud", "")), claims.get("tid")
    problem = ""
    if "oid" not in claims:
        problem = _NO_TOKEN
    elif audience.rstrip("/") not in (_RESOURCE, _RESOURCE_ID):
        problem = f"AKV10022: Invalid audience. Expected {_RESOURCE} or {_RESOURCE_ID}, found: {audience}."
    elif tenant != vault.tenant:
        problem = f"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{vault.tenant}/, https://sts.windows.net/f8cdef31-a31e-4b4a-93e4-5f571e91255a/, https://sts.windows.net/e2d54eb5-3869-4f70-8578-dee5fc7331f4/, found https://sts.windows.net/{tenant}/."
    if problem:
        raise challenged(vault.tenant, problem)
    return claims


def challenged(tenant: str, problem: str = _NO_TOKEN) -> Refused:
    """The 401 that tells a client where to get a token, and for what."""
    authority = f"https://login.microsoftonline.com/{tenant}"
    challenge = f'Bearer authorization="{authority}", resource="{_RESOURCE}"'
    return Refused(error(401, "Unauthorized", problem).plus(WWW_Authenticate=challenge))


def missing(name: str) -> Refused:
    """The 404 for a secret there is not."""
    return refused(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
    )


def _caller(claims: Json) -> str:
    application = claims.get("appid", _AZURE_CLI)
    return f"appid={application};oid={claims['oid']};iss=https://sts.windows.net/{claims['tid']}/"


def called(vault: Vault) -> str:
    """What error messages call a vault."""
    return f"{vault.name};location={vault.location}"


def through_firewall(vault: Vault, claims: Json) -> None:
    """Refused where the vault's firewall keeps everybody out."""
    if vault.closed:
        message = f"Client address is not authorized and caller is not a trusted service.\r\nClient address: {CLIENT_ADDRESS}\r\nCaller: {_caller(claims)}\r\nVault: {called(vault)}"
        raise refused(403, "Forbidden", message, "ForbiddenByFirewall")


def authorise(world: World, vault: Vault, claims: Json, needs: str, name: str | None) -> None:
    """By roles or by access policies: whichever a vault uses, the other has no effect there."""
    action, permission = needs.split()
    who = str(claims["oid"])
    if vault.rbac:
        action = f"Microsoft.KeyVault/vaults/secrets/{action}"
        resource = f"{vault.id}/secrets/{name}" if name else vault.id
        if not roles.allowed(world, who, action, resource, data=True):
            message = f"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {_caller(claims)}\r\nAction: '{action}'\r\nResource: '{resource.lower()}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {called(vault)}\r\n"
            raise refused(403, "Forbidden", message, "ForbiddenByRbac")
        return
    in_force = world.reached(vault.policies_at.get(who, ALWAYS))
    if not in_force or permission not in granted(vault.policies, who):
        message = f"The user, group or application '{_caller(claims)}' does not have secrets {permission} permission on key vault '{called(vault)}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
        raise refused(403, "Forbidden", message, "AccessDenied")
