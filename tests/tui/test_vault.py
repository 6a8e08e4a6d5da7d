"""Which vault: validated at every key, and asked of Azure whether a name is free."""

from __future__ import annotations

from dataclasses import replace

from tests.conftest import Azure
from tests.tui.conftest import Open, take_rights, things


async def test_a_free_name_is_the_default_and_nothing_is_made(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("vault") as w:
        assert w.marked.startswith("kv-myregistry-")
        assert "this name is free" in w.marked
        await w.press("enter")
        await w.at("principal")
        assert w.draft.text("vault").startswith("kv-myregistry-")
    assert things(azure) == before


async def test_an_existing_one_is_shown_with_its_access_model(wizard: Open) -> None:
    async with wizard("vault") as w:
        rows = {row.split()[0]: row for row in w.options}
        assert "access by Azure roles" in rows["contoso-shared-kv"]
        assert "access by policies" in rows["contoso-policy-kv"]
        assert "behind a firewall" in rows["contoso-closed-kv"]
        await w.type("policy")
        await w.press("enter")
        await w.at("principal")
        assert w.draft.text("vault_group") == "demo-westeurope"
        await w.press("escape")
        await w.at("vault")
        assert w.marked.startswith("contoso-policy-kv")


async def test_every_broken_rule_is_said_at_every_key_with_the_count(wizard: Open) -> None:
    async with wizard("vault") as w:
        await w.type("1a--b-")
        await w.sees("6 of 3 to 24 characters", "must be a letter", "hyphens in a row", "ends with")
        await w.press("enter")
        assert (w.at_name, w.entry.value) == ("vault", "1a--b-")
        await w.type("a" * 25)
        await w.sees("25 of 3 to 24 characters", "at most 24")
        await w.type("a" * 24)
        await w.sees("is free: Enter takes it")


async def test_a_taken_name_gets_a_suggestion_that_is_free(wizard: Open, azure: Azure) -> None:
    async with wizard("vault") as w:
        azure.world.vaults[0].subscription = azure.world.subscriptions[1].id
        await w.press("f5")
        await w.until(lambda: "contoso-shared-kv" not in " ".join(w.options), "it to be gone")
        await w.at("vault")
        await w.type("contoso-shared-kv")
        await w.sees("contoso-shared-kv is taken: names are shared by everybody", "is free")
        free = w.text.partition("everybody in Azure. ")[2].split()[0]
        assert azure.world.vault_named(free) is None
        await w.press("enter")
        await w.sees("contoso-shared-kv is taken")
        assert w.at_name == "vault"
        await w.type(free)
        await w.press("enter")
        await w.at("principal")


async def test_a_deleted_one_of_ours_is_told_apart(wizard: Open) -> None:
    async with wizard("vault") as w:
        await w.type("contoso-old-kv")
        await w.sees("is yours, deleted in eastus", "az keyvault recover", "is free")
        await w.press("enter")
        await w.sees("is yours, deleted in eastus")
        assert w.at_name == "vault"


async def test_an_answer_of_azure_for_an_earlier_text_is_not_shown(wizard: Open) -> None:
    async with wizard("vault") as w:
        await w.type("some-new-name")
        await w.sees("some-new-name is free")
        await w.type("contoso-shared")
        await w.until(lambda: "is free: Enter" not in w.text, "the old answer to be gone")
        await w.type("other-new-name")
        await w.sees("other-new-name is free")


async def test_a_typed_name_is_shown_again(wizard: Open) -> None:
    async with wizard("vault") as w:
        await w.type("my-own-new-vault")
        await w.press("enter")
        await w.at("principal")
        assert w.draft.text("vault") == "my-own-new-vault"
        await w.press("escape")
        await w.at("vault")
        assert w.marked.startswith("my-own-new-vault")


async def test_what_an_earlier_run_made_is_the_default(wizard: Open, azure: Azure) -> None:
    async with wizard("vault") as w:
        name = w.marked.split()[0]
        azure.world.vaults[1].name = name
        await w.press("f5")
        await w.until(lambda: "access by Azure roles" in w.marked, "the one that is there")
        await w.at("vault")
        assert [row.split()[0] for row in w.options].count(name) == 1
        await w.press("enter")
        await w.at("principal")
        assert w.draft.vault is not None and w.draft.vault.name == name


async def test_a_refused_list_is_said_and_tried_again(wizard: Open, azure: Azure) -> None:
    async with wizard("vault") as w:
        give_back = take_rights(azure)
        await w.press("f5")
        await w.sees("✗ Your role does not include this", "F5 tries again", "You can type it")
        await w.type("typed-by-hand")
        await w.press("enter")
        await w.at("principal")
        assert w.draft.text("vault") == "typed-by-hand"
        give_back()
        await w.press("escape")
        await w.at("vault")
        await w.sees("4 vaults you have")


async def test_typing_does_not_wait_for_azure(wizard: Open, azure: Azure) -> None:
    async with wizard("vault") as w:
        pace = azure.world.pace
        pace.durations = replace(pace.durations, latency=0.7 * pace.speed)
        await w.type("quick-typist")
        await w.sees("asking Azure whether it is free")
        await w.type("quick-typist-2")
        await w.sees("quick-typist-2 is free")
        assert "quick-typist is" not in w.text
