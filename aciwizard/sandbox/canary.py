"""What every secret minted here can be recognised by, so that a search for it finds a leak."""

from __future__ import annotations

import base64

CANARY = "canary7"  # in every opaque secret, and in header and claims of every token
KEY_ID = "canary"  # of the key that signs tokens
CLAIM = "xms_canary"  # the first claim of every token


def _encoded(text: str, skipped: int = 0) -> str:
    """The characters of a base64 text that stand for `text` alone, whatever surrounds it.

    `skipped` is how many bytes of the same group of three come before it.
    """
    whole = base64.urlsafe_b64encode(b"\0" * skipped + text.encode()).decode()
    first = -(-skipped * 8 // 6)
    last = (skipped + len(text)) * 8 // 6
    return whole[first:last]


TOKEN_HEADER = _encoded(f'{{"alg":"RS256","kid":"{KEY_ID}"')
TOKEN_CLAIMS = _encoded(f'{{"{CLAIM}":"{CANARY}"')
# Whatever contains one of these contains a secret: as it is, as a token, or inside base64, as in
# a Basic header or a volume.
MARKS: tuple[str, ...] = (
    CANARY,
    TOKEN_HEADER,
    TOKEN_CLAIMS,
    *(_encoded(CANARY, skipped) for skipped in range(3)),
)


def leaks(text: str) -> list[str]:
    """The marks a text holds: none, where it holds no secret minted here."""
    return [mark for mark in MARKS if mark in text]
