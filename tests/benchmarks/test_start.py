"""Time to the first paint, against the least a Textual program can take."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.terminal.pseudo_terminal import WIZARD, PseudoTerminal, environment

pytestmark = pytest.mark.terminal

MOST = 1.5
ROUNDS = 4
HEAVY = ("azure", "aiohttp", "msgraph", "httpx", "kiota_abstractions", "cryptography", "trustme")
LOADED = f"""
import sys
import aciwizard.cli, aciwizard.terminal, aciwizard.tui.app
from aciwizard.tui.flow import QUESTIONS
QUESTIONS[0].load()
print(*sorted(set({HEAVY!r}) & set(sys.modules)))
"""


def first_paint(home: Path) -> tuple[float, float]:
    """Seconds until the first question stands on the screen, and processor seconds for it."""
    terminal = PseudoTerminal(WIZARD, env=environment(HOME=str(home)))
    try:
        terminal.pump(lambda: "1/" in terminal.screen.display[0])
        return terminal.last - terminal.started, worked(terminal.child.pid)
    finally:
        terminal.close()


def importing() -> tuple[float, float]:
    before, began = children_worked(), time.perf_counter()
    command = [sys.executable, "-c", "import textual.app"]
    subprocess.run(command, check=True, env=environment())
    return time.perf_counter() - began, children_worked() - before


def worked(pid: int) -> float:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def children_worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_first_paint_against_importing_textual(tmp_path: Path) -> None:
    """The better of both ratios counts: other work on this machine disturbs either."""
    importing()
    first_paint(tmp_path)  # compiles the bytecode, fills the cache
    rounds = [(importing(), first_paint(tmp_path)) for _ in range(ROUNDS)]
    ratios = []
    for at, what in enumerate(("wall clock", "processor")):
        least, paint = min(r[0][at] for r in rounds), min(r[1][at] for r in rounds)
        ratios.append(paint / least)
        told = f"import textual.app {least * 1000:.0f} ms, first paint {paint * 1000:.0f} ms"
        print(f"{what}: {told}, ratio {paint / least:.2f}")
    assert min(ratios) <= MOST


def test_nothing_of_azure_is_loaded_for_the_first_screen() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert ran.stdout.split() == []
