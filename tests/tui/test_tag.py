"""Which tag: newest first, and images that cannot run are told here."""

from __future__ import annotations

import pytest

from aciwizard.sandbox.images import Image, push
from aciwizard.sandbox.model import Tag
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, registry, take_rights


async def at_tags_of(w: Wizard, repository: str) -> None:
    await w.type(repository)
    await w.press("enter")
    await w.at("tag")


async def test_the_newest_is_the_default_and_its_image_is_read(wizard: Open) -> None:
    async with wizard("tag") as w:
        assert [row.split()[0] for row in w.options] == ["latest", "v2.1", "v2", "v1"]
        assert "3 days ago" in w.marked
        await w.press("enter")
        await w.at("vault")
        assert w.draft.image is not None
        assert (w.draft.image.os, w.draft.image.ports) == ("linux", (80,))


async def test_an_answer_is_shown_again(wizard: Open) -> None:
    async with wizard("tag") as w:
        await w.type("v1")
        await w.press("enter")
        await w.at("vault")
        await w.press("escape")
        await w.at("tag")
        assert w.marked.startswith("v1")


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        ("pi-gateway", "runs images for amd64 only"),
        ("windows/legacy-app", "Windows is older"),
        ("ml/model-server", "larger than the 15 GB"),
    ],
)
async def test_an_image_that_cannot_run_is_said_here(
    wizard: Open, repository: str, words: str
) -> None:
    async with wizard("repository") as w:
        await at_tags_of(w, repository)
        await w.press("enter")
        await w.sees(words)
        assert w.at_name == "tag"
        assert w.draft.text("tag") == ""


async def test_a_tag_that_is_not_there_is_said(wizard: Open) -> None:
    async with wizard("tag") as w:
        await w.type("v99")
        await w.press("enter")
        await w.sees("The registry has no such image")
        assert (w.at_name, w.entry.value) == ("tag", "v99")


async def test_a_broken_tag_is_said(wizard: Open) -> None:
    async with wizard("tag") as w:
        await w.type("-no spaces")
        await w.press("enter")
        await w.sees("a space")
        assert w.entry.value == "-no spaces"


async def test_a_digest_can_be_typed(wizard: Open, azure: Azure) -> None:
    digest = registry(azure).repositories["aci-helloworld"].tags["v2"].digest
    async with wizard("tag") as w:
        await w.type(digest)
        await w.press("enter")
        await w.at("vault")
        assert w.draft.text("tag") == digest


async def test_a_refused_list_is_said_and_tried_again(wizard: Open, azure: Azure) -> None:
    async with wizard("repository") as w:
        give_back = take_rights(azure)
        await w.type("quiet")
        await w.press("enter")
        await w.at("tag")
        await w.sees("✗", "F5 tries again", "You can type it")
        give_back()
        await w.press("f5")
        await w.sees("1 tag")
        assert w.marked.startswith("latest")


async def test_who_may_not_look_goes_on_by_hand(wizard: Open, azure: Azure) -> None:
    async with wizard("repository") as w:
        give_back = take_rights(azure)
        await w.type("quiet")
        await w.press("enter")
        await w.at("tag")
        await w.sees("You can type it")
        await w.type("latest")
        await w.press("enter")
        await w.at("vault")
        assert (w.draft.text("tag"), w.draft.image) == ("latest", None)
        give_back()


async def test_a_hostile_tag_is_harmless(wizard: Open, azure: Azure) -> None:
    names = ("[red]v9[/red]", "\x1b[31mv8", "漢字" * 30, "x" * 128)
    repository = registry(azure).repositories["aci-helloworld"]
    for name in names:
        push(registry(azure), "aci-helloworld", "tmp", Image("x"), azure.world.utc())
        made = repository.tags.pop("tmp")
        repository.tags[name] = Tag(made.digest, made.created, made.updated)
    azure.world.order.forget()
    async with wizard("tag") as w:
        await w.sees("[red]v9[/red]", "\N{REPLACEMENT CHARACTER}[31mv8", "漢字")
        assert "\x1b" not in "".join(w.lines)
        assert len(w.options) == 8
        assert all(row.count("latest") < 2 for row in w.lines)


async def test_size_and_platform_stand_beside_the_age(wizard: Open) -> None:
    async with wizard("tag") as w:
        await w.sees("2 years ago", "linux/amd64")
