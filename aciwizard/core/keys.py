"""The plan's keys: each one's place in a plan file, its flag, its words and how it is read."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aciwizard.core import names
from aciwizard.core.plan import SecureSource

CLOUDS = ("AzureCloud", "AzureUSGovernment", "AzureChinaCloud")
ROLES = ("pull", "push")
RESTARTS = ("Always", "OnFailure", "Never")
_SECRET_WORDS = ("password", "secret", "pwd", "token")


class Unreadable(ValueError):
    """A value that is no answer; the text says why, all reasons at once."""


Reader = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the plan.

    `attribute` is its name in Plan, `path` its place in the file (`vault.name`), `read` turns what
    a file or a flag holds into the value and raises Unreadable.
    """

    attribute: str
    path: str
    flag: str
    words: str
    read: Reader
    example: str
    required: bool = False
    many: bool = False


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"must be text in quotes, not {_kind(value)}")
    return value


def _named(naming: names.Naming) -> Reader:
    def read(value: object) -> str:
        text = _text(value)
        if broken := naming.violations(text):
            raise Unreadable(f"{text[:80]!r} " + "; ".join(rule.words for rule in broken))
        return text

    return read


def _one_of(choices: tuple[str, ...]) -> Reader:
    def read(value: object) -> str:
        text = _text(value)
        for choice in choices:
            if choice.lower() == text.lower():
                return choice
        raise Unreadable(f"must be one of {', '.join(choices)}, not {text[:80]!r}")

    return read


def _number(low: float, high: float, unit: str, whole: bool = False) -> Reader:
    def read(value: object) -> float | int:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Unreadable(f"must be a number of {unit}, not {_kind(value)}")
        try:
            number = int(value) if whole else float(value)
        except ValueError:
            raise Unreadable(f"must be a number of {unit}, not {str(value)[:80]!r}") from None
        if whole and isinstance(value, float) and value != number:
            raise Unreadable(f"must be a whole number of {unit}, not {value}")
        if not low <= number <= high:
            raise Unreadable(f"must be between {low:g} and {high:g} {unit}, not {number:g}")
        return number

    return read


def _ports(value: object) -> tuple[int, ...]:
    items = list(value) if isinstance(value, list | tuple) else [value]
    broken = []
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | str):
            broken.append(f"{item!r} is not a port")
        else:
            broken += [f"{item} {rule.words}" for rule in names.port(item)]
    if len(items) > 5:
        broken.append(f"{len(items)} ports are too many: a container group opens at most 5")
    if broken:
        raise Unreadable("; ".join(broken))
    return tuple(int(item) for item in items)


