"""What was interrupted on this machine is offered at the start: go on, take back, or leave it."""

from __future__ import annotations

import io
import os
import signal
from dataclasses import replace
from pathlib import Path

from aciwizard import state
from aciwizard.core.answers import complete
from aciwizard.core.events import Event, Phase, StepEvent
from aciwizard.core.journal import Course, Record
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan, SecureSource
from aciwizard.headless import apply as headless
from aciwizard.headless.output import Text
from aciwizard.sandbox.faults import Rule
from aciwizard.tui.draft import Draft
from tests.conftest import Azure
from tests.tui.conftest import Open, instance, staying, things


def plan(azure: Azure) -> Plan:
    answers = {
        "subscription": azure.world.subscriptions[0].id,
        "tenant": azure.world.tenants[0].id,
        "resource_group": "myrg",
        "registry": "myregistry",
        "repository": "aci-helloworld",
        "tag": "v1",
    }
    return complete({name: Answer(value, Origin.CHOSEN) for name, value in answers.items()})


class Interrupting(Text):
    """Presses Ctrl+C once the credential is there."""

    def event(self, event: Event) -> None:
        match event:
            case StepEvent(step="credential", phase=Phase.DONE):
                signal.raise_signal(signal.SIGINT)


async def interrupt(azure: Azure) -> Record:
    """Deploy, and be cut off when the credential is there and the container is not."""
    rows = Interrupting(io.StringIO(), io.StringIO())
    assert await headless.apply(plan(azure), {}, rows, azure.clock) == 130
    (record,) = journals(azure)
    return record


def journals(azure: Azure) -> list[Record]:
    return [one for one in state.journals(azure.clock).all() if isinstance(one, Record)]


async def test_nothing_is_offered_where_nothing_was_interrupted(wizard: Open, azure: Azure) -> None:
    quiet = Text(io.StringIO(), io.StringIO())
    assert await headless.apply(plan(azure), {}, quiet, azure.clock) == 0
    assert [one.course for one in journals(azure)] == [Course.ANSWERED]
    async with wizard("subscription", simulated=False) as w:
        assert w.at_name == "subscription"


async def test_going_on_makes_only_what_is_missing(wizard: Open, azure: Azure) -> None:
    record = await interrupt(azure)
    before = things(azure)
    assert record.made and instance(azure) is None
    async with wizard("interrupted", (80, 34), simulated=False) as w:
        await w.sees("Something was interrupted here.", "just now")
        assert w.marked.startswith("Go on with")
        assert f"aci-helloworld in myrg, just now: {len(record.made)} things made, aci-" in w.marked
        await w.press("enter")
        await w.at("sign_in")
        assert w.draft.text("tenant") == record.plan.tenant
        await w.press("enter")
        await w.at("review")
        await w.sees("there Key vault", "to create Container group")
        await w.make()
        await w.sees("✓ It answers.", "vault ")
    after = things(azure)
    for kind in ("applications", "vaults", "secrets", "role assignments"):
        assert after[kind] == before[kind], kind
    assert [(one.id, one.course) for one in journals(azure)] == [(record.id, Course.ANSWERED)]


async def test_going_on_keeps_every_answer(wizard: Open, azure: Azure) -> None:
    wanted = replace(
        plan(azure),
        command=("node", "my app.js"),
        environment={"GREETING": "say 'hi'"},
        secure_environment={"KEY": SecureSource("env", "MY_KEY"), "P": SecureSource("prompt")},
        ports=(),
    )
    draft = Draft()
    with state.journals(azure.clock).begin(wanted) as journal:
        record = journal.record
    draft.go_on_with(record)
    assert draft.plan() == wanted
    (again,) = journals(azure)
    draft = Draft()
    draft.go_on_with(again)
    assert draft.plan() == wanted


async def test_an_answer_can_be_changed_before_going_on(wizard: Open, azure: Azure) -> None:
    await interrupt(azure)
    async with wizard("interrupted", simulated=False) as w:
        await w.press("enter")
        await w.at("sign_in")
        await w.press("enter")
        await w.at("review")
        await w.press("escape")
        await w.at("container")
        await w.fill("cpu", "2")
        await w.press("enter")
        await w.at("review")
        await w.make()
        await w.sees("✓ It answers.")
    made = instance(azure)
    assert made is not None
    (container,) = made.properties["containers"]
    assert container["properties"]["resources"]["requests"]["cpu"] == 2.0


async def test_taking_back_leaves_azure_as_it_was(wizard: Open, azure: Azure) -> None:
    before = staying(azure)
    await interrupt(azure)
    async with wizard("interrupted", simulated=False) as w:
        await w.press("down")
        assert w.marked.startswith("Take back")
        await w.press("enter")
        await w.at("sign_in")
        await w.press("enter")
        await w.at("undo")
        await w.sees("Take this back?", "vault ", "application ")
        await w.press("y")
        await w.sees("Taken back. Q quits.")
        await w.press("q")
        await w.ended()
    assert staying(azure) == before
    assert [one.course for one in journals(azure)] == [Course.UNDONE]


async def test_a_removal_that_failed_is_offered_again(wizard: Open, azure: Azure) -> None:
    before = staying(azure)
    await interrupt(azure)
    fault = Rule("403", path="*/vaults/kv-myregistry-?????", method="DELETE", times=1)
    async with wizard("interrupted", simulated=False) as w:
        await w.press("down", "enter")
        await w.at("sign_in")
        await w.press("enter")
        await w.at("undo")
        azure.sandbox.faults.add(fault)
        await w.press("y")
        await w.sees("✗ vault ", "Taken back, but for what failed.")
        await w.press("q")
        await w.ended()
    assert [one.course for one in journals(azure)] == [Course.UNDOING]
    async with wizard("interrupted", simulated=False) as w:
        assert w.marked.startswith("Take back"), "what is half undone cannot be gone on with"
        await w.press("enter")
        await w.at("sign_in")
        await w.press("enter")
        await w.at("undo")
        await w.press("y")
        await w.sees("Taken back. Q quits.")
    assert staying(azure) == before


async def test_back_from_the_sign_in_offers_it_again(wizard: Open, azure: Azure) -> None:
    await interrupt(azure)
    async with wizard("interrupted", simulated=False) as w:
        await w.press("enter")
        await w.at("sign_in")
        await w.press("escape")
        await w.at("interrupted")


async def test_something_new_leaves_it_as_it_is(wizard: Open, azure: Azure) -> None:
    record = await interrupt(azure)
    before = things(azure)
    async with wizard("interrupted", simulated=False) as w:
        await w.press("escape")
        await w.at("sign_in")
        assert w.draft.record is None
    async with wizard("interrupted", simulated=False) as w:
        await w.press("n")
        await w.at("sign_in")
    assert things(azure) == before
    assert [one.id for one in journals(azure)] == [record.id]


async def test_a_journal_that_cannot_be_read_stops_nobody(wizard: Open) -> None:
    folder = Path(os.environ["XDG_STATE_HOME"]) / "aciwizard" / "deployments"
    folder.mkdir(parents=True)
    (folder / "20260302-093000-abcd.json").write_text("{ torn")
    async with wizard("subscription", simulated=False) as w:
        assert w.at_name == "subscription"


async def test_explains_itself(wizard: Open, azure: Azure) -> None:
    await interrupt(azure)
    async with wizard("interrupted", simulated=False) as w:
        await w.press("f1")
        await w.at("help")
        await w.sees("did not get to an answer", "aciwizard resume")
        await w.press("escape")
        await w.at("interrupted")
