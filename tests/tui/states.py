"""The ways to the states of which there are pictures, each driven as a person would.

A tour yields the name of a state once it is on the screen; the picture is taken there.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from textual.pilot import Pilot

from aciwizard.azure.device_code import DeviceCode
from aciwizard.sandbox.builder import default_document
from aciwizard.sandbox.world import World
from aciwizard.tui.app import WizardApp
from aciwizard.tui.screens.interrupted import Interrupted

LIMIT = 20.0  # real seconds until a state must be there
QUIET = 2.0  # seconds of the test's own time without a change
TICK = 0.25
PAGE = "https://login.microsoftonline.com/common/oauth2/deviceauth"


class NeverCame(AssertionError):
    """A state was not reached; the text is what the screen shows instead."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The wizard at work over the simulated Azure."""

    pilot: Pilot[Any]
    world: World

    @property
    def app(self) -> WizardApp:
        assert isinstance(self.pilot.app, WizardApp)
        return self.pilot.app

    @property
    def text(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, words: str) -> None:
        await self.pilot.press(*words)

    async def until(self, words: str) -> None:
        """Until the screen shows what matches `words`."""
        began = time.monotonic()
        while not re.search(words, self.text):
            if time.monotonic() - began > LIMIT:
                raise NeverCame(f"{words!r} is not on the screen:\n{self.text}")
            await asyncio.sleep(TICK)

    async def settle(self, words: str = "") -> None:
        """Until the screen shows `words` and has not changed for a while."""
        await self.until(words)
        before, since = self.text, 0.0
        began = time.monotonic()
        while since < QUIET:
            await asyncio.sleep(TICK)
            since = since + TICK if self.text == before else 0.0
            before = self.text
            if time.monotonic() - began > LIMIT:
                raise NeverCame(f"the screen does not come to rest:\n{self.text}")

    async def go_on(self, words: str) -> None:
        """Enter, and the next screen."""
        await self.press("enter")
        await self.settle(words)

    async def go_through(self, *rails: str) -> None:
        """Enter on one screen after the other."""
        for rail in rails:
            await self.go_on(rail)

    async def clear(self) -> None:
        await self.press("home", "ctrl+k")


Tour = Callable[[Stage], AsyncIterator[str]]


def document() -> dict[str, Any]:
    """The default world, and a vault of somebody else's with a name one might want."""
    made = default_document()
    elsewhere = {"subscription": "Contoso Production", "group": "storefront"}
    made["vault"].append({"name": "storefront-kv", "location": "uksouth", **elsewhere})
    return made


async def _to_image(stage: Stage, image: str, tag: str = "") -> None:
    """From the sign-in to the vault question, with an image typed by name."""
    await stage.settle("1/10")
    await stage.go_through("2/10", "3/10", "4/10", "5/10")
    await stage.write(image)
    await stage.go_on("6/10")
    await stage.write(tag)
    await stage.go_on("7/10")


async def _to_review(stage: Stage, image: str = "aci-helloworld") -> None:
    await _to_image(stage, image)
    await stage.go_through("8/10", "9/10", "10/10", "Review")


async def code(stage: Stage) -> AsyncIterator[str]:
    """Signing in by code, up to where a person would go to a browser."""
    stage.world.manual = True
    stage.world.operator = ("", "")
    await stage.settle("1/10")
    await stage.press("down", "enter")
    await stage.until("Enter this code")
    yield "sign-in-code"


async def way(stage: Stage) -> AsyncIterator[str]:
    """Every question, to an address that answers."""
    await stage.settle("1/10")
    yield "sign-in"
    await stage.go_on("2/10")
    yield "subscription"
    for name, rail in (("group", "3/10"), ("registry", "4/10"), ("repository", "5/10")):
        await stage.go_on(rail)
        yield name
    await stage.go_on("6/10")
    yield "tag"
    await stage.go_on("7/10")
    yield "vault"
    await stage.write("9my--vault-")
    await stage.settle()
    yield "vault-invalid"
    await stage.clear()
    await stage.settle()
    await stage.go_on("8/10")
    yield "principal"
    await stage.go_on("9/10")
    yield "credential"
    await stage.go_on("10/10")
    yield "container"
    await stage.go_on("Review")
    yield "review"
    await stage.press("y")
    await stage.until("waiting +(Registry role|Pull)")
    yield "deployment"
    await stage.settle("Result")
    yield "result"
    await stage.press("u")
    await stage.settle("Undo")
    yield "undo"
    await stage.press("y")
    await stage.settle("Taken back")
    yield "undone"


