"""From sign-in to a container that answers, in a dozen keys."""

from __future__ import annotations

from urllib.request import ProxyHandler, build_opener

from tests.conftest import Azure
from tests.tui.conftest import NAMES, Open, instance, registry, things

MOST_KEYS = 14


async def test_with_the_defaults(wizard: Open, azure: Azure) -> None:
    keys = 0
    async with wizard() as w:
        for name in NAMES:
            await w.at(name)
            await w.press("enter")
            keys += 1
        await w.at("review")
        await w.press("y")
        keys += 1
        await w.at("result")
        await w.sees("It answers", "http://")
        await w.press("q")
        keys += 1
        await w.until(lambda: not w.app.is_running, "the end")
        address = w.app.return_value
    assert keys <= MOST_KEYS
    assert (w.app.return_code, bool(address)) == (0, True)
    made = instance(azure)
    assert made is not None and address == f"http://{made.fqdn}/"
    proxy = build_opener(ProxyHandler({"http": azure.sandbox.proxy}))
    assert b"Welcome to Azure Container Instances" in proxy.open(address, timeout=10).read()


async def test_from_nothing_and_back_to_nothing(wizard: Open, azure: Azure) -> None:
    """A new group with a region, a new registry, the sample: made, answering, and taken back."""
    before = things(azure)
    async with wizard("resource_group") as w:
        await w.new_group("brand-new", "West Europe")
        await w.type("Make one")
        await w.press("enter")
        await w.at("repository")
        await w.take_sample()
        await w.go_on_to("review")
        name = w.draft.text("registry")
        await w.sees("to create Resource group brand-new in westeurope")
        await w.sees(f"to create Registry {name} in westeurope")
        assert things(azure) == before
        await w.make()
        await w.sees("✓ It answers.", f"registry {name}", "image aci-helloworld:v1")
        made = registry(azure, name)
        assert (made.group, made.location) == ("brand-new", "westeurope")
        assert list(made.repositories["aci-helloworld"].tags) == ["v1"]
        await w.press("u")
        await w.at("undo")
        await w.press("y")
        await w.sees("Taken back. Q quits.", f"↶ registry {name}", "↶ resource group brand-new")
        await w.press("q")
        await w.ended()
    after, kept = things(azure), w.draft.text("vault")
    deleted = [vault for vault in azure.world.vaults if vault.name == kept]
    after["secrets"] -= sum(len(vault.secrets) for vault in deleted)
    assert after == before
    assert all(vault.deleted is not None for vault in deleted)


async def test_back_through_every_question_and_on_again(wizard: Open, azure: Azure) -> None:
    async with wizard("review") as w:
        before = dict(w.draft.answers)
        for name in reversed(NAMES):
            await w.press("escape")
            await w.at(name)
        first = w.app.screen
        await w.press("escape")  # there is nothing before the first question
        await w.until(lambda: w.app.screen is not first, "the first question again")
        await w.at("sign_in")
        assert w.draft.answers == before
        await w.go_on_to("review")
        assert w.draft.answers == before
    assert things(azure)["container groups"] == 1


async def test_every_question_explains_itself(wizard: Open) -> None:
    async with wizard() as w:
        for name in NAMES:
            await w.at(name)
            ask = w.app.screen.ask  # type: ignore[attr-defined]  # every question has one
            await w.press("f1")
            await w.at("help")
            await w.sees(ask, "Back")
            await w.press("escape")
            await w.at(name)
            await w.press("enter")
        await w.at("review")


async def test_says_everywhere_that_this_azure_is_simulated(wizard: Open) -> None:
    async with wizard() as w:
        for number, name in enumerate(NAMES, 1):
            await w.at(name)
            assert f"{number}/{len(NAMES)}" in w.lines[0]
            assert w.lines[0].endswith("simulated Azure")
            await w.press("enter")
        await w.at("review")
        assert w.lines[0].endswith("simulated Azure")
        await w.make()
        assert w.lines[0].endswith("simulated Azure")


async def test_leaving_asks_first(wizard: Open) -> None:
    async with wizard("resource_group") as w:
        await w.press("ctrl+q")
        await w.at("leave")
        await w.sees("nothing has been made")
        await w.press("escape")
        await w.at("resource_group")
        await w.press("ctrl+c")
        await w.at("leave")
        await w.press("down", "enter")
        await w.until(lambda: not w.app.is_running, "the end")
    assert w.app.return_code == 130


async def test_a_wide_terminal_shows_the_answers_so_far(wizard: Open) -> None:
    async with wizard("registry", size=(120, 40)) as w:
        await w.sees("So far", "Pay-As-You-Go", "The same with az")
        await w.pilot.resize_terminal(80, 24)
        await w.until(lambda: "So far" not in w.text, "only the question when narrow")
        await w.sees("myregistry")
