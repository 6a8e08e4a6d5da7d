"""How a run looks without a screen: text rows for people, JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from typing import Any, TextIO

from aciwizard.core.events import (
    ContainerEvent,
    Event,
    Finding,
    Finished,
    LogEvent,
    Made,
    MadeEvent,
    Note,
    Phase,
    StepEvent,
)
from aciwizard.core.problems import Problem
from aciwizard.terminal import printable

WIDTH = 24  # of a row's title column, in characters


def problem_text(problem: Problem) -> str:
    """A problem in full: what happened, why, what to do, and Azure's own words below."""
    lines = [f"{problem.happened}: {problem.code}", f"  {problem.cause}", f"  {problem.action}"]
    if problem.link:
        lines.append(f"  {problem.link}")
    lines += [f"  | {line}" for line in problem.raw.splitlines()[:30]]
    return "\n".join(printable(line) for line in lines)


class Text:
    """Rows on standard error while it works; the address alone goes to standard output."""

    def __init__(self, rows: TextIO | None = None, result: TextIO | None = None) -> None:
        self._rows = rows or sys.stderr
        self._result = result or sys.stdout
        self._told: set[tuple[str, Phase, str]] = set()

    def row(self, state: str, title: str, words: str, seconds: float | None = None) -> None:
        took = f"{seconds:6.1f} s" if seconds is not None else " " * 8
        line = f"{state:<11} {printable(title, 200):<{WIDTH}} {took}  {printable(words)}".rstrip()
        print(line, file=self._rows, flush=True)

    def finding(self, title: str, finding: Finding) -> None:
        self.row(finding.state, title, finding.words)

    def made(self, title: str, made: Made) -> None:
        self.row("made", title, made.label)

    def note(self, words: str) -> None:
        print(printable(words), file=self._rows, flush=True)

    def problem(self, problem: Problem) -> None:
        print(f"\n{problem_text(problem)}", file=self._rows, flush=True)

    def event(self, event: Event) -> None:
        match event:
            case StepEvent(phase=Phase.CHECKING | Phase.PLANNED) | MadeEvent():
                return
            case StepEvent(phase=Phase.WAITING | Phase.WORKING) if self._known(event):
                return  # one row a reason: a count of attempts is for screens that can redraw
            case StepEvent(phase=Phase.WAITING):
                self.row(
                    event.phase,
                    event.title,
                    f"{event.words} (up to {event.limit} tries)",
                    event.seconds,
                )
            case StepEvent():
                self.row(event.phase, event.title, event.words, event.seconds)
            case ContainerEvent():
                self.row("event", event.name, event.message)
            case LogEvent():
                for line in event.text.splitlines()[-5:]:
                    self.row("log", "", line)
            case Note():
                self.note(event.words)
            case Finished():
                self._finished(event)

    def _known(self, event: StepEvent) -> bool:
        row = (event.step, event.phase, event.words)
        known = row in self._told
        self._told.add(row)
        return known

    def _finished(self, event: Finished) -> None:
        for problem in event.problems:
            self.problem(problem)
        if event.proof is not None:
            print(printable(event.proof.address), file=self._result, flush=True)
        elif event.stopped:
            self.note("Stopped. What was made stays; aciwizard resume goes on from there.")


class Json:
    """One JSON object a line on standard output, for every event."""

    def __init__(self, result: TextIO | None = None) -> None:
        self._result = result or sys.stdout

    def _line(self, kind: str, body: dict[str, Any]) -> None:
        print(json.dumps({"event": kind, **body}), file=self._result, flush=True)

    def finding(self, title: str, finding: Finding) -> None:
        self._line("finding", {"title": title, **_plain(finding)})

    def made(self, title: str, made: Made) -> None:
        self._line("made", {"title": title, **_plain(made)})

    def note(self, words: str) -> None:
        self._line("note", {"words": words})

    def problem(self, problem: Problem) -> None:
        self._line("problem", _value(problem))

    def event(self, event: Event) -> None:
        match event:
            case StepEvent():
                self._line("step", _plain(event))
            case MadeEvent():
                self._line("made", _plain(event.made))
            case ContainerEvent():
                self._line("container", _plain(event))
            case LogEvent():
                self._line("log", _plain(event))
            case Note():
                self.note(event.words)
            case Finished():
                self._line("finished", _plain(event))


Writer = Text | Json
WRITERS: dict[str, Callable[[], Writer]] = {"text": Text, "json": Json}


def _plain(thing: Any) -> dict[str, Any]:
    """A dataclass as JSON values, problems told in their own words."""
    body = {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}
    return {name: _value(value) for name, value in body.items()}


def _value(value: Any) -> Any:
    match value:
        case Problem():
            names = ("code", "happened", "cause", "action", "link", "raw", "status")
            return {name: getattr(value, name) for name in names} | {"kind": str(value.kind)}
        case tuple() | list():
            return [_value(item) for item in value]
        case float():
            return round(value, 3)
        case _ if dataclasses.is_dataclass(value):
            return _plain(value)
        case _:
            return value
