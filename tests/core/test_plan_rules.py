"""What holds for any plan: secrets stay out and unseen, defaults are valid, nothing breaks it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aciwizard.core import names
from aciwizard.core.faults import Faulty
from aciwizard.core.keys import BY_PATH, KEYS
from tests.core.conftest import DIGEST, ID, NEEDED, faults_of, read, with_key

HIDDEN = "hunter2"
SECRETS = st.sampled_from(["password", "Client_Secret", "PWD", "passwords", "token", "api-token"])
WRAPPED = st.recursive(
    st.just(HIDDEN), lambda inner: st.lists(inner) | st.dictionaries(SECRETS, inner), max_leaves=3
).filter(lambda value: HIDDEN in str(value))


@given(st.sampled_from(["", "azure", "vault", "container", "secrets"]), SECRETS, WRAPPED)
def test_a_password_in_a_plan_is_refused_with_the_reason_and_never_shown(
    table: str, name: str, value: object
) -> None:
    document: dict[str, Any] = {**NEEDED, table: {name: value}} if table else {name: value}
    told = faults_of(document)
    assert HIDDEN not in told
    if table or not isinstance(value, dict):
        assert f"{table}.{name}".strip(".") + ": plan files never hold secrets" in told


def test_a_table_of_passwords_is_refused_with_the_reason() -> None:
    told = faults_of({**NEEDED, "Passwords": {"vault": HIDDEN}})
    assert "Passwords.vault: plan files never hold secrets" in told and HIDDEN not in told


@given(st.text("abkey_", min_size=1), WRAPPED, st.sampled_from([*BY_PATH, ""]))
def test_a_value_nobody_asked_for_is_never_shown(name: str, value: object, path: str) -> None:
    assert HIDDEN not in faults_of({**NEEDED, "mine": {name: value}})
    if path and not isinstance(value, str | list):
        assert HIDDEN not in faults_of(with_key(path, value))


@pytest.mark.parametrize("name", ["DB_PASSWORD", "client_secret", "PGPWD", "GitHub_Token"])
@pytest.mark.parametrize("as_flag", [False, True])
def test_a_variable_that_looks_like_a_secret_goes_elsewhere(name: str, as_flag: bool) -> None:
    if as_flag:
        told = faults_of(NEEDED, {"environment": ["A=1", f"{name}={HIDDEN}"]})
    else:
        told = faults_of(with_key("container.environment", {"A": "1", name: HIDDEN}))
    assert f"{name} looks like a secret" in told and "secure_environment" in told
    assert HIDDEN not in told
    assert HIDDEN not in faults_of(NEEDED, {"secure_environment": [f"{name}={HIDDEN}"]})


LETTERS = "abcxyzABCXYZ0189"
WORDS = ["azure", "login", "loginapp", "windows", "my-microsoft.app", "xbox", "web.config", "0"]
ids = st.uuids().map(str)
registries = st.text(LETTERS, min_size=5, max_size=50).filter(
    lambda text: not names.REGISTRY.violations(text)
)
parts = st.sampled_from(WORDS) | st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*", fullmatch=True)
repositories = (
    st.lists(parts, min_size=1, max_size=3)
    .map("/".join)
    .filter(lambda text: not names.REPOSITORY.violations(text))
)
groups = st.text(LETTERS + "_-.()é中", min_size=1, max_size=90).filter(
    lambda text: not names.RESOURCE_GROUP.violations(text)
)
containers = st.text("abc019-", min_size=1, max_size=63).filter(
    lambda text: not names.CONTAINER_GROUP.violations(text)
)


@given(ids, groups, registries, repositories, st.none() | containers)
def test_defaults_are_names_azure_accepts_and_stay_the_same(
    subscription: str, group: str, registry: str, repository: str, container: str | None
) -> None:
    document: dict[str, dict[str, object]] = {
        "azure": {"subscription": subscription, "resource_group": group},
        "registry": {"name": registry},
        "image": {"repository": repository, "tag": "v1"},
        "container": {"name": container} if container else {},
    }
    plan = read(document)
    assert not names.VAULT.violations(plan.vault)
    assert not names.CONTAINER_GROUP.violations(plan.container)
    assert not names.DNS_LABEL.violations(plan.dns_label)
    assert not names.SECRET.violations(plan.username_secret)
    assert not names.SECRET.violations(plan.password_secret)
    assert plan.principal.isprintable() and plan.principal.endswith("-pull")
    assert BY_PATH["principal.name"].read(plan.principal) == plan.principal
    assert read(document) == plan
    document["azure"] = {"subscription": subscription.upper(), "resource_group": group}
    assert (read(document).vault, read(document).dns_label) == (plan.vault, plan.dns_label)


@pytest.mark.parametrize("container", ["a" * 63, "1" * 63, "a" * 49 + "-" + "b" * 13])
def test_a_label_fits_whatever_the_containers_name(container: str) -> None:
    plan = read(with_key("container.name", container))
    assert not names.DNS_LABEL.violations(plan.dns_label)


def test_defaults_differ_where_the_answers_do() -> None:
    plan, other = read(NEEDED), read(with_key("azure.subscription", ID.replace("0", "1")))
    assert plan.vault != other.vault and plan.dns_label != other.dns_label
    grouped = read(with_key("azure.resource_group", "other"))
    assert grouped.dns_label != plan.dns_label and grouped.vault == plan.vault
    assert plan.vault.startswith("kv-myregistry-")
    assert plan.dns_label.startswith("aci-helloworld-")
    assert (plan.container, plan.principal) == ("aci-helloworld", "aciwizard-myregistry-pull")


@pytest.mark.parametrize(
    ("repository", "container"),
    [
        ("samples/AciHello__World.v2".lower(), "acihello-world-v2"),
        ("a/" + "b" * 49 + "-cd", "b" * 49),
        ("library/azure", "aci-azure"),
        ("login-page", "aci-login-page"),
        ("windows/windows-server", "aci-demo"),
    ],
)
def test_a_container_is_called_after_its_repository(repository: str, container: str) -> None:
    assert read(with_key("image.repository", repository)).container == container


def test_a_plan_is_read_only_and_knows_the_images_and_secrets_names() -> None:
    plan = read(NEEDED)
    assert plan.image == "samples/aci-helloworld:v1"
    assert read(with_key("image.tag", DIGEST)).image == f"samples/aci-helloworld@{DIGEST}"
    assert plan.username_secret == "myregistry-pull-usr"
    assert plan.password_secret == "myregistry-pull-pwd"
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.vault = "other"  # type: ignore[misc]


HOSTILE = ["", "\0", "\x1b[2J", "../..", "x" * 300, "sha256:", "=", "A=env:", "'", "\ud800", "٣"]
TABLES = sorted({key.path.partition(".")[0] for key in KEYS})
NAMES = [*sorted({key.path.partition(".")[2] for key in KEYS}), "env", "file", "prompt"]
text = st.sampled_from([*HOSTILE, "1e999", "9" * 5000]) | st.text(st.characters(), max_size=8)
keys = st.sampled_from(NAMES) | text
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | text
    | st.sampled_from([date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), 10**400]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
documents = st.dictionaries(
    st.sampled_from(TABLES) | text, st.dictionaries(keys, values, max_size=6) | values, max_size=6
)
flags = st.dictionaries(
    st.sampled_from([key.attribute for key in KEYS]), text | st.lists(text, max_size=6)
)


@given(documents, flags, st.booleans())
def test_whatever_stands_in_a_plan_it_is_a_plan_or_faulty(
    document: dict[str, Any], given_flags: dict[str, object], nearly: bool
) -> None:
    if nearly:
        document = {**document, **NEEDED}
    try:
        plan = read(document, given_flags)
    except Faulty as faulty:
        assert faulty.faults and all(fault.words for fault in faulty.faults)
    else:
        for naming, name in (
            (names.SUBSCRIPTION_ID, plan.subscription),
            (names.RESOURCE_GROUP, plan.resource_group),
            (names.REGISTRY, plan.registry),
            (names.REPOSITORY, plan.repository),
            (names.VAULT, plan.vault),
            (names.CONTAINER_GROUP, plan.container),
        ):
            assert not naming.violations(name)
