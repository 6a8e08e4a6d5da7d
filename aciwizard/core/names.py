"""The names Azure accepts, as data: one table per kind of thing, one reason for each broken rule.

A rule looks at the whole text as it was typed; nothing is trimmed or folded first. Reasons are
printable ASCII whatever the text was, so any terminal can show them, and they read after the
thing's name: "vault name" + "has two hyphens in a row".
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from string import ascii_letters, ascii_lowercase, digits, hexdigits

ARTICLE = "article"
LEARN = "https://learn.microsoft.com/azure"
NAME_RULES = f"{LEARN}/azure-resource-manager/management/resource-name-rules"
RESERVED_NAMES = f"{LEARN}/azure-resource-manager/troubleshooting/error-reserved-resource-name"
ACI_NAMES = f"{LEARN}/container-instances/container-instances-troubleshooting"
ACI_PORTS = f"{LEARN}/container-instances/container-instances-faq"
OCI = "https://github.com/opencontainers/distribution-spec/blob/main/spec.md"
REST_TYPES = "Azure REST API common types v5: subscriptionId is a UUID"
LABEL_REFUSED = "recorded fact: Azure Container Instances' answer to an invalid DNS name label"
VARIABLE_REFUSED = "recorded fact: Azure Container Instances' InvalidContainerEnvironmentVariable"

Alphabet = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: a stable code, what is wrong in plain English, and where the rule stands."""

    rule: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on a name. `fault` says what a non-empty text does wrong, "" for nothing."""

    code: str
    fault: Callable[[str], str]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """What Azure accepts as the name of one kind of thing; lengths are in characters."""

    thing: str
    minimum: int
    maximum: int
    rules: tuple[Rule, ...]

    def violations(self, text: str) -> tuple[Violation, ...]:
        """Every rule `text` breaks, in the order of the table; () means the name is valid."""
        if not text:
            return (Violation("empty", "is empty", self.rules[0].source),)
        faults = ((rule, rule.fault(text)) for rule in self.rules)
        return tuple(Violation(rule.code, words, rule.source) for rule, words in faults if words)


_SPOKEN = {" ": "a space", "\t": "a tab", "\n": "a line break", "'": "an apostrophe"}
_SHOWN = 4


def _called(character: str) -> str:
    """A character in words: echoed raw, it could be invisible or drive the terminal."""
    if character in _SPOKEN:
        return _SPOKEN[character]
    if character.isascii() and character.isprintable():
        return f"'{character}'"
    control = unicodedata.category(character) == "Cc"
    name = unicodedata.name(character, "a control character" if control else "an odd character")
    return f"{name} (U+{ord(character):04X})"


def _listed(items: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(items))
    more = len(distinct) - _SHOWN
    return ", ".join(distinct[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _of(characters: str) -> Alphabet:
    return frozenset(characters).__contains__


def _length(minimum: int, maximum: int) -> tuple[Rule, Rule]:
    def short(text: str) -> str:
        size = f"{len(text)} character{'s' if len(text) > 1 else ''}"
        return f"is {size} long; at least {minimum} are needed" if len(text) < minimum else ""

    def long(text: str) -> str:
        size = f"{len(text)} characters"
        return f"is {size} long; at most {maximum} are allowed" if len(text) > maximum else ""

    return Rule("too-short", short), Rule("too-long", long)


def _only(what: str, allowed: Alphabet, source: str = "") -> Rule:
    def strangers(text: str) -> Iterator[str]:
        first, end = len(text) - len(text.lstrip()), len(text.rstrip())
        for index, character in enumerate(text):
            if not allowed(character):
                edge = " at the start" if index < first else " at the end" if index >= end else ""
                yield _called(character) + edge

    def fault(text: str) -> str:
        found = _listed(strangers(text))
        return f"contains {found}: only {what} are allowed" if found else ""

    return Rule("bad-character", fault, source)


def _starts(demand: str, allowed: Alphabet, source: str = "") -> Rule:
    def fault(text: str) -> str:
        wrong = f"starts with {_called(text[0])}: the first character must {demand}"
        return "" if allowed(text[0]) else wrong

    return Rule("bad-start", fault, source)


def _ends(demand: str, allowed: Alphabet) -> Rule:
    def fault(text: str) -> str:
        wrong = f"ends with {_called(text[-1])}: the last character must {demand}"
        return "" if allowed(text[-1]) else wrong

    return Rule("bad-end", fault)


def _reserved(code: str, how: str, hit: Callable[[str, str], bool], words: str) -> Rule:
    def fault(text: str) -> str:
        kept = _listed(f"'{word}'" for word in words.split() if hit(text.lower(), word))
        return f"{how} {kept}: Azure reserves that, in capitals or not" if kept else ""

    return Rule(code, fault, RESERVED_NAMES)


def _hyphen_run(text: str) -> str:
    run = max(map(len, re.findall("--+", text)), default=0)
    return f"has {'two' if run == 2 else run} hyphens in a row" if run else ""


def _uuid_groups(text: str) -> str:
    found = "-".join(str(len(group)) for group in text.split("-", 9))
    return "" if found == "8-4-4-4-12" else f"has groups of {found} characters, not of 8-4-4-4-12"


def _empty_part(text: str) -> str:
    empty = "" in text.split("/")
    return "has nothing before or after a '/': each '/' must join two names" if empty else ""


def _part_edges(text: str) -> str:
    edges = (edge for part in text.split("/") if part for edge in (part[0], part[-1]))
    found = _listed(f"'{edge}'" for edge in edges if edge in "._-")
    return (
        f"has {found} at an end or beside a '/': a letter or digit must be there" if found else ""
    )


def _separator_runs(text: str) -> str:
    runs = (run for run in re.findall("[._-]+", text) if not re.fullmatch(r"\.|__?|-+", run))
    found = _listed(f"'{run[:8]}'" for run in runs)
    return f"has {found} in a row: only '.', '_', '__' or hyphens may join names" if found else ""


def _group_character(character: str) -> bool:
    # .NET judges a name in UTF-16 units, so a letter beyond U+FFFF is no letter to Azure.
    letter_or_digit = unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}
    return character in "_-.()" or (letter_or_digit and ord(character) <= 0xFFFF)


def _naming(
    thing: str, minimum: int, maximum: int, source: str
) -> Callable[[*tuple[Rule, ...]], Naming]:
    """Takes the table's rules next; `source` stands behind the length and each unsourced rule."""

    def table(*rules: Rule) -> Naming:
        ordered = (*_length(minimum, maximum), *rules)
        sourced = (replace(rule, source=rule.source or source) for rule in ordered)
        return Naming(thing, minimum, maximum, tuple(sourced))

    return table


