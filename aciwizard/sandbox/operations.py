"""Long-running operations: signed poll URLs, and whether an operation is done."""

from __future__ import annotations

from aciwizard.sandbox.http import Answer, Call, error
from aciwizard.sandbox.world import World


def signed(world: World, path: str, version: str) -> str:
    """A poll URL whose signature is new each time and long, as Azure's are (3 kB and more)."""
    stamp = 638_000_000_000_000_000 + int(world.pace.now() * 10_000_000)
    certificate = "MIIHpTCCBo2gAwIBAgIT" + "A" * 2400
    signature = f"{world.random.getrandbits(512):0128x}"
    return (
        f"https://management.azure.com{path}?api-version={version}"
        f"&t={stamp}&c={certificate}&s={signature}&h={signature[:43]}"
    )


def begin(world: World, folder: str, seconds: float, call: Call, prefix: str = "") -> str:
    """Start an operation that is done in so many simulated seconds; returns its poll URL."""
    operation = world.guid()
    world.operations[operation] = world.after(seconds)
    return signed(world, f"{folder}/{prefix}{operation}", call.query["api-version"])


def poll(world: World, call: Call, busy: Answer, done: Answer) -> Answer:
    """One of two answers, by whether the operation named in the call has ended."""
    moment = world.operations.get(call.values["operation"].lower()[-36:])
    if moment is None:
        return error(404, "OperationNotFound", "The operation could not be found.")
    return done if world.reached(moment) else busy
