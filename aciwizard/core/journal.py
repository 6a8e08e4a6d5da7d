"""A deployment's ledger on disk: with it an interrupted deployment goes on, or is undone.

One JSON file a deployment, owner-only, replaced as a whole and synced at every change, so that it
is never half written. It holds the plan and what was made, and no secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from aciwizard.core.answers import complete
from aciwizard.core.events import Finished, Made
from aciwizard.core.faults import Faulty
from aciwizard.core.files import Folder
from aciwizard.core.keys import KEYS
from aciwizard.core.ledger import Ledger
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan
from aciwizard.core.readers import plain

FORMAT = 1  # a program that knows less than a file's format leaves the file alone
_MADE = ("step", "kind", "id", "detail", "at")


class Course(StrEnum):
    """How a deployment stands, or ended. The values are the words people read."""

    RUNNING = "under way"
    ANSWERED = "answered"
    FAILED = "failed"
    STOPPED = "stopped"
    UNDOING = "being undone"
    UNDONE = "undone"


OPEN = (Course.RUNNING, Course.FAILED, Course.STOPPED, Course.UNDOING)


@dataclass(frozen=True, slots=True)
class Record:
    """What a journal file says. `began` and `changed` in UTC; `words` how it ended."""

    id: str
    plan: Plan
    began: datetime
    changed: datetime
    course: Course = Course.RUNNING
    words: str = ""
    made: tuple[Made, ...] = ()
    begun: tuple[Made, ...] = ()


class Unreadable(ValueError):
    """A file that is no journal this program can read; the text says why."""


def encoded(record: Record) -> str:
    """A record as the text of its file."""
    answers = {}
    for key in KEYS:
        value = getattr(record.plan, key.attribute)
        if value is not None:
            given = record.plan.origins.get(key.attribute, Answer(value, Origin.DEFAULT))
            answers[key.attribute] = {
                "value": plain(value),
                "origin": given.origin.name,
                "where": given.where,
            }
    body = {
        "format": FORMAT,
        "id": record.id,
        "began": record.began.isoformat(),
        "changed": record.changed.isoformat(),
        "course": record.course.name,
        "words": record.words,
        "plan": answers,
        "made": [{name: getattr(one, name) for name in _MADE} for one in record.made],
        "begun": [{name: getattr(one, name) for name in _MADE} for one in record.begun],
    }
    return json.dumps(body, indent=1) + "\n"


def decoded(text: str) -> Record:
    """The record a file's text says; raises Unreadable."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("it is torn, or was never a journal") from None
    if not isinstance(body, dict) or not isinstance(body.get("format"), int):
        raise Unreadable("it is not a journal")
    if body["format"] > FORMAT:
        raise Unreadable("a newer aciwizard wrote it; use that one")
    try:
        return Record(
            _text(body["id"]),
            complete(_answers(body["plan"])),
            _moment(body["began"]),
            _moment(body["changed"]),
            Course[_text(body["course"])],
            _text(body["words"]),
            tuple(_made(one) for one in body["made"]),
            tuple(_made(one) for one in body["begun"]),
        )
    except Faulty as faulty:
        raise Unreadable(f"its plan is not valid: {faulty.faults[0]}") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Unreadable("parts of it are missing or are not what they should be") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _moment(value: object) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found


def _made(one: Mapping[str, Any]) -> Made:
    return Made(*(_text(one[name]) for name in _MADE))


def _answers(document: Mapping[str, Any]) -> dict[str, Answer]:
    return {
        _text(name): Answer(one["value"], Origin[_text(one["origin"])], _text(one["where"]))
        for name, one in document.items()
    }


@dataclass(slots=True)
class _Head:
    """What of a record the ledger does not hold."""

    plan: Plan
    began: datetime
    course: Course = Course.RUNNING
    words: str = field(default="")


class Journal(Ledger):
    """A ledger that is in its file before an effect is sent, and after it was answered.

    A file that cannot be written stops nothing: `trouble` then says that nobody can go on from it.
    """

    def __init__(self, folder: Folder, record: Record, now: Any) -> None:
        """`now` gives the date and time, in UTC."""
        super().__init__(record.id)
        self.made, self.begun = list(record.made), list(record.begun)
        self._folder = folder
        self._now = now
        self._head = _Head(record.plan, record.began)
        self._keep()

    @property
    def plan(self) -> Plan:
        return self._head.plan

    @property
    def record(self) -> Record:
        head = self._head
        made, begun = tuple(self.made), tuple(self.begun)
        return Record(
            self.id, head.plan, head.began, self._now(), head.course, head.words, made, begun
        )

    def finish(self, finished: Finished) -> None:
        """How the run ended."""
        if finished.proof is not None:
            self.close(Course.ANSWERED, finished.proof.address)
        elif finished.problems:
            first = finished.problems[0]
            self.close(Course.FAILED, f"{first.happened}: {first.code}")
        else:
            self.close(Course.STOPPED)

    def close(self, course: Course, words: str = "") -> None:
        """How it stands from now on."""
        self._head.course, self._head.words = course, words
        self._keep()

    def _keep(self) -> None:
        try:
            self._folder.write(f"{self.id}.json", encoded(self.record))
        except OSError as problem:
            self.trouble = (
                f"The journal cannot be written ({problem.strerror}): if this is interrupted, "
                "aciwizard resume and undo will not know of it."
            )
