"""Secrets that can be recognised wherever they turn up."""

from __future__ import annotations

import base64
import json
import re

import jwt
import pytest

from aciwizard.sandbox import registry_access
from aciwizard.sandbox.canary import CANARY, CLAIM, KEY_ID, MARKS, TOKEN_HEADER, leaks
from tests.sandbox.conftest import ARM, HOME, PULLER, PULLER_APP, PULLER_SECRET, REGISTRY, Cloud

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def every_secret(cloud: Cloud) -> dict[str, str]:
    """One of each kind the simulated Azure hands out, got as a client gets it."""
    url, scope = f"/{HOME}/oauth2/v2.0", f"{ARM}/.default"
    started = (await cloud.entra("POST", f"{url}/devicecode", scope=scope)).json
    code = started["device_code"]
    await cloud.wait(60)
    person = (await cloud.entra("POST", f"{url}/token", grant_type=GRANT, device_code=code)).json
    cloud.reg.admin_enabled = True
    held = (await cloud.arm("POST", f"{REGISTRY}/listCredentials")).json["passwords"]
    form = {"access_token": person["access_token"]}
    exchanged = (await cloud.ask("POST", "/oauth2/exchange", form=form)).json
    return {
        "device code": code,
        "access token": person["access_token"],
        "refresh token": person["refresh_token"].removeprefix("0."),
        "id token": person["id_token"],
        "admin password": held[0]["value"],
        "second admin password": held[1]["value"],
        "registry refresh token": exchanged["refresh_token"],
        "registry access token": await cloud.scoped("repository:app:pull"),
        "password": cloud.world.mint(),
    }


async def test_every_secret_is_recognised_and_listed(cloud: Cloud) -> None:
    for kind, value in (await every_secret(cloud)).items():
        assert leaks(f"before {value} behind"), kind
        assert value in cloud.world.minted, kind


async def test_every_token_begins_alike_and_its_claims_do_too(cloud: Cloud) -> None:
    tokens = [v for k, v in (await every_secret(cloud)).items() if k.endswith("token")]
    assert len(tokens) == 5
    for token in tokens:
        assert token.startswith(TOKEN_HEADER)
        assert jwt.get_unverified_header(token)["kid"] == KEY_ID
        _, claims, signature = token.split(".")
        assert leaks(claims) and not leaks(signature)
        assert cloud.world.signer.read(token)[CLAIM] == CANARY


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "abcd", PULLER_APP + ":"])
def test_a_secret_inside_base64_is_recognised(before: str) -> None:
    text = f"{before}{PULLER_SECRET}".encode()
    assert leaks(base64.b64encode(text).decode())
    assert leaks(base64.urlsafe_b64encode(text).decode())


def test_what_is_no_secret_is_not_taken_for_one(cloud: Cloud) -> None:
    assert leaks(json.dumps([HOME, PULLER, PULLER_APP, REGISTRY, "the canary tag"])) == []
    assert leaks(jwt.encode({"aud": ARM}, "x" * 32, "HS256")) == []
    assert min(map(len, MARKS)) > 6


def test_passwords_keep_their_shape(cloud: Cloud) -> None:
    entra, registry = cloud.world.mint(), cloud.world.mint(52, "+ACR")
    assert re.fullmatch(r"[A-Za-z0-9]{3}~[A-Za-z0-9]{36}", entra)
    assert re.fullmatch(r"[A-Za-z0-9]{3}\+ACR[A-Za-z0-9]{45}", registry)
    assert not leaks(entra[:3])  # the hint that Graph shows of it


def test_a_registry_token_is_listed_too(cloud: Cloud) -> None:
    token = registry_access.refresh_token(cloud.world, cloud.reg, PULLER)
    assert token in cloud.world.minted
