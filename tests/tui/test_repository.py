"""Which image: a list that fills as pages come, or a pasted reference."""

from __future__ import annotations

from dataclasses import replace

from textual.events import Paste

from aciwizard.sandbox.images import Image, push
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, registry, take_rights

MANY = 250  # more than two pages


async def test_the_first_is_the_default(wizard: Open) -> None:
    async with wizard("repository") as w:
        assert w.marked.startswith("aci-helloworld")
        await w.press("enter")
        await w.at("tag")
        assert w.draft.text("repository") == "aci-helloworld"


async def test_an_answer_is_shown_again(wizard: Open) -> None:
    async with wizard("repository") as w:
        await w.type("frontend")
        await w.press("enter")
        await w.at("tag")
        await w.press("escape")
        await w.at("repository")
        assert w.marked.startswith("web/frontend")


async def test_a_broken_name_is_said_and_stays(wizard: Open) -> None:
    async with wizard("repository") as w:
        await w.type("Upper Case")
        await w.press("enter")
        await w.sees("A repository's name contains", "a space")
        assert (w.at_name, w.entry.value) == ("repository", "Upper Case")


async def test_many_pages_arrive(wizard: Open, azure: Azure) -> None:
    target = registry(azure)
    for number in range(MANY):
        push(target, f"many/app-{number:03}", "v1", Image("x"), azure.world.utc())
    async with wizard("repository") as w:
        await w.sees(f"{MANY + 12} repositories", "shown: type to narrow")
        await w.type(f"app-{MANY - 1}")
        await w.press("enter")
        await w.at("tag")
        assert w.draft.text("repository") == f"many/app-{MANY - 1}"


async def pasted(w: Wizard, text: str) -> None:
    w.entry.post_message(Paste(text))
    await w.until(lambda: w.entry.value == text.splitlines()[0], "what was pasted")
    await w.press("enter")


async def test_a_pasted_reference_goes_straight_through(wizard: Open) -> None:
    async with wizard("repository") as w:
        await pasted(w, "https://MyRegistry.azurecr.io/web/api:1.2.0\nand more")
        await w.at("vault")
        assert (w.draft.text("repository"), w.draft.text("tag")) == ("web/api", "1.2.0")
        assert w.draft.image is not None and w.draft.image.ports == (3000,)
        await w.press("escape")
        await w.at("tag")
        assert w.marked.startswith("1.2.0")
        await w.press("escape")
        await w.at("repository")
        assert w.marked.startswith("web/api")


async def test_a_pasted_digest_is_an_image(wizard: Open, azure: Azure) -> None:
    digest = registry(azure).repositories["web/api"].tags["1.2.0"].digest
    async with wizard("repository") as w:
        await pasted(w, f"web/api@{digest}")
        await w.at("vault")
        assert w.draft.text("tag") == digest


async def test_a_pasted_tag_that_is_not_there_is_said_at_the_tag(wizard: Open) -> None:
    async with wizard("repository") as w:
        await pasted(w, "web/api:9.9.9")
        await w.at("tag")
        await w.sees("The registry has no such image")
        await w.press("escape")
        await w.at("repository")


async def test_an_image_of_another_registry_is_not_looked_for_here(wizard: Open) -> None:
    async with wizard("repository") as w:
        await pasted(w, "openregistry.azurecr.io/aci-helloworld:v1")
        await w.sees("That image is in openregistry.azurecr.io, and you chose myregistry")
        assert w.at_name == "repository"


async def test_a_refused_list_is_said_and_tried_again(wizard: Open, azure: Azure) -> None:
    async with wizard("repository") as w:
        give_back = take_rights(azure)
        registry(azure).name = "myregistry"
        await w.press("f5")
        await w.until(lambda: "✗" in w.text or "12 repositories" in w.text, "an answer")
        give_back()
        await w.press("f5")
        await w.sees("12 repositories")


async def test_a_name_can_be_typed_while_the_list_is_refused(wizard: Open, azure: Azure) -> None:
    async with wizard("registry") as w:
        give_back = take_rights(azure)
        await w.press("enter")
        await w.at("repository")
        await w.sees("✗", "F5 tries again", "You can type it")
        give_back()
        await w.press("f5")
        await w.sees("12 repositories")
        await w.type("quiet")
        await w.press("enter")
        await w.at("tag")


async def test_typing_does_not_wait_for_a_slow_list(wizard: Open, azure: Azure) -> None:
    async with wizard("repository") as w:
        pace = azure.world.pace
        pace.durations = replace(pace.durations, latency=1.0 * pace.speed)
        await w.press("f5")
        await w.until(lambda: w.looking, "a look-up under way")
        await w.type("flaky")
        assert w.marked == ""
        await w.until(lambda: w.marked == "flaky", "the list, filtered")


async def test_an_empty_registry_is_said(wizard: Open) -> None:
    async with wizard("registry") as w:
        await w.type("emptyregistry")
        await w.press("enter")
        await w.at("repository")
        await w.sees("no image yet", "push yours and look again")
        await w.press("escape")
        await w.at("registry")


async def test_an_empty_registry_is_offered_the_sample(wizard: Open, azure: Azure) -> None:
    async with wizard("registry") as w:
        await w.type("emptyregistry")
        await w.press("enter")
        await w.at("repository")
        await w.take_sample()
        await w.press("escape")
        await w.at("tag")
        assert w.marked.startswith("v1")
        await w.press("enter")
        await w.at("vault")
        await w.go_on_to("review")
        await w.sees("aci-helloworld (copied from Microsoft)", "to create Image aci-helloworld:v1")
        assert registry(azure, "emptyregistry").repositories == {}
        await w.make()
        await w.sees("✓ It answers.", "image aci-helloworld:v1")
    assert list(registry(azure, "emptyregistry").repositories["aci-helloworld"].tags) == ["v1"]
