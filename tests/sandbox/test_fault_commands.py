"""Faults from the command line, in whatever runs inside the simulated Azure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASK = """
import os, ssl, sys, urllib.error, urllib.request
trusted = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
url = "https://management.azure.com/metadata/endpoints"
for _ in range(3):
    try:
        with urllib.request.urlopen(url, context=trusted) as reply:
            print(reply.status, flush=True)
    except urllib.error.HTTPError as refused:
        print(refused.code, refused.headers.get("Retry-After"), refused.read().decode(), flush=True)
"""
PLAN = ["--resource-group", "myrg", "--registry", "myregistry", "--repository", "aci-helloworld"]
APPLY = ["apply", "--sandbox", "--time", "instant", "--yes", *PLAN, "--tag", "v1"]


def aciwizard(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aciwizard", *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )


def inside(*faults: str) -> subprocess.CompletedProcess[str]:
    """Three requests to Azure Resource Manager inside a sandbox with these faults."""
    flags = [word for fault in faults for word in ("--fault", fault)]
    words = ("sandbox", "exec", "--time", "instant", "--seed", "1", *flags, "--")
    return aciwizard(*words, sys.executable, "-c", ASK)


def test_a_command_meets_the_faults_it_was_given() -> None:
    ran = inside("503:at=1", "429-retry-after:host=management.*,times=1")
    assert ran.returncode == 0, ran.stderr
    first, second, third = ran.stdout.splitlines()
    assert first.startswith("503 None {") and '"ServiceUnavailable"' in first
    assert second.startswith("429 1 {") and third == "200"
    assert "3 requests answered, 0 connections refused, 2 faults injected" in ran.stderr


def test_a_command_is_killed_at_a_request() -> None:
    ran = inside("kill-after:at=2")
    assert (ran.returncode, ran.stdout) == (128 + signal.SIGKILL, "200\n")


def test_a_rehearsal_meets_them_too_and_a_killed_one_ends() -> None:
    ran = aciwizard(*APPLY, "--fault", "kill-after:at=20")
    assert ran.returncode == -signal.SIGKILL
    ran = aciwizard(*APPLY, "--fault", "403:host=graph.microsoft.com,method=POST")
    assert ran.returncode == 1
    assert "Authorization_RequestDenied" in ran.stderr and "1 faults injected" in ran.stderr


def test_what_cannot_be_injected_is_said() -> None:
    ran = aciwizard("sandbox", "exec", "--fault", "418:at=1", "--", "true")
    assert ran.returncode == 2 and "no fault is called '418'" in ran.stderr
    ran = aciwizard("sandbox", "serve", "--fault", "kill-before:at=1")
    assert ran.returncode == 2 and "there is nobody to kill" in ran.stderr
