"""Everything before anything: findings, one answer changed, the plan saved, nothing written."""

from __future__ import annotations

import stat
from pathlib import Path

from aciwizard import planfile
from aciwizard.core.answers import complete
from tests.conftest import Azure
from tests.tui.conftest import Open, Wizard, instance, take_rights, things


async def mark(w: Wizard, word: str) -> None:
    """Put the bar on an answer."""
    for _ in range(12):
        if w.marked.startswith(word):
            return
        await w.press("down")
    raise AssertionError(f"no answer {word} in {w.options}")


async def test_says_what_will_be_made_and_where_answers_came_from(wizard: Open) -> None:
    async with wizard("review") as w:
        await w.sees("to create Registry role", "to create Key vault")
        await w.sees("The password stops working on")
        await w.sees("open to everybody, over plain HTTP")
        rows = {row.split()[0]: row for row in w.options}
        assert "Pay-As-You-Go" in rows["Subscription"] and "(you chose it)" in rows["Subscription"]
        assert "(default)" in rows["Container"]


async def test_every_finding_can_be_seen_at_the_smallest_size(wizard: Open) -> None:
    async with wizard("review", size=(60, 20)) as w:
        for _ in range(8):
            if "Answer" in w.text:
                break
            await w.press("pagedown")
            await w.pump()
        assert "to create" in w.text


async def test_details_say_why_and_where_every_answer_came_from(wizard: Open) -> None:
    async with wizard("review") as w:
        assert "Azure keeps everything in groups" not in w.text
        await w.press("d")
        await w.sees("to create Key vault")
        assert "Pay-As-You-Go (you chose it)" not in w.text, "the answers make no room"
        await paged_to(w, "Azure keeps everything in groups")
        await paged_to(w, "Where each answer came from")
        await paged_to(w, "container ports")
        await w.press("d")
        await w.sees("Pay-As-You-Go (you chose it)")
        assert "Where each answer came from" not in w.text


async def paged_to(w: Wizard, words: str) -> None:
    for _ in range(12):
        if words in w.text:
            return
        await w.press("pagedown")
        await w.pump()
    raise AssertionError(f"{words!r} is on no page; the last is\n" + "\n".join(w.lines))


async def test_enter_on_the_details_goes_back_to_the_answers(wizard: Open) -> None:
    async with wizard("review") as w:
        await w.press("d")
        await w.until(lambda: "Pay-As-You-Go (you" not in w.text, "the answers to make room")
        await w.press("enter")
        await w.sees("Pay-As-You-Go (you chose it)")
        assert w.at_name == "review"
        await w.press("enter")
        await w.at("subscription")


async def test_a_tall_terminal_has_room_for_the_details_at_once(wizard: Open) -> None:
    async with wizard("review", size=(120, 48)) as w:
        await w.sees("Pay-As-You-Go (you chose it)", "to create Key vault")
        await w.sees("shown once by Entra", "Where each answer came from")
        await w.press("d")
        await w.until(lambda: "shown once by Entra" not in w.text, "the details to go")
        await w.sees("Pay-As-You-Go (you chose it)")


async def test_nothing_is_written_before_the_confirming_key(wizard: Open, azure: Azure) -> None:
    before = things(azure)
    async with wizard("review") as w:
        await w.press("f5")
        await w.at("review")
        await w.press("enter")
        await w.at("subscription")
        await w.press("escape")
        await w.at("review")
        assert things(azure) == before
        await w.make()
    after = things(azure)
    assert after["container groups"] == before["container groups"] + 1
    assert after["applications"] == before["applications"] + 1


async def test_enter_changes_one_answer_and_comes_back(wizard: Open) -> None:
    async with wizard("review") as w:
        before = dict(w.draft.answers)
        await mark(w, "Password")
        await w.press("enter")
        await w.at("credential")
        await w.fill("lifetime_days", "30")
        await w.press("enter")
        await w.at("review")
        await w.sees("30 days")
        changed = {k for k, v in w.draft.answers.items() if before.get(k) != v}
        assert changed == {"lifetime_days"}


async def test_another_image_keeps_what_was_chosen_and_renews_what_follows(wizard: Open) -> None:
    async with wizard("container") as w:
        await w.fill("cpu", "2")
        await w.press("enter")
        await w.at("review")
        await mark(w, "Image")
        await w.press("enter")
        await w.at("repository")
        await w.type("web/api")
        await w.press("enter")
        await w.at("review")
        await w.sees("image.tag")
        await w.press("y")
        await w.pump()
        assert w.at_name == "review"
        await mark(w, "Tag")
        await w.press("enter")
        await w.at("tag")
        await w.press("enter")
        await w.at("review")
        await w.sees("linux/amd64, ports 3000", "to create")
        plan = w.draft.plan()
        assert (plan.cpu, plan.container, plan.ports) == (2.0, "api", None)


async def test_another_subscription_does_not_break_the_questions_after_it(wizard: Open) -> None:
    async with wizard("review") as w:
        await w.press("enter")
        await w.at("subscription")
        await w.press("down", "enter")
        await w.at("review")
        await w.sees("✗")
        await w.press("y")
        await w.pump()
        assert w.at_name == "review"
        await mark(w, "Image")
        await w.press("enter")
        await w.at("repository")
        await w.sees("There is no such registry", "F5 tries again")
        await w.press("escape")
        await w.at("review")
        await w.press("enter")
        await w.at("subscription")
        await w.press("up", "enter")
        await w.at("review")
        await w.sees("to create Key vault")


async def test_what_stands_in_the_way_stops_the_confirming_key(wizard: Open, azure: Azure) -> None:
    async with wizard("review") as w:
        before = things(azure)
        give_back = take_rights(azure)
        await w.press("f5")
        await w.sees("✗ blocked", "Your role does not include this")
        await w.press("y")
        await w.pump()
        assert w.at_name == "review"
        give_back()
        assert things(azure) == before
        await w.press("f5")
        await w.sees("to create Key vault")
        await w.make()
        assert instance(azure) is not None


async def test_saves_a_plan_file_for_its_owner_only(wizard: Open, tmp_path: Path) -> None:
    async with wizard("review") as w:
        await w.press("s")
        await w.sees("✓ Saved as", "aciwizard apply aciwizard-plan.toml")
        plan = w.draft.plan()
    path = tmp_path / "aciwizard-plan.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    answers, faults = planfile.read(path)
    assert not faults
    assert complete(answers) == plan


async def test_a_plan_file_that_cannot_be_written_is_said(wizard: Open, tmp_path: Path) -> None:
    path = tmp_path / "aciwizard-plan.toml"
    path.write_text("this is = = no plan")
    async with wizard("review") as w:
        await w.press("s")
        await w.sees("could not be written: the file that is there is no plan")
        assert path.read_text() == "this is = = no plan"
        path.unlink()
        path.mkdir()
        await w.press("s")
        await w.sees("could not be written: Is a directory")


async def test_explains_itself(wizard: Open) -> None:
    async with wizard("review") as w:
        await w.press("f1")
        await w.at("help")
        await w.sees("So far Azure was only asked")
        await w.press("escape")
        await w.at("review")
