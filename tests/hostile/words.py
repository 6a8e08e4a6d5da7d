"""Text as somebody would write it who wants to take a terminal over, and what must become of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MARKUP = "[red]x[/red][link=https://evil.example]y[/link][@click=app.quit]z[/]"
WORDS: dict[str, str] = {
    "markup": MARKUP,
    "unbalanced markup": "[/bold][b][/nothing] [ [[ ]] \\[",
    "colours": "\x1b[31;1mred\x1b[0m\x1b[2J\x1b[H",
    "a title": "\x1b]0;owned\x07\x1b]2;owned\x1b\\",
    "a link": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "the clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "questions": '\x1bP$q"p\x1b\\\x1b[6n\x1b[c\x1b[?1049l\x1b_G\x1b\\\x1b^x\x1b\\',
    "eight bits": "\x9b31mred\x9d0;owned\x9c\x90$q\x9c\x84\x85\x8d",
    "other directions": "a\u202egnp.exe\u202c\u2066b\u2069\u200f\u061c",
    "nothing to see": "pass\u200bword\u200d\u2060\ufeff\u00ad\U000e0041",
    "NUL and bells": "a\0b\x07\x08\x08\x7f",
    "line ends": "one\r\ntwo\n\n\vthree\f\u2028four\u2029five\x85",
    "long": "long" * 2500,
    "wide": "漢字コンテナ容器한국어" * 20,
    "emoji": "👍🏽👩‍👩‍👧‍👦🇩🇪❤️🏴󠁧󠁢󠁳󠁣󠁴󠁿" * 8,
    "combining": "Z̸̡̢̛͎̘̗̙̦̈́͊̓͝a" + "\u0301" * 300,
    "half a character": "\ud83d and \udcff",
    "nothing": "",
    "blanks": "   \t  ",
}
ALL = " ".join(words for name, words in WORDS.items() if name not in ("long", "half a character"))
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def controls(text: str, but: str = "") -> list[str]:
    """The characters of a text that a terminal obeys, or does not show, other than `but`."""
    return [f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in HIDDEN and c not in but]


def lines_controls(lines: Iterable[str]) -> list[str]:
    return [one for line in lines for one in controls(line)]
