"""What Microsoft Graph insists on: who is calling, what they can see, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aciwizard.sandbox.directory_bodies import moment
from aciwizard.sandbox.http import Call, Json, Refused, error
from aciwizard.sandbox.model import Application, Password, ServicePrincipal, Tenant
from aciwizard.sandbox.world import World

POLICY = "00000000-0000-0000-0000-000000000000"  # every tenant's default app management policy
AUDIENCES = ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000")
_BY_APP_ID = re.compile(
    r"(/v1\.0/(applications|servicePrincipals))\(appId='([^']*)'\)", re.IGNORECASE
)
_SETTABLE = {"displayName": "name", "tags": "tags", "notes": "notes", "signInAudience": "audience"}
_CHALLENGE = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"'


def refused(
    status: int, code: str, message: str, inner: str = "", target: str | None = None
) -> Refused:
    """An error; with an inner code it carries the one-entry `details` list Graph gives some."""
    details = [{"code": inner, "message": message, "target": target}]
    return Refused(error(status, code, message, **({"details": details} if inner else {})))


def missing(id: str) -> Refused:
    return refused(
        404,
        "Request_ResourceNotFound",
        f"Resource '{id}' does not exist or one of its queried reference-property objects are not present.",
    )


def sent(call: Call) -> Json:
    """The body as a JSON object, refused in Graph's own words where it is none."""
    try:
        return call.json()
    except Refused:
        raise _unreadable() from None


def _unreadable() -> Refused:
    return refused(
        400,
        "BadRequest",
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
    )


# -- who is calling --------------------------------------------------------------------------------


def signed_in(world: World, call: Call) -> Call:
    """The call with its caller's object id; refused unless its token is meant for Graph."""
    if not call.bearer:
        raise unauthorised("Access token is empty.")
    claims = world.signer.read(call.bearer)
    if claims and str(claims.get("aud", "")).rstrip("/") not in AUDIENCES:
        raise unauthorised("Access token validation failure. Invalid audience.")
    if "oid" not in claims:
        raise unauthorised("Access token validation failure.")
    return replace(call, caller=str(claims["oid"]))


def tenant_of(world: World, call: Call) -> Tenant:
    """The directory the token is for: nothing else is visible through it."""
    tenant = world.tenant(str(world.signer.read(call.bearer).get("tid", "")))
    if tenant is None:
        raise unauthorised("Access token validation failure.")
    return tenant


def unauthorised(message: str) -> Refused:
    """The 401 that tells a client where to sign in."""
    refusal = error(401, "InvalidAuthenticationToken", message)
    return Refused(refusal.plus(WWW_Authenticate=_CHALLENGE))


def _may_register(world: World, call: Call) -> bool:
    for user in world.users:
        if user.id == call.caller:
            forbidden = user.guest or tenant_of(world, call).registration_forbidden
            return user.may_register and not forbidden
    return any(made.id == call.caller and made.may_register for made in world.principals)


def require(world: World, call: Call, application: Application | None = None) -> None:
    """Go on only for callers who may register applications, or who own this one."""
    owner = application is not None and application.owner == call.caller
    if not owner and not _may_register(world, call):
        raise denied()


def denied() -> Refused:
    """The 403 for whoever may not do what they ask."""
    message = "Insufficient privileges to complete the operation."
    return refused(403, "Authorization_RequestDenied", message)


def by_object_id(world: World, call: Call) -> Call:
    """`applications(appId='…')` is another way to write `applications/{object id}`."""
    found = _BY_APP_ID.match(call.path)
    if found is None:
        return call
    held = world.applications if found[2].lower() == "applications" else world.principals
    id = next((each.id for each in held if each.app_id == found[3].lower()), found[3])
    return replace(call, path=f"{found[1]}/{id}{call.path[found.end() :]}")


# -- what they see ---------------------------------------------------------------------------------


def applications(world: World, call: Call, deleted: bool = False) -> Iterator[Application]:
    """The caller's tenant's applications that have reached Graph's replicas."""
    tenant = tenant_of(world, call)
    for made in world.applications:
        wanted = made.tenant == tenant.id and (made.deleted is not None) == deleted
        if wanted and world.reached(made.visible_at):
            yield made


def principals(world: World, call: Call) -> Iterator[ServicePrincipal]:
    """The caller's tenant's service principals that have reached Graph's replicas."""
    tenant = tenant_of(world, call)
    for made in world.principals:
        if made.tenant == tenant.id and world.reached(made.visible_at):
            yield made


def application(world: World, call: Call, deleted: bool = False) -> Application:
    """The application the path names; an id is usually known before a search finds it."""
    id, tenant = call.values["id"], tenant_of(world, call)
    for made in world.applications:
        wanted = made.tenant == tenant.id and (made.deleted is not None) == deleted
        if wanted and made.id == id.lower() and world.reached(made.addressable_at):
            return made
    raise missing(id)