async def aside(stage: Stage) -> AsyncIterator[str]:
    """What is beside the way: an explanation, the way out, answers that cannot be had."""
    await stage.settle("1/10")
    await stage.pilot.resize_terminal(58, 16)
    await stage.settle("enlarge")
    yield "too-small"
    await stage.pilot.resize_terminal(80, 24)
    await stage.settle("1/10")
    await stage.go_on("2/10")
    await stage.press("f1")
    await stage.settle()
    yield "help"
    await stage.press("escape")
    await stage.settle("2/10")
    await stage.press("ctrl+q")
    await stage.settle("Leave")
    yield "leave"
    await stage.press("escape")
    await stage.go_on("3/10")
    await stage.write("brand-new")
    await stage.go_on("Which region")
    yield "region"
    await stage.go_through("4/10", "5/10", "6/10", "7/10")
    await stage.write("storefront-kv")
    await stage.settle("taken")
    yield "vault-taken"
    await stage.clear()
    await stage.settle()
    await stage.go_through("8/10", "9/10", "10/10")
    await stage.press("tab", "tab", "tab", "tab")
    await stage.write("x")
    await stage.press("enter")
    await stage.settle()
    yield "container-faulty"
    await stage.press("end", "backspace", *["tab"] * 4)
    await stage.write("API_KEY=prompt")
    await stage.go_on("Review")
    await stage.press("d")
    await stage.settle()
    yield "review-details"
    await stage.press("d", "y")
    await stage.settle("Values nobody will see")
    await stage.write("hush")
    await stage.settle()
    yield "secure-values"


async def blocked(stage: Stage) -> AsyncIterator[str]:
    """Something stands in the way: the review says what."""
    await _to_image(stage, "aci-helloworld")
    await stage.write("contoso-closed-kv")
    await stage.settle()
    await stage.go_through("8/10", "9/10", "10/10", "Review")
    yield "review-blocked"


async def refused(stage: Stage) -> AsyncIterator[str]:
    """A right is lost between the review and the work."""
    await _to_review(stage)
    for principal in stage.world.principals:
        principal.may_register = False
    await stage.press("y")
    await stage.until("✗")
    yield "deployment-failed"
    await stage.settle("Result")
    record = stage.app.work.record
    assert record is not None
    await stage.app.push_screen(Interrupted([record], stage.app.draft.clock.now(), True))
    await stage.settle("interrupted")
    yield "interrupted"


async def nowhere(stage: Stage) -> AsyncIterator[str]:
    """A person who may work in one of two directories, and whose sign-in runs out."""
    stage.world.operator = ("", "")
    await stage.settle("1/10")
    await stage.press("down")
    await stage.go_on("does not let this account in")
    yield "directories"
    await stage.go_on("2/10")
    stage.app.show_code(DeviceCode(PAGE, "ABCD12345", datetime.now(UTC)))
    await stage.settle("sign in again")
    yield "sign-in-again"


async def crashed(stage: Stage) -> AsyncIterator[str]:
    """All is made, and the program in the container ends with an error."""
    await _to_review(stage, "flaky")
    await stage.press("y")
    await stage.settle("Result")
    yield "result-failed"


MAIN = ("subscription", "vault-invalid", "review", "deployment", "result")
TOURS: dict[Tour, tuple[str, ...]] = {
    code: ("sign-in-code",),
    way: (
        *("sign-in", "subscription", "group", "registry", "repository", "tag", "vault"),
        *("vault-invalid", "principal", "credential", "container", "review", "deployment"),
        *("result", "undo", "undone"),
    ),
    aside: (
        *("too-small", "help", "leave", "region", "vault-taken", "container-faulty"),
        *("review-details", "secure-values"),
    ),
    nowhere: ("directories", "sign-in-again"),
    blocked: ("review-blocked",),
    refused: ("deployment-failed", "interrupted"),
    crashed: ("result-failed",),
}
