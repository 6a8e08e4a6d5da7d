"""A person whose machine logs everything, and a simulated Azure that knows its secrets."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aciwizard.sandbox.canary import CANARY
from aciwizard.sandbox.world import World
from tests.conftest import Azure
from tests.leaks.places import Places
from tests.terminal.pseudo_terminal import WIZARD, environment

ROOT = Path(__file__).parents[2]
LIMIT = 60.0  # seconds until a command counts as hung
BY_VARIABLE, BY_FILE, TYPED, PASTED = (
    f"{CANARY}-{n}" for n in ("variable", "file", "typed", "pasted")
)

# What Python runs first: every logger says everything, and the product's time is the simulation's.
SITE = """
import logging, os
logging.basicConfig(level=logging.DEBUG, filename=os.environ["EVERY_LOG"])
from aciwizard.core.clock import Clock
Clock.__init__.__defaults__ = (400.0,)
"""
# A mistake of ours in mid-deployment, with a secret in a local and in the exception's own words.
MISTAKE = """
from aciwizard.azure import instances
async def broken(session, subscription, wanted):
    password = wanted.password.reveal()
    raise RuntimeError(f"cannot put {password}")
instances.put = broken
"""


@dataclass
class Machine:
    """One person's home and working folder, and the commands run there."""

    azure: Azure
    folder: Path
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        for path in (self.home, self.site, self.work, self.temporary):
            path.mkdir(parents=True)
        self.secret_file.write_text(BY_FILE + "\n")
        self.mistaken(False)
        self.places = Places({"AZURE_CLIENT_SECRET": self.secret, "MY_KEY": BY_VARIABLE})

    @property
    def world(self) -> World:
        return self.azure.world

    @property
    def secret(self) -> str:
        return self.world.operator[1]

    @property
    def home(self) -> Path:
        """What is searched: all a program writes goes below it."""
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def secret_file(self) -> Path:
        """The person's own file with a secure value."""
        return self.folder / "mine"

    def mistaken(self, is_so: bool) -> None:
        """Whether what is run has a mistake in it."""
        (self.site / "sitecustomize.py").write_text(SITE + MISTAKE * is_so)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "HOME": self.home,
            "TMPDIR": self.temporary,
            "XDG_STATE_HOME": self.home / "state",
            "XDG_CONFIG_HOME": self.home / "config",
            "XDG_CACHE_HOME": self.home / "cache",
            "XDG_DATA_HOME": self.home / "data",
            "AZURE_CONFIG_DIR": self.home / "azure",
            "EVERY_LOG": self.home / "every.log",
            "TEXTUAL_LOG": self.home / "textual.log",
            "PYTHONPATH": f"{self.site}{os.pathsep}{ROOT}",
        }
        talk = {"AZURE_LOG_LEVEL": "DEBUG", "PYTHONASYNCIODEBUG": "1"}
        words = {name: str(value) for name, value in own.items()}
        azure = self.azure.sandbox.environment()
        return environment(**{**azure, **words, **talk, "MY_KEY": BY_VARIABLE})

    @property
    def answers(self) -> list[str]:
        """The flags of a deployment with a secure value from a variable and one from a file."""
        given = {"resource-group": "myrg", "registry": "myregistry", "tag": "v1"}
        given |= {"repository": "aci-helloworld"}
        flags = [word for name, value in given.items() for word in (f"--{name}", value)]
        secure = ("KEY=env:MY_KEY", f"CERT=file:{self.secret_file}")
        return flags + [word for one in secure for word in ("--secure-env", one)]

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*WIZARD, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.work,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end, watched; exit code, standard output and standard error."""
        with self.begin(*arguments) as child, self.places.watching(lambda: child.pid):
            out, err = child.communicate(timeout=LIMIT)
        return self.heard(arguments, child.returncode, out, err)

    def heard(
        self, arguments: Sequence[str], code: int, out: bytes, err: bytes
    ) -> tuple[int, str, str]:
        self.places.add_terminal(f"the output of {arguments[0]}", out)
        self.places.add_terminal(f"what {arguments[0]} said", err)
        return code, out.decode(), err.decode()

    def assert_no_secret(self, *more: str) -> None:
        """The search itself; `more` are values that must be nowhere besides all of Azure's."""
        self.places.add_folder(self.home)
        hits = self.places.hits(self.world, BY_VARIABLE, BY_FILE, *more)
        size = self.places.bytes
        print(f"searched {len(self.places.found)} places, {size} bytes: {len(hits)} hits")
        assert hits == []


@pytest.fixture
def machine(azure: Azure, tmp_path: Path) -> Machine:
    return Machine(azure, tmp_path)
