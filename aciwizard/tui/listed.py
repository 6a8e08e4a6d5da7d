"""A question answered from a list that fills as pages arrive, or by typing what is not in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from aciwizard.core.problems import Problem
from aciwizard.terminal import printable
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choices


class ListQuestion(Question):
    """A subclass says what `things` it lists; the row of the answer to its `key` is marked.

    `fill` adds choices and returns the words for the end of the list; `take` gets the value of a
    chosen one; `typed` gets what was typed and has no `fault`.
    """

    things: ClassVar[str] = ""
    typing: ClassVar[bool] = True  # whether an answer can be typed that is not in the list

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "look", "Look again", id="question.look"),
    ]

    @property
    def choices(self) -> Choices:
        return self.query_one(Choices)

    def body(self) -> ComposeResult:
        yield Choices(self.things, self.answer(), self._by_hand)

    def answer(self) -> object:
        """The value of the choice that was taken before, None for none."""
        return self.draft.text(self.key) or None

    @property
    def _by_hand(self) -> Callable[[str], str] | None:
        return self.fault if self.typing else None

    def on_mount(self) -> None:
        self.look()

    def action_look(self) -> None:
        self.say()
        self.look()

    @work(exclusive=True, group="list", description="fill the list")
    async def look(self) -> None:
        """Ask Azure; a failure is said in place, and typing the answer still works."""
        choices = self.choices
        choices.clear()
        try:
            words = await self.fill(choices)
        except Problem as problem:
            choices.fail(f"{problem.cause} F5 tries again.")
        else:
            choices.finish(words)

    def fault(self, text: str) -> str:
        """What is wrong with a typed answer, "" for nothing."""
        raise AssertionError("a list question says how")

    async def fill(self, choices: Choices) -> str:
        """Add what there is; the words to say at the end, "" for a count. Raises Problem."""
        raise AssertionError("a list question says how")

    def take(self, value: Any) -> None:
        """A row was chosen."""
        raise AssertionError("a list question says how")

    def typed(self, text: str) -> object:
        """Something not in the list was typed, and is valid."""
        raise AssertionError("a list question says how")

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.take(event.choice.value)

    @on(Choices.Typed)
    def _typed(self, event: Choices.Typed) -> None:
        self.entered(event.text)

    def entered(self, text: str) -> None:
        """Something not in the list was entered; what is wrong with it is said."""
        if fault := self.fault(text):
            self.say(self.faulty(fault))
        else:
            self.typed(text)

    def ask_for(self, ask: str, things: str, wanted: object = None) -> None:
        """Ask something else on the same screen, with an empty list; `wanted` is marked."""
        self.query_one("#ask", Static).update(Content(printable(ask, 200)))
        self.choices.ask(things, self._by_hand, wanted)
        self.say()

    def faulty(self, fault: str) -> str:
        """What to say of a typed answer that is none."""
        return f"The name {fault}."
