"""A fresh simulated Azure a case, much faster than ours, and what must be true of it afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aciwizard.sandbox.builder import build, default_document
from aciwizard.sandbox.faults import Faults
from aciwizard.sandbox.pace import Durations, Pace
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.world import World
from tests.matrix.plans import answers

SPEED = 400.0
ROOT = Path(__file__).parents[2]
LIMIT = 120.0  # real seconds until a run counts as hung


class Zygote:
    """Forks deployments; one at a time."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.matrix.zygote"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )

    def run(self, wanted: dict[str, Any], started: Callable[[int], None]) -> int:
        """Run one to its end; `started` is told its process id. Returns exit code or -signal."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        pid = json.loads(self._process.stdout.readline())["pid"]
        started(pid)
        alarm = threading.Timer(LIMIT, _kill, (pid,))
        alarm.start()
        status = json.loads(self._process.stdout.readline())["status"]
        alarm.cancel()
        return int(status)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def _kill(pid: int) -> None:
    os.kill(pid, 9)


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    one = Zygote()
    with opened(one) as case:
        case.run("warm")
    yield one
    one.close()


@dataclass
class Case:
    """One simulated Azure with a state folder of its own, and runs against it."""

    sandbox: Sandbox
    zygote: Zygote
    folder: Path

    def __post_init__(self) -> None:
        self.pid = 0
        self._known = threading.Event()
        self.resumed = False
        self.before = snapshot(self.world)

    @property
    def world(self) -> World:
        return self.sandbox.world

    def inject(self, faults: Faults) -> None:
        """From the next request on, counted from 1."""
        faults.kill = self.kill
        self.sandbox.faults = faults

    def kill(self) -> None:
        assert self._known.wait(30) and self.pid > 1
        os.kill(self.pid, 9)

    def run(self, act: str) -> int:
        environment = {**self.sandbox.environment(), "XDG_STATE_HOME": str(self.folder)}
        plan = answers(self.world.subscriptions[0].id)
        wanted = {
            "environment": environment,
            "plan": plan,
            "speed": SPEED,
            "act": act,
            "told": str(self._told),
        }
        self._told.unlink(missing_ok=True)
        self._known.clear()
        return self.zygote.run(wanted, self._started)

    def _started(self, pid: int) -> None:
        self.pid = pid
        self._known.set()

    @property
    def _told(self) -> Path:
        return self.folder / "told.txt"

    @property
    def told(self) -> str:
        """What the last run said, unless it was killed."""
        return self._told.read_text() if self._told.exists() else ""

    @property
    def journaled(self) -> bool:
        return any((self.folder / "aciwizard" / "deployments").glob("*.json"))

    def again(self) -> int:
        """What a person does next: go on with what was noted, or begin anew."""
        self.resumed = True
        self.inject(Faults())
        return self.run("resume" if self.journaled else "apply")


@contextmanager
def opened(zygote: Zygote, seed: int = 1) -> Iterator[Case]:
    ready: list[Sandbox] = []
    came, done = threading.Event(), threading.Event()

    async def serve() -> None:
        pace = Pace(SPEED, Durations.named({}))
        world = await build(pace, default_document(), seed=seed)
        async with Sandbox(world) as sandbox:
            ready.append(sandbox)
            came.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    came.wait(30)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Case(ready[0], zygote, Path(folder))
    finally:
        done.set()
        thread.join(30)


def snapshot(world: World) -> dict[str, set[str]]:
    """Everything there is that costs, grants or answers; soft-deleted things are not."""
    world.settle()
    return {
        "groups": {
            f"{one.subscription}/{one.name}"
            for one in world.groups
            if one.deleted_at is None or not world.reached(one.deleted_at)
        },
        "registries": {one.id for one in world.registries},
        "images": {
            f"{one.id}/{name}:{tag}"
            for one in world.registries
            for name, repository in one.repositories.items()
            for tag in repository.tags
        },
        "vaults": {one.id for one in world.vaults if one.deleted is None},
        "applications": {one.id for one in world.applications if one.deleted is None},
        "principals": {one.id for one in world.principals},
        "passwords": {
            password.key_id
            for one in world.applications
            if one.deleted is None
            for password in one.passwords
        },
        "assignments": {one.name for one in world.assignments},
        "secrets": {
            f"{vault.id}/{name}"
            for vault in world.vaults
            if vault.deleted is None
            for name, secret in vault.secrets.items()
            if secret.deleted is None
        },
        "instances": {one.id for one in world.instances},
    }


EXPECTED = {
    "groups": 1,
    "registries": 0,
    "images": 0,
    "vaults": 1,
    "applications": 1,
    "principals": 1,
    "passwords": 1,
    "assignments": 2,
    "secrets": 2,
    "instances": 1,
}


def faults_of(case: Case) -> list[str]:
    """What is not as it must be after a deployment: one of each, and all of it works."""
    world, after = case.world, snapshot(case.world)
    new = {kind: after[kind] - case.before[kind] for kind in after}
    wrong = [
        f"{len(new[kind])} {kind} instead of {count}: {sorted(new[kind])}"
        for kind, count in EXPECTED.items()
        if len(new[kind]) != count
    ]
    wrong += [
        f"{kind} lost: {sorted(case.before[kind] - after[kind])}"
        for kind in after
        if case.before[kind] - after[kind]
    ]
    if wrong:
        return wrong
    application = next(one for one in world.applications if one.id in new["applications"])
    vault = next(one for one in world.vaults if one.id in new["vaults"])
    user, password = (
        vault.secrets[f"myregistry-pull-{what}"].versions[-1].value for what in ("usr", "pwd")
    )
    if user != application.app_id:
        wrong.append("the stored user name is not the application's")
    if [one.value for one in application.passwords] != [password]:
        wrong.append("the stored password is not the application's")
    group = next(one for one in world.instances if one.id in new["instances"])
    credential = group.properties["imageRegistryCredentials"][0]
    if credential["username"] != application.app_id:
        wrong.append("the container group pulls as somebody else")
    return wrong


def left(case: Case) -> list[str]:
    """What an undo should have taken away and did not, or should not have and did."""
    after = snapshot(case.world)
    return [
        f"{kind}: {sorted(after[kind] ^ case.before[kind])}"
        for kind in after
        if after[kind] != case.before[kind]
    ]
