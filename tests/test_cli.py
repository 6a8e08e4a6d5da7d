"""The command as people and scripts run it: its own process, its exit code, its two outputs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import Azure

PLAN = ["--resource-group", "myrg", "--registry", "myregistry", "--repository", "aci-helloworld"]
ROOT = Path(__file__).parents[1]


def aciwizard(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aciwizard", *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
        check=False,
    )


def test_one_command_shows_it_all() -> None:
    ran = aciwizard("apply", "--sandbox", "--time", "instant", "--yes", *PLAN, "--tag", "v1")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("http://aci-helloworld-") and ran.stdout.count("\n") == 1
    assert "proven      Answer" in ran.stderr
    assert "requests answered" in ran.stderr


def test_the_example_is_a_plan(tmp_path: Path, azure: Azure) -> None:
    example = aciwizard("plan", "--example")
    assert example.returncode == 0
    path = tmp_path / "plan.toml"
    path.write_text(example.stdout)
    checked = aciwizard("plan", str(path), "--vault", "kv-example")
    assert checked.returncode == 0, checked.stderr
    assert "to create   Key vault" in checked.stderr
    assert "kv-example" in checked.stderr


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[azure]\nresource_group = 7\n\n[vault]\nname = "my--vault-"\nsize = 3\n')
    ran = aciwizard("plan", str(path), "--port", "22")
    assert ran.returncode == 2
    assert ran.stdout == ""
    for said in (
        "plan.toml:2: azure.resource_group: must be text in quotes, not a number",
        "plan.toml:5: vault.name:",
        "two hyphens in a row",
        "plan.toml:6: vault.size: unknown key; [vault] knows name, resource_group",
        "--port: container.ports: '22' is kept by Azure Container Instances",
        "registry.name: is missing",
        "(or --registry)",
    ):
        assert said in ran.stderr


def test_nobody_to_ask_needs_a_yes() -> None:
    ran = aciwizard("apply", *PLAN, "--tag", "v1")
    assert ran.returncode == 2
    assert "say --yes" in ran.stderr


def test_a_refused_sign_in_is_3(azure: Azure) -> None:
    ran = aciwizard("plan", *PLAN, "--tag", "v1", AZURE_CLIENT_SECRET="wrong")
    assert ran.returncode == 3
    assert "AADSTS7000215" in ran.stderr and "The client secret is not accepted" in ran.stderr
    assert "get_token failed" not in ran.stderr


def test_no_way_to_azure_is_4(azure: Azure) -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    ran = aciwizard("plan", *PLAN, "--tag", "v1", **nowhere)
    assert ran.returncode == 4
    assert "Azure cannot be reached" in ran.stderr


def test_a_proxy_nobody_trusts_is_4(azure: Azure) -> None:
    untrusted = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), "")
    ran = aciwizard("plan", *PLAN, "--tag", "v1", **untrusted)
    assert ran.returncode == 4
    assert "CertificateNotTrusted" in ran.stderr


def test_json_lines_are_all_there_is_on_stdout(azure: Azure) -> None:
    ran = aciwizard("plan", *PLAN, "--tag", "v1", "--output", "json")
    assert ran.returncode == 0
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["event"] for line in lines] == ["finding"] * 12 + ["finished"]


def test_ctrl_c_stops_between_requests_and_says_so(azure: Azure) -> None:
    azure.world.pace.speed = 1.0  # recorded time: there is time to interrupt it
    command = [sys.executable, "-m", "aciwizard", "apply", "--yes", *PLAN, "--tag", "v1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stderr is not None
        rows = []
        for row in child.stderr:
            rows.append(row)
            if row.startswith("waiting     Vault access"):
                child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130
    assert "What was made stays; aciwizard resume goes on from there" in rows[-1]


def test_secure_values_reach_the_container_and_nobody_else(azure: Azure, tmp_path: Path) -> None:
    value = tmp_path / "value"
    value.write_text("from-a-file\n")
    ran = aciwizard(
        *("apply", "--yes", *PLAN, "--tag", "v1", "--secure-env", "API_KEY=env:MY_KEY"),
        *("--secure-env", f"CERT=file:{value}", "--env", "GREETING=hello"),
        MY_KEY="from-the-environment",
    )
    assert ran.returncode == 0, ran.stderr
    group = azure.world.instances[-1]
    sent = group.properties["containers"][0]["properties"]["environmentVariables"]
    assert sent == [
        {"name": "GREETING", "value": "hello"},
        {"name": "API_KEY", "secureValue": "from-the-environment"},
        {"name": "CERT", "secureValue": "from-a-file"},
    ]
    assert "from-the-environment" not in ran.stdout + ran.stderr
    assert "from-a-file" not in ran.stdout + ran.stderr


def test_a_plan_with_a_secret_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[principal]\npassword = "hunter2-and-more"\n')
    ran = aciwizard("plan", str(path))
    assert ran.returncode == 2
    assert "plan files never hold secrets" in ran.stderr
    assert "hunter2" not in ran.stderr