def _command(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as problem:
            raise Unreadable(f"is no command line: {problem}") from None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Unreadable("must be a list of words, the program first, or one line of text")


def _pairs(value: object) -> Mapping[str, object]:
    """A table, or `NAME=VALUE` texts as flags give them."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple) and all(
        isinstance(item, str) and "=" in item for item in value
    ):
        return dict(item.split("=", 1) for item in value)
    raise Unreadable("must be NAME=VALUE pairs")


def _variable_faults(name: str) -> list[str]:
    return [f"{name[:80]!r} {rule.words}" for rule in names.ENVIRONMENT_VARIABLE.violations(name)]


def _environment(value: object) -> dict[str, str]:
    broken, read = [], {}
    for name, text in _pairs(value).items():
        broken += _variable_faults(name)
        if not isinstance(text, str):
            broken.append(f"{name} must be text in quotes, not {_kind(text)}")
        elif any(word in name.lower() for word in _SECRET_WORDS):
            broken.append(
                f"{name} looks like a secret, and plan files never hold secrets: "
                "put it under secure_environment with where to read it from"
            )
        else:
            read[name] = text
    if broken:
        raise Unreadable("; ".join(broken))
    return read


def _secure_environment(value: object) -> dict[str, SecureSource]:
    broken, read = [], {}
    for name, source in _pairs(value).items():
        broken += _variable_faults(name)
        found = _source(source)
        if found is None:
            broken.append(
                f"{name} must say where to read the value from: "
                '{ env = "NAME" }, { file = "PATH" } or { prompt = true }, never the value itself'
            )
        else:
            read[name] = found
    if broken:
        raise Unreadable("; ".join(broken))
    return read


def _source(value: object) -> SecureSource | None:
    match value:
        case {"env": str(name), **rest} if name and not rest:
            return SecureSource("env", name)
        case {"file": str(path), **rest} if path and not rest:
            return SecureSource("file", path)
        case {"prompt": True, **rest} if not rest:
            return SecureSource("prompt")
        case str() if value == "prompt":
            return SecureSource("prompt")
        case str() if value.partition(":")[0] in ("env", "file") and value.partition(":")[2]:
            kind, _, name = value.partition(":")
            return SecureSource(kind, name)
        case _:
            return None


def _image_tag(value: object) -> str:
    text = _text(value)
    if text.startswith("sha256:"):
        if len(text) == 71 and all(c in "0123456789abcdef" for c in text[7:]):
            return text
        raise Unreadable("a digest is sha256: and 64 digits or letters a-f")
    return str(_named(names.TAG)(text))


def _label(value: object) -> str:
    text = _text(value)
    return text if text == "" else str(_named(names.DNS_LABEL)(text))


def _principal_name(value: object) -> str:
    text = _text(value)
    if not text or len(text) > 120 or not text.isprintable():
        raise Unreadable("must be 1 to 120 printable characters")
    return text


def _region(value: object) -> str:
    text = _text(value).replace(" ", "").lower()
    if not text or not text.isascii() or not text.isalnum():
        raise Unreadable(f"{text[:80]!r} is no region; eastus is one")
    return text


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def _key(
    attribute: str, path: str, flag: str, words: str, read: Any, example: str, **more: Any
) -> Key:
    return Key(attribute, path, flag, words, read, example, **more)


_ID = _named(names.SUBSCRIPTION_ID)
_GROUP = _named(names.RESOURCE_GROUP)

KEYS = (
    _key(
        "subscription",
        "azure.subscription",
        "--subscription",
        "id of the subscription that pays",
        _ID,
        '"00000000-1111-4000-8000-000000000001"',
        required=True,
    ),
    _key(
        "resource_group",
        "azure.resource_group",
        "--resource-group",
        "group the vault and the container go into; made if it is missing",
        _GROUP,
        '"myrg"',
        required=True,
    ),
    _key(
        "location",
        "azure.location",
        "--location",
        "region; the registry's if left out",
        _region,
        '"eastus"',
    ),
    _key(
        "cloud",
        "azure.cloud",
        "--cloud",
        "AzureCloud, AzureUSGovernment or AzureChinaCloud",
        _one_of(CLOUDS),
        '"AzureCloud"',
    ),
    _key(
        "tenant",
        "azure.tenant",
        "--tenant",
        "id of the directory to sign in to; the default one if left out",
        _ID,
        '"72f98800-0000-4000-8000-000000000001"',
    ),
    _key(
        "registry",
        "registry.name",
        "--registry",
        "name of the registry that holds the image",
        _named(names.REGISTRY),
        '"myregistry"',
        required=True,
    ),
    _key(
        "registry_group",
        "registry.resource_group",
        "--registry-group",
        "the registry's resource group; looked up if left out",
        _GROUP,
        '"myrg"',
    ),
    _key(
        "repository",
        "image.repository",
        "--repository",
        "repository of the image",
        _named(names.REPOSITORY),
        '"aci-helloworld"',
        required=True,
    ),
    _key(
        "tag",
        "image.tag",
        "--tag",
        "tag of the image, or its sha256: digest",
        _image_tag,
        '"v1"',
        required=True,
    ),
    _key(
        "vault",
        "vault.name",
        "--vault",
        "name of the key vault; made if it is missing",
        _named(names.VAULT),
        '"mykeyvault"',
    ),
    _key(
        "vault_group",
        "vault.resource_group",
        "--vault-group",
        "the vault's resource group, if it is another one",
        _GROUP,
        '"myrg"',
    ),
    _key(
        "principal",
        "principal.name",
        "--principal",
        "display name of the service principal",
        _principal_name,
        '"aciwizard-myregistry-pull"',
    ),
    _key(
        "app_id",
        "principal.app_id",
        "--app-id",
        "application id of a principal to use again; a new one is made if left out",
        _ID,
        '"11111111-2222-4333-8444-555555555555"',
    ),
    _key(
        "role",
        "principal.role",
        "--role",
        "pull, or push for push and pull",
        _one_of(ROLES),
        '"pull"',
    ),
    _key(
        "lifetime_days",
        "principal.lifetime_days",
        "--lifetime-days",
        "days until its password expires",
        _number(1, 730, "days", whole=True),
        "365",
    ),
    _key(
        "container",
        "container.name",
        "--container",
        "name of the container group",
        _named(names.CONTAINER_GROUP),
        '"aci-demo"',
    ),
    _key(
        "dns_label",
        "container.dns_label",
        "--dns-label",
        'first part of the address; "" for an IP address only',
        _label,
        '"aci-demo-25007"',
    ),
    _key("cpu", "container.cpu", "--cpu", "CPU cores", _number(0.1, 32, "cores"), "1.0"),
    _key("memory", "container.memory", "--memory", "memory in GB", _number(0.1, 256, "GB"), "1.5"),
    _key(
        "ports",
        "container.ports",
        "--port",
        "TCP ports to open; those the image exposes if left out",
        _ports,
        "[80]",
        many=True,
    ),
    _key(
        "restart_policy",
        "container.restart_policy",
        "--restart-policy",
        "Always, OnFailure or Never",
        _one_of(RESTARTS),
        '"Always"',
    ),
    _key(
        "command",
        "container.command",
        "--command",
        "program and arguments instead of the image's own",
        _command,
        '["node", "index.js"]',
    ),
    _key(
        "environment",
        "container.environment",
        "--env",
        "NAME=VALUE for the container, for everybody to see",
        _environment,
        '{ GREETING = "hello" }',
        many=True,
    ),
    _key(
        "secure_environment",
        "container.secure_environment",
        "--secure-env",
        "NAME=env:VARIABLE, NAME=file:PATH or NAME=prompt: a value nobody sees",
        _secure_environment,
        '{ API_KEY = { env = "MY_API_KEY" } }',
        many=True,
    ),
)
BY_PATH = {key.path: key for key in KEYS}
BY_ATTRIBUTE = {key.attribute: key for key in KEYS}
