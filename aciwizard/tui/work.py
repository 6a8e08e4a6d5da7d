"""The work itself, under way beside the screens: it outlives them, and is stopped gently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aciwizard.core.events import Finished, Note
from aciwizard.core.journal import Course, Journal, Record
from aciwizard.core.problems import Problem
from aciwizard.terminal import printable
from aciwizard.tui.leave import Leaving

if TYPE_CHECKING:
    from aciwizard.core.engine import Engine
    from aciwizard.core.events import Made
    from aciwizard.core.plan import Plan
    from aciwizard.tui.app import WizardApp


class Work:
    """One wizard's deployments and what they made. `record` is the journal to go on with."""

    def __init__(self, app: WizardApp) -> None:
        self._app = app
        self._draft = app.draft
        self._engine: Engine[Any] | None = None
        self._undoing = False
        self._code = 0
        self.record: Record | None = app.draft.record
        self.leaving: Leaving | None = None

    @property
    def made(self) -> tuple[Made, ...]:
        return self.record.made if self.record else ()

    @property
    def under_way(self) -> bool:
        return self._engine is not None or self._undoing

    @property
    def ways_out(self) -> tuple[Leaving, ...]:
        """What can be done with work under way."""
        if self._undoing:
            return (Leaving.STAY, Leaving.LATER)
        return (Leaving.STAY, Leaving.STOP, Leaving.KEEP, Leaving.UNDO)

    def stop(self, leaving: Leaving, code: int = 130) -> None:
        """Begin nothing new; what was sent to Azure is let finish."""
        self.leaving, self._code = leaving, code
        self._draft.give_up_asking()
        if self._engine is not None:
            self._engine.stop()

    def leave(self, finished: Finished) -> None:
        """End the wizard: with the address, or with a code that says why there is none."""
        address = finished.proof.address if finished.proof else ""
        code = 0 if address else self._code or (130 if finished.stopped else 1)
        self._app.exit(address, return_code=code)

    async def deploy(self, plan: Plan) -> Finished:
        """Carry a plan out in front of a person; every event is drawn, and noted first."""
        from aciwizard import state

        self.leaving = None
        self._draft.may_ask()
        begun = state.journals(self._draft.clock).begin(plan, self.record or self._draft.record)
        try:
            with begun as journal:
                finished = await self._run(plan, journal)
                journal.finish(finished)
                self.record = journal.record
                return finished
        except Problem as problem:  # another process is at it
            return Finished(problems=(problem,))

    async def _run(self, plan: Plan, journal: Journal) -> Finished:
        from aciwizard.core.engine import Engine
        from aciwizard.steps.deployment import Deployment
        from aciwizard.steps.graph import STEPS
        from aciwizard.tui.screens.deployment import DeploymentScreen

        draft, finished = self._draft, Finished(stopped=True)
        ground = Deployment(plan, draft.session, draft.clock, draft.secure, ledger=journal)
        self._engine = Engine(STEPS, ground, draft.clock)
        screen = DeploymentScreen(STEPS, draft.clock, draft.simulated)
        shown = self._app.push_screen(screen, wait_for_dismiss=True)
        await screen.ready.wait()
        async for event in self._engine.run():
            if isinstance(event, Finished):
                finished = event
                self._engine = None
            if isinstance(event, Note):
                self._app.notify(printable(event.words, 400), markup=False, timeout=20)
            screen.show(event)
        await shown
        return finished

    async def undo(self, record: Record) -> None:
        """Take back what was made, shown and confirmed first; ends the wizard."""
        from aciwizard import state
        from aciwizard.core.undo import kept, undo
        from aciwizard.steps.deployment import Deployment
        from aciwizard.steps.graph import STEPS
        from aciwizard.tui.screens.undo import Undo

        draft = self._draft
        self.leaving = None
        draft.may_ask()
        things = tuple(reversed((*record.made, *record.begun)))
        screen = Undo(things, kept(STEPS, things), draft.simulated)
        shown = self._app.push_screen(screen, wait_for_dismiss=True)
        purge = await screen.confirmed()
        if purge is not None:
            self._undoing = True
            with state.journals(draft.clock).begin(record.plan, record) as journal:
                journal.close(Course.UNDOING)
                ground = Deployment(record.plan, draft.session, draft.clock, ledger=journal)
                async for event in undo(STEPS, ground, draft.clock, purge):
                    screen.show(event)
                    if self.leaving is not None:
                        break
                else:
                    left = journal.made or journal.begun
                    journal.close(Course.UNDOING if left else Course.UNDONE)
            self._undoing = False
            screen.ended()
            if self.leaving is None:
                await shown
        self._app.exit("", return_code=self._code or 130)
