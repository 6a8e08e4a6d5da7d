"""Small translations: ages, references, quoting, what is wrong with a text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aciwizard.core import names
from aciwizard.tui.words import age, broken, changes_needed, readable, reference, split

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(minutes=59), "just now"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "1 month ago"),
        (timedelta(days=364), "12 months ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_age(ago: timedelta, words: str) -> None:
    assert age(NOW, NOW - ago) == words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("app", ("", "app", "")),
        (" web/api:1.2 ", ("", "web/api", "1.2")),
        ("reg.azurecr.io/web/api:1.2", ("reg.azurecr.io", "web/api", "1.2")),
        ("https://REG.azurecr.io/app", ("reg.azurecr.io", "app", "")),
        ("localhost:5000/app:v1", ("localhost:5000", "app", "v1")),
        (f"app@{DIGEST}", ("", "app", DIGEST)),
        (f"reg.azurecr.io/app:v1@{DIGEST}", ("reg.azurecr.io", "app", DIGEST)),
        ("", ("", "", "")),
    ],
)
def test_reference(text: str, parts: tuple[str, str, str]) -> None:
    assert reference(text) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("80 8080", ["80", "8080"]),
        ("A='x y' B=z", ["A=x y", "B=z"]),
        ('A="x y', ["A=x y"]),
        ("A='x y", ["A=x y"]),
        ("", []),
    ],
)
def test_split_respects_quotes_and_survives_open_ones(text: str, words: list[str]) -> None:
    assert split(text) == words


@pytest.mark.parametrize("text", ["'\"", "\"'", "a\\", "'a\"b", "\"it's", "\\'\"", "x'\\"])
def test_split_takes_whatever_is_typed(text: str) -> None:
    assert isinstance(split(text), list)


def test_broken_says_every_rule_at_once() -> None:
    words = broken(names.VAULT)("1a--b-")
    assert words.count(";") == 2
    assert "hyphens in a row" in words
    assert broken(names.VAULT)("fine-name") == ""


def test_readable_is_the_rule_of_the_plan() -> None:
    assert readable("lifetime_days")("365") == ""
    assert "730" in readable("lifetime_days")("9999")
    assert readable("role")("pull") == ""
    assert readable("role")("own") != ""
    assert readable("tag")(DIGEST) == ""
    assert readable("ports", empty=True, many=True)("80 8080") == ""
    assert readable("ports", empty=True, many=True)("80 x") != ""


def test_readable_and_empty_answers() -> None:
    assert readable("container")("") == "is empty"
    assert readable("dns_label", empty=True)("") == ""


def test_changes_needed_counts() -> None:
    assert changes_needed(1).startswith("1 answer needs")
    assert changes_needed(2).startswith("2 answers need")
