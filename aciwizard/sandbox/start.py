"""Starts the simulated Azure: to serve until told to stop, or around one command."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shlex
import signal
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aciwizard.sandbox import scale
from aciwizard.sandbox.builder import WorldFileError, build, default_document
from aciwizard.sandbox.faults import Faults
from aciwizard.sandbox.pace import SPEEDS, Durations, Pace
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.traffic import Traffic


class SettingsError(ValueError):
    """What was asked for cannot be simulated; the text says why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to simulate: time, world and what to record. `scale` as `repositories=10000,…`."""

    time: str = "brisk"
    world: Path | None = None
    scale: str = ""
    traffic: Path | None = None
    manual: bool = False
    seed: int | None = None
    fault: tuple[str, ...] = ()  # each as faults.parse reads it


def _log_refusals() -> None:
    log = logging.getLogger("aciwizard.sandbox")
    log.addHandler(logging.StreamHandler())
    log.propagate = False


async def sandbox(settings: Settings) -> Sandbox:
    """A sandbox as the settings describe it, not started yet; raises SettingsError."""
    try:
        wanted = scale.parse(settings.scale)
        document = _document(settings.world)
        durations = Durations.named(document.pop("durations", {}))
        world = await build(Pace(SPEEDS[settings.time], durations), document, settings.seed)
        scale.grow(world, wanted)
        faults = Faults.parsed(settings.fault, settings.seed)
        traffic = Traffic(settings.traffic)
    except (WorldFileError, ValueError, OSError) as problem:
        raise SettingsError(str(problem)) from problem
    world.manual = settings.manual
    return Sandbox(world, traffic, _say, faults)


def _document(path: Path | None) -> dict[str, Any]:
    if path is None:
        return default_document()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{path}: {problem}") from problem


def _say(words: str) -> None:
    print(f"simulated Azure: {words}", file=sys.stderr, flush=True)


async def serve(settings: Settings, as_json: bool = False, with_input: bool = False) -> None:
    """Serve until a signal comes, or standard input ends where `with_input` ties us to it."""
    _log_refusals()
    made = await sandbox(settings)
    if with_input:
        made.faults.kill = _kill_parent
    elif killing := [rule.kind for rule in made.faults.rules if rule.kind.startswith("kill-")]:
        raise SettingsError(f"{killing[0]}: there is nobody to kill; use `sandbox exec`")
    async with made as running:
        environment = running.environment()
        if as_json:
            speed = running.world.pace.speed
            print(json.dumps({"environment": environment, "speed": speed}), flush=True)
        else:
            for name, value in environment.items():
                print(f"export {name}={shlex.quote(value)}")
            print("", end="", flush=True)
            _say("serving; Ctrl+C stops it")
        await _until_stopped(with_input)
        _say(_served(running))


def _kill_parent() -> None:
    # Whoever holds our standard input open is the client, as with `--sandbox`.
    os.kill(os.getppid(), signal.SIGKILL)


async def _until_stopped(with_input: bool) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(number, stopped.set)
    if with_input:
        ending = loop.create_task(_input_ends())
        ending.add_done_callback(lambda _: stopped.set())
    await stopped.wait()


async def _input_ends() -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while await reader.read(4096):
        pass


async def execute(settings: Settings, command: Sequence[str]) -> int:
    """Run a command inside the simulated Azure and stop with it; returns its exit code."""
    _log_refusals()
    async with await sandbox(settings) as running:
        environment = {**os.environ, **running.environment()}
        try:
            child = await asyncio.create_subprocess_exec(*command, env=environment)
        except OSError as problem:
            raise SettingsError(f"{command[0]}: {problem.strerror}") from problem
        running.faults.kill = child.kill
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _pass_on, child, number)
        code = await child.wait()
        _say(_served(running))
        return code if code >= 0 else 128 - code


def _served(running: Sandbox) -> str:
    refused = len(running.refusals)
    faults = len(running.faults.injected)
    said = f"{running.traffic.count} requests answered, {refused} connections refused"
    return said + (f", {faults} faults injected" if running.faults.rules else "")


def _pass_on(child: asyncio.subprocess.Process, number: int) -> None:
    # Ctrl+C reaches the child from the terminal as well; the others only reach us.
    if number != signal.SIGINT:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(number)
