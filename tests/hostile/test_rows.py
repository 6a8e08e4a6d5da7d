"""Hostile text without a screen: rows and problems show it, and obey nothing of it."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from aciwizard import planfile
from aciwizard.cli import cli
from aciwizard.core.answers import complete
from aciwizard.core.clock import Clock
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
    Proof,
    State,
    StepEvent,
)
from aciwizard.core.journal import Course, Record, decoded, encoded
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan
from aciwizard.core.problems import Problem
from aciwizard.headless import undo
from aciwizard.headless.output import Json, Text
from tests.hostile.words import WORDS, controls

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
each = pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())


def plan(words: str = "") -> Plan:
    answers: dict[str, object] = {
        "subscription": "01234567-89ab-cdef-0123-456789abcdef",
        "resource_group": "myrg",
        "registry": "myregistry",
        "repository": "app",
        "tag": "v1",
        "environment": {"GREETING": words},
        "command": ["say", words],
        "secure_environment": {"KEY": {"file": f"/{words}"}, "OTHER": {"env": f"X{words}"}},
    }
    return complete({name: Answer(value, Origin.CHOSEN) for name, value in answers.items()})


def told(words: str) -> list[Event]:
    """Every event there is, with this in all its texts."""
    problem = Problem(words, words, words)
    made = Made("vault", words, f"/x/{words}", words)
    return [
        *(StepEvent("vault", words, phase, 1.0, words, 1, 2, problem) for phase in Phase),
        MadeEvent(made),
        ContainerEvent(words, words, 1, words),
        LogEvent(words),
        Note(words),
        Finished(problems=(problem,)),
        Finished(Proof(words, words, 0, 200, 1.0)),
    ]


@each
def test_rows(words: str) -> None:
    rows, result = io.StringIO(), io.StringIO()
    writer = Text(rows, result)
    for event in told(words):
        writer.event(event)
    writer.finding(words, Finding(State.BLOCKED, words, problem=Problem(words, words)))
    writer.made(words, Made(words, words, words))
    assert controls(rows.getvalue() + result.getvalue(), but="\n") == []
    assert result.getvalue().count("\n") == 1
    assert max(map(len, rows.getvalue().splitlines())) < 2500


@each
def test_lines_for_programs(words: str) -> None:
    out = io.StringIO()
    writer = Json(out)
    for event in told(words):
        writer.event(event)
    assert controls(out.getvalue(), but="\n") == [] and out.getvalue().isascii()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert next(line for line in lines if line["event"] == "note")["words"] == words


@each
def test_the_list_of_journals(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "aciwizard" / "deployments"
    folder.mkdir(parents=True)
    made = (Made(words, words, words, words),)
    record = Record("one", plan(words), NOW, NOW, Course.FAILED, words, made)
    (folder / "one.json").write_text(encoded(record))
    (folder / "two.json").write_text(encoded(Record(words, plan(), NOW, NOW)))
    for arguments in (["history"], ["history", "--output", "json"]):
        ended = CliRunner().invoke(cli, arguments)
        assert ended.exit_code == 0, ended.exception
        assert controls(ended.stdout, but="\n") == []
        assert ended.stdout.count("\n") == 2


@each
def test_what_is_to_be_taken_back(words: str) -> None:
    rows = io.StringIO()
    made = (Made(words, words, words, words), Made("vault", words, words))
    record = Record("one", plan(words), NOW, NOW, Course.FAILED, words, made)
    code = asyncio.run(undo.undo(record, Text(rows), Clock(), False, lambda: False))
    assert code == 130
    assert controls(rows.getvalue(), but="\n") == []


@each
def test_files_hold_it_as_it_is(words: str, tmp_path: Path) -> None:
    if "\ud83d" in words:
        pytest.skip("no file in UTF-8 holds half a character")
    wanted = plan(words)
    planfile.write(tmp_path / "plan.toml", wanted)
    assert complete(*planfile.read(tmp_path / "plan.toml")) == wanted
    made = (Made(words, words, words, words),)
    record = Record(words, wanted, NOW, NOW, Course.FAILED, words, made, made)
    assert decoded(encoded(record)) == record


def test_half_a_character_in_an_answer_is_refused_before_the_file_is_touched(
    tmp_path: Path,
) -> None:
    file = tmp_path / "plan.toml"
    planfile.write(file, plan())
    before = file.read_bytes()
    with pytest.raises(ValueError):
        planfile.write(file, plan(WORDS["half a character"]))
    assert file.read_bytes() == before