_LOWER, _LETTER = _of(ascii_lowercase), _of(ascii_letters)
_LOWER_OR_DIGIT, _LETTER_OR_DIGIT = _of(ascii_lowercase + digits), _of(ascii_letters + digits)
_HYPHENATED = _only("letters a-z, digits and hyphens", _of(ascii_letters + digits + "-"))
_LOWER_HYPHENATED = _only(
    "lower-case letters a-z, digits and hyphens", _of(ascii_lowercase + digits + "-")
)

# Azure Resource Manager refuses these for things that can have a public address of their own:
# registry, vault and container group. A resource group has none and may be called anything.
_UNRESERVED = (
    _reserved(
        "reserved-word",
        "is",
        operator.eq,
        "access app_browsers app_code app_data app_globalresources app_localresources app_themes "
        "app_webreferences azure bing bizspark biztalk cortana directx dotnet dynamics excel "
        "exchange forefront groove hololens hyperv kinect lync msdn o365 office office365 onedrive "
        "onenote outlook powerpoint sharepoint skype visio visualstudio web.config xbox",
    ),
    _reserved("reserved-part", "contains", operator.contains, "microsoft windows"),
    _reserved("reserved-start", "starts with", str.startswith, "login"),
)

SUBSCRIPTION_ID = _naming("subscription id", 36, 36, REST_TYPES)(
    _only("digits, letters a-f and hyphens", _of(hexdigits + "-")),
    Rule("bad-groups", _uuid_groups),
)
RESOURCE_GROUP = _naming("resource group name", 1, 90, NAME_RULES)(
    _only("letters, digits, '_', '-', '.', '(' and ')'", _group_character),
    _ends("not be a period", lambda last: last != "."),
)
REGISTRY = _naming("registry name", 5, 50, NAME_RULES)(
    _only("letters a-z and digits", _LETTER_OR_DIGIT),
    *_UNRESERVED,
)
VAULT = _naming("vault name", 3, 24, ARTICLE)(
    replace(_HYPHENATED, source=NAME_RULES),
    _starts("be a letter a-z", _LETTER),
    _ends("be a letter a-z or a digit", _LETTER_OR_DIGIT),
    Rule("consecutive-hyphens", _hyphen_run),
    *_UNRESERVED,
)
SECRET = _naming("secret name", 1, 127, NAME_RULES)(_HYPHENATED)
CONTAINER_GROUP = _naming("container group name", 1, 63, NAME_RULES)(
    _LOWER_HYPHENATED,
    _starts("not be a hyphen", lambda first: first != "-"),
    _ends("not be a hyphen", lambda last: last != "-"),
    Rule("consecutive-hyphens", _hyphen_run),
    *_UNRESERVED,
)
DNS_LABEL = _naming("DNS label", 5, 63, LABEL_REFUSED)(
    _LOWER_HYPHENATED,
    _starts("be a lower-case letter a-z", _LOWER),
    _ends("be a lower-case letter a-z or a digit", _LOWER_OR_DIGIT),
)
REPOSITORY = _naming("repository", 1, 255, OCI)(
    _only(
        "lower-case letters a-z, digits, '.', '_', '-' and '/'",
        _of(ascii_lowercase + digits + "._-/"),
    ),
    Rule("empty-part", _empty_part),
    Rule("bad-part-edge", _part_edges),
    Rule("bad-separator", _separator_runs),
)
TAG = _naming("tag", 1, 128, OCI)(
    _only("letters a-z, digits, '_', '.' and '-'", _of(ascii_letters + digits + "_.-")),
    _starts("be a letter a-z, a digit or '_'", _of(ascii_letters + digits + "_")),
)
ENVIRONMENT_VARIABLE = _naming("environment variable name", 1, 63, ACI_NAMES)(
    _only("letters a-z, digits and '_'", _of(ascii_letters + digits + "_"), VARIABLE_REFUSED),
    _starts("be a letter a-z or '_'", _of(ascii_letters + "_"), VARIABLE_REFUSED),
)

