"""Who works: an identity that is there, a code and any browser, several directories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from aciwizard.sandbox import session as entra
from aciwizard.sandbox.model import ALWAYS, DeviceCode
from aciwizard.tui.screens.sign_in import SignIn
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard

PAGE = "https://login.microsoftonline.com/common/oauth2/deviceauth"


@pytest.fixture
def nobody(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> Azure:
    """A machine on which nobody is signed in."""
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    return azure


@pytest.fixture
def one_directory(azure: Azure) -> None:
    del azure.world.tenants[1:]


def only_code(azure: Azure) -> DeviceCode:
    (code,) = azure.world.device_codes.values()
    return code


async def ask_for_code(w: Wizard) -> DeviceCode:
    await w.press("enter")
    await w.sees("Enter this code")
    return list(w.azure.world.device_codes.values())[-1]


async def test_finds_who_is_there_and_enter_goes_on(wizard: Open) -> None:
    async with wizard() as w:
        assert w.marked.startswith("operator")
        await w.sees("a service principal, from environment", "Enter takes the marked one")
        await w.press("enter")
        await w.at("subscription")
        assert SignIn.told(w.draft) == "operator (environment)"


async def test_enter_before_anybody_was_found_asks_for_no_code(wizard: Open, azure: Azure) -> None:
    pace = azure.world.pace
    pace.durations = replace(pace.durations, latency=0.5 * pace.speed)
    async with wizard() as w:
        await w.press("f5", "enter", "enter")
        await w.until(lambda: w.at_name == "subscription" or "operator" in w.text, "an identity")
    assert not azure.world.device_codes


async def test_a_code_in_plain_text_until_somebody_approves_it(
    wizard: Open, nobody: Azure, one_directory: None
) -> None:
    nobody.world.manual = True
    async with wizard() as w:
        assert w.marked.startswith("A code and any browser")
        code = await ask_for_code(w)
        await w.sees(PAGE, code.user_code, "It is good for", "minutes")
        assert any(line.split()[-1:] == [code.user_code] for line in w.lines)
        assert w.at_name == "sign_in"
        code.approved_at = ALWAYS
        await w.at("subscription")
        assert SignIn.told(w.draft) == "adele@contoso.onmicrosoft.com (device code)"


async def test_the_copy_key_says_only_what_is_true(wizard: Open, nobody: Azure) -> None:
    nobody.world.manual = True
    async with wizard() as w:
        await w.press("ctrl+y")
        await w.sees("There is no code to copy yet")
        assert w.app.clipboard == ""
        code = await ask_for_code(w)
        await w.press("ctrl+y")
        await w.sees("Sent to your terminal's clipboard; not every terminal takes it")
        assert w.app.clipboard == code.user_code
        assert "opied" not in w.text


async def test_an_expired_code_is_replaced_by_a_new_one(
    wizard: Open, nobody: Azure, one_directory: None
) -> None:
    nobody.world.manual = True
    async with wizard() as w:
        old = await ask_for_code(w)
        old.expires_at = ALWAYS
        await w.sees("The code has expired; here is a new one")
        await w.until(lambda: len(nobody.world.device_codes) == 2, "a second code")
        new = list(nobody.world.device_codes.values())[-1]
        await w.sees(new.user_code)
        assert old.user_code not in w.text
        new.approved_at = ALWAYS
        await w.at("subscription")


async def test_looking_again_takes_a_code_off_the_screen(wizard: Open, nobody: Azure) -> None:
    nobody.world.manual = True
    async with wizard() as w:
        code = await ask_for_code(w)
        await w.press("f5")
        await w.until(lambda: code.user_code not in w.text, "the code to be gone")
        await w.at("sign_in")
        assert w.marked.startswith("A code and any browser")


async def test_quitting_does_not_wait_for_a_person(wizard: Open, nobody: Azure) -> None:
    nobody.world.manual = True
    async with wizard() as w:
        await ask_for_code(w)
        await w.press("ctrl+q")
        await w.at("leave")
        await w.press("down", "enter")
        await w.until(lambda: not w.app.is_running, "the end")
    assert w.app.return_code == 130


async def test_several_directories_are_offered_with_the_one_at_home_first(
    wizard: Open, nobody: Azure
) -> None:
    async with wizard() as w:
        await w.press("enter")
        await w.sees("Which directory?", "Contoso", "Fabrikam")
        assert w.marked.startswith("Contoso")
        assert "signed in" in w.marked
        await w.press("enter")
        await w.at("subscription")
        assert w.draft.text("tenant") == nobody.world.tenants[0].id


async def test_a_directory_that_refuses_is_said_and_another_can_be_taken(
    wizard: Open, nobody: Azure
) -> None:
    async with wizard() as w:
        await w.press("enter")
        await w.sees("Which directory?", "fabrikam.onmicrosoft.com, does not let this account in")
        await w.press("down", "enter")
        await w.sees("✗")
        assert w.at_name == "sign_in"
        assert "tenant" not in w.draft.answers
        await w.press("up", "enter")
        await w.at("subscription")


@contextmanager
def refusing(audience: str) -> Iterator[None]:
    """An Entra that gives no token for one service, as Conditional Access can have it."""
    before = entra.AUDIENCES
    entra.AUDIENCES = tuple(one for one in before if audience not in one)  # type: ignore[assignment]
    try:
        yield
    finally:
        entra.AUDIENCES = before


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("graph.microsoft.com", "Microsoft Graph"),
        ("vault.azure.net", "Key Vault"),
        ("containerregistry.azure.net", "Container Registry"),
    ],
)
async def test_a_refused_service_is_named_here(wizard: Open, host: str, service: str) -> None:
    async with wizard() as w:
        with refusing(host):
            await w.press("enter")
            await w.sees(f"✗ Signing in to {service}")
            assert w.at_name == "sign_in"
        await w.press("enter")
        await w.at("subscription")


async def test_a_wrong_password_in_the_environment_is_said(
    wizard: Open, azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    async with wizard() as w:
        await w.sees("environment: The client secret is not accepted")
        assert w.marked.startswith("A code and any browser")
        monkeypatch.setenv("AZURE_CLIENT_SECRET", azure.world.operator[1])
        await w.press("f5")
        await w.until(lambda: w.marked.startswith("operator"), "the operator")


async def test_a_hostile_name_is_harmless(wizard: Open, azure: Azure) -> None:
    azure.world.principals[0].name = "[red]op[/red]\x1b[2J" + "x" * 300
    async with wizard() as w:
        assert "\x1b" not in "".join(w.lines)
        await w.sees("[red]op[/red]")
        await w.press("enter")
        await w.at("subscription")


async def test_the_answer_stays_when_coming_back(wizard: Open) -> None:
    async with wizard("subscription") as w:
        await w.press("escape")
        await w.at("sign_in")
        assert w.marked.startswith("operator")
        assert w.draft.signed_in is not None
        await w.press("enter")
        await w.at("subscription")
