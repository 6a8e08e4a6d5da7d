"""What may be shown on a terminal: text from elsewhere is data, never control."""

from __future__ import annotations

import codecs
import os
import select
import sys
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}  # controls, bidi marks, surrogates, separators


def printable(text: str, limit: int = 2000) -> str:
    """Text with everything that could move a cursor or turn a line replaced by U+FFFD, cut cleanly.

    Covers C0 and C1 controls (so no escape sequence survives), bidi controls and zero-width marks.
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(
        " " if c in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" if _unsafe(c) else c for c in cut
    )


def _unsafe(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN


def unfit() -> str:
    """Why this terminal cannot show the wizard, "" where it can. The wizard draws on stderr."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "The wizard needs a terminal on standard input and standard error"
    if os.environ.get("TERM", "") in ("", "dumb"):
        return "This terminal cannot place a cursor (TERM is dumb or unset)"
    if codecs.lookup(sys.stderr.encoding or "ascii").name != "utf-8":
        return f"The wizard needs UTF-8, and this terminal's encoding is {sys.stderr.encoding}"
    return ""


def lost(number: int) -> bool:
    """Whether the terminal behind a file descriptor is gone for good, as when SSH breaks off."""
    poll = select.poll()
    poll.register(number, 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))


def let_go() -> None:
    """Send nowhere what would still be said to a terminal that is gone; saying it would fail."""
    for stream in (sys.stdout, sys.stderr):
        number = stream.fileno()
        if lost(number):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)
