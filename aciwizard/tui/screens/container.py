"""The container itself: name, address, size, ports, variables."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult

from aciwizard.core.keys import BY_ATTRIBUTE
from aciwizard.core.origins import Origin
from aciwizard.core.plan import SecureSource, default_container, default_label
from aciwizard.core.problems import Problem
from aciwizard.core.readers import Unreadable
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.field import Field
from aciwizard.tui.words import changes_needed, readable, split

_LISTS = ("ports", "environment", "secure_environment")
_LABELS = {
    "container": ("Name", "lower-case letters, digits, hyphens"),
    "dns_label": ("DNS label", "first part of the address; empty: none"),
    "ports": ("Ports", "80 8080; empty: none"),
    "cpu": ("CPU cores", ""),
    "memory": ("Memory, GB", ""),
    "restart_policy": ("Restart", "Always, OnFailure or Never"),
    "location": ("Region", "empty: the registry's"),
    "environment": ("Variables", "NAME=value NAME=value"),
    "secure_environment": ("Secrets", "NAME=env:VARIABLE NAME=file:PATH"),
    "command": ("Command", "empty: the image's own"),
}
_AS_TYPED = ("secure_environment", "command")  # the plan reads these from text, not from its own
_MAY_BE_EMPTY = ("dns_label", "ports", "location", "environment", "secure_environment", "command")


if TYPE_CHECKING:
    from aciwizard.azure.instances import Limits


class ContainerQuestion(Question):
    ask = "What should run?"
    why = "Enter goes on with what is here; Tab moves between the fields."
    explanation = (
        "A container group is one or more containers on one machine with one address. The ports "
        "must be those the program listens on: there is no port mapping. What is opened is open "
        "to everybody on the internet, over plain HTTP.\n\n"
        "Secrets are values nobody can read back. They are not typed here: say which variable or "
        "file of this machine holds each. Restart Always suits a server; Never or OnFailure suits "
        "a job that ends."
    )
    az = "az container create --name NAME --image IMAGE --os-type Linux --cpu 1 --memory 1.5"

    @staticmethod
    def told(draft: Draft) -> str:
        if not draft.text("container"):
            return ""
        return f"{draft.text('container')}, {draft.text('cpu')} CPU, {draft.text('memory')} GB"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._limits: Limits | None = None

    def body(self) -> ComposeResult:
        for name, (label, hint) in _LABELS.items():
            check = readable(name, empty=name in _MAY_BE_EMPTY, many=name in _LISTS)
            if name in ("cpu", "memory"):
                check = partial(self._size_fault, name, check)
            yield Field(label, self._default(name), check=check, hint=hint, id=name)

    def _size_fault(self, name: str, check: Callable[[str], str], text: str) -> str:
        return check(text) or self._too_large(name, text)

    def _default(self, name: str) -> str:
        """What stands in a field at first: the answer, or what follows from the rest."""
        draft = self.draft
        if name in draft.answers:
            return _shown(draft.answers[name].value)
        container = default_container(draft.text("repository"))
        ports = draft.image.ports if draft.image else (80,)
        return {
            "container": container,
            "dns_label": default_label(
                draft.text("subscription"), draft.text("resource_group"), container
            ),
            "ports": " ".join(str(port) for port in ports),
            "cpu": "1.0",
            "memory": "1.5",
            "restart_policy": "Always" if ports else "OnFailure",
            "location": draft.registry.location if draft.registry else "",
        }.get(name, "")

    def on_mount(self) -> None:
        self.query_one("#container", Field).focus_entry()
        self._ask_region()

    @work(exclusive=True, description="read what the region can run")
    async def _ask_region(self) -> None:
        gateway = await load("azure.instances")
        location, subscription = self._default("location"), self.draft.text("subscription")
        os = self.draft.image.os if self.draft.image else "linux"
        try:
            usages = await gateway.usages(self.draft.session, subscription, location)
            self._limits = await gateway.limits(self.draft.session, subscription, location, os)
        except Problem:  # a region nobody may ask about still takes containers
            return
        free = [usage for usage in usages if usage.name == "StandardCores"]
        words = [f"{one.limit - one.used} of {one.limit} cores are free" for one in free]
        if self._limits is not None:
            words.append(f"at most {self._limits.cpu:g} CPU and {self._limits.memory:g} GB each")
            for field in self.query("#cpu, #memory").results(Field):
                field.judge()
        if words:
            self.say(f"{location}: {', '.join(words)}.", "·")

    def _too_large(self, name: str, text: str) -> str:
        """Why a size is more than the region runs, "" where it is not or nobody knows."""
        if self._limits is None:
            return ""
        most = self._limits.cpu if name == "cpu" else self._limits.memory
        try:
            return "" if float(text) <= most else f"this region runs at most {most:g}"
        except ValueError:
            return ""

    @on(Field.Entered)
    def _entered(self) -> None:
        fields = {name: self.query_one(f"#{name}", Field) for name in _LABELS}
        faulty = [field for field in fields.values() if field.fault]
        if faulty:
            faulty[0].focus_entry()
            self.say(changes_needed(len(faulty)))
            return
        for name, field in fields.items():
            self._keep(name, field.text)
        self.next()

    def _keep(self, name: str, text: str) -> None:
        if not text and name not in ("dns_label", "ports"):
            self.draft.forget(name)
            return
        if text == self._default(name):
            if name in self.draft.answers:
                return
            origin = self._sources().get(name, Origin.DEFAULT)
        else:
            origin = Origin.CHOSEN
        raw: Any = split(text) if name in _LISTS else text
        self.draft.choose(name, raw if name in _AS_TYPED else _read(name, raw), origin)

    def _sources(self) -> dict[str, Origin]:
        """Which of the defaults were looked up."""
        return {
            **({"ports": Origin.IMAGE} if self.draft.image else {}),
            **({"location": Origin.REGISTRY} if self.draft.registry else {}),
        }


def _read(name: str, raw: Any) -> object:
    try:
        return BY_ATTRIBUTE[name].read(raw)
    except Unreadable:  # the field was checked before: this is what was typed
        return raw


def _shown(value: object) -> str:
    """A value as it would be typed: quoted where it must be."""
    match value:
        case dict():
            return shlex.join(f"{name}={_shown(inner)}" for name, inner in value.items())
        case tuple() | list():
            return shlex.join(str(item) for item in value)
        case SecureSource():
            return f"{value.kind}:{value.name}".rstrip(":")
        case _:
            return str(value)
