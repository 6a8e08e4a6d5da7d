"""A question with several fields; Enter in any of them goes on when all are valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult

from aciwizard.core.keys import BY_ATTRIBUTE
from aciwizard.core.origins import Origin
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.field import Field
from aciwizard.tui.words import changes_needed, readable, shown, split

LISTS = ("ports", "environment", "secure_environment")  # several words, told apart by blanks
MAY_BE_NOTHING = ("dns_label", "ports")  # an answer even when it is empty


class FormQuestion(Question):
    """A subclass names its `fields`: plan key -> label and hint. `empty` may be left empty."""

    fields: ClassVar[Mapping[str, tuple[str, str]]] = {}
    empty: ClassVar[tuple[str, ...]] = ()

    def default(self, name: str) -> str:
        """What follows for a field from the other answers."""
        return ""

    def origin(self, name: str) -> Origin:
        """Where that default came from."""
        return Origin.DEFAULT

    def fault(self, name: str, text: str) -> str:
        """What is wrong with a field's text, "" for nothing."""
        check = readable(name, empty=name in self.empty, many=name in LISTS)
        return check(text)

    def body(self) -> ComposeResult:
        for name, (label, hint) in self.fields.items():
            yield Field(label, self._start(name), check=self._check(name), hint=hint, id=name)

    def _check(self, name: str) -> Any:
        return lambda text: self.fault(name, text)

    def _start(self, name: str) -> str:
        """What stands in a field at first: the answer, or what follows from the rest."""
        answer = self.draft.answers.get(name)
        return self.default(name) if answer is None else shown(answer.value)

    def on_mount(self) -> None:
        self.query(Field).first().focus_entry()

    def field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    @on(Field.Entered)
    def _entered(self) -> None:
        faulty = [self.field(name) for name in self.fields if self.field(name).fault]
        if faulty:
            faulty[0].focus_entry()
            self.say(changes_needed(len(faulty)))
            return
        for name in self.fields:
            self._keep(name, self.field(name).text)
        self.next()

    def _keep(self, name: str, text: str) -> None:
        before = self.draft.answers.get(name)
        if before is not None and text == shown(before.value):
            return
        if not text and name not in MAY_BE_NOTHING:
            self.draft.forget(name)
            return
        origin = self.origin(name) if text == self.default(name) else Origin.CHOSEN
        value = BY_ATTRIBUTE[name].read(split(text) if name in LISTS else text)
        self.draft.choose(name, value, origin)
