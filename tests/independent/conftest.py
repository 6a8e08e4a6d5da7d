"""The simulated Azure, and clients nobody here wrote, each as the programs they are."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

import aciwizard
from aciwizard.sandbox.builder import build, default_document
from aciwizard.sandbox.canary import CANARY
from aciwizard.sandbox.pace import SPEEDS, Durations, Pace
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.traffic import Traffic
from aciwizard.sandbox.world import World

T = TypeVar("T")
HERE = Path(__file__).parent
NO_AZ = (
    "ACIWIZARD_TEST_AZ must name the az executable of a virtual environment of its own "
    "with azure-cli==2.91.0 in it"
)
NO_SKOPEO = "skopeo must be on the PATH; Debian's package of that name will do"
LIMIT = 120  # seconds any one program may take

# az waits 30 s of real time for these before it asks again, and 5 s for an application.
READY_AT_ONCE = Durations(
    vault_dns=0, application_delay=0, instance_pulling=0, instance_pulled=0, instance_started=0
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended; `out` may hold secrets, and `said` is standard error without them."""

    status: int
    out: str = field(repr=False)
    said: str

    def json(self) -> Any:
        return json.loads(self.out)

    def text(self) -> str:
        return self.out.strip()

    def code(self) -> str:
        return code(self.said)


def code(said: str) -> str:
    """Azure's innermost error code, or the words of az where it refused its own arguments."""
    for pattern in (r'Inner error: \{\s*"code": "(\w+)"', r"^ERROR: \((\w+)\)", r"^ERROR: (.*)"):
        if found := re.search(pattern, said, re.MULTILINE):
            return found[1].strip()
    return ""


