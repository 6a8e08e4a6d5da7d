"""Killed before any request and after any effect: the next start finishes the work, or undoes it.

The seeded sample runs with every test run; the whole matrix behind `-m matrix`.
"""

from __future__ import annotations

import random

import pytest

from aciwizard.sandbox.faults import Faults, Rule
from tests.matrix.conftest import Case, Zygote, faults_of, left, opened

KILLED = -9
KINDS = ("kill-before", "kill-after")
MOST_REQUESTS = 75  # more than a deployment sends; what lies behind its end is left out
SAMPLE = random.Random(20261124).sample([(kind, at) for kind in KINDS for at in range(1, 56)], k=10)
Lost = list[str]


def survive(case: Case, kind: str, at: int) -> Lost | None:
    """Kill at one request, go on, undo; what was lost, or None where the run ended before it."""
    case.inject(Faults((Rule(kind, at=at),)))
    if (code := case.run("apply")) != KILLED:
        return None if code == 0 else [f"ended with {code} without having been killed"]
    code = case.again()
    lost = faults_of(case)
    if code != 0:
        lost.append(f"going on ended with {code}:\n{case.told}")
    code = case.run("undo")
    if code != 0:
        lost.append(f"undoing ended with {code}:\n{case.told}")
    return lost + left(case)


@pytest.mark.parametrize(("kind", "at"), SAMPLE, ids=str)
def test_a_sample(zygote: Zygote, kind: str, at: int) -> None:
    with opened(zygote) as case:
        lost = survive(case, kind, at)
        assert not lost, "\n".join(lost)


@pytest.mark.matrix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", range(4))
def test_every_request(zygote: Zygote, kind: str, part: int) -> None:
    lost, runs = [], 0
    for at in range(1 + part, MOST_REQUESTS, 4):
        with opened(zygote, seed=at) as case:
            found = survive(case, kind, at)
        if found is None:
            break
        runs += 1
        lost += [f"{kind} at {at}: {words}" for words in found]
    print(f"crash matrix, {kind}, part {part}: {runs} runs, {len(lost)} lost")
    assert not lost and runs > 10


def test_undone_while_undoing(zygote: Zygote) -> None:
    """An undo that is killed goes on from where it was."""
    for at in (4, 12, 20, 28):
        with opened(zygote) as case:
            assert case.run("apply") == 0
            case.inject(Faults((Rule("kill-after", at=at),)))
            assert case.run("undo") == KILLED
            case.inject(Faults())
            assert case.run("undo") == 0
            assert left(case) == []