HIGHEST_PORT = 65535
RESERVED_PORTS = "22 1025-1027 3389-3399 9999 19000 19080 19100 19390 20000-30000 49152-65534"
# The range says better than a length what is wrong with 100000, so no length rule here.
_PORT_DIGITS = Naming("port", 1, 5, (_only("digits", _of(digits), ACI_NAMES),))


def port(text_or_int: str | int) -> tuple[Violation, ...]:
    """What keeps a TCP or UDP port, 1 to 65535, from being opened on a container group.

    The range is from Azure Container Instances' naming table, the reserved ports from its FAQ.
    """
    if isinstance(text_or_int, str):
        if unreadable := _PORT_DIGITS.violations(text_or_int):
            return unreadable
        # Six significant digits are already too many; int() refuses to read thousands of them.
        text_or_int = int(text_or_int.lstrip("0")[:6] or "0")
    if not 1 <= text_or_int <= HIGHEST_PORT:
        return (Violation("out-of-range", f"is not between 1 and {HIGHEST_PORT}", ACI_NAMES),)
    for kept in RESERVED_PORTS.split():
        first, _, last = kept.partition("-")
        if int(first) <= text_or_int <= int(last or first):
            words = f"is kept by Azure Container Instances for itself ({kept})"
            end = ": a group that asks for it waits half an hour, then fails"
            return (Violation("reserved-port", words + end, ACI_PORTS),)
    return ()
