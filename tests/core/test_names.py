"""The naming tables against oracles that share nothing with them: one regular expression each."""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from aciwizard.core import names
from aciwizard.core.names import Naming, Violation

LOWER, LETTERS, DIGITS = string.ascii_lowercase, string.ascii_letters, string.digits
WHOLE_WORDS = (
    r"access|app_code|app_themes|app_data|app_globalresources|app_localresources|app_webreferences"
    r"|app_browsers|azure|bing|bizspark|biztalk|cortana|directx|dotnet|dynamics|excel|exchange"
    r"|forefront|groove|hololens|hyperv|kinect|lync|msdn|o365|office|office365|onedrive|onenote"
    r"|outlook|powerpoint|sharepoint|skype|visio|visualstudio|web\.config|xbox"
)
UNRESERVED = rf"(?i:(?!login)(?!.*(?:microsoft|windows))(?!(?:{WHOLE_WORDS})\Z))"
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
CATEGORIES = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}
UNICODE_LETTERS = "".join(
    re.escape(chr(code)) for code in range(0x10000) if unicodedata.category(chr(code)) in CATEGORIES
)

# What people paste and type by mistake: look-alikes, blanks, controls, URLs, image references.
HOSTILE = (
    *" \t\n\r\0\x1b\x7f\x85\u00a0\u200b\u2028\u202e'\"\\/:@#%&?*.,_-~()[]{}",
    *"éß中٣²\u0301\u0130\u0430\u212a",
    *("--", "__", "___", "..", "._", "//", "http://", "sha256:", "\U0001d41a", "\U0001f600"),
    *("\ud800", "\ue000", "\uffff", "login", "Login", "Microsoft", "WINDOWS", "azure", "xbox"),
)


@dataclass(frozen=True)
class Case:
    naming: Naming
    limits: tuple[int, int]
    oracle: str
    alphabet: str
    sample: str


CASES = {
    case.naming.thing: case
    for case in (
        Case(
            names.SUBSCRIPTION_ID,
            (36, 36),
            r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            string.hexdigits + "-",
            "01234567-89ab-CDEF-0123-456789abcdef",
        ),
        Case(
            names.RESOURCE_GROUP,
            (1, 90),
            rf"[{UNICODE_LETTERS}_.()-]{{0,89}}[{UNICODE_LETTERS}_()-]",
            LETTERS + DIGITS + "_-.()éß中٣",
            "my.Group_(1)-é",
        ),
        Case(
            names.REGISTRY,
            (5, 50),
            UNRESERVED + r"[A-Za-z0-9]{5,50}",
            LETTERS + DIGITS,
            "myContainer0registry",
        ),
        Case(
            names.VAULT,
            (3, 24),
            UNRESERVED + r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]",
            LETTERS + DIGITS + "-",
            "my-Vault-1",
        ),
        Case(
            names.SECRET,
            (1, 127),
            r"[0-9A-Za-z-]{1,127}",
            LETTERS + DIGITS + "-",
            "-myregistry--pull-pwd",
        ),
        Case(
            names.CONTAINER_GROUP,
            (1, 63),
            UNRESERVED + r"(?=.{1,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*",
            LOWER + DIGITS + "-",
            "1-aci-demo",
        ),
        Case(
            names.DNS_LABEL,
            (5, 63),
            r"[a-z][a-z0-9-]{3,61}[a-z0-9]",
            LOWER + DIGITS + "-",
            "aci--demo-1234",
        ),
        Case(
            names.REPOSITORY,
            (1, 255),
            rf"(?=.{{1,255}}\Z){PART}(?:/{PART})*",
            LOWER + DIGITS + "._-/",
            "samples/aci__hello.world/a---b_c",
        ),
        Case(
            names.TAG,
            (1, 128),
            r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}",
            LETTERS + DIGITS + "_.-",
            "_v1.0..-rc",
        ),
        Case(
            names.ENVIRONMENT_VARIABLE,
            (1, 63),
            r"[A-Za-z_][A-Za-z0-9_]{0,62}",
            LETTERS + DIGITS + "_",
            "_MY_VARIABLE_1",
        ),
    )
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def matches(case: Case, text: str) -> bool:
    return re.fullmatch(case.oracle, text) is not None


