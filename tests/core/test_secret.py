"""A secret says nothing of itself, whatever looks at it, and leaves through three doors only."""

from __future__ import annotations

import ast
import copy
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard.core import secret as module
from aciwizard.core.secret import Secret

VALUE = "hunter2~Q8"
PACKAGE = Path(module.__file__).parents[1]


@dataclass
class Holder:
    name: str
    value: Secret


SECRET = Secret(VALUE)
HOLDER = Holder("mine", SECRET)

SHOWN: dict[str, Callable[[], str]] = {
    "repr": lambda: repr(SECRET),
    "str": lambda: str(SECRET),
    "format": lambda: format(SECRET),
    "padding": lambda: f"{SECRET:>40}",
    "cutting": lambda: f"{SECRET:.3}",
    "f-string": lambda: f"{SECRET} {SECRET!r} {SECRET!s} {SECRET!a} {SECRET=}",
    "percent": lambda: "%s %r %a" % (SECRET, SECRET, SECRET),  # noqa: UP031  # one more way out
    "str.format": lambda: "{} {0!r}".replace("{}", "{0}").format(SECRET),
    "in a list": lambda: f"{[SECRET]} {(SECRET,)} { {'a': SECRET} }",
    "in a dataclass": lambda: f"{HOLDER}",
    "pprint": lambda: pprint.pformat({"a": [SECRET, HOLDER]}),
    "json default": lambda: json.dumps({"a": SECRET}, default=str),
    "dir": lambda: f"{dir(SECRET)}",
    "exception": lambda: f"{ValueError(SECRET)!r} {ValueError(SECRET)}",
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN.keys())
def test_no_way_of_showing_it_shows_it(show: Callable[[], str]) -> None:
    assert VALUE not in show() and VALUE[:3] not in show()


def test_it_looks_the_same_whatever_it_holds() -> None:
    assert repr(SECRET) == str(SECRET) == f"{SECRET}" == repr(Secret("")) == "Secret(…)"


REFUSED: dict[str, Callable[[], object]] = {
    **{
        f"pickle {protocol}": lambda protocol=protocol: pickle.dumps(HOLDER, protocol)  # type: ignore[misc]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": lambda: copy.copy(SECRET),
    "deepcopy": lambda: copy.deepcopy(HOLDER),
    "asdict": lambda: asdict(HOLDER),
    "json": lambda: json.dumps({"a": SECRET}),
    "hash": lambda: hash(SECRET),
    "vars": lambda: vars(SECRET),
    "iterating": lambda: list(SECRET),  # type: ignore[call-overload]
    "length": lambda: len(SECRET),  # type: ignore[arg-type]
    "adding": lambda: "Bearer " + SECRET,  # type: ignore[operator]
    "joining": lambda: " ".join([SECRET]),  # type: ignore[list-item]
    "bytes": lambda: bytes(SECRET),  # type: ignore[call-overload]
    "ordering": lambda: Secret("x") > SECRET,  # type: ignore[operator]
}


@pytest.mark.parametrize("way", REFUSED.values(), ids=REFUSED.keys())
def test_every_way_of_carrying_it_away_is_refused_without_its_value(
    way: Callable[[], object],
) -> None:
    with pytest.raises(TypeError) as refused:
        way()
    assert VALUE not in str(refused.value)


def test_a_traceback_with_locals_does_not_show_it() -> None:
    def deep(password: Secret) -> None:
        held = {"password": password, "holder": Holder("mine", password)}
        raise RuntimeError(f"cannot store {held}")

    with pytest.raises(RuntimeError) as caught:
        deep(Secret(VALUE))
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(told.format())
    assert "password = Secret(…)" in text
    assert VALUE not in text


def test_a_log_does_not_show_it() -> None:
    stream = io.StringIO()
    logger = logging.Logger("secrets", logging.DEBUG)
    logger.addHandler(logging.StreamHandler(stream))
    logger.debug("storing %s and %r: %s", SECRET, SECRET, {"value": SECRET})
    logger.debug(SECRET)
    assert stream.getvalue().count("Secret(…)") == 4
    assert VALUE not in stream.getvalue()


# Few letters, so that two texts are often alike; bytes that are no text arrive as surrogates.
texts = st.text("ab\udcff", max_size=4) | st.text()


@given(texts, texts)
def test_two_are_equal_when_they_hold_the_same_text(one: str, other: str) -> None:
    assert Secret(one) == Secret(one)
    assert (Secret(one) == Secret(other)) is (one == other)
    assert (Secret(one) != Secret(other)) is (one != other)


def test_a_guess_that_is_not_the_secret_is_never_equal() -> None:
    for guess in (VALUE, VALUE.encode(), None, HOLDER, Secret(VALUE[:-1]), Secret(VALUE + "8")):
        assert (guess == SECRET) is False
        assert (guess != SECRET) is True


@given(texts)
def test_it_is_true_when_it_holds_something_and_gives_it_back(text: str) -> None:
    assert bool(Secret(text)) is bool(text)
    assert Secret(text).reveal() == text


def test_it_cannot_be_given_another_value_by_mistake() -> None:
    with pytest.raises(AttributeError):
        SECRET.value = "x"  # type: ignore[attr-defined]


def opened(code: str) -> int:
    """How often code opens a secret, by whatever way."""
    count = 0
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Attribute(attr="reveal") | ast.Constant(value="reveal"):
                count += 1
            case ast.Attribute(value=ast.Name(id=owner), attr="_value") if owner != "self":
                count += 1
    return count


def test_it_is_revealed_at_three_doors_only() -> None:
    """To the vault, to the registry, to the container group: DESIGN, "Words"."""
    doors = {
        path.relative_to(PACKAGE).as_posix(): opened(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
        if path != Path(module.__file__)
    }
    assert {path: count for path, count in doors.items() if count} == {
        "azure/vault.py": 1,
        "azure/pull.py": 1,
        "azure/instances.py": 2,  # the registry's password and the secure environment
    }


@pytest.mark.parametrize(
    "code",
    [
        "shown = password.reveal()",
        "shown = list(map(Secret.reveal, those))",
        "shown = getattr(password, 'reveal')()",
        "shown = password._value",
    ],
)
def test_a_fourth_door_would_be_found(code: str) -> None:
    assert opened(code) == 1
