"""The end: an address with its proof, or what went wrong and the keys to go on from there."""

from __future__ import annotations

from aciwizard.sandbox.canary import leaks
from tests.conftest import Azure
from tests.tui.conftest import Open, instance, things


async def test_the_address_and_its_proof(wizard: Open, azure: Azure) -> None:
    async with wizard("review") as w:
        await w.make()
        made = instance(azure)
        assert made is not None
        await w.sees("✓ It answers.", f"http://{made.fqdn}/")
        await w.sees("Running, answered 200, no restart, watched for", "container group aci-hello")
        await w.sees("The password stops working on")
        await w.press("c")
        assert w.app.clipboard == f"http://{made.fqdn}/"
        await w.sees("not every terminal takes it")


async def test_no_secret_is_on_the_screen(wizard: Open, azure: Azure) -> None:
    async with wizard("review") as w:
        await w.make()
        assert leaks(w.text) == []


async def test_a_crash_is_told_with_its_last_log_and_can_be_tried_again(
    wizard: Open, azure: Azure
) -> None:
    async with wizard("repository") as w:
        await w.type("flaky")
        await w.press("enter")
        await w.at("tag")
        await w.go_on_to("review")
        await w.make()
        await w.sees("✗ It does not answer.", "DATABASE_URL is not set", "container group flaky")
        made = things(azure)
        await w.press("r")
        await w.until(lambda: w.at_name == "deployment", "another try")
        await w.at("result")
        await w.sees("DATABASE_URL is not set")
        assert things(azure) == made, "trying again made things twice"


async def test_a_failure_is_fixed_by_another_answer_and_goes_on(wizard: Open, azure: Azure) -> None:
    async with wizard("repository") as w:
        await w.type("flaky")
        await w.press("enter")
        await w.at("tag")
        await w.go_on_to("review")
        await w.make()
        await w.sees("✗ It does not answer.")
        made = things(azure)
        await w.press("e")
        await w.at("review")
        await w.press("down", "down", "down", "enter")
        await w.at("repository")
        await w.type("aci-helloworld")
        await w.press("enter")
        await w.at("review")
        await w.press("down", "down", "down", "down", "enter")
        await w.at("tag")
        await w.press("enter")
        await w.at("review")
        await w.make()
        await w.sees("✓ It answers.")
        after = things(azure)
        assert after["applications"] == made["applications"]
        assert after["vaults"] == made["vaults"]


async def test_trying_again_is_offered_only_after_a_failure(wizard: Open) -> None:
    async with wizard("review") as w:
        await w.make()
        assert "Try again" not in w.text
        await w.press("r")
        await w.pump()
        assert w.at_name == "result"
        await w.press("escape")
        await w.at("review")
        await w.press("pagedown", "pagedown")
        await w.sees("there Container group")


async def test_undo_takes_back_what_was_made(wizard: Open, azure: Azure) -> None:
    async with wizard("review") as w:
        before = things(azure)
        await w.make()
        await w.press("u")
        await w.at("undo")
        await w.press("f1")
        await w.at("help")
        await w.press("escape")
        await w.at("undo")
        await w.press("y")
        await w.sees("Taken back")
        await w.until(lambda: instance(azure) is None, "the container group to go")
        await w.press("q")
        await w.until(lambda: not w.app.is_running, "the end")
    after = things(azure)
    assert after["applications"] == before["applications"]
    assert after["vaults"] == before["vaults"]
    assert after["role assignments"] == before["role assignments"]


async def test_explains_itself(wizard: Open) -> None:
    async with wizard("review") as w:
        await w.make()
        await w.press("f1")
        await w.at("help")
        await w.sees("its port answered from here")
        await w.press("escape")
        await w.at("result")
