"""Problems: the innermost code of every shape an error comes in, and words for each code."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard.core import problems
from aciwizard.core.problems import Kind, Problem, innermost
from aciwizard.steps.graph import STEPS

PACKAGE = Path(problems.__file__).parents[1]
RULES: list[dict[str, Any]] = tomllib.loads(
    (PACKAGE / "core" / "problems.toml").read_text(encoding="utf-8")
)["problem"]
CODES = [code for rule in RULES for code in rule["codes"]]


def arm(code: str, message: str = "outer words", **more: object) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


NESTED = arm(
    "ResourceDeploymentFailure", details=[arm("InaccessibleImage", "inner words")["error"]]
)
SHAPES = {
    "plain ARM": (arm("AuthorizationFailed", "inner words"), "AuthorizationFailed"),
    "ARM details": (NESTED, "InaccessibleImage"),
    "ARM details in details": (
        arm("DeploymentFailed", details=[NESTED["error"]]),
        "InaccessibleImage",
    ),
    "the same code again in details": (
        arm(
            "MissingSubscriptionRegistration",
            details=[
                {
                    "code": "MissingSubscriptionRegistration",
                    "target": "Microsoft.ContainerInstance",
                    "message": "inner words",
                }
            ],
        ),
        "MissingSubscriptionRegistration",
    ),
    "a first detail without a code": (
        arm(
            "BadRequest",
            details=[{"code": None}, {"code": "InvalidImage", "message": "inner words"}],
        ),
        "InvalidImage",
    ),
    "JSON in a message": (arm("Conflict", json.dumps(NESTED)), "InaccessibleImage"),
    "JSON in a detail's message": (
        arm("DeploymentFailed", details=[{"code": "Conflict", "message": json.dumps(NESTED)}]),
        "InaccessibleImage",
    ),
    "a message that only looks like JSON": (arm("Conflict", "{inner words"), "Conflict"),
    "JSON as a JSON string": (json.dumps(arm("Unauthorized", "inner words")), "Unauthorized"),
    "no error around it": ({"code": "Unauthorized", "message": "inner words"}, "Unauthorized"),
    "no details": (arm("NotFound", "inner words", details=None, innererror=None), "NotFound"),
    "vault": (
        arm("Conflict", "inner words", innererror={"code": "ObjectIsDeletedButRecoverable"}),
        "ObjectIsDeletedButRecoverable",
    ),
    "vault role": (
        arm("Forbidden", innererror={"code": "ForbiddenByRbac", "message": "inner words"}),
        "ForbiddenByRbac",
    ),
    "Graph, whose innerError has no code": (
        arm(
            "Request_ResourceNotFound",
            "inner words",
            innerError={"date": "2023-05-15T12:10:29", "request-id": "e7a92909"},
        ),
        "Request_ResourceNotFound",
    ),
    "Graph, whose innerError has a code": (
        arm("BadRequest", innerError={"code": "quotaExceeded", "message": "inner words"}),
        "quotaExceeded",
    ),
    "registry": (
        {
            "errors": [
                {"code": "MANIFEST_UNKNOWN", "message": "inner words", "detail": {"Tag": "v2"}},
                {"code": "DENIED", "message": "more"},
            ]
        },
        "MANIFEST_UNKNOWN",
    ),
    "Entra": (
        {
            "error": "invalid_client",
            "error_description": "AADSTS7000215: inner words Trace ID: 0a1b",
            "error_codes": [7000215],
        },
        "AADSTS7000215",
    ),
    "OAuth without an Entra code": (
        {"error": "authorization_pending", "error_description": "inner words: wait"},
        "authorization_pending",
    ),
}


@pytest.mark.parametrize(("body", "code"), SHAPES.values(), ids=SHAPES.keys())
def test_the_innermost_code_and_its_words_are_found(body: object, code: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    for shape in (body, text, f"\r\n {text}"):
        found, words = innermost(shape)
        assert found == code
        assert "inner words" in words


def test_a_code_keeps_the_outer_words_where_it_has_none_itself() -> None:
    assert innermost(arm("Failed", details=[{"code": "Quota"}])) == ("Quota", "outer words")


@pytest.mark.parametrize(
    "body",
    [
        *(None, "", "<html>502 Bad Gateway</html>", "{", "[]", "[" * 200_000, b"{}", 404, [], {}),
        *({"error": None}, {"error": []}, {"error": "text"}, {"errors": []}, {"errors": ["text"]}),
        *({"error": {}}, arm("", ""), {"errors": [{"code": None, "message": None}]}),
        *({"error": {"details": 5}}, {"error": {"code": None, "details": {"code": "X"}}}),
    ],
    ids=lambda body: repr(body)[:40],
)
def test_what_is_no_error_body_has_no_code(body: object) -> None:
    assert innermost(body) == ("", "")


NAMES = ("error", "errors", "error_description", "code", "message", "details")
names = st.sampled_from([*NAMES, "innererror", "innerError"])
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Conflict", "AADSTS1: x", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names, inner, max_size=5)
        | st.dictionaries(names, inner, max_size=5).map(json.dumps)
    ),
    max_leaves=12,
)


@given(bodies)
def test_any_body_is_read_as_text_whatever_is_wrong_with_it(body: object) -> None:
    code, words = innermost(body)
    assert isinstance(code, str) and isinstance(words, str)
    if isinstance(body, dict):
        assert innermost(json.dumps(body)) == (code, words)


def raised_codes() -> Iterator[tuple[str, str]]:
    """Every code that stands in the source as (part of) the first argument of Problem(…)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Problem":
                for part in ast.walk(node.args[0]) if node.args else ():
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_every_code_we_raise_has_words_of_its_own() -> None:
    raised = list(raised_codes())
    places = {place.split(":")[0] for _, place in raised}
    assert {"steps/registry.py", "azure/errors.py", "core/engine.py"} <= places
    wordless = [(code, place) for code, place in raised if not problems.known(code)]
    assert wordless == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_code_a_step_waits_for_has_words_for_when_it_gives_up(step: Any) -> None:
    assert [code for code in step.patience if code and not problems.known(code)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["codes"][0])
