"""How a registry asks for tokens, hands them out, and decides what each may see."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from aciwizard.sandbox.canary import CANARY, CLAIM
from tests.sandbox.conftest import (
    ADA,
    BEN,
    NIA,
    PULLER,
    PULLER_APP,
    PULLER_SECRET,
    REGISTRY,
    Cloud,
    Reply,
)

REALM = 'Bearer realm="https://reg.azurecr.io/oauth2/token",service="reg.azurecr.io"'
WORDS = "authentication required, visit https://aka.ms/acr/authorization for more information."
MANIFEST = "/v2/app/manifests/v1"
PULL = "repository:app:pull"


@pytest.fixture(autouse=True)
def pushed(cloud: Cloud) -> str:
    return cloud.push("app", "v1")


async def exchange(cloud: Cloud, who: str = ADA, **changes: str) -> Reply:
    """An Entra token for a registry refresh token, as the SDK and az do it."""
    form = {
        "grant_type": "access_token",
        "service": "reg.azurecr.io",
        "access_token": cloud.token(who),
        **changes,
    }
    return await cloud.ask("POST", "/oauth2/exchange?api-version=2021-07-01", form=form)


async def redeem(cloud: Cloud, scope: str, **form: str) -> Reply:
    sent = {"service": "reg.azurecr.io", "scope": scope, **form}
    return await cloud.ask("POST", "/oauth2/token?api-version=2021-07-01", form=sent)


async def signed_in(cloud: Cloud, scope: str, who: str = ADA) -> str:
    refresh = (await exchange(cloud, who)).json["refresh_token"]
    reply = await redeem(cloud, scope, grant_type="refresh_token", refresh_token=refresh)
    return str(reply.json["access_token"])


def granted(token: str) -> list[dict[str, Any]]:
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == "reg.azurecr.io" and claims[CLAIM] == CANARY
    found: list[dict[str, Any]] = claims["access"]
    return found


# -- the challenge --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/acr/v1/_catalog", "registry:catalog:*"),
        ("/v2/_catalog", "registry:catalog:*"),
        ("/acr/v1/web/api/_tags", "repository:web/api:metadata_read"),
        ("/acr/v1/web%2Fapi/_tags/v1", "repository:web/api:metadata_read"),
        ("/acr/v1/app/_manifests", "repository:app:metadata_read"),
        ("/acr/v1/app", "repository:app:metadata_read"),
        (MANIFEST, PULL),
        ("/v2/app/blobs/sha256:00", PULL),
        ("/v2/app/tags/list", PULL),
    ],
)
async def test_the_challenge_names_the_scope(cloud: Cloud, path: str, scope: str) -> None:
    reply = await cloud.ask("GET", path)
    # No blank behind a comma: az splits this header at blanks.
    assert reply.headers["www-authenticate"] == f'{REALM},scope="{scope}"'
    assert reply.headers["docker-distribution-api-version"] == "registry/2.0"
    assert reply.answer.content_type == "application/json; charset=utf-8"
    kind, name, action = scope.split(":")
    detail = [{"Type": kind, "Name": name, "Action": action}]  # capitals, as recorded
    error = {"code": "UNAUTHORIZED", "message": WORDS, "detail": detail}
    assert reply.status == 401 and reply.json == {"errors": [error]}
    assert reply.text.endswith("}\n")


async def test_the_first_call_of_all_is_challenged_without_a_scope(cloud: Cloud) -> None:
    reply = await cloud.ask("GET", "/v2/")
    assert (reply.status, reply.headers["www-authenticate"]) == (401, REALM)
    assert reply.json["errors"][0]["detail"] is None
    token = await signed_in(cloud, PULL)
    assert (await cloud.ask("GET", "/v2/", token)).status == 200
    elsewhere = cloud.token(aud="other.azurecr.io")
    assert (await cloud.ask("GET", "/v2/", elsewhere)).status == 401


# -- the ways to a token --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "aud",
    [
        "https://management.azure.com",
        "https://management.core.windows.net/",
        "https://containerregistry.azure.net",
    ],
)
async def test_an_entra_token_is_exchanged_twice(cloud: Cloud, aud: str) -> None:
    first = await exchange(cloud, access_token=cloud.token(aud=aud))
    assert first.status == 200 and list(first.json) == ["refresh_token"]
    refresh = first.json["refresh_token"]
    second = await redeem(cloud, PULL, grant_type="refresh_token", refresh_token=refresh)
    assert second.status == 200 and list(second.json) == ["access_token"]
    token = second.json["access_token"]
    assert granted(token) == [{"type": "repository", "name": "app", "actions": ["pull"]}]
    assert (await cloud.ask("GET", MANIFEST, token)).status == 200


async def test_tokens_that_buy_nothing(cloud: Cloud) -> None:
    graph = cloud.token(aud="https://graph.microsoft.com")
    for token in ("", "nonsense", graph, cloud.token(lifetime=-60)):
        assert (await exchange(cloud, access_token=token)).fault == (401, "UNAUTHORIZED")
    access = await signed_in(cloud, PULL)
    for token in ("", "nonsense", cloud.token(), access):
        reply = await redeem(cloud, PULL, grant_type="refresh_token", refresh_token=token)
        assert reply.fault == (401, "UNAUTHORIZED")
    assert (await redeem(cloud, PULL, grant_type="password")).fault == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("docker", [True, False])
async def test_a_principals_password_is_a_way_in(cloud: Cloud, docker: bool) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    if docker:
        token = await cloud.scoped(PULL)
    else:
        form = {"username": PULLER_APP, "password": PULLER_SECRET}
        reply = await redeem(cloud, PULL, grant_type="password", **form)
        token = reply.json["access_token"]
    assert (await cloud.ask("GET", MANIFEST, token)).status == 200
    # az sends the password itself to the data plane.
    pair = (PULLER_APP, PULLER_SECRET)
    assert (await cloud.ask("GET", "/acr/v1/app/_tags", basic=pair)).status == 200


@pytest.mark.parametrize(
    ("user", "password", "words"),
    [
        (PULLER_APP, "wrong", "Invalid clientid or client secret."),
        (NIA, PULLER_SECRET, "Application not registered with AAD."),
        ("pull", PULLER_SECRET, "aad access token with sp failed client id must be guid"),
        ("reg", PULLER_SECRET, WORDS),
    ],
)
async def test_a_refused_password_in_the_registrys_words(
    cloud: Cloud, user: str, password: str, words: str
) -> None:
    url = f"/oauth2/token?service=reg.azurecr.io&scope={PULL}"
    for reply in (
        await cloud.ask("GET", url, basic=(user, password)),
        await redeem(cloud, PULL, grant_type="password", username=user, password=password),
    ):
        assert reply.refusal == (401, "UNAUTHORIZED", words)


async def test_a_new_password_is_refused_for_a_moment(cloud: Cloud) -> None:
    cloud.world.applications[0].passwords[0].effective_at = 12
    url = f"/oauth2/token?service=reg.azurecr.io&scope={PULL}"
    early = await cloud.ask("GET", url, basic=(PULLER_APP, PULLER_SECRET))
    assert early.refusal[2] == "Invalid clientid or client secret."
    await cloud.wait(12)
    assert (await cloud.ask("GET", url, basic=(PULLER_APP, PULLER_SECRET))).status == 200


async def test_a_refresh_token_is_the_password_of_a_user_of_noughts(cloud: Cloud) -> None:
    refresh = (await exchange(cloud)).json["refresh_token"]
    token = await cloud.scoped(PULL, "00000000-0000-0000-0000-000000000000", refresh)
    assert (await cloud.ask("GET", MANIFEST, token)).status == 200


async def test_the_admin_user_may_do_anything_while_it_is_enabled(cloud: Cloud) -> None:
    cloud.reg.admin_enabled, cloud.reg.admin_passwords = True, ["one", "two"]
    token = await cloud.scoped("repository:app:pull,push", "REG", "two")
    assert granted(token)[0]["actions"] == ["pull", "push"]
    catalog = await cloud.scoped("registry:catalog:*", "reg", "one")
    assert (await cloud.ask("GET", "/acr/v1/_catalog", catalog)).status == 200
    cloud.reg.admin_enabled = False
    url = f"/oauth2/token?scope={PULL}"
    assert (await cloud.ask("GET", url, basic=("reg", "one"))).fault == (401, "UNAUTHORIZED")


async def test_an_open_registry_gives_tokens_to_anybody(cloud: Cloud) -> None:
    url = f"/oauth2/token?service=reg.azurecr.io&scope={PULL}"
    assert (await cloud.ask("GET", url)).fault == (401, "UNAUTHORIZED")
    cloud.reg.anonymous_pull = True
    form = {"grant_type": "password"}  # without a user: so the SDK asks
    for scope, path in ((PULL, MANIFEST), ("registry:catalog:*", "/acr/v1/_catalog")):
        token = (await redeem(cloud, scope, **form)).json["access_token"]
        assert (await cloud.ask("GET", path, token)).status == 200
    assert granted((await cloud.ask("GET", url)).json["access_token"])[0]["actions"] == ["pull"]
    pushing = (await redeem(cloud, "repository:app:pull,push", **form)).json["access_token"]
    assert granted(pushing)[0]["actions"] == ["pull"]
    assert (await redeem(cloud, PULL, **form, username=PULLER_APP)).status == 401


# -- what a token is good for ---------------------------------------------------------------------


async def test_a_token_is_good_for_its_scope(cloud: Cloud) -> None:
    token = await signed_in(cloud, "repository:app:metadata_read")
    assert (await cloud.ask("GET", "/acr/v1/app/_tags", token)).status == 200
    for path, scope in ((MANIFEST, PULL), ("/acr/v1/_catalog", "registry:catalog:*")):
        reply = await cloud.ask("GET", path, token)
        assert reply.status == 401
        wanted = f'{REALM},scope="{scope}",error="insufficient_scope"'
        assert reply.headers["www-authenticate"] == wanted


async def test_without_a_role_a_token_is_good_for_nothing(cloud: Cloud) -> None:
    token = await cloud.scoped(PULL)
    assert granted(token) == [{"type": "repository", "name": "app", "actions": []}]
    assert (await cloud.ask("GET", MANIFEST, token)).fault == (401, "UNAUTHORIZED")
    cloud.grant(PULLER, "AcrPull", REGISTRY, at=cloud.world.after(40))
    assert granted(await cloud.scoped(PULL))[0]["actions"] == []  # not in force yet
    await cloud.wait(40)
    token = await cloud.scoped("repository:app:pull,push,metadata_read")
    assert granted(token)[0]["actions"] == ["pull", "metadata_read"]
    assert granted(await cloud.scoped("registry:catalog:*"))[0]["actions"] == ["*"]


async def test_an_abac_registry_ignores_acrpull_and_owners(cloud: Cloud) -> None:
    cloud.reg.abac = True
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    assert granted(await cloud.scoped(PULL))[0]["actions"] == []
    assert (await cloud.ask("GET", MANIFEST, await signed_in(cloud, PULL))).status == 401
    cloud.grant(PULLER, "Container Registry Repository Reader", REGISTRY)
    token = await cloud.scoped(f"{PULL},metadata_read")
    assert granted(token)[0]["actions"] == ["pull", "metadata_read"]
    assert (await cloud.ask("GET", MANIFEST, token)).status == 200
    assert granted(await cloud.scoped("registry:catalog:*"))[0]["actions"] == []
    cloud.grant(PULLER, "Container Registry Repository Catalog Lister", REGISTRY)
    assert granted(await cloud.scoped("registry:catalog:*"))[0]["actions"] == ["*"]


async def test_a_closed_registry_answers_nobody(cloud: Cloud) -> None:
    token = await signed_in(cloud, PULL)
    cloud.reg.closed = True
    for method, path in [
        ("GET", "/v2/"),
        ("GET", MANIFEST),
        ("POST", "/oauth2/exchange"),
        ("GET", "/oauth2/token"),
        ("GET", "/acr/v1/App/_tags"),
    ]:
        status, code, message = (await cloud.ask(method, path, token)).refusal
        assert (status, code) == (403, "DENIED")
        assert message.startswith("client with IP '") and message.endswith(
            "' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
        )


async def test_ben_may_pull_as_a_contributor_and_nia_may_not(cloud: Cloud) -> None:
    for who, actions in ((BEN, ["pull", "push"]), (NIA, [])):
        token = await signed_in(cloud, "repository:app:pull,push", who)
        assert granted(token)[0]["actions"] == actions
