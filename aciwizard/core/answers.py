"""From answers to a plan: all faults at once, defaults filled in, origins kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aciwizard.core import plan as plans
from aciwizard.core.faults import Fault, Faulty
from aciwizard.core.keys import BY_PATH, KEYS, Key
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan
from aciwizard.core.readers import SECRET_WORDS, Unreadable


def from_tables(
    document: Mapping[str, Any], where: Callable[[str], str]
) -> tuple[dict[str, Answer], list[Fault]]:
    """Answers from a plan file's tables; `where` gives the place of a key path in the file."""
    answers: dict[str, Answer] = {}
    faults = []
    for table, entries in document.items():
        if not isinstance(entries, Mapping):
            faults.append(Fault(table, _unknown("", table), where(table)))
            continue
        for name, value in entries.items():
            path = f"{table}.{name}"
            key = BY_PATH.get(path)
            if key is None:
                faults.append(Fault(path, _unknown(table, name), where(path)))
            else:
                answers[key.attribute] = Answer(value, Origin.FILE, where(path))
    return answers, faults


def _tables() -> str:
    return ", ".join(dict.fromkeys(f"[{key.path.partition('.')[0]}]" for key in KEYS))


def _unknown(table: str, name: str) -> str:
    if any(word in f"{table}.{name}".lower() for word in SECRET_WORDS):
        return "plan files never hold secrets; the password is made by Azure and goes to the vault"
    there = [key.path.partition(".")[2] for key in KEYS if key.path.startswith(f"{table}.")]
    if not there:
        return f"unknown {'table' if table else 'key'}; tables are {_tables()}"
    return f"unknown key; [{table}] knows {', '.join(there)}"


def complete(answers: Mapping[str, Answer], faults: Iterable[Fault] = ()) -> Plan:
    """The plan these answers make, defaults filled in; raises Faulty with every fault."""
    found = list(faults)
    values: dict[str, Any] = {}
    for key in KEYS:
        answer = answers.get(key.attribute)
        if answer is None:
            if key.required:
                found.append(Fault(key.path, f"is missing: {key.words}", "", key.flag))
            continue
        try:
            values[key.attribute] = key.read(answer.value)
        except Unreadable as unreadable:
            found.append(Fault(key.path, str(unreadable), _where(answer, key), key.flag))
    if found:
        raise Faulty(found)
    plan = Plan(**_defaults(values), **values, origins=dict(answers))
    if plan.username_secret.lower() == plan.password_secret.lower():
        raise Faulty([Fault("vault.password_secret", "must not be called as the user name's")])
    return plan


def _where(answer: Answer, key: Key) -> str:
    return key.flag if answer.origin is Origin.FLAG else answer.where


def _defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that follow from other answers; they are the same for the same answers."""
    subscription, group = values["subscription"], values["resource_group"]
    registry, role = values["registry"], values.get("role", "pull")
    container = values.get("container") or plans.default_container(values["repository"])
    user, password = plans.default_secrets(registry)
    derived = {
        "vault": plans.default_vault(subscription, registry),
        "container": container,
        "dns_label": plans.default_label(subscription, group, container),
        "principal": plans.default_principal(registry, role),
        "username_secret": user,
        "password_secret": password,
    }
    return {name: value for name, value in derived.items() if name not in values}