def principal(world: World, call: Call) -> ServicePrincipal:
    """The service principal the path names."""
    id = call.values["id"]
    for made in principals(world, call):
        if made.id == id.lower():
            return made
    raise missing(id)


def own_application(world: World, call: Call, deleted: bool = False) -> Application:
    """The application the path names, if the caller may change it."""
    found = application(world, call, deleted)
    require(world, call, found)
    return found


def own_principal(world: World, call: Call) -> ServicePrincipal:
    """The service principal the path names, if the caller may change it."""
    found = principal(world, call)
    require(world, call, world.application(found.app_id))
    return found


# -- what they may write ---------------------------------------------------------------------------


def check_application(body: Json, tenant: Tenant) -> None:
    """Refuse a name or an identifier URI that Entra would not take."""
    name = body.get("displayName", "-")
    if not isinstance(name, str) or not 1 <= len(name) <= 256:
        raise refused(
            400,
            "Request_BadRequest",
            "Invalid value specified for property 'displayName' of resource 'Application'.",
        )
    for uri in body.get("identifierUris") or []:
        host = urlsplit(str(uri)).hostname or ""
        if not str(uri).startswith("api://") and not f".{host}".endswith(f".{tenant.domain}"):
            raise refused(
                400,
                "HostNameNotOnVerifiedDomain",
                f"Values of identifierUris property must use a verified domain of the organization or its subdomain: '{uri}'",
            )


def apply(body: Json, made: Application | ServicePrincipal) -> None:
    """Put what a body sets into the object it describes."""
    for wire, name in _SETTABLE.items():
        if body.get(wire) is not None and hasattr(made, name):
            setattr(made, name, body[wire])


def new_password(world: World, tenant: Tenant, asked: Json) -> Password:
    """A password as the caller asked for it, unless the tenant's policy forbids it."""
    start = _date(asked, "startDateTime") or world.utc()
    end = _date(asked, "endDateTime") or _two_years_after(start)
    _within_policy(tenant, end - start)
    if end <= max(start, world.utc()):
        raise refused(400, "KeyCredentialsInvalidEndDate", "Key credential end date is invalid.")
    return Password(
        key_id=world.guid(),
        value=world.mint(40),
        name=asked.get("displayName"),
        start=moment(start),
        end=moment(end),
        effective_at=world.after(world.pace.durations.password_delay),
    )


def _date(asked: Json, name: str) -> datetime | None:
    if asked.get(name) is None:
        return None
    try:
        given = datetime.fromisoformat(str(asked[name]))
    except ValueError:
        raise _unreadable() from None
    if given.tzinfo is None:  # an Edm.DateTimeOffset has one
        raise _unreadable()
    return given


def _two_years_after(start: datetime) -> datetime:
    leap_day = (start.month, start.day) == (2, 29)
    return start.replace(year=start.year + 2, day=28 if leap_day else start.day)


def _within_policy(tenant: Tenant, lifetime: timedelta) -> None:
    if tenant.passwords_forbidden:
        raise refused(
            400,
            "CredentialTypeNotAllowedAsPerAppPolicy",
            f"Credential type not allowed as per assigned policy '{POLICY}'.",
        )
    if tenant.password_days is not None and lifetime > timedelta(days=tenant.password_days):
        raise refused(
            400,
            "CredentialInvalidLifetimeAsPerAppPolicy",
            f"Credential lifetime exceeds the max value allowed as per assigned policy '{POLICY}'.",
            "InvalidKeyEndDate",
            "EndDate",
        )


# -- policies --------------------------------------------------------------------------------------


def authorization_policy(tenant: Tenant) -> Json:
    return {
        "id": "authorizationPolicy",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": True,
        "allowUserConsentForRiskyApps": False,
        "blockMsolPowerShell": None,
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": not tenant.registration_forbidden,
            "allowedToCreateSecurityGroups": True,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": ["just-user-read"],
        },
    }


def app_management_policy(tenant: Tenant) -> Json:
    """The tenant's rules for passwords, the same for applications and service principals."""
    rules = []
    if tenant.passwords_forbidden:
        rules.append(_rule("passwordAddition", None))
    if tenant.password_days is not None:
        rules.append(_rule("passwordLifetime", f"P{tenant.password_days}D"))
    return {
        "id": POLICY,
        "displayName": "Default app management tenant policy",
        "description": "Default tenant policy that enforces app management restrictions on applications and service principals. To apply policy to targeted resources, create a new policy under appManagementPolicies collection.",
        "isEnabled": bool(rules),
        "applicationRestrictions": {"passwordCredentials": rules, "keyCredentials": []},
        "servicePrincipalRestrictions": {"passwordCredentials": rules, "keyCredentials": []},
    }


def _rule(kind: str, longest: str | None) -> Json:
    return {
        "restrictionType": kind,
        "state": "enabled",
        "maxLifetime": longest,
        "restrictForAppsCreatedAfterDateTime": "2019-10-19T10:37:00Z",
    }
