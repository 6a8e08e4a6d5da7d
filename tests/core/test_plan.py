"""From answers to a plan: every key from file and flag, all faults at once, defaults that hold."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from aciwizard.core.answers import complete, from_tables
from aciwizard.core.faults import Faulty
from aciwizard.core.keys import BY_PATH, KEYS
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan, SecureSource
from tests.core.conftest import DIGEST, ID, NEEDED, faults_of, read, with_key

# What a file holds, what a flag says, what the plan has. A flag that may be repeated is a list.
SOURCE = "mcr.microsoft.com/azuredocs/aci-helloworld:latest"
SAME: dict[str, tuple[object, object, object]] = {
    "subscription": (ID, ID, ID),
    "resource_group": ("my.Group_(1)", "my.Group_(1)", "my.Group_(1)"),
    "location": ("East US", "East US", "eastus"),
    "cloud": ("azurecloud", "AZURECLOUD", "AzureCloud"),
    "tenant": (ID, ID, ID),
    "registry": ("myRegistry", "myRegistry", "myRegistry"),
    "registry_group": ("other", "other", "other"),
    "registry_sku": ("basic", "Basic", "Basic"),
    "import_from": (SOURCE, SOURCE, SOURCE),
    "username_secret": ("user-name", "user-name", "user-name"),
    "password_secret": ("password", "password", "password"),
    "repository": ("samples/app", "samples/app", "samples/app"),
    "tag": (DIGEST, DIGEST, DIGEST),
    "vault": ("mykeyvault", "mykeyvault", "mykeyvault"),
    "vault_group": ("other", "other", "other"),
    "principal": ("http://my principal", "http://my principal", "http://my principal"),
    "app_id": (ID, ID, ID),
    "role": ("push", "Push", "push"),
    "lifetime_days": (30, "30", 30),
    "container": ("aci-demo", "aci-demo", "aci-demo"),
    "dns_label": ("", "", ""),
    "cpu": (2, "2", 2.0),
    "memory": (1.5, "1.5", 1.5),
    "ports": ([80, 443], ["80", "443"], (80, 443)),
    "restart_policy": ("onfailure", "OnFailure", "OnFailure"),
    "command": (["sh", "-c", "echo 'a b'"], """sh -c "echo 'a b'" """, ("sh", "-c", "echo 'a b'")),
    "environment": (
        {"GREETING": "a=b", "EMPTY": ""},
        ["GREETING=a=b", "EMPTY="],
        {"GREETING": "a=b", "EMPTY": ""},
    ),
    "secure_environment": (
        {"A": {"env": "X"}, "B": {"file": "/run/b"}, "C": {"prompt": True}},
        ["A=env:X", "B=file:/run/b", "C=prompt"],
        {
            "A": SecureSource("env", "X"),
            "B": SecureSource("file", "/run/b"),
            "C": SecureSource("prompt"),
        },
    ),
}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_reads_the_same_from_a_file_and_from_a_flag(key: Any) -> None:
    in_file, as_flag, value = SAME[key.attribute]
    from_file = read(with_key(key.path, in_file))
    from_flag = read(NEEDED, {key.attribute: as_flag})
    assert getattr(from_file, key.attribute) == getattr(from_flag, key.attribute) == value
    assert type(getattr(from_file, key.attribute)) is type(getattr(from_flag, key.attribute))
    assert from_file == from_flag
    assert from_file.origin(key.attribute) == f"file plan.toml:{key.path}"
    assert from_flag.origin(key.attribute) == f"flag {key.flag}"


def test_the_keys_are_the_plans_own_fields() -> None:
    fields = {field.name for field in dataclasses.fields(Plan)} - {"origins"}
    assert {key.attribute for key in KEYS} == fields == set(SAME)
    assert len(BY_PATH) == len({key.flag for key in KEYS}) == len(KEYS)
    required = {key.attribute for key in KEYS if key.required}
    assert required == {"subscription", "resource_group", "registry", "repository", "tag"}


def test_everything_wrong_is_told_at_once_with_place_key_and_flag() -> None:
    document = {
        "azure": {"subscription": "mine", "resource_group": 5, "zone": 1},
        "image": {"tag": "v1"},
        "volumes": {"mount": "/data"},
        "verbose": True,
    }
    told = faults_of(document, {"vault": "my--vault", "ports": ["80", "x"]}).split("\n")
    starts = {
        "plan.toml:azure.subscription: azure.subscription: 'mine' ": " (or --subscription)",
        "plan.toml:azure.resource_group: azure.resource_group: must be text": "number "
        "(or --resource-group)",
        "plan.toml:azure.zone: azure.zone: unknown key; [azure] knows subscription,": "tenant",
        "plan.toml:volumes.mount: volumes.mount: unknown table; tables are [azure],": "]",
        "plan.toml:verbose: verbose: unknown key; tables are [azure], [registry],": "]",
        "registry.name: is missing: name of the registry": " (or --registry)",
        "image.repository: is missing: repository of the image": " (or --repository)",
        "--vault: vault.name: 'my--vault' has two hyphens in a row": "row",
        "--port: container.ports: 'x' contains 'x'": "allowed",
    }
    for start, last in starts.items():
        (line,) = [line for line in told if line.startswith(start)]
        assert line.endswith(last)
    assert len(told) == len(starts)


def test_an_empty_file_misses_exactly_what_is_required() -> None:
    told = faults_of({}).split("\n")
    needed = [key for key in KEYS if key.required]
    assert told == [f"{key.path}: is missing: {key.words} (or {key.flag})" for key in needed]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("azure.location", "", "is no region"),
        ("azure.location", "East\x1b[2J", r"'east\x1b[2j' is no region"),
        ("azure.cloud", "Azure", "must be one of AzureCloud, AzureUSGovernment, AzureChinaCloud"),
        ("azure.tenant", ID[:-1], "at least 36 are needed"),
        ("image.tag", "sha256:0A", "64 digits or letters a-f"),
        ("image.tag", DIGEST + "0", "64 digits or letters a-f"),
        ("image.tag", "sha256:" + "G" * 64, "64 digits or letters a-f"),
        ("image.tag", "-v1", "starts with '-'"),
        ("principal.name", "", "1 to 120 printable"),
        ("principal.name", "a\nb", "1 to 120 printable"),
        ("principal.name", "x" * 121, "1 to 120 printable"),
        ("principal.lifetime_days", 0, "between 1 and 730 days, not 0"),
        ("principal.lifetime_days", 731, "between 1 and 730 days, not 731"),
        ("principal.lifetime_days", 30.5, "whole number of days, not 30.5"),
        ("principal.lifetime_days", True, "a number of days, not true or false"),
        ("principal.lifetime_days", "a year", "a number of days, not 'a year'"),
        ("principal.lifetime_days", math.inf, "a number of days"),
        ("container.cpu", 0, "between 0.1 and 32 cores, not 0"),
        ("container.cpu", math.nan, "between 0.1 and 32 cores"),
        ("container.cpu", 10**400, "between 0.1 and 32 cores"),
        ("container.memory", 256.5, "between 0.1 and 256 GB, not 256.5"),
        ("container.memory", [1], "a number of GB, not a list"),
        ("container.ports", [80, 22, "x"], "22 is kept by Azure"),
        ("container.ports", [80, 22, "x"], "'x' contains 'x'"),
        ("container.ports", [1, 2, 3, 4, 5, 6], "6 ports are too many"),
        ("container.ports", [True, 80.0, None], "true or false is not a port; a number is not"),
        ("container.command", 'sh -c "x', "is no command line"),
        ("container.command", ["sh", 5], "must be a list of words"),
        ("container.environment", {"A-B": "x", "1": "y"}, "'A-B' contains '-'"),
        ("container.environment", {"A-B": "x", "1": "y"}, "'1' starts with '1'"),
        ("container.environment", {"A": 5}, "A must be text in quotes, not a number"),
        ("container.environment", ["A"], "must be NAME=VALUE pairs"),
        ("container.secure_environment", {"A": {"env": ""}}, "where to read the value from"),
        ("container.secure_environment", {"A": {"prompt": False}}, "where to read the value"),
        ("container.secure_environment", {"A": {"env": "X", "file": "y"}}, "where to read the"),
        ("container.secure_environment", {"A-B": "prompt"}, "'A-B' contains '-'"),
        ("container.dns_label", "demo", "at least 5 are needed"),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason(path: str, value: object, words: str) -> None:
    told = faults_of(with_key(path, value))
    assert words in told and "\n" not in told and len(told) < 700
    assert told.startswith(f"plan.toml:{path}: {path}: ")


@pytest.mark.parametrize("path", ["principal.lifetime_days", "container.cpu", "container.ports"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_too_long_to_be_written_down_is_refused_too(path: str, sign: int) -> None:
    assert "between" in faults_of(with_key(path, sign * 10**5000))


def test_ports_may_be_one_or_written_with_zeros() -> None:
    assert read(with_key("container.ports", 80)).ports == (80,)
    assert read(with_key("container.ports", "0" * 5000 + "80")).ports == (80,)


def test_who_answers_last_is_the_callers_business() -> None:
    document = with_key("vault.name", "from-file")
    assert read(document).vault == "from-file"
    plan = read(document, {"vault": "from-flag"})
    assert plan.vault == "from-flag" and plan.origin("vault") == "flag --vault"
    answers, _ = from_tables(document, lambda path: "plan.toml:9")
    answers["vault"] = Answer("remembered", Origin.LAST_TIME)
    assert complete(answers).origin("vault") == "from last time"
    assert complete(answers).origin("cloud") == "default"


def test_a_flag_names_itself_even_where_nobody_said_its_place() -> None:
    answers, _ = from_tables(NEEDED, lambda path: "plan.toml:1")
    with pytest.raises(Faulty, match=r"^--vault: vault\.name: 'a--b' has two hyphens in a row$"):
        complete({**answers, "vault": Answer("a--b", Origin.FLAG)})


def test_a_bad_flag_is_told_even_where_the_file_was_right() -> None:
    told = faults_of(with_key("vault.name", "from-file"), {"vault": "a--b"})
    assert told.startswith("--vault: vault.name: 'a--b' has two hyphens") and "(or" not in told


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_what_was_read_is_read_again_as_the_same(key: Any) -> None:
    for given in SAME[key.attribute][:2]:
        once = key.read(given)
        assert key.read(once) == once
