"""Signing in through azure-identity: what is found, a device code, and being remembered."""

from __future__ import annotations

import asyncio
import stat
import threading
import time
from pathlib import Path

import pytest

from aciwizard.azure import credentials, remembered
from aciwizard.azure.credentials import Offer, refused_audiences
from aciwizard.azure.device_code import DeviceCode, DeviceCodeSignIn
from aciwizard.azure.session import connect, connection
from aciwizard.core.problems import Kind, Problem
from aciwizard.sandbox.canary import leaks
from tests.conftest import Azure


async def test_the_environment_says_who(azure: Azure) -> None:
    async with connect("AzureCloud") as session:
        who = session.identity
    assert (who.name, who.kind, who.source) == ("operator", "ServicePrincipal", "environment")
    assert who.object_id == azure.world.principals[0].id
    assert who.tenant == azure.world.tenants[0].id


async def test_nobody_is_told_apart_from_refused(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    with pytest.raises(Problem) as refused:
        async with connect("AzureCloud"):
            pass
    assert (refused.value.code, refused.value.kind) == ("AADSTS7000215", Kind.SIGN_IN)
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with pytest.raises(Problem) as nobody:
        async with connect("AzureCloud"):
            pass
    assert nobody.value.code == "NotSignedIn"


async def by_code() -> tuple[Offer, list[DeviceCode]]:
    shown: list[DeviceCode] = []
    async with connection("AzureCloud") as connected:
        person = DeviceCodeSignIn(connected.cloud, None)
        person.show = lambda code: shown.append(code) if code else None
        offer = await credentials.by_code(person)
        assert await refused_audiences(connected.session(offer)) == []
    return offer, shown


async def test_a_person_signs_in_with_a_code(azure: Azure) -> None:
    offer, shown = await by_code()
    assert offer.identity.name == "adele@contoso.onmicrosoft.com"
    assert (offer.identity.kind, offer.identity.mfa) == ("User", True)
    assert len(shown) == 1 and shown[0].code in {
        c.user_code for c in azure.world.device_codes.values()
    }
    assert shown[0].url.startswith("https://login.microsoftonline.com/")


async def test_waiting_for_a_person_blocks_nothing_and_keeps_nothing_alive(azure: Azure) -> None:
    azure.world.manual = True
    shown = asyncio.Event()
    async with connection("AzureCloud") as connected:
        person = DeviceCodeSignIn(connected.cloud, None)
        person.show = lambda _: shown.set()
        waiting = asyncio.create_task(credentials.by_code(person))
        await shown.wait()
        began = time.monotonic()
        await asyncio.sleep(0)
        assert time.monotonic() - began < 1 and not waiting.done()
        assert all(
            t.daemon for t in threading.enumerate() if "Thread-" in t.name and "work" in t.name
        )
        waiting.cancel()


async def test_nothing_is_remembered_where_nothing_encrypts(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "_encrypts", lambda: False)
    await by_code()
    assert remembered.recall() is None


async def test_a_person_who_agreed_is_remembered(
    azure: Azure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ACIWIZARD_PLAIN_TOKEN_CACHE", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    await by_code()
    codes = len(azure.world.device_codes)
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name)

    async with connect("AzureCloud") as session:
        assert session.identity.name == "adele@contoso.onmicrosoft.com"
        assert session.identity.source == "the last sign-in"

    assert len(azure.world.device_codes) == codes
    record = tmp_path / "state" / "aciwizard" / "sign-in.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert leaks(record.read_text()) == []
