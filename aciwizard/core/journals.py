"""All deployments begun on this machine: the interrupted ones, and how the others ended."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from aciwizard.core.files import Busy, Folder
from aciwizard.core.journal import OPEN, Course, Journal, Record, Unreadable, decoded
from aciwizard.core.ledger import new_id
from aciwizard.core.plan import Plan
from aciwizard.core.problems import Problem

ENDING = ".json"


@dataclass(frozen=True, slots=True)
class Broken:
    """A journal that cannot be read, and why. It is left as it is."""

    id: str
    why: str


def lock_name(plan: Plan) -> str:
    """One lock for all that shares a credential: two processes must not both make it."""
    parts = (plan.cloud, plan.subscription, plan.vault, plan.registry)
    return hashlib.sha256("/".join(parts).lower().encode()).hexdigest()[:16] + ".lock"


class Journals:
    """The journals in one folder. `now` gives the date and time, in UTC."""

    def __init__(self, folder: Folder, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def all(self) -> list[Record | Broken]:
        """What every journal says, the newest first; raises Problem where nobody may look."""
        try:
            names = self._folder.names(ENDING)
        except OSError as problem:
            happened = "Reading the journals"
            raise Problem("StateFolder", happened, f"{self._folder.path}: {problem}") from None
        return [self._read(name.removesuffix(ENDING)) for name in reversed(names)]

    def _read(self, id: str) -> Record | Broken:
        try:
            record = decoded(self._folder.read(f"{id}{ENDING}"))
        except (OSError, Unreadable) as problem:
            return Broken(id, getattr(problem, "strerror", None) or str(problem))
        return record if record.id == id else Broken(id, f"it says it is {record.id[:40]}")

    def interrupted(self) -> list[Record]:
        """Deployments with something to go on with or to take back, and nobody at them.

        The newest first.
        """
        records = [one for one in self.all() if isinstance(one, Record)]
        found = [one for one in records if one.course in OPEN and (one.made or one.begun)]
        return [one for one in found if not self.busy(one.plan)]

    def busy(self, plan: Plan) -> bool:
        """Whether a process is at it now."""
        try:
            with self._folder.lock(lock_name(plan)):
                return False
        except Busy:
            return True
        except OSError:
            return False

    def find(self, id: str | None, wanted: Callable[[Record], bool]) -> Record:
        """The journal of this id, or the newest that is wanted where none is named.

        Raises Problem: JournalNotFound, JournalUnreadable.
        """
        if id is None:
            record = next((r for r in self.all() if isinstance(r, Record) and wanted(r)), None)
            if record is None:
                raise Problem("NothingToGoOnWith", "Looking for a deployment begun here")
            return record
        happened = f"Reading the journal of {id[:60]}"
        if f"{id}{ENDING}" not in self._folder.names(ENDING):
            raise Problem("JournalNotFound", happened)
        found = self._read(id)
        if isinstance(found, Broken):
            raise Problem("JournalUnreadable", happened, found.why)
        return found

    @contextmanager
    def begin(self, plan: Plan, record: Record | None = None) -> Iterator[Journal]:
        """The journal to deploy a plan with; nobody else is at it until the block ends.

        `record` is one to go on with. Without it, one that was interrupted at the same thing is
        gone on with, so that nothing it made is forgotten. Raises Problem (DeploymentInUse).
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(self._folder.lock(lock_name(plan)))
            except Busy as busy:
                happened = f"Beginning with {plan.container} and vault {plan.vault}"
                raise Problem("DeploymentInUse", happened, f"process {busy.holder}") from None
            except OSError:
                pass  # where no lock can be, no journal can: that is told with the first effect
            began = self._now()
            record = record or self._same(plan) or Record(new_id(began), plan, began, began)
            made, begun = record.made, record.begun
            fresh = Record(record.id, plan, record.began, began, made=made, begun=begun)
            yield Journal(self._folder, fresh, self._now)

    def _same(self, plan: Plan) -> Record | None:
        """A deployment of the same container with the same credential that was interrupted."""
        try:
            records = [one for one in self.all() if isinstance(one, Record)]
        except Problem:
            return None
        for one in records:
            if _what(one.plan) == _what(plan) and one.course in OPEN:
                return None if one.course is Course.UNDOING else one
        return None


def _what(plan: Plan) -> tuple[str, ...]:
    parts = (lock_name(plan), plan.subscription, plan.resource_group, plan.container)
    return tuple(part.lower() for part in parts)
