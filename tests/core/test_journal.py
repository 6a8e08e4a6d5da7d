"""A journal's file: whatever it holds, it is a record or is said to be none, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard.core.answers import complete
from aciwizard.core.events import Made
from aciwizard.core.journal import FORMAT, Course, Record, Unreadable, decoded, encoded
from aciwizard.core.origins import Answer, Origin

NOW = datetime(2026, 3, 2, 9, 30, 1, 250, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "subscription": "01234567-89ab-cdef-0123-456789abcdef",
    "resource_group": "myrg",
    "registry": "myregistry",
    "repository": "team/app",
    "tag": "v1",
}
texts = st.text(st.characters(codec="utf-8"), max_size=40)  # a file holds no others
moments = st.datetimes(
    datetime(1990, 1, 1),
    datetime(2200, 1, 1),
    timezones=st.just(UTC),  # the limits
)
mades = st.lists(st.builds(Made, texts, texts, texts, texts, texts), max_size=3).map(tuple)
names = st.from_regex(r"[A-Z][A-Z0-9]{0,8}", fullmatch=True)
more = st.fixed_dictionaries(
    {},
    optional={
        "principal": st.text(
            st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60
        ),
        "environment": st.dictionaries(names.map(lambda n: f"X{n}"), texts, max_size=3),
        "secure_environment": st.dictionaries(
            names.map(lambda n: f"S_{n}"),
            st.one_of(
                st.just({"prompt": True}),
                st.builds(lambda name: {"env": name}, texts.filter(bool)),
                st.builds(lambda path: {"file": path}, texts.filter(bool)),
            ),
            max_size=3,
        ),
        "command": st.lists(texts, max_size=4),
        "ports": st.lists(st.sampled_from([1, 80, 443, 8080, 19_999]), max_size=5, unique=True),
        "cpu": st.floats(0.25, 4).map(lambda cores: round(cores, 2)),
        "lifetime_days": st.integers(1, 365),
        "role": st.sampled_from(["pull", "push"]),
        "dns_label": st.just(""),
    },
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    answers = ANSWERS | draw(more)
    origins, places = st.sampled_from(list(Origin)), texts
    plan = complete({name: Answer(v, draw(origins), draw(places)) for name, v in answers.items()})
    course = draw(st.sampled_from(list(Course)))
    return Record(
        draw(texts),
        plan,
        draw(moments),
        draw(moments),
        course,
        draw(texts),
        draw(mades),
        draw(mades),
    )


def read(text: str) -> Record | None:
    """What a file's text is taken for; None where it is said to be no journal."""
    try:
        return decoded(text)
    except Unreadable as unreadable:
        assert str(unreadable)
        return None


@given(records())
def test_what_was_written_is_read_again(record: Record) -> None:
    again = decoded(encoded(record))
    assert again == record
    assert [one.at for one in again.made] == [one.at for one in record.made]
    given_ones = {name: answer.origin for name, answer in record.plan.origins.items()}
    assert {name: again.plan.origins[name].origin for name in given_ones} == given_ones
    assert again.plan.origin("tag") == record.plan.origin("tag")


@given(texts | st.text())
def test_any_text(text: str) -> None:
    assert read(text) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything)
def test_any_json(document: Any) -> None:
    assert read(json.dumps(document)) is None


PLACES = st.lists(st.integers(0, 30), min_size=1, max_size=4)


def changed(document: Any, places: list[int], value: Any, way: str) -> Any:
    """A copy with one part, found by going from place to place, taken out, changed, or added to."""
    if not places or not isinstance(document, dict | list) or not document:
        return value
    keys = list(document) if isinstance(document, dict) else list(range(len(document)))
    key = keys[places[0] % len(keys)]
    if len(places) > 1 and isinstance(document[key], dict | list):
        copy = document.copy()
        copy[key] = changed(document[key], places[1:], value, way)
        return copy
    copy = document.copy()
    if way == "taken out":
        del copy[key]
    elif way == "changed":
        copy[key] = value
    elif isinstance(copy, dict):
        copy[str(value)] = value
    else:
        copy.append(value)
    return copy


HUGE = st.sampled_from([10**400, -(10**400), 1e308, float("nan"), float("inf"), 2**63, "9" * 5000])


@given(
    records(),
    st.lists(
        st.tuples(PLACES, anything | HUGE, st.sampled_from(["taken out", "changed", "added"])),
        min_size=1,
        max_size=3,
    ),
)
def test_a_journal_that_was_changed(
    record: Record, changes: list[tuple[list[int], Any, str]]
) -> None:
    document = json.loads(encoded(record))
    for places, value, way in changes:
        document = changed(document, places, value, way)
    found = read(json.dumps(document))
    if found is not None:  # what it is taken for can be written, and read again
        assert decoded(encoded(found)) == found


@given(records(), st.integers(0, 4000))
def test_a_torn_journal(record: Record, length: int) -> None:
    whole = encoded(record)
    assert read(whole[: min(length, len(whole.rstrip()) - 1)]) is None


def test_a_newer_one_is_left_to_a_newer_program() -> None:
    plan = complete({name: Answer(value, Origin.CHOSEN) for name, value in ANSWERS.items()})
    document = json.loads(encoded(Record("one", plan, NOW, NOW)))
    with pytest.raises(Unreadable, match="a newer aciwizard wrote it"):
        decoded(json.dumps({**document, "format": FORMAT + 1, "plan": "told otherwise"}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "{" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"format": 1}',
        '{"format": true}',
        '{"format": 1e999}',
        '{"format": -1, "id": "x"}',
        '{"format": ' + "9" * 5000 + "}",
        '{"format": NaN}',
        "\0",
        "\ufeff{}",
    ],
)
def test_what_was_never_a_journal(text: str) -> None:
    assert read(text) is None