def codes(violations: tuple[Violation, ...]) -> list[str]:
    return [violation.rule for violation in violations]


def assert_readable(violations: tuple[Violation, ...]) -> None:
    for violation in violations:
        assert violation.rule
        assert violation.words.isascii() and violation.words.isprintable(), violation
        assert 5 < len(violation.words) < 320
        assert violation.source.startswith(("article", "https://", "recorded fact: ", "Azure "))
    assert len(set(codes(violations))) == len(violations)


@st.composite
def near_names(draw: DrawFn, case: Case) -> str:
    """Valid and broken names, thickest around the border between the two."""
    naming, inside = case.naming, st.sampled_from(case.alphabet)
    anything = st.one_of(inside, st.sampled_from(HOSTILE), st.characters())
    edge_lengths = st.sampled_from(
        [naming.minimum - 1, naming.minimum, naming.maximum, naming.maximum + 1]
    )
    text: str = draw(
        st.one_of(
            st.just(case.sample),
            st.lists(inside, max_size=naming.minimum + 4).map("".join),
            st.lists(anything, max_size=naming.minimum + 4).map("".join),
            st.builds(lambda character, length: character * length, inside, edge_lengths),
            st.builds(
                lambda length: (case.sample * (length // len(case.sample) + 1))[:length],
                edge_lengths,
            ),
        )
    )
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.sampled_from([0, len(text) // 2, len(text)]) | st.integers(0, len(text)))
        text = text[:at] + draw(anything) + text[at + draw(st.integers(0, 1)) :]
    return text


@each_case
@given(data=st.data())
def test_a_name_is_valid_exactly_when_the_oracle_matches(case: Case, data: st.DataObject) -> None:
    text = data.draw(near_names(case))
    violations = case.naming.violations(text)
    assert (violations == ()) == matches(case, text), violations
    assert_readable(violations)
    assert case.naming.violations(text) == violations


@each_case
def test_lengths_end_where_azure_ends_them(case: Case) -> None:
    shortest, longest = case.limits
    assert (case.naming.minimum, case.naming.maximum) == case.limits
    for length in range(1, longest + 3):
        found = {
            violation.rule: violation.words for violation in case.naming.violations("a" * length)
        }
        assert ("too-short" in found) == (length < shortest)
        assert ("too-long" in found) == (length > longest)
    assert f"is {longest + 2} characters long; at most {longest} are" in found["too-long"]


@each_case
def test_each_character_counts_in_each_place(case: Case) -> None:
    half = len(case.sample) // 2
    assert case.naming.violations(case.sample) == ()
    for character in (*map(chr, range(0x250)), *HOSTILE):
        for at in (0, half, len(case.sample) - 1):
            text = case.sample[:at] + character + case.sample[at + 1 :]
            violations = case.naming.violations(text)
            assert (violations == ()) == matches(case, text), (text, violations)
            assert_readable(violations)


def built(first: str, middle: str, last: str, least: int, most: int) -> SearchStrategy[str]:
    """Names put together from the letters each position takes; at least two characters long."""
    inner = st.text(middle, min_size=least - 2, max_size=most - 2)
    return st.builds("{}{}{}".format, st.sampled_from(first), inner, st.sampled_from(last))


def joined(characters: str, separators: tuple[str, ...], most: int) -> SearchStrategy[str]:
    """Words with one separator between any two."""
    word = st.text(characters, min_size=1, max_size=6)
    pairs = st.lists(st.tuples(st.sampled_from(separators), word), max_size=30)
    return st.builds(
        lambda head, tail: head + "".join(sep + word for sep, word in tail), word, pairs
    ).filter(lambda text: len(text) <= most)


ALNUM, LOW = LETTERS + DIGITS, LOWER + DIGITS
HEX = st.text(string.hexdigits, min_size=32, max_size=32)
BUILT: dict[str, SearchStrategy[str]] = {
    "subscription id": HEX.map(lambda h: "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))),
    "resource group name": built(ALNUM + "._-()é中", ALNUM + "._-()é中", ALNUM + "_-()é中", 2, 90),
    "registry name": built(ALNUM, ALNUM, ALNUM, 5, 50),
    "vault name": joined(ALNUM, ("-",), 22).map("v{}0".format),
    "secret name": built(ALNUM + "-", ALNUM + "-", ALNUM + "-", 2, 127),
    "container group name": joined(LOW, ("-",), 63),
    "DNS label": built(LOWER, LOW + "-", LOW, 5, 63),
    "repository": joined(LOW, (".", "_", "__", "-", "----", "/"), 255),
    "tag": built(ALNUM + "_", ALNUM + "_.-", ALNUM + "_.-", 2, 128),
    "environment variable name": built(LETTERS + "_", ALNUM + "_", ALNUM + "_", 2, 63),
}
NAMED_BY_ARM = ("registry name", "vault name", "container group name")


@pytest.mark.parametrize("thing", NAMED_BY_ARM)
def test_what_azure_keeps_for_itself(thing: str) -> None:
    naming = CASES[thing].naming
    for word in WHOLE_WORDS.replace("\\", "").split("|"):
        assert "reserved-word" in codes(naming.violations(word))
        assert "reserved-word" in codes(naming.violations(word.upper()))
        assert "reserved-word" not in codes(naming.violations(word + "1"))
    for text, code in (
        ("mywindows7", "reserved-part"),
        ("microsofts", "reserved-part"),
        ("login1", "reserved-start"),
    ):
        assert codes(naming.violations(text)) == [code]
    assert naming.violations("mylogin") == ()


@each_case
@given(data=st.data())
def test_names_built_to_the_rules_pass(case: Case, data: st.DataObject) -> None:
    text = data.draw(BUILT[case.naming.thing])
    if case.naming.thing in NAMED_BY_ARM:
        assume(re.match(UNRESERVED, text))
    assert case.naming.violations(text) == ()


@each_case
@pytest.mark.parametrize("tail", ["\n", " ", "\r", "\0", "\u0085", "\u2028"])
def test_nothing_invisible_passes_at_either_end(case: Case, tail: str) -> None:
    for text, place in ((case.sample + tail, "end"), (tail + case.sample, "start")):
        found = {violation.rule: violation.words for violation in case.naming.violations(text)}
        assert "bad-character" in found
        assert (f"at the {place}" in found["bad-character"]) == tail.isspace()


@each_case
def test_an_empty_text_has_one_violation(case: Case) -> None:
    violations = case.naming.violations("")
    assert [(v.rule, v.words) for v in violations] == [("empty", "is empty")]
    assert_readable(violations)


@each_case
def test_a_pasted_book_is_answered_briefly(case: Case) -> None:
    text = "".join(map(chr, range(0x10000)))
    violations = case.naming.violations(text)
    assert {"too-long", "bad-character"} <= set(codes(violations))
    assert_readable(violations)


@pytest.mark.parametrize(
    ("naming", "text", "expected"),
    [
        (names.VAULT, "my--vault", ["consecutive-hyphens"]),
        (names.VAULT, "ab", ["too-short"]),
        (names.VAULT, "1_-", ["bad-character", "bad-start", "bad-end"]),
        (
            names.VAULT,
            "-login--to-microsoft_windows-",
            [
                "too-long",
                "bad-character",
                "bad-start",
                "bad-end",
                "consecutive-hyphens",
                "reserved-part",
            ],
        ),
        (names.VAULT, "LOGIN-windows", ["reserved-part", "reserved-start"]),
        (names.VAULT, "mylogin-azure", []),
        (names.VAULT, "Azure", ["reserved-word"]),
        (names.VAULT, "mykeyvault", []),
        (names.REGISTRY, "myregistry", []),
        (names.REGISTRY, "ttiqtm-registry", ["bad-character"]),
        (names.REGISTRY, "office365", ["reserved-word"]),
        (names.REGISTRY, "office3650", []),
        (names.REGISTRY, "a.io", ["too-short", "bad-character"]),
        (names.RESOURCE_GROUP, "microsoft-windows", []),
        (names.RESOURCE_GROUP, "mygroup.", ["bad-end"]),
        (names.RESOURCE_GROUP, "ressourcen-größe", []),
        (names.RESOURCE_GROUP, "gro\u0308ße", ["bad-character"]),
        (names.SECRET, "myregistry-pull-pwd", []),
        (names.SECRET, "samples/app_1.pwd", ["bad-character"]),
        (names.CONTAINER_GROUP, "aci-demo", []),
        (
            names.CONTAINER_GROUP,
            "-Demo--",
            ["bad-character", "bad-start", "bad-end", "consecutive-hyphens"],
        ),
        (names.DNS_LABEL, "node", ["too-short"]),
        (names.DNS_LABEL, "Teste", ["bad-character", "bad-start"]),
        (names.DNS_LABEL, "aci-demo-12345", []),
        (names.DNS_LABEL, "1-a-", ["too-short", "bad-start", "bad-end"]),
        (names.REPOSITORY, "aci-helloworld", []),
        (names.REPOSITORY, "aci-helloworld:v1", ["bad-character"]),
        (names.REPOSITORY, "http://x", ["bad-character", "empty-part"]),
        (names.REPOSITORY, "/App", ["bad-character", "empty-part"]),
        (names.REPOSITORY, "a/-b", ["bad-part-edge"]),
        (names.REPOSITORY, "a.-b", ["bad-separator"]),
        (names.REPOSITORY, "a-_b", ["bad-separator"]),
        (names.REPOSITORY, "a..b", ["bad-separator"]),
        (names.TAG, "v1", []),
        (names.TAG, "-v1:2", ["bad-character", "bad-start"]),
        (names.ENVIRONMENT_VARIABLE, "discovery.type", ["bad-character"]),
        (names.ENVIRONMENT_VARIABLE, "-Dsonar", ["bad-character", "bad-start"]),
        (names.ENVIRONMENT_VARIABLE, "1ST", ["bad-start"]),
        (names.SUBSCRIPTION_ID, "my subscription", ["too-short", "bad-character", "bad-groups"]),
        (names.SUBSCRIPTION_ID, "0123456789abcdef" * 2, ["too-short", "bad-groups"]),
    ],
)
def test_known_names_break_just_these_rules(naming: Naming, text: str, expected: list[str]) -> None:
    assert codes(naming.violations(text)) == expected


@each_case
def test_the_articles_display_name_names_nothing_in_azure(case: Case) -> None:
    assert "bad-character" in codes(case.naming.violations("http://x"))


@pytest.mark.parametrize(
    ("naming", "text", "words"),
    [
        (names.VAULT, "my--vault", "has two hyphens in a row"),
        (names.VAULT, "my--va---ult", "has 3 hyphens in a row"),
        (names.VAULT, "a", "is 1 character long; at least 3 are needed"),
        (names.VAULT, "ab", "is 2 characters long; at least 3 are needed"),
        (names.VAULT, "a" * 25, "is 25 characters long; at most 24 are allowed"),
        (
            names.VAULT,
            "my_vault",
            "contains '_': only letters a-z, digits and hyphens are allowed",
        ),
        (
            names.VAULT,
            " my\tvault\n",
            "contains a space at the start, a tab, a line break at the end: "
            "only letters a-z, digits and hyphens are allowed",
        ),
        (
            names.REGISTRY,
            "m\u0443reg\x1bistry",
            "contains CYRILLIC SMALL LETTER U (U+0443), a control character (U+001B): "
            "only letters a-z and digits are allowed",
        ),
        (
            names.REGISTRY,
            "m.y.r-e_g/i",
            "contains '.', '-', '_', '/': only letters a-z and digits are allowed",
        ),
        (
            names.REGISTRY,
            "m.y.r-e_g/i:s",
            "contains '.', '-', '_', '/' and 1 more: only letters a-z and digits are allowed",
        ),
        (
            names.REGISTRY,
            "mywindows",
            "contains 'windows': Azure reserves that, in capitals or not",
        ),
        (names.VAULT, "1vault", "starts with '1': the first character must be a letter a-z"),
        (names.RESOURCE_GROUP, "rg.", "ends with '.': the last character must not be a period"),
        (
            names.SUBSCRIPTION_ID,
            "01234567-89ab-cdef-0123456789ab-cdef",
            "has groups of 8-4-4-12-4 characters, not of 8-4-4-4-12",
        ),
        (
            names.REPOSITORY,
            "a/_b",
            "has '_' at an end or beside a '/': a letter or digit must be there",
        ),
        (
            names.REPOSITORY,
            "a___b",
            "has '___' in a row: only '.', '_', '__' or hyphens may join names",
        ),
        (
            names.REPOSITORY,
            "a" + "." * 500 + "b",
            "has '........' in a row: only '.', '_', '__' or hyphens may join names",
        ),
    ],
)
def test_words_name_the_offender(naming: Naming, text: str, words: str) -> None:
    assert words in [violation.words for violation in naming.violations(text)]


def test_every_rule_says_where_it_comes_from() -> None:
    sources = {rule.code: rule.source for rule in names.VAULT.rules}
    assert sources["consecutive-hyphens"] == sources["too-short"] == "article"
    assert "reserved-resource-name" in sources["reserved-word"]
    for case in CASES.values():
        assert all(rule.source for rule in case.naming.rules)


RESERVED_PORTS = frozenset(
    {22, 1025, 1026, 1027, 9999, 19000, 19080, 19390, 19100}
    | {*range(3389, 3400), *range(20000, 30001), *range(49152, 65535)}
)


def test_every_port_is_free_reserved_or_out_of_range() -> None:
    for number in range(-2, 70_000):
        expected = ["reserved-port"] if number in RESERVED_PORTS else []
        if not 1 <= number <= 65535:
            expected = ["out-of-range"]
        assert codes(names.port(number)) == expected, number


@given(st.integers(0, 10**8), st.integers(0, 3))
def test_a_typed_port_counts_as_its_number(number: int, zeros: int) -> None:
    assert names.port("0" * zeros + str(number)) == names.port(number)
    assert_readable(names.port(number))


def test_a_port_too_long_for_int_is_only_out_of_range() -> None:
    assert codes(names.port("9" * 5000)) == codes(names.port(10**5000)) == ["out-of-range"]


@given(st.lists(st.sampled_from([*DIGITS, *HOSTILE]) | st.characters(), max_size=7))
def test_a_port_is_written_in_plain_digits(characters: list[str]) -> None:
    text = "".join(characters)
    violations = names.port(text)
    assert_readable(violations)
    if not re.fullmatch("[0-9]+", text):
        assert codes(violations) == ["bad-character" if text else "empty"]


def test_a_reserved_port_says_who_keeps_it() -> None:
    (ssh,), (high,) = names.port("22"), names.port(25000)
    assert "kept by Azure Container Instances" in ssh.words and "(22)" in ssh.words
    assert "(20000-30000)" in high.words
    assert names.port("80") == names.port(443) == names.port(65535) == ()