def test_every_rule_says_why_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"codes", "kind", "cause", "action", "link"}
    for words in (rule["cause"], rule["action"]):
        assert len(words) > 15 and words.endswith(".") and words.isprintable()
        assert words[0].isupper() or words[0].isdigit()
    assert Kind(rule.get("kind", "failed"))
    assert rule.get("link", "https://").startswith("https://")
    for code in rule["codes"]:
        advice = problems.find(code)
        assert (advice.cause, advice.action) == (rule["cause"], rule["action"])
        assert advice.kind == rule.get("kind", "failed")
        assert advice.link == rule.get("link", "")


def test_no_code_has_two_rules() -> None:
    lower = [code.lower() for code in CODES]
    assert sorted(lower) == sorted(set(lower))
    assert all(code.strip() == code != "" for code in CODES)


@pytest.mark.parametrize("code", ["authorizationfailed", "AUTHORIZATIONFAILED"])
def test_a_rule_is_found_in_whatever_letters(code: str) -> None:
    assert problems.known(code)
    assert problems.find(code) is problems.find("AuthorizationFailed")


def test_a_code_nobody_knows_still_says_where_to_look() -> None:
    problem = Problem("ZoneNotAllowed", "Creating vault kv", "Azure's words")
    assert not problems.known("ZoneNotAllowed")
    assert (problem.code, problem.raw, problem.kind) == (
        "ZoneNotAllowed",
        "Azure's words",
        Kind.FAILED,
    )
    assert "no explanation" in problem.cause and "below" in problem.action
    assert str(problem) == "Creating vault kv: ZoneNotAllowed"


def test_a_problem_carries_its_rule_and_keeps_everything_when_told_anew() -> None:
    problem = Problem("NotSignedIn", "Signing in", "raw", retry_after=3, status=401)
    assert problem.kind is Kind.SIGN_IN and "az login" in problem.action
    assert problem.link.startswith("https://")
    told = problem.while_doing("Looking for registry myregistry")
    assert told.happened == "Looking for registry myregistry"
    for name in ("code", "cause", "action", "kind", "link", "raw", "retry_after", "status"):
        assert getattr(told, name) == getattr(problem, name)
