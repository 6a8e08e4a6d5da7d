"""The plan every case of the matrices deploys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aciwizard.core.answers import complete
from aciwizard.core.origins import Answer, Origin
from aciwizard.core.plan import Plan


def plan_of(answers: Mapping[str, Any]) -> Plan:
    return complete({name: Answer(value, Origin.CHOSEN) for name, value in answers.items()})


def answers(subscription: str) -> dict[str, Any]:
    """Everything is to be made: group, vault, principal, roles, secrets, container."""
    return {
        "subscription": subscription,
        "resource_group": "matrix",
        "registry": "myregistry",
        "repository": "aci-helloworld",
        "tag": "v1",
    }
