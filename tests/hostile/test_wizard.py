"""The wizard shows hostile text on every screen; it is not moved, styled or ended by it."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aciwizard.core.answers import complete
from aciwizard.core.events import Made
from aciwizard.core.journal import Course, Record, encoded
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import MARK
from aciwizard.sandbox.http import Answer as Reply
from aciwizard.sandbox.http import Call
from aciwizard.sandbox.images import Image, push
from aciwizard.sandbox.model import Application, Repository, ResourceGroup, Tag
from tests.conftest import Azure
from tests.hostile.conftest import Open, Watched
from tests.hostile.words import ALL, MARKUP, WORDS
from tests.tui.conftest import NAMES

pytestmark = pytest.mark.terminal

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SIZES = [(130, 40), (80, 24), (60, 18)]


def fill(azure: Azure) -> None:
    """Everything in the world that has a name gets a companion with a hostile one, or gets one."""
    world = azure.world
    here = world.subscriptions[0]
    here.name = f"{MARKUP} {ALL}"
    mine = next(one for one in world.registries if one.name == "myregistry")
    for words in WORDS.values():
        world.subscriptions.append(replace(here, id=world.guid(), name=words))
        world.groups.append(ResourceGroup(here.id, words, words))
        world.registries.append(replace(mine, name=words, location=words, sku=words))
        world.applications.append(
            Application(world.guid(), world.guid(), words, here.tenant, world.utc(), tags=[MARK])
        )
        vault = copy.copy(world.vaults[0])
        vault.subscription, vault.name, vault.group, vault.location = here.id, words, "g", words
        world.vaults.append(vault)
        mine.repositories[words] = Repository(words, world.utc())
    last = f"{MARKUP} {WORDS['colours']} {WORDS['a title']} {WORDS['eight bits']}"
    image = Image("Hello", log=f"{WORDS['long']}\n{ALL}\n{last}\n")
    digest = push(mine, "aci-helloworld", "v1", image, world.utc())
    tags = mine.repositories["aci-helloworld"].tags
    for words in WORDS.values():
        tags[words] = Tag(digest, world.utc(), world.utc())


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_whole_way(azure: Azure, opened: Open, size: tuple[int, int]) -> None:
    fill(azure)
    async with opened(size) as wizard:
        await wizard.at("sign_in")
        wizard.check()
        answers = {"subscription": azure.world.subscriptions[0].id, "resource_group": "myrg"}
        answers |= {"registry": "myregistry", "repository": "aci-helloworld", "tag": "v1"}
        for at, name in enumerate(NAMES[:-1]):
            if name in answers:
                await listed(wizard)
                await wizard.type(answers[name])
                await wizard.pump()
            wizard.check()
            await wizard.press("enter")
            await wizard.at(NAMES[at + 1])
        wizard.check()
        await wizard.press("enter")
        await wizard.at("review")
        await wizard.sees("The password stops working")
        wizard.check()
        await wizard.press("d")
        await wizard.pump()
        wizard.check()
        await wizard.watch_it_made()
        await wizard.seen("It answers")
        assert wizard.app.is_running
        if size == SIZES[0]:
            await wizard.press("u")
            await wizard.at("undo")
            wizard.check()


async def listed(wizard: Watched) -> None:
    """Every row of a list, looked at from page to page."""
    wizard.check()
    for _ in range(4):
        await wizard.press("pagedown")
        wizard.check()


@pytest.mark.parametrize("code", ["Conflict", MARKUP, ALL])
async def test_azure_refuses_in_hostile_words(
    azure: Azure, opened: Open, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    honest = azure.sandbox._dispatched

    async def refused(call: Call, port: int) -> Reply:
        if call.method == "PUT" and "/containergroups/" in call.path.lower():
            lines = "\n".join(WORDS.values())
            return Reply(409, {"error": {"code": code, "message": f"{ALL}\n{lines}"}})
        return await honest(call, port)

    monkeypatch.setattr(azure.sandbox, "_dispatched", refused)
    async with opened((80, 24)) as wizard:
        await wizard.at("sign_in")
        await wizard.go_on_to("review")
        await wizard.sees("The password stops working")
        await wizard.watch_it_made()
        await wizard.seen("It does not answer")
        await wizard.press("pagedown")
        await wizard.pump()
        wizard.check()


async def test_lists_that_azure_refuses(
    azure: Azure, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = azure.sandbox._dispatched

    async def refused(call: Call, port: int) -> Reply:
        if call.path.lower().endswith("/resourcegroups"):
            return Reply(403, {"error": {"code": ALL, "message": ALL}})
        return await honest(call, port)

    monkeypatch.setattr(azure.sandbox, "_dispatched", refused)
    async with opened((80, 24)) as wizard:
        await wizard.at("sign_in")
        await wizard.press("enter")
        await wizard.at("subscription")
        await wizard.press("enter")
        await wizard.at("resource_group")
        await wizard.seen("F5 tries again")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_what_was_interrupted(
    azure: Azure,
    opened: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "aciwizard" / "deployments"
    folder.mkdir(parents=True)
    answers = {"subscription": azure.world.subscriptions[0].id, "resource_group": "myrg"}
    answers |= {"registry": "myregistry", "repository": "aci-helloworld", "tag": "v1"}
    plan = complete({name: Answer(value, Origin.CHOSEN) for name, value in answers.items()})
    made = tuple(Made("vault", words, f"/x/{words}", words) for words in WORDS.values())
    unknown = (Made(ALL, ALL, ALL, ALL), *made)
    for id, things in (("one", made), ("two", unknown)):
        record = Record(id, plan, NOW, NOW, Course.FAILED, ALL, things)
        (folder / f"{id}.json").write_text(encoded(record))
    (folder / "three.json").write_text(ALL, errors="replace")
    async with opened(size, simulated=False) as wizard:
        await wizard.at("interrupted")
        wizard.check()
        await wizard.press("down", "enter")  # take back the newest, which names unknown steps
        await wizard.at("sign_in")
        await wizard.press("enter")
        await wizard.at("undo")
        wizard.check()
        await wizard.press("y")
        await wizard.seen("Taken back, but for what failed")
