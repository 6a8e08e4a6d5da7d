"""Text from elsewhere on a terminal: it is shown, and never obeyed."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard.terminal import printable

ODD = "�"
CONTROLS = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))}
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BREAKS = set("\u2028\u2029\x0b\x0c\x85")
ZERO_WIDTH = set("\u200b\u200c\u200d\u2060\ufeff")
texts = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from(sorted(CONTROLS | BIDI | BREAKS | ZERO_WIDTH | {"\ud800", "\U000e0041"}))
)


@given(texts)
def test_nothing_that_moves_a_cursor_or_turns_a_line_comes_through(text: str) -> None:
    shown = printable(text)
    assert not (CONTROLS | BIDI | BREAKS | ZERO_WIDTH) & set(shown)
    assert len(shown.splitlines()) <= 1
    shown.encode()  # a lone surrogate would stop the program that prints it
    assert shown == printable(shown)


@given(texts)
def test_nothing_hidden_is_left(text: str) -> None:
    """No control, format, surrogate or private character, and no line or paragraph end."""
    left = {unicodedata.category(character) for character in printable(text)}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize(
    "hidden", sorted(CONTROLS | BIDI | BREAKS | ZERO_WIDTH), ids=lambda c: f"U+{ord(c):04X}"
)
def test_each_hidden_character_is_shown_as_one_odd_or_blank(hidden: str) -> None:
    shown = " " if hidden in "\t\n\r" else ODD
    assert printable(f"a{hidden}b") == f"a{shown}b"


@given(texts)
def test_every_other_character_stays_in_its_place(text: str) -> None:
    for before, after in zip(text, printable(text, len(text) + 1), strict=True):
        if unicodedata.category(before)[0] in "LMNPSZ" and before not in BREAKS:
            assert after == before
        else:
            assert after in (before, " " if before in "\t\n\r" else ODD)


@given(texts, st.integers(1, 50))
def test_it_is_never_longer_than_the_limit_and_says_where_it_was_cut(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) == min(len(text), limit)
    if len(text) > limit:
        assert shown == printable(text[: limit - 1]) + "…"
    else:
        assert shown == printable(text)


def test_a_very_long_text_is_cut_unasked() -> None:
    assert printable("x" * 2000) == "x" * 2000
    assert printable("x" * 2001) == "x" * 1999 + "…"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain, with 'quotes' and [markup]",
        "Größe naïve Ελλάδα Россия עברית عربى हिन्दी ไทย",
        "コンテナ 容器 컨테이너 🚀 👍🏽 ❤️ 🇩🇪",
        "e\u0301 no\u00a0break \u3000wide",
        "… — “ ” ½ € ✓ ✗ ├── └─▶",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("attack", "shown"),
    [
        ("\x1b[2J\x1b[Hgone", f"{ODD}[2J{ODD}[Hgone"),
        ("\x1b]8;;https://evil\x1b\\click\x1b]8;;\x07", None),
        ("\x9b31mred", f"{ODD}31mred"),
        ("100%\rdone\n\tnext", "100% done  next"),
        ("gpj.\u202egnp.exe", f"gpj.{ODD}gnp.exe"),
        ("\ud83d", ODD),
        ("pass\u200bword", f"pass{ODD}word"),
    ],
)
def test_known_attacks_are_shown_and_not_obeyed(attack: str, shown: str | None) -> None:
    assert printable(attack) == (shown or re.sub("[\x1b\x07]", ODD, attack))
