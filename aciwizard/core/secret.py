"""A value nobody should see."""

from __future__ import annotations

import hmac
from typing import Never


class Secret:
    """Text that says nothing of itself: not by repr, str, format, pickle or a traceback's locals.

    `reveal` is the only way out. It is called where a secret leaves for Azure and nowhere else.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same text, compared in constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = (one._value.encode(errors="surrogatepass") for one in (self, other))
        return hmac.compare_digest(mine, theirs)

    __hash__ = None  # type: ignore[assignment]  # a hash would let a guess be tested

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> Never:
        raise TypeError("a Secret cannot be pickled")
