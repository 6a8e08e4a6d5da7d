"""A process that has loaded everything and forks a deployment when told, so that one can be killed
without paying for a start each time.

Reads a JSON line {environment, plan, speed, act}, forks, answers {"pid": …}, and once the child
has ended {"status": …}.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from aciwizard import state
from aciwizard.core.clock import Clock
from aciwizard.core.problems import Problem
from aciwizard.headless import apply as headless
from aciwizard.headless import undo as undoing
from aciwizard.headless.apply import exit_code
from aciwizard.headless.output import Text
from tests.matrix.plans import plan_of


def work(wanted: dict[str, Any]) -> int:
    """What `aciwizard apply`, `resume` and `undo` do, in this process."""
    os.environ.update(wanted["environment"])
    clock = Clock(wanted["speed"])
    rows = io.StringIO()
    writer = Text(rows, io.StringIO())
    try:
        match wanted["act"]:
            case "apply":
                plan = plan_of(wanted["plan"])
                return asyncio.run(headless.apply(plan, {}, writer, clock))
            case "undo":
                record = state.journals(clock).find(None, lambda r: True)
                return asyncio.run(undoing.undo(record, writer, clock, False, None))
            case _:
                record = state.journals(clock).find(None, lambda r: True)
                work = headless.apply(record.plan, {}, writer, clock, record=record)
                return asyncio.run(work)
    except Problem as problem:
        writer.problem(problem)
        return exit_code((problem,))
    except BaseException:
        traceback.print_exc(file=rows)
        raise
    finally:
        Path(wanted["told"]).write_text(rows.getvalue(), encoding="utf-8")


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        wanted = json.loads(line)
        if wanted["act"] == "warm":  # what is loaded at first use is loaded before the forks
            for act in ("apply", "resume", "undo"):
                work({**wanted, "act": act})
            print(json.dumps({"pid": os.getpid()}), flush=True)
            print(json.dumps({"status": 0}), flush=True)
            continue
        child = os.fork()
        if child == 0:
            os.close(0)
            code = 70
            try:
                code = work(wanted)
            finally:
                os._exit(code)
        print(json.dumps({"pid": child}), flush=True)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
