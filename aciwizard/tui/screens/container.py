"""The container itself: name, address, size, ports, variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from aciwizard.core.origins import Origin
from aciwizard.core.plan import default_container, default_label
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.form import FormQuestion
from aciwizard.tui.gateway import load
from aciwizard.tui.widgets.field import Field

if TYPE_CHECKING:
    from aciwizard.azure.instances import Limits


class ContainerQuestion(FormQuestion):
    ask = "What should run?"
    why = "Enter goes on with what is here; Tab moves between the fields."
    explanation = (
        "A container group is one or more containers on one machine with one address. The ports "
        "must be those the program listens on: there is no port mapping. What is opened is open "
        "to everybody on the internet, over plain HTTP.\n\n"
        "Secrets are values nobody can read back. They are not typed here: say for each which "
        "variable or file of this machine holds it, or prompt, to be asked for it when you "
        "confirm. Restart Always suits a server; Never or OnFailure suits "
        "a job that ends."
    )
    az = "az container create --name NAME --image IMAGE --os-type Linux --cpu 1 --memory 1.5"

    key = "container"
    fields = {
        "container": ("Name", "lower-case letters, digits, hyphens"),
        "dns_label": ("DNS label", "first part of the address; empty: none"),
        "ports": ("Ports", "80 8080; empty: none"),
        "cpu": ("CPU cores", ""),
        "memory": ("Memory, GB", ""),
        "restart_policy": ("Restart", "Always, OnFailure or Never"),
        "location": ("Region", "empty: the registry's"),
        "environment": ("Variables", "NAME=value NAME=value"),
        "secure_environment": ("Secrets", "NAME=prompt NAME=env:VARIABLE NAME=file:PATH"),
        "command": ("Command", "empty: the image's own"),
    }
    empty = ("dns_label", "ports", "location", "environment", "secure_environment", "command")

    _limits: Limits | None = None

    @staticmethod
    def told(draft: Draft) -> str:
        if not draft.text("container"):
            return ""
        return f"{draft.text('container')}, {draft.text('cpu')} CPU, {draft.text('memory')} GB"

    def fault(self, name: str, text: str) -> str:
        return super().fault(name, text) or self._too_large(name, text)

    def default(self, name: str) -> str:
        draft = self.draft
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

    def origin(self, name: str) -> Origin:
        looked_up = {
            **({"ports": Origin.IMAGE} if self.draft.image else {}),
            **({"location": Origin.REGISTRY} if self.draft.registry else {}),
        }
        return looked_up.get(name, Origin.DEFAULT)

    def on_mount(self) -> None:
        super().on_mount()
        self._ask_region()

    @work(exclusive=True, description="read what the region can run")
    async def _ask_region(self) -> None:
        gateway = await load("azure.instances")
        location = self.draft.text("location") or self.default("location")
        subscription = self.draft.text("subscription")
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
        if self._limits is None or name not in ("cpu", "memory"):
            return ""
        most = self._limits.cpu if name == "cpu" else self._limits.memory
        try:
            return "" if float(text) <= most else f"this region runs at most {most:g}"
        except ValueError:
            return ""
