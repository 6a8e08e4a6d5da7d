"""What must hold for every step, and for every key of the plan."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aciwizard.core.keys import KEYS, Key
from aciwizard.core.steps import Step
from aciwizard.steps.deployment import Deployment
from aciwizard.steps.graph import STEPS

FOLDER = Path(__file__).parents[2] / "aciwizard"
ELSEWHERE = {
    "cloud": "headless/apply.py signs in to it",
    "tenant": "headless/apply.py signs in to it",
    "secure_environment": "secure_values.py reads what it names",
}


def read_in(folder: str) -> set[str]:
    """Every attribute that is read anywhere in a folder of the package."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (FOLDER / folder).glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_of_the_plan_does_something(key: Key) -> None:
    assert key.attribute in read_in("steps") | set(ELSEWHERE)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_says_what_it_is(step: Step[Deployment]) -> None:
    assert step.title and step.why.endswith(".") and len(step.title) <= 22
    assert set(step.needs) <= {one.name for one in STEPS}
    for kept in step.keeps.values():
        assert kept.words[0].isupper() and not kept.words.endswith(".")
    for patience in step.patience.values():
        assert patience.attempts > 0 and patience.reason


def test_the_order_has_no_circle() -> None:
    waiting = {step.name: set(step.needs) for step in STEPS}
    while ready := {name for name, needs in waiting.items() if not needs}:
        waiting = {n: needs - ready for n, needs in waiting.items() if n not in ready}
    assert waiting == {}
