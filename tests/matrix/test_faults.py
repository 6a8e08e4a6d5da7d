"""Every fault at every request: the run succeeds or ends with a Problem, and going on succeeds.

The seeded sample runs with every test run; the whole matrix behind `-m matrix`.
"""

from __future__ import annotations

import random

import pytest

from aciwizard.sandbox.faults import KINDS, Faults, Rule
from tests.matrix.conftest import Case, Zygote, faults_of, opened

FAULTS = tuple(kind for kind in KINDS if not kind.startswith("kill"))
RESENT = ("refuse", "reset-before", "reset-after")  # aiohttp sends these once more by itself
CODES = (0, 1, 2, 3, 4)
MOST_REQUESTS = 75
SAMPLE = random.Random(20261124).sample(
    [(kind, at) for kind in FAULTS for at in range(1, 56)], k=24
)


def survive(case: Case, kind: str, at: int) -> list[str]:
    """One fault at one request, then going on; what was lost."""
    twice = (at, at + 1) if kind in RESENT else (at,)
    case.inject(Faults(tuple(Rule(kind, at=one) for one in twice)))
    code = case.run("apply")
    lost = []
    if code not in CODES:
        lost.append(f"ended with {code}:\n{case.told}")
    if code != 0:
        lost += [] if _explained(case.told) else [f"{code} without a reason:\n{case.told}"]
        code = case.again()
        if code != 0:
            lost.append(f"going on ended with {code}:\n{case.told}")
    return lost + faults_of(case)


def _explained(told: str) -> bool:
    """Whether a problem stands there: what happened, its code, and indented what to do."""
    return ": " in told and "\n  " in told and "Traceback" not in told


@pytest.mark.parametrize(("kind", "at"), SAMPLE, ids=str)
def test_a_sample(zygote: Zygote, kind: str, at: int) -> None:
    with opened(zygote) as case:
        lost = survive(case, kind, at)
        assert not lost, "\n".join(lost)


@pytest.mark.matrix
@pytest.mark.parametrize("kind", FAULTS)
def test_every_request(zygote: Zygote, kind: str) -> None:
    lost, runs = [], 0
    for at in range(1, MOST_REQUESTS):
        with opened(zygote, seed=at) as case:
            found = survive(case, kind, at)
            struck = bool(case.sandbox.faults.injected) or case.resumed
        if not struck:
            break
        runs += 1
        lost += [f"{kind} at {at}: {words}" for words in found]
    print(f"fault matrix, {kind}: {runs} runs, {runs - len(lost)} survived, {len(lost)} lost")
    assert not lost, "\n".join(lost)
    assert runs > 40


def test_two_faults_out_of_ten_at_random(zygote: Zygote) -> None:
    """Trouble that does not end still ends in words, and all is well once it has."""
    for seed in range(4):
        with opened(zygote, seed=seed) as case:
            kinds = ("503", "reset-after", "429", "truncated")
            rules = tuple(Rule(kind, chance=0.04) for kind in kinds)
            case.inject(Faults(rules, seed=seed))
            assert case.run("apply") in CODES
            assert case.again() == 0, case.told
            assert faults_of(case) == []