class Cloud:
    """One simulated Azure, and what is run inside it."""

    def __init__(self, sandbox: Sandbox, folder: Path, bytecode: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._signed_in = False
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPYCACHEPREFIX": str(bytecode),  # az takes three times as long without
            "AZURE_CORE_NO_COLOR": "true",
            **sandbox.environment(),
        }

    @property
    def world(self) -> World:
        return self._sandbox.world

    def run(self, *command: str, **variables: str) -> Ran:
        """Run a program to its end inside this Azure."""
        __tracebackhide__ = True  # arguments may be secret
        environment = self._environment | variables
        try:
            ran = subprocess.run(
                command,
                env=environment,
                cwd=self._folder,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            pytest.fail(f"{Path(command[0]).name} took more than {LIMIT} s", pytrace=False)
        return Ran(ran.returncode, ran.stdout, re.sub(rf"\S*{CANARY}\S*", "***", ran.stderr))

    def az(self, *words: str, status: int = 0) -> Ran:
        """Run az, signed in as the operator; it must end with this status."""
        __tracebackhide__ = True
        self._sign_in()
        return self._expected(self.run(_az(), *words), status, f"az {' '.join(words[:3])}")

    def _sign_in(self) -> None:
        if self._signed_in:
            return
        self._signed_in = True
        user, password = self.world.operator
        who = ("-u", user, f"-p={password}", "--tenant", self.world.tenants[0].id)
        self.az("login", "--service-principal", *who, "-o", "none")

    def script(self, name: str) -> tuple[Ran, list[tuple[str, int, str]]]:
        """Run a bash script of this folder; gives command, status and code of each az in it."""
        record = self._folder / f"{name}.record"
        self._sign_in()
        variables = {
            "ACIWIZARD_TEST_AZ": _az(),
            "AZ_RECORD": str(record),
            "BASH_ENV": str(HERE / "recorder.sh"),
        }
        ran = self.run("bash", str(HERE / name), **variables)
        rows = record.read_text(encoding="utf-8").split("\0")[:-1]
        parts = [row.split("\t", 2) for row in rows]
        return ran, [(words, int(status), code(said)) for status, words, said in parts]

    def aciwizard(self, *words: str, status: int = 0) -> Ran:
        """Run the product; it must end with this status."""
        root = str(Path(aciwizard.__file__).parents[1])
        ran = self.run(sys.executable, "-m", "aciwizard", *words, PYTHONPATH=root)
        return self._expected(ran, status, f"aciwizard {words[0]}")

    def skopeo(self, *words: str, status: int | None = 0) -> Ran:
        """Run skopeo; it must end with this status, None for any."""
        __tracebackhide__ = True
        program = shutil.which("skopeo") or pytest.fail(NO_SKOPEO, pytrace=False)
        policy = self._folder / "policy.json"
        policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}', encoding="utf-8")
        ran = self.run(program, "--policy", str(policy), *words)
        return self._expected(ran, status, f"skopeo {words[0]}")

    @staticmethod
    def _expected(ran: Ran, status: int | None, what: str) -> Ran:
        __tracebackhide__ = True
        if status not in (None, ran.status):
            pytest.fail(f"{what} ended with {ran.status}, not {status}:\n{ran.said}", pytrace=False)
        return ran

    def file(self, name: str) -> str:
        """A file that something run here has left behind."""
        return (self._folder / name).read_text(encoding="utf-8")

    def browse(self, host: str) -> str:
        """The page a running container serves on its address."""
        proxied = urllib.request.ProxyHandler({"http": self._sandbox.proxy})
        opener = urllib.request.build_opener(proxied)
        with opener.open(f"http://{host}/", timeout=LIMIT) as answer:
            return str(answer.read().decode())

    def exchanges(self) -> list[dict[str, Any]]:
        """Every request so far and its answer, secrets masked."""
        lines = (self._folder / "traffic.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


def _az() -> str:
    found = shutil.which(os.environ.get("ACIWIZARD_TEST_AZ", ""))
    return str(Path(found).absolute()) if found else pytest.fail(NO_AZ, pytrace=False)


@contextmanager
def simulated(folder: Path, bytecode: Path, speed: str, durations: Durations) -> Iterator[Cloud]:
    """A simulated Azure with the default world, served by a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)

    def there(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(LIMIT)

    async def start() -> Sandbox:
        world = await build(Pace(SPEEDS[speed], durations), default_document())
        return await Sandbox(world, Traffic(folder / "traffic.jsonl")).__aenter__()

    thread.start()
    try:
        sandbox = there(start())
        try:
            yield Cloud(sandbox, folder, bytecode)
        finally:
            there(sandbox.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def bytecode(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Python keeps what it compiled, from one run of the tests to the next."""
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)
    return cache.mkdir("independent") if cache else tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def cloud(tmp_path: Path, bytecode: Path) -> Iterator[Cloud]:
    """A fresh Azure that does not make az wait."""
    with simulated(tmp_path, bytecode, "instant", READY_AT_ONCE) as made:
        yield made


@pytest.fixture
def slow_cloud(tmp_path: Path, bytecode: Path) -> Iterator[Cloud]:
    """A fresh Azure in which everything takes a tenth of its time, and nothing is ready at once."""
    with simulated(tmp_path, bytecode, "brisk", Durations(application_delay=30)) as made:
        yield made


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory, bytecode: Path) -> Iterator[Cloud]:
    """An Azure in which the product has deployed the article's image. To be read only."""
    folder = tmp_path_factory.mktemp("deployed")
    with simulated(folder, bytecode, "instant", READY_AT_ONCE) as made:
        wanted = ("--registry", "myregistry", "--repository", "aci-helloworld", "--tag", "v1")
        made.aciwizard("apply", "--resource-group", "myrg", *wanted, "--yes")
        yield made


@dataclass(frozen=True, slots=True)
class Followed:
    """An Azure in which somebody followed the corrected article. To be read only."""

    cloud: Cloud
    address: str
    commands: list[tuple[str, int, str]]
    exchanges: list[dict[str, Any]] = field(repr=False)


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory, bytecode: Path) -> Iterator[Followed]:
    folder = tmp_path_factory.mktemp("followed")
    with simulated(folder, bytecode, "instant", READY_AT_ONCE) as made:
        ran, commands = made.script("article_fixed.sh")
        yield Followed(made, ran.text(), commands, made.exchanges())
