"""The simulated Microsoft Graph, asked as az and msgraph-sdk ask it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest

from aciwizard.sandbox.directory import ODATA, answer
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.model import Application, Password, ServicePrincipal, Tenant, User
from aciwizard.sandbox.pace import Durations, Pace
from aciwizard.sandbox.world import World

GRAPH = "https://graph.microsoft.com"
HOME, ELSEWHERE = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
ADA, GUEST, INTERN = (f"22222222-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
ROBOT, PULLER = (f"33333333-0000-4000-8000-00000000000{n}" for n in (1, 2))
OLD, OLD_APP_ID = "44444444-0000-4000-8000-000000000001", "55555555-0000-4000-8000-000000000001"
MISSING = "99999999-0000-4000-8000-000000000009"


class Still(Pace):
    """A clock that moves only when somebody sleeps on it."""

    def __init__(self) -> None:
        super().__init__(1000, Durations(application_by_id_delay=5.0))
        self.clock = 0.0

    def now(self) -> float:
        return self.clock

    async def sleep(self, seconds: float) -> None:
        self.clock += seconds


@pytest.fixture
def world() -> World:
    made = World(Still(), seed=7)
    made.tenants = [Tenant(HOME, "Contoso", "contoso.com"), Tenant(ELSEWHERE, "Other", "other.com")]
    made.users = [
        User(ADA, "Ada", "ada@contoso.com", HOME),
        User(GUEST, "Guest", "guest_mail.com#EXT#@contoso.com", HOME, guest=True),
        User(INTERN, "Intern", "intern@contoso.com", HOME, may_register=False),
    ]
    made.applications = [
        Application(OLD, OLD_APP_ID, "old-pull", HOME, made.utc(), owner=INTERN, tags=["mine"])
    ]
    made.principals = [
        ServicePrincipal(ROBOT, "robot-app", "robot", HOME, may_register=True),
        ServicePrincipal(PULLER, OLD_APP_ID, "old-pull", HOME),
    ]
    return made


def token(world: World, oid: str, aud: str = GRAPH, tid: str = HOME) -> str:
    return world.signer.sign({"aud": aud, "oid": oid, "tid": tid}, 3600)


async def ask(
    world: World, method: str, path: str, body: Any = None, who: str = ADA, **more: str
) -> Answer:
    """One request; the query is part of the path, `who` signs in, `more` are headers."""
    parts = urlsplit(f"{GRAPH}/v1.0{path}" if path.startswith("/") else path)
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    headers.setdefault("Authorization", f"Bearer {token(world, who)}")
    call = Call(
        method=method,
        host=parts.netloc,
        path=unquote(parts.path),
        query=dict(parse_qsl(parts.query)),
        headers=headers,
        body=b"" if body is None else json.dumps(body).encode(),
    )
    return await answer(world, call)


def read(reply: Answer, status: int = 200) -> Any:
    assert reply.status == status, reply.body
    return json.loads(reply.payload())


def refusal(reply: Answer, status: int) -> tuple[str, str]:
    error = read(reply, status)["error"]
    return error["code"], error["message"]


async def names(world: World, path: str) -> list[str]:
    return [each["displayName"] for each in read(await ask(world, "GET", path))["value"]]


async def register(world: World, name: str = "new-pull", who: str = ADA) -> Any:
    """A new application, once it can be seen."""
    made = read(await ask(world, "POST", "/applications", {"displayName": name}, who), 201)
    await world.pace.sleep(world.pace.durations.application_delay)
    return made


# -- the door --------------------------------------------------------------------------------------


async def test_a_token_for_graph_is_needed(world: World) -> None:
    invalid = "InvalidAuthenticationToken"
    nobody = await ask(world, "GET", "/me", Authorization="")
    assert refusal(nobody, 401) == (invalid, "Access token is empty.")
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer ")
    wrong = await ask(
        world, "GET", "/me", Authorization=f"Bearer {token(world, ADA, 'https://vault.azure.net')}"
    )
    message = "Access token validation failure. Invalid audience."
    assert refusal(wrong, 401) == (invalid, message)
    forged = await ask(world, "GET", "/me", Authorization=f"Bearer {token(World(Still()), ADA)}")
    assert refusal(forged, 401) == (invalid, "Access token validation failure.")
    slash = await ask(
        world, "GET", "/me", Authorization=f"Bearer {token(world, ADA, f'{GRAPH}/')}"
    )  # az asks for https://graph.microsoft.com//.default
    assert read(slash)["id"] == ADA


async def test_headers_and_inner_error_agree(world: World) -> None:
    good = await ask(world, "GET", "/me", client_request_id="from-the-sdk")
    assert good.headers["client-request-id"] == "from-the-sdk"
    assert good.headers["odata-version"] == "4.0" and good.content_type == ODATA
    assert "ServerInfo" in json.loads(good.headers["x-ms-ags-diagnostic"])
    bad = await ask(world, "GET", f"/applications/{MISSING}")
    inner = read(bad, 404)["error"]["innerError"]
    assert inner["request-id"] == inner["client-request-id"] == bad.headers["request-id"]
    assert datetime.fromisoformat(inner["date"]).tzinfo is None  # recorded without a Z
    assert bad.content_type == "application/json" and "odata-version" not in bad.headers


async def test_every_answer_takes_its_time(world: World) -> None:
    await ask(world, "GET", "/me")
    assert world.pace.now() == pytest.approx(world.pace.durations.latency)


async def test_unknown_paths_are_bad_requests(world: World) -> None:
    reply = await ask(world, "GET", "/nonsense/1")
    assert refusal(reply, 400) == (
        "BadRequest",
        "Resource not found for the segment 'nonsense'.",
    )
    assert refusal(await ask(world, "GET", f"{GRAPH}/1.0/me"), 400)[1] == "Invalid version: 1.0"


# -- applications and their replication ------------------------------------------------------------


async def test_registering_answers_with_what_az_reads(world: World) -> None:
    sent = {"displayName": "new-pull", "keyCredentials": [], "tags": ["mine"], "notes": "why"}
    reply = await ask(world, "POST", "/applications", sent)
    made = read(reply, 201)
    place = f"/directoryObjects/{made['id']}/Microsoft.DirectoryServices.Application"
    assert reply.headers["Location"] == f"{GRAPH}/v2/{HOME}{place}"
    assert made["@odata.context"] == f"{GRAPH}/v1.0/$metadata#applications/$entity"
    assert (made["passwordCredentials"], made["tags"], made["notes"]) == ([], ["mine"], "why")
    assert made["id"] != made["appId"]
    await world.pace.sleep(60)
    later = read(await ask(world, "GET", f"/applications/{made['id']}"))
    assert later["createdDateTime"] == made["createdDateTime"][:19] + "Z"
    assert world.applications[-1].owner == ADA


async def test_names_are_not_unique(world: World) -> None:
    first, second = await register(world, "twin"), await register(world, "twin")
    assert first["appId"] != second["appId"]
    assert await names(world, "/applications?$filter=displayName eq 'twin'") == ["twin", "twin"]


async def test_a_new_application_is_invisible_at_first(world: World) -> None:
    made = read(await ask(world, "POST", "/applications", {"displayName": "new"}), 201)
    for method, path in [
        ("GET", f"/applications/{made['id']}"),
        ("GET", f"/applications(appId='{made['appId']}')"),
        ("POST", f"/applications/{made['id']}/addPassword"),
    ]:
        code, message = refusal(await ask(world, method, path, {}), 404)
        assert code == "Request_ResourceNotFound" and "does not exist or one of its" in message
    assert "new" not in await names(world, "/applications")
    early = await ask(world, "POST", "/servicePrincipals", {"appId": made["appId"]})
    assert refusal(early, 400) == (
        "Request_BadRequest",
        f"The appId '{made['appId']}' of the service principal does not reference a valid "
        "application object.",
    )
    detail = read(early, 400)["error"]["details"][0]
    assert (detail["code"], detail["target"]) == ("NoBackingApplicationObject", "appId")

    await world.pace.sleep(world.pace.durations.application_delay)
    assert read(await ask(world, "GET", f"/applications/{made['id']}"))["id"] == made["id"]
    assert "new" in await names(world, "/applications")
    by_app_id = read(await ask(world, "GET", f"/applications(appId='{made['appId']}')"))
    assert by_app_id["id"] == made["id"]


async def test_a_new_principal_is_invisible_at_first_and_made_once(world: World) -> None:
    app = await register(world)
    made = read(await ask(world, "POST", "/servicePrincipals", {"appId": app["appId"]}), 201)
    assert made["servicePrincipalNames"] == [app["appId"]]
    assert made["displayName"] == made["appDisplayName"] == "new-pull"
    refusal(await ask(world, "GET", f"/servicePrincipals/{made['id']}"), 404)
    again = await ask(world, "POST", "/servicePrincipals", {"appId": app["appId"]})
    assert refusal(again, 409)[0] == "Request_MultipleObjectsWithSameKeyValue"
    await world.pace.sleep(world.pace.durations.principal_delay)
    assert read(await ask(world, "GET", f"/servicePrincipals(appId='{app['appId']}')")) == {
        **made,
        "@odata.context": f"{GRAPH}/v1.0/$metadata#servicePrincipals/$entity",
    }


async def test_renaming_reaches_the_principal(world: World) -> None:
    wanted = {"displayName": "other", "tags": []}
    changed = await ask(world, "PATCH", f"/applications/{OLD}", wanted)
    assert (changed.status, changed.payload()) == (204, b"")
    assert read(await ask(world, "GET", f"/servicePrincipals/{PULLER}"))["displayName"] == "other"
    assert world.applications[0].tags == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "Request_BadRequest"),
        ({"displayName": ""}, "Request_BadRequest"),
        ({"displayName": "x" * 257}, "Request_BadRequest"),
        (
            {"displayName": "x", "identifierUris": ["http://registry-pull"]},
            "HostNameNotOnVerifiedDomain",
        ),
        (
            {"displayName": "x", "identifierUris": ["https://notcontoso.com/x"]},
            "HostNameNotOnVerifiedDomain",
        ),
        ([], "BadRequest"),
    ],
)
async def test_unfit_applications_are_refused(world: World, sent: Any, code: str) -> None:
    before = len(world.applications)
    assert refusal(await ask(world, "POST", "/applications", sent), 400)[0] == code
    assert len(world.applications) == before


@pytest.mark.parametrize(
    "uri", ["api://anything", "https://contoso.com/x", "https://a.contoso.com"]
)
async def test_fit_applications_are_taken(world: World, uri: str) -> None:
    sent = {"displayName": "x" * 256, "identifierUris": [uri]}
    assert (await ask(world, "POST", "/applications", sent)).status == 201


# -- lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("displayName eq 'HTTP://reg-pull'", ["http://reg-pull"]),
        ("startswith(displayName,'http://reg')", ["http://reg-pull", "http://reg-pull-2"]),
        ("startswith(displayName,'reg')", []),
        ("displayName eq 'rock and roll''s'", ["rock and roll's"]),
        ("tags/any(t:t eq 'mine')", ["old-pull", "http://reg-pull-2"]),
        ("startswith(displayName,'http') and tags/any(x:x eq 'mine')", ["http://reg-pull-2"]),
        (f"appId eq '{OLD_APP_ID}'", ["old-pull"]),
        (f"appId eq '{OLD}'", []),
    ],
)
async def test_application_filters(world: World, wanted: str, found: list[str]) -> None:
    more = {"http://reg-pull": [], "http://reg-pull-2": ["mine"], "rock and roll's": []}
    for name, tags in more.items():
        world.applications.append(
            Application(world.guid(), world.guid(), name, HOME, world.utc(), tags=tags)
        )
    assert await names(world, f"/applications?$filter={wanted}") == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (f"servicePrincipalNames/any(c:c eq '{OLD_APP_ID}')", ["old-pull"]),
        (f"servicePrincipalNames/any(c:c eq '{PULLER}')", []),
        ("startswith(displayName,'ro')", ["robot"]),
        ("displayName eq 'ro'", []),
        ("appId eq 'robot-app'", ["robot"]),
    ],
)
async def test_principal_filters(world: World, wanted: str, found: list[str]) -> None:
    assert await names(world, f"/servicePrincipals?$filter={wanted}") == found


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("displayName eq unquoted", "BadRequest"),
        ("displayName eq 'a' or displayName eq 'b'", "BadRequest"),
        ("displayName eq 'a' and", "BadRequest"),
        ("notes eq 'a'", "Request_UnsupportedQuery"),
    ],
)
async def test_filters_graph_would_not_take(world: World, wanted: str, code: str) -> None:
    assert refusal(await ask(world, "GET", f"/applications?$filter={wanted}"), 400)[0] == code


async def test_pages_are_followed_by_their_link(world: World) -> None:
    for number in range(4):
        made = Application(world.guid(), world.guid(), f"page & {number}", HOME, world.utc())
        world.applications.append(made)
    link = f"{GRAPH}/v1.0/applications?$top=2&$filter=startswith(displayName,'page %26 ')"
    seen, sizes = [], []
    while link:
        body = read(await ask(world, "GET", link))
        seen += [each["displayName"] for each in body["value"]]
        sizes.append(len(body["value"]))
        link = body.get("@odata.nextLink", "")
    assert (seen, sizes) == ([f"page & {number}" for number in range(4)], [2, 2])
    assert refusal(await ask(world, "GET", "/applications?$top=1000"), 400) == (
        "Request_UnsupportedQuery",
        "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
    )


# -- passwords -------------------------------------------------------------------------------------


async def test_a_secret_is_told_once(world: World) -> None:
    app = await register(world)
    body = {"passwordCredential": {"displayName": "rbac", "endDateTime": "2099-02-03T04:05:06Z"}}
    reply = await ask(world, "POST", f"/applications/{app['id']}/addPassword", body)
    made = read(reply)
    assert reply.headers["Location"] == GRAPH
    assert len(made["secretText"]) == 40 and made["hint"] == made["secretText"][:3]
    assert (made["displayName"], made["endDateTime"]) == ("rbac", "2099-02-03T04:05:06Z")
    for path in (f"/applications/{app['id']}", "/applications"):
        later = await ask(world, "GET", path)
        assert made["secretText"] not in later.payload().decode()
        assert made["hint"] in later.payload().decode()
    held = read(await ask(world, "GET", f"/applications/{app['id']}"))["passwordCredentials"]
    del made["@odata.context"]
    assert held == [{**made, "secretText": None}]


async def test_a_password_lives_two_years_unless_told(world: World) -> None:
    made = read(await ask(world, "POST", f"/applications/{OLD}/addPassword", {}))
    start, end = (datetime.fromisoformat(made[each]) for each in ("startDateTime", "endDateTime"))
    assert abs(end - start - timedelta(days=730.5)) < timedelta(days=1)
    assert start == world.utc() and made["startDateTime"].endswith("Z")


async def test_offsets_are_written_in_utc(world: World) -> None:
    asked = {"passwordCredential": {"endDateTime": "2099-01-01T02:00:00.500000+02:00"}}
    made = read(await ask(world, "POST", f"/applications/{OLD}/addPassword", asked))
    assert made["endDateTime"] == "2099-01-01T00:00:00.5Z"


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2098-01-01T00:00:00Z", "2097-01-01T00:00:00Z", "KeyCredentialsInvalidEndDate"),
        ("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "KeyCredentialsInvalidEndDate"),
        (None, "2099-01-01T00:00:00", "BadRequest"),
        (None, "next year", "BadRequest"),
    ],
)
async def test_impossible_ends_are_refused(
    world: World, start: str | None, end: str, code: str
) -> None:
    asked = {"passwordCredential": {"startDateTime": start, "endDateTime": end}}
    reply = await ask(world, "POST", f"/applications/{OLD}/addPassword", asked)
    assert refusal(reply, 400)[0] == code
    assert world.applications[0].passwords == []


async def test_the_token_endpoint_learns_of_a_password_later(world: World) -> None:
    made = read(await ask(world, "POST", f"/applications/{OLD}/addPassword", {}))
    assert world.password_problem(OLD_APP_ID, made["secretText"]) == "invalid"
    await world.pace.sleep(world.pace.durations.password_delay)
    assert world.password_problem(OLD_APP_ID, made["secretText"]) == ""


async def test_adding_keeps_the_others_and_removing_takes_one(world: World) -> None:
    path = f"/applications/{OLD}"
    keys = [read(await ask(world, "POST", f"{path}/addPassword", {}))["keyId"] for _ in "ab"]
    gone = await ask(world, "POST", f"{path}/removePassword", {"keyId": keys[0].upper()})
    assert (gone.status, gone.payload()) == (204, b"")
    held = read(await ask(world, "GET", path))["passwordCredentials"]
    assert [each["keyId"] for each in held] == keys[1:]
    again = await ask(world, "POST", f"{path}/removePassword", {"keyId": keys[0]})
    message = f"No password credential found with keyId '{keys[0]}'."
    assert refusal(again, 400) == ("Request_BadRequest", message)


async def test_a_principal_has_passwords_of_its_own(world: World) -> None:
    path = f"/servicePrincipals/{PULLER}"
    made = read(await ask(world, "POST", f"{path}/addPassword", {}))
    assert made["hint"] is None and made["secretText"]  # recorded: no hint on principals
    assert world.applications[0].passwords == []
    held = read(await ask(world, "GET", path))["passwordCredentials"]
    assert [(each["keyId"], each["secretText"]) for each in held] == [(made["keyId"], None)]
    gone = await ask(world, "POST", f"{path}/removePassword", {"keyId": made["keyId"]})
    assert gone.status == 204
    assert world.principals[1].passwords == []


async def test_tenants_that_forbid_passwords(world: World) -> None:
    world.tenants[0].passwords_forbidden = True
    for path in (f"/applications/{OLD}", f"/servicePrincipals/{PULLER}"):
        code, message = refusal(await ask(world, "POST", f"{path}/addPassword", {}), 400)
        assert code == "CredentialTypeNotAllowedAsPerAppPolicy"
        assert message.startswith("Credential type not allowed as per assigned policy '")
    policy = read(await ask(world, "GET", "/policies/defaultAppManagementPolicy"))
    rules = policy["applicationRestrictions"]["passwordCredentials"]
    assert [(each["restrictionType"], each["state"]) for each in rules] == [
        ("passwordAddition", "enabled")
    ]


async def test_tenants_that_limit_password_lifetimes(world: World) -> None:
    async def add(days: int) -> Answer:
        end = (datetime(2099, 1, 1, tzinfo=UTC) + timedelta(days=days)).isoformat()
        dates = {"startDateTime": "2099-01-01T00:00:00Z", "endDateTime": end}
        asked = {"passwordCredential": dates}
        return await ask(world, "POST", f"/applications/{OLD}/addPassword", asked)

    world.tenants[0].password_days = 180
    refused = await add(181)
    code, message = refusal(refused, 400)
    assert code == "CredentialInvalidLifetimeAsPerAppPolicy"
    assert message.startswith("Credential lifetime exceeds the max value allowed as per assigned")
    assert read(refused, 400)["error"]["details"][0]["code"] == "InvalidKeyEndDate"
    assert (await add(180)).status == 200
    policy = read(await ask(world, "GET", "/policies/defaultAppManagementPolicy"))
    assert policy["isEnabled"] is True and f"'{policy['id']}'" in message
    rule = policy["applicationRestrictions"]["passwordCredentials"][0]
    assert (rule["restrictionType"], rule["maxLifetime"]) == ("passwordLifetime", "P180D")


async def test_a_tenant_without_rules_says_so(world: World) -> None:
    policy = read(await ask(world, "GET", "/policies/defaultAppManagementPolicy"))
    assert policy["isEnabled"] is False
    assert policy["applicationRestrictions"]["passwordCredentials"] == []


# -- deleting --------------------------------------------------------------------------------------


async def test_deleting_is_soft_and_takes_the_principal_along(world: World) -> None:
    assert (await ask(world, "DELETE", f"/applications/{OLD}")).status == 204
    refusal(await ask(world, "GET", f"/applications/{OLD}"), 404)
    refusal(await ask(world, "GET", f"/servicePrincipals/{PULLER}"), 404)
    assert await names(world, "/applications") == []
    for cast in ("microsoft.graph.application", "graph.application"):
        assert await names(world, f"/directory/deletedItems/{cast}") == ["old-pull"]
    item = read(await ask(world, "GET", f"/directory/deletedItems/{OLD}"))
    assert item["@odata.type"] == "#microsoft.graph.application"
    assert item["deletedDateTime"].endswith("Z") and len(item["deletedDateTime"]) == 20


async def test_restoring_brings_back_the_application_alone(world: World) -> None:
    held = Password("key", "v" * 40, None, "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z")
    world.applications[0].passwords.append(held)
    await ask(world, "DELETE", f"/applications/{OLD}")
    back = read(await ask(world, "POST", f"/directory/deletedItems/{OLD}/restore"))
    assert (back["id"], back["deletedDateTime"]) == (OLD, None)
    app = read(await ask(world, "GET", f"/applications/{OLD}"))
    assert [each["keyId"] for each in app["passwordCredentials"]] == ["key"]
    assert await names(world, "/servicePrincipals") == ["robot"]
    again = read(await ask(world, "POST", "/servicePrincipals", {"appId": OLD_APP_ID}), 201)
    assert again["id"] != PULLER


async def test_purging_is_final(world: World) -> None:
    refusal(await ask(world, "DELETE", f"/directory/deletedItems/{OLD}"), 404)  # not deleted yet
    await ask(world, "DELETE", f"/applications/{OLD}")
    assert (await ask(world, "DELETE", f"/directory/deletedItems/{OLD}")).status == 204
    assert await names(world, "/directory/deletedItems/microsoft.graph.application") == []
    refusal(await ask(world, "POST", f"/directory/deletedItems/{OLD}/restore"), 404)


async def test_a_principal_can_go_alone(world: World) -> None:
    assert (await ask(world, "DELETE", f"/servicePrincipals/{PULLER}")).status == 204
    assert await names(world, "/applications") == ["old-pull"]
    assert await names(world, "/servicePrincipals") == ["robot"]


# -- rights ----------------------------------------------------------------------------------------

DENIED = ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


@pytest.mark.parametrize(
    ("who", "closed", "allowed"),
    [
        (ADA, False, True),
        (ADA, True, False),
        (GUEST, False, False),
        (INTERN, False, False),
        (ROBOT, True, True),
        (PULLER, False, False),
        (MISSING, False, False),
    ],
)
async def test_who_may_register(world: World, who: str, closed: bool, allowed: bool) -> None:
    world.tenants[0].registration_forbidden = closed
    reply = await ask(world, "POST", "/applications", {"displayName": "x"}, who)
    assert reply.status == 201 if allowed else refusal(reply, 403) == DENIED
    policy = read(await ask(world, "GET", "/policies/authorizationPolicy", who=who))
    assert policy["defaultUserRolePermissions"]["allowedToCreateApps"] is not closed


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"/applications/{OLD}"),
        ("POST", f"/applications/{OLD}/addPassword"),
        ("POST", f"/servicePrincipals/{PULLER}/addPassword"),
        ("POST", f"/applications/{OLD}/removePassword"),
        ("DELETE", f"/servicePrincipals/{PULLER}"),
        ("DELETE", f"/applications/{OLD}"),
    ],
)
async def test_changes_are_for_the_owner_and_those_who_may_register(
    world: World, method: str, path: str
) -> None:
    world.applications[0].passwords.append(Password("k", "v", None, "", ""))
    body = {"keyId": "k"}
    assert refusal(await ask(world, method, path, body, GUEST), 403) == DENIED
    assert (await ask(world, method, path, body, INTERN)).status < 300  # the owner


async def test_reading_is_open_to_all(world: World) -> None:
    for who in (GUEST, INTERN, PULLER):
        assert (await ask(world, "GET", f"/applications/{OLD}", who=who)).status == 200


async def test_another_tenant_sees_nothing(world: World) -> None:
    foreign = f"Bearer {token(world, ADA, tid=ELSEWHERE)}"
    reply = await ask(world, "GET", "/applications", Authorization=foreign)
    assert read(reply)["value"] == []
    refusal(await ask(world, "GET", f"/applications/{OLD}", Authorization=foreign), 404)


# -- users and the tenant --------------------------------------------------------------------------


async def test_me_is_for_people(world: World) -> None:
    assert read(await ask(world, "GET", "/me"))["userPrincipalName"] == "ada@contoso.com"
    assert refusal(await ask(world, "GET", "/me", who=ROBOT), 400) == (
        "BadRequest",
        "/me request is only valid with delegated authentication flow.",
    )


async def test_user_type_is_told_when_selected(world: World) -> None:
    assert "userType" not in read(await ask(world, "GET", "/me", who=GUEST))
    chosen = read(await ask(world, "GET", "/me?$select=displayName,userType", who=GUEST))
    assert chosen.pop("@odata.context")
    assert chosen == {"id": GUEST, "displayName": "Guest", "userType": "Guest"}


async def test_users_by_id_and_by_name(world: World) -> None:
    for name in (GUEST, "Guest_mail.com%23EXT%23@contoso.com"):
        assert read(await ask(world, "GET", f"/users/{name}"))["id"] == GUEST
    refusal(await ask(world, "GET", "/users/nobody@contoso.com"), 404)
    found = "/users?$filter=userPrincipalName eq 'ada@contoso.com'"
    assert await names(world, found) == ["Ada"]


async def test_objects_by_their_ids(world: World) -> None:
    asked = {"ids": [ADA, PULLER, OLD, MISSING], "types": ["user", "group", "servicePrincipal"]}
    found = read(await ask(world, "POST", "/directoryObjects/getByIds", asked))["value"]
    assert [(each["@odata.type"], each["id"]) for each in found] == [
        ("#microsoft.graph.user", ADA),
        ("#microsoft.graph.servicePrincipal", PULLER),
    ]


async def test_the_organization_names_its_domain(world: World) -> None:
    (found,) = read(await ask(world, "GET", "/organization"))["value"]
    assert (found["id"], found["verifiedDomains"][0]["name"]) == (HOME, "contoso.com")


# -- msgraph-sdk itself ----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:This class is deprecated:DeprecationWarning")
async def test_the_sdk_understands_every_step(world: World) -> None:
    from kiota_abstractions.authentication import AnonymousAuthenticationProvider
    from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
        AddPasswordPostRequestBody,
    )
    from msgraph.generated.models.application import Application as Wanted
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.password_credential import PasswordCredential
    from msgraph.generated.models.service_principal import ServicePrincipal as Principal
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

    async def serve(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        reply = await ask(world, request.method, str(request.url), body)
        return httpx.Response(
            reply.status,
            headers={**reply.headers, "Content-Type": reply.content_type},
            content=reply.payload(),
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as client:
        adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client)
        graph = GraphServiceClient(request_adapter=adapter)
        app = await graph.applications.post(Wanted(display_name="sdk", tags=["mine"]))
        assert app and app.id and app.app_id and app.created_date_time
        with pytest.raises(ODataError) as early:
            await graph.service_principals.post(Principal(app_id=app.app_id))
        assert early.value.error and early.value.error.details
        assert early.value.error.details[0].code == "NoBackingApplicationObject"
        await world.pace.sleep(world.pace.durations.application_delay)
        end = world.utc() + timedelta(days=90)
        wish = AddPasswordPostRequestBody(
            password_credential=PasswordCredential(display_name="sdk", end_date_time=end)
        )
        made = await graph.applications.by_application_id(app.id).add_password.post(wish)
        assert made and made.end_date_time == end and made.secret_text
        principal = await graph.service_principals.post(Principal(app_id=app.app_id))
        assert principal and principal.service_principal_names == [app.app_id]
        held = await graph.applications_with_app_id(app.app_id).get()
        assert held and held.password_credentials
        assert held.password_credentials[0].key_id == made.key_id
