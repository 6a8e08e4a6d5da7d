"""What Microsoft Graph writes: its JSON shapes, its lists, and the filters it understands."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote, urlencode

from aciwizard.sandbox.http import Answer, Call, Json, Refused, error
from aciwizard.sandbox.model import Application, Password, ServicePrincipal, Tenant, User
from aciwizard.sandbox.pace import stamp

ROOT = "https://graph.microsoft.com/v1.0"

_TOKENS = ("enableAccessTokenIssuance", "enableIdTokenIssuance")


def moment(at: datetime) -> str:
    """A date with as many of its seven fractional digits as are not trailing zeros."""
    return stamp(at)[:-1].rstrip("0").rstrip(".") + "Z"


# -- objects ---------------------------------------------------------------------------------------


def application(app: Application, tenant: Tenant, fresh: bool = False) -> Json:
    """An application; only the answer that creates it dates it to the tenth microsecond."""
    return {
        "id": app.id,
        "deletedDateTime": stamp(app.deleted, 0) if app.deleted else None,
        "appId": app.app_id,
        "applicationTemplateId": None,
        "disabledByMicrosoftStatus": None,
        "createdDateTime": moment(app.created) if fresh else stamp(app.created, 0),
        "displayName": app.name,
        "description": None,
        "groupMembershipClaims": None,
        "identifierUris": [],
        "isDeviceOnlyAuthSupported": None,
        "isFallbackPublicClient": None,
        "notes": app.notes,
        "publisherDomain": tenant.domain,
        "serviceManagementReference": None,
        "signInAudience": app.audience,
        "tags": app.tags,
        "tokenEncryptionKeyId": None,
        "defaultRedirectUri": None,
        "certification": None,
        "optionalClaims": None,
        "addIns": [],
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": None if app.audience == "AzureADMyOrg" else 2,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
        },
        "appRoles": [],
        "info": _no_links(),
        "keyCredentials": [],
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [password(held) for held in app.passwords],
        "publicClient": {"redirectUris": []},
        "requiredResourceAccess": [],
        "verifiedPublisher": _no_publisher(),
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": [],
            "implicitGrantSettings": dict.fromkeys(_TOKENS, False),
        },
        "spa": {"redirectUris": []},
    }


def service_principal(made: ServicePrincipal, app: Application | None) -> Json:
    """A service principal and what it repeats of its application."""
    return {
        "id": made.id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": app.name if app else made.name,
        "appDescription": None,
        "appId": made.app_id,
        "applicationTemplateId": None,
        "appOwnerOrganizationId": app.tenant if app else made.tenant,
        "appRoleAssignmentRequired": False,
        "createdDateTime": stamp(app.created, 0) if app else None,
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": made.name,
        "homepage": None,
        "loginUrl": None,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": None,
        "preferredTokenSigningKeyThumbprint": None,
        "replyUrls": [],
        "servicePrincipalNames": [made.app_id],
        "servicePrincipalType": "Application",
        "signInAudience": app.audience if app else None,
        "tags": made.tags,
        "tokenEncryptionKeyId": None,
        "samlSingleSignOnSettings": None,
        "verifiedPublisher": _no_publisher(),
        "addIns": [],
        "appRoles": [],
        "info": _no_links(),
        "keyCredentials": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [password(held, hinted=False) for held in made.passwords],
        "resourceSpecificApplicationPermissions": [],
    }


def password(held: Password, hinted: bool = True, revealed: bool = False) -> Json:
    """A password; its value only in the answer that makes it, no hint on a service principal."""
    return {
        "customKeyIdentifier": None,
        "displayName": held.name,
        "endDateTime": held.end,
        "hint": held.value[:3] if hinted else None,
        "keyId": held.key_id,
        "secretText": held.value if revealed else None,
        "startDateTime": held.start,
    }


def user(person: User) -> Json:
    return {
        "businessPhones": [],
        "displayName": person.name,
        "givenName": None,
        "jobTitle": None,
        "mail": None if person.guest else person.principal_name,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": person.principal_name,
        "id": person.id,
        "userType": "Guest" if person.guest else "Member",
    }


def organization(tenant: Tenant) -> Json:
    domain = {
        "capabilities": "Email, OfficeCommunicationsOnline",
        "isDefault": True,
        "isInitial": True,
        "name": tenant.domain,
        "type": "Managed",
    }
    return {
        "id": tenant.id,
        "deletedDateTime": None,
        "displayName": tenant.name,
        "countryLetterCode": "US",
        "tenantType": "AAD",
        "assignedPlans": [],
        "verifiedDomains": [domain],
    }


def _no_links() -> Json:
    names = ("logoUrl", "marketingUrl", "privacyStatementUrl", "supportUrl", "termsOfServiceUrl")
    return dict.fromkeys(names)


def _no_publisher() -> Json:
    return dict.fromkeys(("displayName", "verifiedPublisherId", "addedDateTime"))


# -- answers ---------------------------------------------------------------------------------------


def entity(call: Call, kind: str, body: Json, status: int = 200) -> Answer:
    """One object, with the context Graph puts above it."""
    context = {"@odata.context": f"{ROOT}/$metadata#{kind}/$entity"}
    return Answer(status, {**context, **_chosen(call, body)})


def page(call: Call, kind: str, items: list[Json], size: int = 100) -> Answer:
    """One page of a list, filtered as the call asks; more pages hang on @odata.nextLink."""
    found = [_chosen(call, item) for item in _matching(items, kind, call.query.get("$filter", ""))]
    size, token = _size(call, size), call.query.get("$skiptoken", "")
    start = int(token) if token.isdecimal() else 0
    body: Json = {"@odata.context": f"{ROOT}/$metadata#{kind}"}
    if start + size < len(found):
        more = {**call.query, "$skiptoken": str(start + size)}
        query = urlencode(more, safe="$", quote_via=quote)
        body["@odata.nextLink"] = f"https://{call.host}{call.path}?{query}"
    return Answer(body={**body, "value": found[start : start + size]})


def _size(call: Call, usual: int) -> int:
    top = call.query.get("$top")
    if top is None:
        return usual
    if not top.isdecimal() or not 1 <= int(top) <= 999:
        raise Refused(
            error(
                400,
                "Request_UnsupportedQuery",
                f"Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive.",
            )
        )
    return int(top)


def _chosen(call: Call, body: Json) -> Json:
    # userType is one of the properties Graph tells only to those who ask for them by name.
    wanted = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    if not wanted:
        return {name: value for name, value in body.items() if name != "userType"}
    return {name: value for name, value in body.items() if name in ("id", "@odata.type", *wanted)}


def location(tenant: Tenant, id: str, kind: str) -> str:
    """Where Graph says a new object is."""
    objects = f"https://graph.microsoft.com/v2/{tenant.id}/directoryObjects"
    return f"{objects}/{id}/Microsoft.DirectoryServices.{kind}"


# -- filters ---------------------------------------------------------------------------------------

_STRING = r"'((?:[^']|'')*)'"
_FORMS = {
    "eq": re.compile(rf"(\w+)\s+eq\s+{_STRING}", re.IGNORECASE),
    "startswith": re.compile(rf"startswith\(\s*(\w+)\s*,\s*{_STRING}\s*\)", re.IGNORECASE),
    "any": re.compile(rf"(\w+)/any\(\s*(\w+)\s*:\s*\2\s+eq\s+{_STRING}\s*\)", re.IGNORECASE),
}
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_FILTERABLE = {
    "eq": ("appId", "displayName", "id", "mail", "userPrincipalName"),
    "startswith": ("displayName", "userPrincipalName"),
    "any": ("identifierUris", "servicePrincipalNames", "tags"),
}


def _matching(items: list[Json], kind: str, text: str) -> list[Json]:
    for form, name, value in _clauses(text.strip()):
        if name not in _FILTERABLE[form] or (items and name not in items[0]):
            resource = kind[0].upper() + kind[1:].removesuffix("s")
            raise Refused(
                error(
                    400,
                    "Request_UnsupportedQuery",
                    f"Unsupported or invalid query filter clause specified for property '{name}' of resource '{resource}'.",
                )
            )
        items = [item for item in items if _holds(form, item[name], value)]
    return items


def _clauses(text: str) -> list[tuple[str, str, str]]:
    """The clauses between the `and`s: form, property, value in lower case (Entra compares so)."""
    clauses: list[tuple[str, str, str]] = []
    at = 0
    while text and at < len(text):
        joint = _AND.match(text, at) if clauses else None
        at = joint.end() if joint else at
        tries = ((form, pattern.match(text, at)) for form, pattern in _FORMS.items())
        form, hit = next((each for each in tries if each[1]), ("", None))
        if hit is None or (clauses and not joint):
            raise Refused(
                error(
                    400,
                    "BadRequest",
                    f"Invalid filter clause: Syntax error at position {at} in '{text}'.",
                )
            )
        clauses.append((form, hit[1], hit.groups()[-1].replace("''", "'").lower()))
        at = hit.end()
    return clauses


def _holds(form: str, held: object, value: str) -> bool:
    if isinstance(held, list):
        return any(str(each).lower() == value for each in held)
    said = str(held or "").lower()
    return said.startswith(value) if form == "startswith" else said == value
