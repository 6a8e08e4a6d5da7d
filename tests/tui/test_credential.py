"""The principal's role and password: what it may do, how long, and as which secrets."""

from __future__ import annotations

from aciwizard.core.origins import Origin
from tests.conftest import Azure
from tests.tui.conftest import Open, things

SECRETS = ("username_secret", "password_secret")


async def test_the_defaults(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("credential") as w:
        assert (w.field("role").text, w.field("lifetime_days").text) == ("pull", "365")
        assert [w.field(name).text for name in SECRETS] == [
            "myregistry-pull-usr",
            "myregistry-pull-pwd",
        ]
        await w.sees(f"Both secrets are kept in {w.draft.text('vault')}")
        await w.press("enter")
        await w.at("container")
        assert w.draft.answers["lifetime_days"].value == 365
        assert w.draft.answers["lifetime_days"].origin is Origin.DEFAULT
    assert things(azure) == before


async def test_invalid_answers_are_said_at_their_fields_and_nothing_is_lost(wizard: Open) -> None:
    async with wizard("credential") as w:
        await w.fill("role", "owner")
        await w.fill("lifetime_days", "9999")
        await w.sees("730")
        await w.fill("username_secret", "under_score")
        await w.press("enter")
        await w.sees("3 answers need a change")
        assert w.at_name == "credential"
        assert w.entry.parent is w.field("role"), "the focus is not on the first of them"
        assert w.field("lifetime_days").text == "9999"
        await w.fill("role", "push")
        await w.fill("lifetime_days", "30")
        await w.fill("username_secret", "my-user")
        await w.press("enter")
        await w.at("container")
        assert w.draft.answers["lifetime_days"].origin is Origin.CHOSEN
        plan = w.draft.plan()
        assert (plan.role, plan.lifetime_days, plan.username_secret) == ("push", 30, "my-user")


async def test_going_back_keeps_the_answers(wizard: Open) -> None:
    async with wizard("credential") as w:
        await w.fill("lifetime_days", "30")
        await w.fill("password_secret", "my-password")
        await w.press("enter")
        await w.at("container")
        await w.press("escape")
        await w.at("credential")
        assert w.field("lifetime_days").text == "30"
        assert w.field("password_secret").text == "my-password"
        before = dict(w.draft.answers)
        await w.press("enter")
        await w.at("container")
        assert w.draft.answers == before


async def test_the_names_follow_another_registry_until_they_are_chosen(wizard: Open) -> None:
    async with wizard("container") as w:
        for name in ("credential", "principal", "vault", "tag", "repository", "registry"):
            await w.press("escape")
            await w.at(name)
        await w.type("openregistry")
        await w.press("enter")
        await w.at("repository")
        await w.go_on_to("tag")
        await w.type("v1")
        await w.press("enter")
        await w.at("vault")
        await w.go_on_to("credential")
        assert w.field("password_secret").text == "openregistry-pull-pwd"


async def test_two_secrets_need_two_names(wizard: Open) -> None:
    async with wizard("credential") as w:
        await w.fill("password_secret", "Both")
        await w.fill("username_secret", "both")
        await w.sees("✗ is the user name's; each secret needs a name of its own")
        await w.press("enter")
        await w.sees("1 answer needs a change")
        assert w.at_name == "credential"
        await w.fill("username_secret", "one")
        assert "each secret needs" not in w.text
        await w.press("enter")
        await w.at("container")


async def test_what_is_chosen_is_what_is_made(wizard: Open, azure: Azure) -> None:
    async with wizard("credential") as w:
        await w.fill("username_secret", "who")
        await w.fill("password_secret", "how")
        await w.press("enter")
        await w.at("container")
        await w.go_on_to("review")
        await w.make()
        await w.sees("✓ It answers.", "secret who", "secret how")
    vault = azure.world.vault_named(w.draft.text("vault"))
    assert vault is not None
    assert {"who", "how"} <= set(vault.secrets)
