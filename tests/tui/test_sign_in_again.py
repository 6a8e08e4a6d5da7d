"""A sign-in that runs out in mid-work is asked for in place, and the work goes on by itself."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from aciwizard.sandbox import arm, entra_errors, session
from aciwizard.sandbox.http import Answer, Call, Refused, error
from aciwizard.sandbox.model import ALWAYS, DeviceCode, Tenant
from aciwizard.sandbox.world import World
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, instance

SOON = 60  # seconds a token lives: too short for an SDK to use it twice
CLAIMS = base64.urlsafe_b64encode(b'{"access_token":{"acrs":{"essential":true}}}').decode()


class Entra:
    """What the simulated Entra thinks of earlier sign-ins."""

    def __init__(self) -> None:
        self.forgotten = False


@pytest.fixture
def entra(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> Entra:
    """A person alone in one directory, whose sign-in can be made to run out."""
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    del azure.world.tenants[1:]
    mood, refreshed = Entra(), session._refreshed

    def refresh(world: World, tenant: Tenant, form: dict[str, str]) -> Answer:
        if mood.forgotten:
            words = "The refresh token has expired due to inactivity."
            return entra_errors.refusal(world, 400, "invalid_grant", 700082, words)
        return refreshed(world, tenant, form)

    monkeypatch.setattr(session, "_refreshed", refresh)
    return mood


def newest(azure: Azure) -> DeviceCode:
    return list(azure.world.device_codes.values())[-1]


async def signed_in(w: Wizard) -> None:
    """By a code, which approves itself; and on to the review."""
    await w.press("enter")
    await w.at("subscription")
    await w.go_on_to("review")
    w.azure.world.manual = True


async def sign_in(w: Wizard, entra: Entra) -> None:
    """What a person does in a browser."""
    entra.forgotten = False
    newest(w.azure).approved_at = ALWAYS


async def test_the_deployment_goes_on_by_itself(
    wizard: Open, azure: Azure, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LIFETIME", SOON)
    async with wizard() as w:
        await signed_in(w)
        entra.forgotten = True
        await w.press("y")
        await w.at("sign_in_again")
        code = newest(azure)
        await w.sees("Azure asks you to sign in again.", code.user_code, "Nothing is lost")
        await w.press("ctrl+y")
        assert w.app.clipboard == code.user_code
        await w.sees("not every terminal takes it")
        assert instance(azure) is None
        await sign_in(w, entra)
        await w.at("result")
        await w.sees("✓ It answers.")


async def test_a_code_that_ran_out_is_replaced_by_another(
    wizard: Open, azure: Azure, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LIFETIME", SOON)
    async with wizard() as w:
        await signed_in(w)
        entra.forgotten = True
        await w.press("f5")
        await w.at("sign_in_again")
        old = newest(azure)
        old.expires_at = ALWAYS
        await w.until(lambda: newest(azure) is not old, "another code")
        await w.sees(newest(azure).user_code)
        assert old.user_code not in w.text
        await sign_in(w, entra)
        await w.at("review")
        await w.sees("to create Key vault")


async def test_a_question_s_list_goes_on_by_itself(
    wizard: Open, azure: Azure, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LIFETIME", SOON)
    async with wizard() as w:
        await w.press("enter")
        await w.at("subscription")
        azure.world.manual, entra.forgotten = True, True
        await w.press("enter")
        await w.at("sign_in_again")
        await sign_in(w, entra)
        await w.at("resource_group")
        await w.sees("3 resource groups")


async def test_a_second_factor_wanted_in_mid_work_is_asked_for(
    wizard: Open, azure: Azure, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = challenging(monkeypatch)
    async with wizard() as w:
        await signed_in(w)
        entra.forgotten = True
        wanted()
        await w.press("y")
        await w.at("sign_in_again")
        await sign_in(w, entra)
        await w.at("result")
        await w.sees("✓ It answers.")


def challenging(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A management API that, from when it is told to, wants more of tokens made before."""
    known: set[str] = set()
    passed = arm._signed_in

    def gate(world: World, call: Call) -> Call:
        if call.bearer in known:
            answer = error(401, "InvalidAuthenticationToken", "Continuous access evaluation.")
            challenge = f'Bearer error="insufficient_claims", claims="{CLAIMS}"'
            raise Refused(answer.plus(WWW_Authenticate=challenge))
        gate.world = world  # type: ignore[attr-defined]
        return passed(world, call)

    monkeypatch.setattr(arm, "_signed_in", gate)
    return lambda: known.update(gate.world.signer.minted)  # type: ignore[attr-defined]


async def test_leaving_does_not_wait_for_a_person(
    wizard: Open, azure: Azure, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LIFETIME", SOON)
    async with wizard() as w:
        await signed_in(w)
        entra.forgotten = True
        await w.press("y")
        await w.at("sign_in_again")
        await w.leave(2)
        await w.ended()
    assert instance(azure) is None
