"""The way through the wizard: from question to question, to the review, and on to the work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aciwizard.tui.flow import QUESTIONS
from aciwizard.tui.leave import Leaving
from aciwizard.tui.question import Row, Turn

if TYPE_CHECKING:
    from aciwizard.core.journal import Record
    from aciwizard.core.plan import Plan
    from aciwizard.tui.app import WizardApp
    from aciwizard.tui.flow import Entry
    from aciwizard.tui.work import Work

SIGN_IN, LAST = 0, len(QUESTIONS) - 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """An interrupted deployment, and whether it is to be taken back."""

    record: Record
    taking_back: bool


class Navigator:
    """Leads one person from the first question to the end. Going back never loses an answer."""

    def __init__(self, app: WizardApp) -> None:
        self._app = app
        self._draft = app.draft
        self._at = 0

    async def lead(self) -> None:
        """All the way; ends with the app's exit."""
        while (record := await self._interrupted()) is not None:
            self._draft.sign_in_for(record.record.plan)
            if await self._ask(SIGN_IN) is Turn.BACK:
                continue
            if record.taking_back:
                await self._app.work.undo(record.record)
                return
            self._draft.go_on_with(record.record)
            self._at = len(QUESTIONS)
            break
        while True:
            plan = await self._answered()
            if await self._made(plan, self._app.work):
                return
            self._at = len(QUESTIONS)

    async def _interrupted(self) -> Chosen | None:
        """An interrupted deployment somebody wants to go on with; None for something new."""
        if self._draft.simulated:  # its state is as new as it is
            return None
        from aciwizard import state

        if not state.any_journal():
            return None
        from aciwizard.core.problems import Problem
        from aciwizard.tui.screens.interrupted import Anew, Interrupted, TakeBack

        clock = self._draft.clock
        try:
            records = await asyncio.to_thread(state.journals(clock).interrupted)
        except Problem as problem:
            self._app.notify(f"{problem.cause} {problem.action}", markup=False)
            return None
        if not records:
            return None
        start = await self._app.push_screen_wait(Interrupted(records, clock.now(), False))
        if isinstance(start, Anew):
            return None
        return Chosen(start.record, isinstance(start, TakeBack))

    async def _answered(self) -> Plan:
        """The plan of all questions, reviewed and confirmed."""
        while True:
            while self._at < len(QUESTIONS):
                turn = await self._ask(self._at)
                self._at = max(0, self._at - 1) if turn is Turn.BACK else self._at + 1
            plan = await self._reviewed()
            if plan is not None:
                return plan
            self._at = LAST

    async def _ask(self, at: int) -> Turn:
        entry, app = QUESTIONS[at], self._app
        place = (at + 1, len(QUESTIONS), entry.rail)
        # Painted once, when it is complete with its keys: halves the bytes of every change.
        with app.batch_update():
            kind = entry.load() if entry.loaded else await asyncio.to_thread(entry.load)
            screen = kind(self._draft, place, self._told())
            turn = app.push_screen(screen, wait_for_dismiss=True)
            complete = asyncio.Event()
            screen.call_after_refresh(complete.set)
            await complete.wait()
        screen.refresh()
        screen._on_timer_update()  # now, and not when the next frame is due
        return await turn

    def _told(self) -> list[tuple[str, str]]:
        """What was answered so far, question by question; nothing is loaded to tell it."""
        told = []
        for entry in QUESTIONS:
            if entry.loaded and (words := entry.load().told(self._draft)):
                told.append((entry.rail, words))
        return told

    async def _reviewed(self, trouble: str = "") -> Plan | None:
        """The plan to carry out, or None to go back to the last question."""
        from aciwizard.tui.screens.review import Confirmed, Edit, Review

        while True:
            rows = [self._row(entry) for entry in QUESTIONS[1:]]
            decision = await self._app.push_screen_wait(Review(self._draft, rows, trouble))
            trouble = ""
            match decision:
                case Confirmed(plan):
                    why_not = await self._secured(plan)
                    if why_not is None:
                        return plan
                    trouble = why_not
                case Edit(name):
                    names = [entry.name for entry in QUESTIONS]
                    await self._ask(names.index(name))
                case _:
                    return None

    def _row(self, entry: Entry) -> Row:
        question, answers = entry.load(), self._draft.answers
        answer = answers.get(question.key) or answers.get(entry.name)
        told = question.told(self._draft)
        return Row(entry.name, entry.rail, told, str(answer.origin) if answer else "")

    async def _secured(self, plan: Plan) -> str | None:
        """Ask for the values only a person can give; None once all are at hand, else why not."""
        from aciwizard import secure_values
        from aciwizard.core.faults import Faulty
        from aciwizard.tui.screens.secure_values import SecureValues

        asked = [name for name in secure_values.to_ask(plan) if name not in self._draft.given]
        if asked:
            given = await self._app.push_screen_wait(SecureValues(asked))
            if given is None:
                return ""
            self._draft.given.update(given)
        try:
            self._draft.secure = secure_values.read(plan, self._draft.given)
        except Faulty as faulty:
            return "; ".join(str(fault) for fault in faulty.faults)
        return None

    async def _made(self, plan: Plan, work: Work) -> bool:
        """Carry the plan out; whether that was the end, or the answers are to be changed."""
        from aciwizard.tui.screens.result import After, Outcome, Result

        while True:
            finished = await work.deploy(plan)
            if work.leaving in (Leaving.SIGNAL, Leaving.KEEP):
                work.leave(finished)
                return True
            after = After.UNDO
            if work.leaving is not Leaving.UNDO:
                outcome = Outcome.of(finished, work.made, plan, self._draft.clock.now())
                after = await self._app.push_screen_wait(Result(outcome, self._draft.simulated))
            match after:
                case After.AGAIN:
                    continue
                case After.CHANGE:
                    return False
                case After.UNDO if work.record is not None:
                    await work.undo(work.record)
                    return True
                case _:
                    work.leave(finished)
                    return True
