"""Key Vault's data plane: what az and the SDKs rely on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from aciwizard.sandbox import secrets
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.model import RoleAssignment, Tenant, Vault
from aciwizard.sandbox.pace import Pace
from aciwizard.sandbox.role_definitions import named
from aciwizard.sandbox.world import World

TENANT = "11111111-1111-1111-1111-111111111111"
OTHER_TENANT = "99999999-9999-9999-9999-999999999999"
ME = "33333333-3333-3333-3333-333333333333"
APPLICATION = "44444444-4444-4444-4444-444444444444"
HOST = "kv-demo.vault.azure.net"
AUDIENCE = "https://vault.azure.net"
CALLER = f"appid={APPLICATION};oid={ME};iss=https://sts.windows.net/{TENANT}/"


class Clock(Pace):
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.moment = 0.0

    def now(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += seconds


@pytest.fixture
def world() -> World:
    made = World(Clock(), seed=7)
    made.tenants = [Tenant(TENANT, "Contoso", "contoso.example")]
    made.vaults = [Vault("sub", "RG", "kv-demo", "eastus", TENANT, datetime.now(UTC))]
    give(made, "Key Vault Secrets Officer")
    return made


def the(world: World) -> Vault:
    return world.vaults[0]


def give(world: World, role: str, delay: float = 0.0, scope: str = "") -> None:
    world.assignments.append(
        RoleAssignment(
            world.guid(),
            scope or the(world).id,
            named(role).id,
            ME,
            "ServicePrincipal",
            world.utc(),
            ME,
            world.after(delay),
        )
    )


def use_policies(world: World, *permissions: str) -> None:
    entry = {"tenantId": TENANT, "objectId": ME, "permissions": {"secrets": [*permissions]}}
    the(world).rbac, the(world).policies = False, [entry]


def token(world: World, **claims: str) -> str:
    usual = {"aud": AUDIENCE, "oid": ME, "tid": TENANT, "appid": APPLICATION}
    return world.signer.sign({**usual, **claims}, 3600)


async def ask(
    world: World, method: str, path: str, body: object = None, bearer: str | None = None
) -> Answer:
    """One request; `path` may carry a query, and the token is a good one unless told."""
    place = urlsplit(path)
    query = {"api-version": "7.4", **dict(parse_qsl(place.query))}
    bearer = token(world) if bearer is None else bearer
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    sent = b"" if body is None else json.dumps(body).encode()
    return await secrets.answer(world, Call(method, HOST, place.path, query, headers, sent))


def body(answer: Answer) -> Any:
    return json.loads(answer.payload())


def fault(answer: Answer) -> tuple[int, str, str]:
    told = body(answer)["error"]
    return answer.status, told["code"], told.get("innererror", {}).get("code", "")


async def put(world: World, name: str, value: str = "hush", **more: object) -> Any:
    answer = await ask(world, "PUT", f"/secrets/{name}", {"value": value, **more})
    assert answer.status == 200
    return body(answer)


# -- signing in ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bearer", ["", "not.a.token"])
async def test_the_challenge(world: World, bearer: str) -> None:
    answer = await ask(world, "PUT", "/secrets/a", bearer=bearer)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", '
        'resource="https://vault.azure.net"'
    )
    message = "AKV10000: Request is missing a Bearer or PoP token."
    assert body(answer) == {"error": {"code": "Unauthorized", "message": message}}


@pytest.mark.parametrize("audience", [AUDIENCE + "/", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"])
async def test_audiences_that_are_let_in(world: World, audience: str) -> None:
    answer = await ask(world, "GET", "/secrets", bearer=token(world, aud=audience))
    assert answer.status == 200


@pytest.mark.parametrize(
    ("claim", "value", "code"),
    [("aud", "https://management.azure.com", "AKV10022"), ("tid", OTHER_TENANT, "AKV10032")],
)
async def test_tokens_for_something_else(world: World, claim: str, value: str, code: str) -> None:
    answer = await ask(world, "GET", "/secrets", bearer=token(world, **{claim: value}))
    assert fault(answer) == (401, "Unauthorized", "")
    assert body(answer)["error"]["message"].startswith(code)
    assert value in body(answer)["error"]["message"]
    assert "WWW-Authenticate" in answer.headers


async def test_a_call_without_api_version(world: World) -> None:
    call = Call("GET", HOST, "/secrets", {}, {"authorization": f"Bearer {token(world)}"})
    assert fault(await secrets.answer(world, call)) == (400, "BadParameter", "")


async def test_a_host_that_is_no_vault(world: World) -> None:
    call = Call("GET", "nobody.vault.azure.net", "/secrets", {"api-version": "7.4"})
    assert (await secrets.answer(world, call)).status == 400


async def test_headers_key_vault_puts_on_everything(world: World) -> None:
    for bearer in ("", None):
        answer = await ask(world, "GET", "/secrets", bearer=bearer)
        assert answer.headers["x-ms-keyvault-region"] == "eastus"
        assert re.fullmatch(
            r"conn_type=Ipv4;addr=[\d.]+;act_addr_fam=InterNetwork;",
            answer.headers["x-ms-keyvault-network-info"],
        )
        assert "x-ms-keyvault-service-version" in answer.headers


# -- who may ---------------------------------------------------------------------------------------


async def test_owning_a_vault_gives_no_right_to_its_secrets(world: World) -> None:
    world.assignments.clear()
    give(world, "Owner")
    answer = await ask(world, "PUT", "/secrets/a", {"value": "hush"})
    assert fault(answer) == (403, "Forbidden", "ForbiddenByRbac")
    assert body(answer)["error"]["message"] == (
        "Caller is not authorized to perform action on resource.\r\n"
        "If role assignments, deny assignments or role definitions were changed recently, "
        "please observe propagation time.\r\n"
        f"Caller: {CALLER}\r\n"
        "Action: 'Microsoft.KeyVault/vaults/secrets/setSecret/action'\r\n"
        "Resource: '/subscriptions/sub/resourcegroups/rg/providers/microsoft.keyvault"
        "/vaults/kv-demo/secrets/a'\r\n"
        "Assignment: (not found)\r\n"
        "DenyAssignmentId: null\r\n"
        "DecisionReason: 'DeniedWithNoValidRBAC' \r\n"
        "Vault: kv-demo;location=eastus\r\n"
    )


async def test_a_list_is_asked_of_the_vault(world: World) -> None:
    world.assignments.clear()
    answer = await ask(world, "GET", "/secrets")
    message = body(answer)["error"]["message"]
    assert "secrets/readMetadata/action'" in message
    assert "/vaults/kv-demo'\r\n" in message


async def test_a_role_counts_once_it_has_replicated(world: World) -> None:
    world.assignments.clear()
    give(world, "Key Vault Secrets Officer", world.pace.durations.vault_role_delay)
    assert fault(await ask(world, "GET", "/secrets"))[2] == "ForbiddenByRbac"
    await world.pace.sleep(world.pace.durations.vault_role_delay)
    assert (await ask(world, "GET", "/secrets")).status == 200


async def test_a_secrets_user_reads_and_does_no_more(world: World) -> None:
    await put(world, "a")
    world.assignments.clear()
    give(world, "Key Vault Secrets User", scope=f"{the(world).id}/secrets/A")
    assert (await ask(world, "GET", "/secrets/a/")).status == 200
    for method, path in (("PUT", "/secrets/a"), ("DELETE", "/secrets/a"), ("GET", "/secrets")):
        assert fault(await ask(world, method, path))[2] == "ForbiddenByRbac"


async def test_policies_without_the_permission(world: World) -> None:
    use_policies(world, "get", "list")
    answer = await ask(world, "PUT", "/secrets/a", {"value": "hush"})
    assert fault(answer) == (403, "Forbidden", "AccessDenied")
    assert body(answer)["error"]["message"] == (
        f"The user, group or application '{CALLER}' does not have secrets set permission on key "
        "vault 'kv-demo;location=eastus'. For help resolving this issue, please see "
        "https://go.microsoft.com/fwlink/?linkid=2125287"
    )


async def test_a_policy_counts_once_it_is_in_force(world: World) -> None:
    use_policies(world, "Set")
    the(world).policies_at[ME] = world.after(10)
    assert fault(await ask(world, "PUT", "/secrets/a", {"value": "x"}))[2] == "AccessDenied"
    await world.pace.sleep(10)
    await put(world, "a")


async def test_roles_mean_nothing_where_policies_rule(world: World) -> None:
    use_policies(world)
    assert fault(await ask(world, "GET", "/secrets"))[2] == "AccessDenied"


async def test_a_closed_vault(world: World) -> None:
    the(world).closed = True
    answer = await ask(world, "GET", "/secrets")
    assert fault(answer) == (403, "Forbidden", "ForbiddenByFirewall")
    message = body(answer)["error"]["message"]
    assert re.match(
        r"Client address is not authorized and caller is not a trusted service\.\r\n"
        r"Client address: [\d.]+\r\nCaller: appid=",
        message,
    )
    assert message.endswith("\r\nVault: kv-demo;location=eastus")
    assert (await ask(world, "GET", "/secrets", bearer="")).status == 401


# -- secrets ---------------------------------------------------------------------------------------


async def test_a_secret_as_it_is_set(world: World) -> None:
    made = await put(world, "db", "-hush", contentType="text/plain", tags={"a": "b"})
    assert re.fullmatch(rf"https://{HOST}/secrets/db/[0-9a-f]{{32}}", made["id"])
    now = made["attributes"]["created"]
    assert made == {
        "value": "-hush",
        "contentType": "text/plain",
        "id": made["id"],
        "attributes": {
            "enabled": True,
            "created": now,
            "updated": now,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        },
        "tags": {"a": "b"},
    }
    assert isinstance(now, int)
    assert body(await ask(world, "GET", "/secrets/db/")) == made
    assert body(await ask(world, "GET", "/secrets/DB")) == made
    assert body(await ask(world, "GET", urlsplit(made["id"]).path)) == made


@pytest.mark.parametrize(
    ("days", "protected", "level"),
    [
        (90, False, "Recoverable+Purgeable"),
        (7, False, "CustomizedRecoverable+Purgeable"),
        (90, True, "Recoverable"),
        (7, True, "CustomizedRecoverable"),
    ],
)
async def test_the_recovery_level(world: World, days: int, protected: bool, level: str) -> None:
    the(world).retention_days, the(world).purge_protection = days, protected
    attributes = (await put(world, "a"))["attributes"]
    assert (attributes["recoveryLevel"], attributes["recoverableDays"]) == (level, days)


async def test_setting_again_makes_a_version(world: World) -> None:
    first = await put(world, "a", "one")
    await put(world, "A", "two")
    assert body(await ask(world, "GET", "/secrets/a/"))["value"] == "two"
    assert body(await ask(world, "GET", urlsplit(first["id"]).path))["value"] == "one"
    versions = body(await ask(world, "GET", "/secrets/a/versions"))
    assert len(versions["value"]) == 2
    assert first["id"] in {held["id"] for held in versions["value"]}
    assert all("value" not in held for held in versions["value"])


async def test_an_update_changes_all_but_the_value(world: World) -> None:
    first = await put(world, "a", "one", contentType="text/plain")
    await put(world, "a", "two")
    await world.pace.sleep(10)
    change = {"attributes": {"exp": 2_000_000_000, "nbf": 1}, "tags": {"a": "b"}}
    updated = await ask(world, "PATCH", "/secrets/a/", change)
    assert "value" not in body(updated)
    assert body(updated)["tags"] == {"a": "b"}
    attributes = body(updated)["attributes"]
    assert (attributes["exp"], attributes["nbf"]) == (2_000_000_000, 1)
    assert attributes["updated"] > attributes["created"]
    older = await ask(world, "PATCH", urlsplit(first["id"]).path, {"contentType": "b"})
    assert body(older)["id"] == first["id"]
    assert body(await ask(world, "GET", "/secrets/a"))["value"] == "two"


async def test_a_disabled_secret(world: World) -> None:
    await put(world, "a", attributes={"enabled": False})
    refused = await ask(world, "GET", "/secrets/a/")
    assert fault(refused) == (403, "Forbidden", "SecretDisabled")
    await ask(world, "PATCH", "/secrets/a/", {"attributes": {"enabled": True}})
    assert (await ask(world, "GET", "/secrets/a/")).status == 200


async def test_secrets_there_are_not(world: World) -> None:
    missing = await ask(world, "GET", "/secrets/nope/")
    assert fault(missing) == (404, "SecretNotFound", "")
    assert body(missing)["error"]["message"] == (
        "A secret with (name/id) nope was not found in this key vault. If you recently deleted "
        "this secret you may be able to recover it using the correct recovery command. For help "
        "resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    )
    await put(world, "a")
    version = await ask(world, "GET", "/secrets/a/" + "0" * 32)
    assert f"(name/id) a/{'0' * 32} was" in body(version)["error"]["message"]
    assert fault(await ask(world, "DELETE", "/secrets/nope"))[1] == "SecretNotFound"
    assert body(await ask(world, "GET", "/secrets/nope/versions"))["value"] == []


@pytest.mark.parametrize("name", ["a_b", "a.b", "a" * 128])
async def test_names_a_secret_cannot_have(world: World, name: str) -> None:
    refused = await ask(world, "PUT", f"/secrets/{name}", {"value": "x"})
    assert fault(refused) == (400, "BadParameter", "")
    assert name in body(refused)["error"]["message"]


async def test_a_secret_needs_a_value_which_may_be_empty(world: World) -> None:
    assert fault(await ask(world, "PUT", "/secrets/a", {}))[:2] == (400, "BadParameter")
    assert (await put(world, "a", ""))["value"] == ""


# -- lists -----------------------------------------------------------------------------------------


async def test_a_list_has_neither_values_nor_versions(world: World) -> None:
    await put(world, "b", contentType="text/plain")
    await put(world, "a")
    listed = body(await ask(world, "GET", "/secrets"))
    assert [item["id"] for item in listed["value"]] == [
        f"https://{HOST}/secrets/a",
        f"https://{HOST}/secrets/b",
    ]
    assert listed["nextLink"] is None
    assert listed["value"][1]["contentType"] == "text/plain"
    assert "hush" not in json.dumps(listed)


async def test_a_long_list_comes_in_pages(world: World) -> None:
    names = [f"s{number:02}" for number in range(5)]
    for name in names:
        await put(world, name)
    seen, link = [], "/secrets?maxresults=2"
    for _ in range(3):
        page = body(await ask(world, "GET", link))
        seen += [item["id"].rpartition("/")[2] for item in page["value"]]
        link = page["nextLink"]
        if link:
            start = f"https://{HOST}:443/secrets?api-version=7.4&$skiptoken="
            assert link.startswith(start)
            assert link.endswith("&maxresults=2")
    assert seen == names
    assert link is None


async def test_a_page_has_25_items_unless_told(world: World) -> None:
    for number in range(26):
        await put(world, f"s{number:02}")
    page = body(await ask(world, "GET", "/secrets"))
    assert len(page["value"]) == 25
    assert "maxresults" not in page["nextLink"]
    assert len(body(await ask(world, "GET", page["nextLink"]))["value"]) == 1


@pytest.mark.parametrize("query", ["maxresults=0", "maxresults=26", "$skiptoken=bm9uZQ"])
async def test_lists_asked_for_wrongly(world: World, query: str) -> None:
    assert fault(await ask(world, "GET", f"/secrets?{query}"))[:2] == (400, "BadParameter")


# -- deleting, recovering, purging -----------------------------------------------------------------


async def test_a_deleted_secret_keeps_its_name(world: World) -> None:
    made = await put(world, "a")
    deleted = await ask(world, "DELETE", "/secrets/a")
    gone = body(deleted)
    assert gone["recoveryId"] == f"https://{HOST}/deletedsecrets/a"
    assert gone["scheduledPurgeDate"] - gone["deletedDate"] == 90 * 86_400
    assert gone["id"] == made["id"]
    assert "value" not in gone
    assert fault(await ask(world, "GET", "/secrets/a/"))[1] == "SecretNotFound"
    assert body(await ask(world, "GET", "/secrets"))["value"] == []
    assert body(await ask(world, "GET", "/deletedsecrets/A")) == gone
    (listed,) = body(await ask(world, "GET", "/deletedsecrets"))["value"]
    assert listed["id"] == f"https://{HOST}/secrets/a"

    again = await ask(world, "PUT", "/secrets/a", {"value": "x"})
    assert fault(again) == (409, "Conflict", "ObjectIsDeletedButRecoverable")
    assert body(again)["error"]["message"] == (
        "Secret a is currently in a deleted but recoverable state, and its name cannot be reused; "
        "in this state, the secret can only be recovered or purged."
    )


async def test_a_recovered_secret_is_what_it_was(world: World) -> None:
    made = await put(world, "a", tags={"a": "b"})
    early = await ask(world, "POST", "/deletedsecrets/a/recover")
    assert fault(early) == (400, "MethodNotAllowed", "RequestNotAllowedOnNonDeletedObject")
    await ask(world, "DELETE", "/secrets/a")
    recovered = await ask(world, "POST", "/deletedsecrets/a/recover")
    assert (recovered.status, body(recovered)["id"]) == (200, made["id"])
    assert body(await ask(world, "GET", "/secrets/a/")) == made
    assert fault(await ask(world, "GET", "/deletedsecrets/a"))[:2] == (404, "SecretNotFound")


async def test_a_purged_secret_leaves_its_name(world: World) -> None:
    await put(world, "a")
    await ask(world, "DELETE", "/secrets/a")
    purged = await ask(world, "DELETE", "/deletedsecrets/A")
    assert (purged.status, purged.payload()) == (204, b"")
    missing = await ask(world, "DELETE", "/deletedsecrets/a")
    assert body(missing)["error"]["message"] == "Deleted Secret not found: a"
    await put(world, "a")


async def test_purging_needs_its_own_permission(world: World) -> None:
    use_policies(world, "all")
    await put(world, "a")
    await ask(world, "DELETE", "/secrets/a")
    refused = await ask(world, "DELETE", "/deletedsecrets/a")
    assert fault(refused)[2] == "AccessDenied"
    assert "secrets purge permission" in body(refused)["error"]["message"]


async def test_a_protected_vault_purges_nothing_early(world: World) -> None:
    the(world).purge_protection = True
    await put(world, "a")
    await ask(world, "DELETE", "/secrets/a")
    refused = await ask(world, "DELETE", "/deletedsecrets/a")
    assert fault(refused)[:2] == (403, "Forbidden")
    await world.pace.sleep(90 * 86_400 + 1)
    await put(world, "a")
