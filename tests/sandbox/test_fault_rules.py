"""Which requests a fault befalls, and how that is said on a command line."""

from __future__ import annotations

import pytest

from aciwizard.sandbox.faults import KINDS, Faults, Rule, parse

# -- which request --------------------------------------------------------------------------------


def befallen(faults: Faults, *requests: tuple[str, str, str]) -> list[str]:
    return [faults.request(*request) for request in requests]


GET, PUT = ("GET", "a.azurecr.io", "/v2/app"), ("PUT", "management.azure.com", "/Some/Thing")


def test_the_nth_request_of_all() -> None:
    faults = Faults((Rule("503", at=3),))
    assert befallen(faults, GET, PUT, GET, PUT) == ["", "", "503", ""]
    assert faults.count == 4
    assert faults.injected == [(3, "503", *GET)]


def test_the_nth_request_that_fits() -> None:
    faults = Faults((Rule("503", at=2, method="put"), Rule("404", host="*.AZURECR.io", times=1)))
    assert befallen(faults, GET, PUT, GET, PUT, PUT) == ["404", "", "", "503", ""]
    faults = Faults((Rule("500", path="/some/*"),))
    assert befallen(faults, GET, PUT, PUT) == ["", "500", "500"]


def test_of_two_that_befall_one_request_the_first_does() -> None:
    faults = Faults((Rule("500", at=2), Rule("503", at=2), Rule("404")))
    assert befallen(faults, GET, GET, GET) == ["404", "500", "404"]


def test_rules_added_later_count_from_then() -> None:
    faults = Faults()
    befallen(faults, GET, GET)
    faults.add(Rule("503", at=1))
    assert befallen(faults, GET, GET) == ["503", ""]
    assert faults.injected[0].number == 3


def test_chance_is_the_same_for_the_same_seed() -> None:
    rules = (Rule("503", chance=0.3), Rule("drip", chance=0.3, method="PUT"))
    requests = [GET, PUT] * 100
    one, two, other = (befallen(Faults(rules, seed), *requests) for seed in (7, 7, 8))
    assert one == two != other
    assert 30 < one.count("503") < 90 and one.count("drip")
    assert befallen(Faults((Rule("503", chance=0),), 7), *requests).count("") == 200
    assert befallen(Faults((Rule("503", chance=1),), 7), *requests).count("503") == 200


def test_a_connection_and_its_request_share_one_chance() -> None:
    rules = (Rule("refuse", chance=0.5),)
    faults, plain = Faults(rules, 7), Faults(rules, 7)
    for _ in range(100):
        if not faults.connection(GET[1]):
            assert faults.request(*GET) == ""
    befallen(plain, *[GET] * 100)
    assert faults.count == 100
    assert [one.number for one in faults.injected] == [one.number for one in plain.injected]


def test_a_connection_is_not_refused_for_what_it_may_carry() -> None:
    faults = Faults((Rule("refuse", path="/v2/*"), Rule("503"), Rule("refuse")))
    assert not faults.connection(GET[1])
    assert faults.count == 0


# -- the command line's words ---------------------------------------------------------------------


def test_words_become_rules() -> None:
    assert parse("503:at=12") == Rule("503", at=12)
    wanted = Rule("429-retry-after", host="graph.microsoft.com", times=2)
    assert parse("429-retry-after:host=graph.microsoft.com,times=2") == wanted
    assert parse("drip:chance=0.1") == Rule("drip", chance=0.1)
    assert parse("kill-after:path=*/a:b=c,method=PUT").path == "*/a:b=c"
    assert parse("refuse") == Rule("refuse")
    assert [parse(kind) for kind in KINDS] == [Rule(kind) for kind in KINDS]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("500:at=one", "at must be a whole number, and 'one' is not"),
        ("500:at=0", "at counts from 1, and 0 is less"),
        ("500:times=-1", "times counts from 1"),
        ("drip:chance=2", "chance is from 0 to 1, and 2 is not"),
        ("drip:chance=often", "chance must be a number"),
        ("drip:chance=nan", "chance is from 0 to 1"),
        ("drip:at=1,chance=0.5", "at and chance exclude each other"),
        ("500:when=1", "unknown key 'when'; there are at, times, chance"),
        ("500:at", "at needs a value"),
        ("500:at=", "at needs a value"),
        ("500:at=1,at=2", "at is given twice"),
        ("500:", "500: says nothing behind the colon"),
        ("418", "no fault is called '418'; there are refuse, reset-before"),
        ("", "no fault is called ''"),
    ],
)
def test_what_is_no_fault_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text)
    assert said in str(caught.value)
