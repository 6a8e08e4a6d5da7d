"""Which subscription: disabled ones explained, a single one taken and said."""

from __future__ import annotations

from aciwizard.sandbox.tokens import Signer
from tests.conftest import Azure
from tests.tui.conftest import Open

NONE = "00000000-9999-4000-8000-000000000009"


async def test_the_first_usable_one_is_the_default(wizard: Open, azure: Azure) -> None:
    async with wizard("subscription") as w:
        assert w.marked.startswith("Pay-As-You-Go")
        await w.press("enter")
        await w.at("resource_group")
        assert w.draft.text("subscription") == azure.world.subscriptions[0].id


async def test_a_disabled_one_is_explained_and_not_taken(wizard: Open) -> None:
    async with wizard("subscription") as w:
        assert any("Expired trial" in row and "disabled" in row for row in w.options)
        await w.type("Expired")
        await w.press("enter")
        await w.sees("A subscription's id")
        assert w.at_name == "subscription"
        assert w.entry.value == "Expired"


async def test_an_answer_is_shown_again(wizard: Open) -> None:
    async with wizard("subscription") as w:
        await w.press("down", "enter")
        await w.at("resource_group")
        await w.sees("storefront")
        await w.press("escape")
        await w.at("subscription")
        assert w.marked.startswith("Contoso Production")


async def test_a_single_one_is_taken_and_said(wizard: Open, azure: Azure) -> None:
    world = azure.world
    world.subscriptions[:] = [one for one in world.subscriptions if "Pay" in one.name]
    async with wizard() as w:
        await w.press("enter")
        await w.at("resource_group")
        await w.sees("Pay-As-You-Go is the only subscription you can use")
        await w.press("escape")
        await w.at("subscription")
        await w.sees("the only one you can use")
        await w.press("enter")
        await w.at("resource_group")


async def test_no_subscription_at_all_is_said(wizard: Open, azure: Azure) -> None:
    azure.world.assignments.clear()
    async with wizard("subscription") as w:
        await w.sees("no subscription: this account has none here")


async def test_an_id_can_be_typed_while_the_list_failed(wizard: Open, azure: Azure) -> None:
    async with wizard("subscription") as w:
        good, azure.world.signer = azure.world.signer, Signer()
        await w.press("f5")
        await w.sees("✗", "F5 tries again", "You can type it")
        await w.type("nonsense")
        await w.press("enter")
        await w.sees("A subscription's id")
        await w.type(NONE)
        await w.press("enter")
        await w.at("resource_group")
        assert w.draft.text("subscription") == NONE
        azure.world.signer = good


async def test_tried_again_when_the_cause_is_gone(wizard: Open, azure: Azure) -> None:
    async with wizard("subscription") as w:
        good, azure.world.signer = azure.world.signer, Signer()
        await w.press("f5")
        await w.sees("✗", "F5 tries again")
        azure.world.signer = good
        await w.press("f5")
        await w.sees("4 subscriptions")
        assert "✗" not in w.text


async def test_a_hostile_name_is_harmless(wizard: Open, azure: Azure) -> None:
    azure.world.subscriptions[1].name = "[red]evil[/red]\x1b]0;x\a 漢字 " + "long " * 40
    async with wizard("subscription") as w:
        await w.sees("[red]evil[/red]", "漢字")
        assert not set("\x1b\a") & set("".join(w.lines))
        await w.press("down", "enter")
        await w.at("resource_group")
        assert w.draft.text("subscription") == azure.world.subscriptions[1].id
