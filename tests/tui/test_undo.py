"""Undoing: shown and confirmed first, each removal proven, and only what was made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aciwizard.sandbox import deleted_vaults
from aciwizard.sandbox.faults import Rule
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, instance, staying, things

KEPT = "The vault keeps a deleted secret for up to 90 days"


@asynccontextmanager
async def asked(wizard: Open) -> AsyncIterator[Wizard]:
    """The undo screen after a deployment with all defaults."""
    async with wizard("review") as w:
        await w.make()
        await w.press("u")
        await w.at("undo")
        yield w


async def test_says_first_what_goes_and_what_stays(wizard: Open, azure: Azure) -> None:
    async with asked(wizard) as w:
        made = things(azure)
        await w.sees("Take this back?", "container group aci-helloworld", "vault kv-myregistry")
        await w.sees("Only what this deployment made", KEPT)
        assert things(azure) == made
        rows = [line.strip() for line in w.lines]
        first = rows.index("container group aci-helloworld")
        assert rows[first + 1].startswith("secret ")
        assert not any(row.startswith(("secret ", "vault ")) for row in rows[:first])


async def test_y_takes_back_what_was_made(wizard: Open, azure: Azure) -> None:
    before = staying(azure)
    async with asked(wizard) as w:
        await w.press("y")
        await w.sees("Taken back. Q quits.", "↶ container group aci-helloworld", "↶ vault kv-")
        await w.until(lambda: "And purge" not in w.text, "what cannot be done any more to be gone")
        await w.press("q")
        await w.ended()
        assert w.app.return_code == 130
    assert staying(azure) == before
    assert kept(azure, w.draft.text("vault"))


async def test_p_also_purges(wizard: Open, azure: Azure) -> None:
    before, applications = things(azure), len(azure.world.applications)
    async with asked(wizard) as w:
        await w.press("p")
        await w.sees("Taken back. Q quits.")
        await w.until(
            lambda: not kept(azure, w.draft.text("vault")), "the deleted vault to be gone"
        )
    assert things(azure) == before
    assert len(azure.world.applications) == applications, "the deleted application is still kept"


def kept(azure: Azure, vault: str) -> bool:
    """Whether Azure still keeps a deleted vault, which it purges in its own time."""
    deleted_vaults.settle(azure.world)
    return any(one.name == vault for one in azure.world.vaults)


async def test_leaving_before_deciding_leaves_all_as_it_is(wizard: Open, azure: Azure) -> None:
    async with asked(wizard) as w:
        made = things(azure)
        await w.press("escape")
        await w.ended()
    assert things(azure) == made
    assert instance(azure) is not None


async def test_a_removal_that_fails_is_said_and_the_rest_goes_on(
    wizard: Open, azure: Azure
) -> None:
    async with asked(wizard) as w:
        azure.sandbox.faults.add(Rule("403", path="*/containergroups/*", method="DELETE"))
        await w.press("y")
        await w.sees("✗ container group aci-helloworld", "↶ vault kv-")
        await w.sees("Taken back, but for what failed. Q quits.")
        await w.press("q")
        await w.ended()
    assert instance(azure) is not None


async def test_what_goes_away_in_a_moment_is_tried_again(wizard: Open, azure: Azure) -> None:
    before = staying(azure)
    async with asked(wizard) as w:
        azure.sandbox.faults.add(
            Rule("503", path="*/vaults/kv-myregistry-?????", method="DELETE", times=1)
        )
        await w.press("y")
        await w.sees("Taken back. Q quits.")
    assert staying(azure) == before


async def test_what_somebody_else_removed_meanwhile_is_no_failure(
    wizard: Open, azure: Azure
) -> None:
    async with asked(wizard) as w:
        azure.world.instances[:] = [
            one for one in azure.world.instances if one.name != "aci-helloworld"
        ]
        await w.press("y")
        await w.sees("↶ container group aci-helloworld", "Taken back. Q quits.")


async def test_an_empty_registry_s_sample_is_taken_back(wizard: Open, azure: Azure) -> None:
    before = staying(azure)
    async with wizard("registry") as w:
        await w.type("emptyregistry")
        await w.press("enter")
        await w.at("repository")
        await w.take_sample()
        await w.go_on_to("review")
        await w.make()
        await w.sees("✓ It answers.")
        await w.press("u")
        await w.at("undo")
        await w.sees("image aci-helloworld:v1")
        await w.press("y")
        await w.sees("↶ image aci-helloworld:v1", "Taken back. Q quits.")
    assert staying(azure) == before
    registry = next(one for one in azure.world.registries if one.name == "emptyregistry")
    assert not any(one.tags for one in registry.repositories.values())


async def test_explains_itself(wizard: Open) -> None:
    async with asked(wizard) as w:
        await w.press("f1")
        await w.at("help")
        await w.sees("the last first", "P ends them for good")
        await w.press("escape")
        await w.at("undo")
