"""What went wrong, in words a person can act on; the rules are data in `problems.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any


class Kind(StrEnum):
    """What sort of problem it is; the exit code follows from it."""

    FAILED = "failed"
    INPUT = "input"
    SIGN_IN = "sign-in"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Advice:
    """One rule of `problems.toml`: what a code means and what to do about it."""

    cause: str
    action: str
    kind: Kind = Kind.FAILED
    link: str = ""


class Problem(Exception):
    """A failure a person meets: code, what happened, why, what to do, and the raw text below.

    `code` is the innermost error code; `happened` says what was being done; `retry_after` is the
    server's own wish in seconds, None where it had none; `status` the HTTP status, 0 for none.
    """

    def __init__(
        self,
        code: str,
        happened: str,
        raw: str = "",
        *,
        retry_after: float | None = None,
        status: int = 0,
    ) -> None:
        advice = find(code)
        super().__init__(f"{happened}: {code}")
        self.code = code
        self.happened = happened
        self.cause = advice.cause
        self.action = advice.action
        self.kind = advice.kind
        self.link = advice.link
        self.raw = raw
        self.retry_after = retry_after
        self.status = status

    def while_doing(self, happened: str) -> Problem:
        """The same problem, told from where it was noticed."""
        return Problem(
            self.code, happened, self.raw, retry_after=self.retry_after, status=self.status
        )


_UNKNOWN = Advice(
    "Azure answered with an error this program has no explanation for.",
    "Read Azure's own words below; the code can be looked up in Azure's documentation.",
)


@cache
def _rules() -> dict[str, Advice]:
    import tomllib  # a start without problems does without these
    from importlib import resources

    text = (resources.files("aciwizard.core") / "problems.toml").read_text(encoding="utf-8")
    rules: dict[str, Advice] = {}
    for table in tomllib.loads(text)["problem"]:
        advice = Advice(
            table["cause"],
            table["action"],
            Kind(table.get("kind", "failed")),
            table.get("link", ""),
        )
        rules.update(dict.fromkeys((code.lower() for code in table["codes"]), advice))
    return rules


def find(code: str) -> Advice:
    """The rule for a code, whatever its letter case; a general one where there is none."""
    return _rules().get(code.lower(), _UNKNOWN)


def known(code: str) -> bool:
    """Whether a code has a rule of its own."""
    return code.lower() in _rules()


def innermost(body: object) -> tuple[str, str]:
    """The innermost error code and its message in an Azure error body, ("", "") for none.

    Outer codes say little: the real one sits in `details`, in `innererror`, or as JSON inside a
    message (Azure/ARM convention; problem 92 of the recorded failures). A registry's body has a
    list of `errors`; the token endpoint puts its AADSTS code into `error_description`.
    """
    match body:
        case str() if body.lstrip().startswith(("{", "[")):
            import json

            try:
                return innermost(json.loads(body))
            except (ValueError, RecursionError):
                return "", ""
        case {"error": str(code), "error_description": str(words)}:
            head = words.split(":", 1)[0]
            return (head, words) if head.startswith("AADSTS") else (code, words)
        case {"error": dict(inner)}:
            return _deepest(inner)
        case {"errors": [dict(first), *_]}:
            return str(first.get("code") or ""), str(first.get("message") or "")
        case {"code": str(code), "message": str(words)}:
            return code, words
        case _:
            return "", ""


def _deepest(error: dict[str, Any]) -> tuple[str, str]:
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    inside = innermost(message)
    if inside[0]:
        return inside
    inner = error.get("innererror") or error.get("innerError")
    if isinstance(inner, dict) and inner.get("code"):
        return str(inner["code"]), str(inner.get("message") or message)
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and detail.get("code"):
            found = _deepest(detail)
            return found[0], found[1] or message
    return code, message
