"""How each kind of answer is read, from a file's value or a flag's text, all faults at once.

What a reader has read, it reads again as the same.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from aciwizard.core import names
from aciwizard.core.plan import SecureSource

SECRET_WORDS = ("password", "secret", "pwd", "token", "api_key", "apikey", "access_key")


class Unreadable(ValueError):
    """A value that is no answer; the text says why, all reasons at once."""


Reader = Callable[[object], object]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"must be text in quotes, not {_kind(value)}")
    return value


def named(naming: names.Naming) -> Reader:
    def read(value: object) -> str:
        text = _text(value)
        if broken := naming.violations(text):
            raise Unreadable(f"{text[:80]!r} " + "; ".join(rule.words for rule in broken))
        return text

    return read


def one_of(choices: tuple[str, ...]) -> Reader:
    def read(value: object) -> str:
        text = _text(value)
        for choice in choices:
            if choice.lower() == text.lower():
                return choice
        raise Unreadable(f"must be one of {', '.join(choices)}, not {text[:80]!r}")

    return read


def number(low: float, high: float, unit: str, whole: bool = False) -> Reader:
    def read(value: object) -> float | int:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Unreadable(f"must be a number of {unit}, not {_kind(value)}")
        try:
            number = int(value) if whole or isinstance(value, int) else float(value)
        except (ValueError, OverflowError):
            raise Unreadable(f"must be a number of {unit}, not {str(value)[:80]!r}") from None
        if whole and isinstance(value, float) and value != number:
            raise Unreadable(f"must be a whole number of {unit}, not {value}")
        if not low <= number <= high:
            shown = f", not {number:g}" if abs(number) < 1e9 else ""
            raise Unreadable(f"must be between {low:g} and {high:g} {unit}{shown}")
        return number if whole else float(number)

    return read


def ports(value: object) -> tuple[int, ...]:
    items = list(value) if isinstance(value, list | tuple) else [value]
    broken = []
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | str):
            broken.append(f"{_kind(item)} is not a port")
        else:
            shown = item[:80] if isinstance(item, str) else item if abs(item) < 10**9 else "…"
            broken += [f"{shown!r} {rule.words}" for rule in names.port(item)]
    if len(items) > 5:
        broken.append(f"{len(items)} ports are too many: a container group opens at most 5")
    if broken:
        raise Unreadable("; ".join(broken))
    return tuple(int(str(item).lstrip("0")) for item in items)


def command(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as problem:
            raise Unreadable(f"is no command line: {problem}") from None
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Unreadable("must be a list of words, the program first, or one line of text")


def _pairs(value: object) -> Mapping[str, object]:
    """A table, or `NAME=VALUE` texts as flags give them."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple) and all(
        isinstance(item, str) and "=" in item for item in value
    ):
        return dict(item.split("=", 1) for item in value)
    raise Unreadable("must be NAME=VALUE pairs")


def _variable_faults(name: str) -> list[str]:
    return [f"{name[:80]!r} {rule.words}" for rule in names.ENVIRONMENT_VARIABLE.violations(name)]


def environment(value: object) -> dict[str, str]:
    broken, read = [], {}
    for name, text in _pairs(value).items():
        broken += _variable_faults(name)
        if not isinstance(text, str):
            broken.append(f"{name} must be text in quotes, not {_kind(text)}")
        elif any(word in name.lower() for word in SECRET_WORDS):
            broken.append(
                f"{name} looks like a secret, and plan files never hold secrets: "
                "put it under secure_environment with where to read it from"
            )
        else:
            read[name] = text
    if broken:
        raise Unreadable("; ".join(broken))
    return read


def secure_environment(value: object) -> dict[str, SecureSource]:
    broken, read = [], {}
    for name, source in _pairs(value).items():
        broken += _variable_faults(name)
        found = _source(source)
        if found is None:
            broken.append(
                f"{name} must say where to read the value from: "
                '{ env = "NAME" }, { file = "PATH" } or { prompt = true }, never the value itself'
            )
        else:
            read[name] = found
    if broken:
        raise Unreadable("; ".join(broken))
    return read


def _source(value: object) -> SecureSource | None:
    match value:
        case SecureSource():
            return value
        case {"env": str(name), **rest} if name and not rest:
            return SecureSource("env", name)
        case {"file": str(path), **rest} if path and not rest:
            return SecureSource("file", path)
        case {"prompt": True, **rest} if not rest:
            return SecureSource("prompt")
        case str() if value == "prompt":
            return SecureSource("prompt")
        case str() if value.partition(":")[0] in ("env", "file") and value.partition(":")[2]:
            kind, _, name = value.partition(":")
            return SecureSource(kind, name)
        case _:
            return None


def plain(value: object) -> object:
    """A plan's value as a file holds it: tables, lists, text and numbers, read back the same."""
    match value:
        case SecureSource(kind="prompt"):
            return {"prompt": True}
        case SecureSource():
            return {value.kind: value.name}
        case Mapping():
            return {name: plain(inner) for name, inner in value.items()}
        case tuple():
            return [plain(inner) for inner in value]
        case _:
            return value


def image_tag(value: object) -> str:
    text = _text(value)
    if text.startswith("sha256:"):
        if len(text) == 71 and all(c in "0123456789abcdef" for c in text[7:]):
            return text
        raise Unreadable("a digest is sha256: and 64 digits or letters a-f")
    return str(named(names.TAG)(text))


def image_source(value: object) -> str:
    text = _text(value)
    host, _, rest = text.partition("/")
    repository, _, tag = rest.partition(":")
    if "." not in host or names.REPOSITORY.violations(repository) or names.TAG.violations(tag):
        raise Unreadable(f"{text[:80]!r} is no image; host/repository:tag is one")
    return text


def label(value: object) -> str:
    text = _text(value)
    return text if text == "" else str(named(names.DNS_LABEL)(text))


def principal_name(value: object) -> str:
    text = _text(value)
    if not text or len(text) > 120 or not text.isprintable():
        raise Unreadable("must be 1 to 120 printable characters")
    return text


def region(value: object) -> str:
    text = _text(value).replace(" ", "").lower()
    if not text or not text.isascii() or not text.isalnum():
        raise Unreadable(f"{text[:80]!r} is no region; eastus is one")
    return text


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"
