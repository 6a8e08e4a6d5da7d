"""What should run: defaults from the image and the registry, validated as one types."""

from __future__ import annotations

from functools import partial

from aciwizard.core.origins import Origin
from aciwizard.core.plan import SecureSource
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, take_rights, things


async def test_the_defaults_come_from_the_image_and_the_registry(wizard: Open) -> None:
    async with wizard("container") as w:
        assert w.field("container").text == "aci-helloworld"
        assert w.field("dns_label").text.startswith("aci-helloworld-")
        assert (w.field("ports").text, w.field("location").text) == ("80", "eastus")
        await w.sees("eastus: 10 of 10 cores are free")
        await w.press("enter")
        await w.at("review")
        answers = w.draft.answers
        assert (answers["ports"].value, answers["ports"].origin) == ((80,), Origin.IMAGE)
        assert answers["location"].origin is Origin.REGISTRY
        assert answers["cpu"].origin is Origin.DEFAULT


async def test_a_job_has_no_port_and_is_not_started_again(wizard: Open) -> None:
    async with wizard("repository") as w:
        await w.type("jobs/cleanup")
        await w.press("enter")
        await w.at("tag")
        await w.go_on_to("container")
        assert (w.field("ports").text, w.field("restart_policy").text) == ("", "OnFailure")
        await w.go_on_to("review")
        assert w.draft.answers["ports"].value == ()


async def test_invalid_answers_are_said_at_their_fields_and_nothing_is_lost(wizard: Open) -> None:
    async with wizard("container") as w:
        await w.fill("container", "Upper_Case")
        await w.sees("✗ ")
        await w.fill("ports", "80 99999")
        await w.fill("cpu", "lots")
        await w.press("enter")
        await w.sees("3 answers need a change")
        assert w.at_name == "container"
        assert w.entry.parent is w.field("container")
        texts = [w.field(name).text for name in ("container", "ports", "cpu")]
        assert texts == ["Upper_Case", "80 99999", "lots"]
        await w.fill("container", "mine")
        await w.fill("ports", "80")
        await w.fill("cpu", "2")
        await w.press("enter")
        await w.at("review")


async def test_every_keystroke_of_a_quoted_variable_can_be_typed(wizard: Open) -> None:
    async with wizard("container") as w:
        await w.fill("environment", "GREETING='say \"hi\" there' EMPTY=")
        await w.fill("secure_environment", "KEY=env:MY_KEY OTHER=file:/run/secret")
        await w.fill("command", "node 'my app.js'")
        await w.press("enter")
        await w.at("review")
        plan = w.draft.plan()
        assert plan.environment == {"GREETING": 'say "hi" there', "EMPTY": ""}
        assert plan.secure_environment["KEY"] == SecureSource("env", "MY_KEY")
        assert plan.command == ("node", "my app.js")


async def test_going_back_keeps_every_answer(wizard: Open) -> None:
    async with wizard("container") as w:
        await w.fill("cpu", "2")
        await w.fill("environment", "GREETING='hello  there'")
        await w.fill("secure_environment", "KEY=env:MY_KEY")
        await w.fill("command", "node 'my app.js'")
        await w.fill("dns_label", "")
        await w.press("enter")
        await w.at("review")
        before = dict(w.draft.answers)
        await w.press("escape")
        await w.at("container")
        assert w.field("dns_label").text == ""
        await w.press("enter")
        await w.at("review")
        assert w.draft.answers == before
        assert w.draft.answers["cpu"].origin is Origin.CHOSEN


async def test_a_quota_nobody_may_read_does_not_stop(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("credential") as w:
        give_back = take_rights(azure)
        await w.press("enter")
        await w.at("container")
        await w.press("enter")
        await w.at("review")
        give_back()
    assert things(azure) == before


async def test_tab_goes_through_every_field_and_each_can_be_seen(wizard: Open) -> None:
    async with wizard("container", size=(60, 20)) as w:
        for name in ("dns_label", "ports", "cpu", "memory", "restart_policy", "location"):
            await w.press("tab")
            await w.until(partial(focused, w, name), f"focus on {name}")
        await w.press("tab", "tab", "tab")
        await w.until(partial(focused, w, "command"), "focus on the last")
        await w.sees("Command")


def focused(w: Wizard, name: str) -> bool:
    return w.entry.parent is w.field(name)


async def test_more_than_the_region_runs_is_said_at_the_field(wizard: Open) -> None:
    async with wizard("container") as w:
        await w.sees("at most 4 CPU and 16 GB each")
        await w.fill("cpu", "5")
        await w.sees("this region runs at most 4")
        await w.press("enter")
        await w.pump()
        assert w.at_name == "container"
