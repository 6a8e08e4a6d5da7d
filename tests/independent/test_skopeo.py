"""skopeo pulls from the simulated registry, as any container engine would."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.independent.conftest import Cloud

pytestmark = pytest.mark.independent

IMAGE = "docker://myregistry.azurecr.io/aci-helloworld:v1"


def test_inspects_the_image_with_the_vaults_credentials(deployed: Cloud) -> None:
    image = deployed.skopeo("inspect", "--creds", credentials(deployed), IMAGE).json()
    assert image["Name"] == "myregistry.azurecr.io/aci-helloworld"
    assert image["Digest"] == digest(deployed, "aci-helloworld", "v1")
    assert (image["Os"], image["Architecture"]) == ("linux", "amd64")
    assert {"v1", "v2", "latest"} <= set(image["RepoTags"])


def test_is_refused_with_a_wrong_secret(deployed: Cloud) -> None:
    user, _, _ = credentials(deployed).partition(":")
    refused = deployed.skopeo("inspect", "--creds", f"{user}:wrong", IMAGE, status=1)
    assert "Invalid clientid or client secret" in refused.said


def test_is_refused_until_the_principal_has_its_role(cloud: Cloud) -> None:
    created = cloud.az("ad", "sp", "create-for-rbac", "--name", "newcomer").json()
    creds = f"{created['appId']}:{created['password']}"
    refused = cloud.skopeo("inspect", "--creds", creds, IMAGE, status=1)
    assert "unauthorized: authentication required" in refused.said

    registry = next(one for one in cloud.world.registries if one.name == "myregistry")
    who = ("--assignee", created["appId"], "--role", "AcrPull", "--scope", registry.id)
    cloud.az("role", "assignment", "create", *who)
    tries = (cloud.skopeo("inspect", "--creds", creds, IMAGE, status=None) for _ in range(100))
    assert 0 in (attempt.status for attempt in tries)


@pytest.mark.parametrize(
    ("repository", "tag"), [("aci-helloworld", "v1"), ("web/frontend", "latest")]
)
def test_copies_whole_images_with_true_digests(
    deployed: Cloud, tmp_path: Path, repository: str, tag: str
) -> None:
    source, target = f"docker://myregistry.azurecr.io/{repository}:{tag}", tmp_path / "image"
    creds = credentials(deployed)
    deployed.skopeo("copy", "--all", "--src-creds", creds, source, f"dir:{target}")

    files = {file.name: file.read_bytes() for file in target.iterdir()}
    top = files["manifest.json"]
    assert sha256(top) == digest(deployed, repository, tag)
    parts = [entry["digest"] for entry in json.loads(top).get("manifests", [])]
    manifests = [files[f"{name(part)}.manifest.json"] for part in parts] or [top]
    assert [sha256(manifest) for manifest in manifests] == (parts or [sha256(top)])
    for manifest in map(json.loads, manifests):
        for blob in (manifest["config"], *manifest["layers"]):
            content = files[name(blob["digest"])]
            assert (sha256(content), len(content)) == (blob["digest"], blob["size"])


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def name(digest: str) -> str:
    return digest.removeprefix("sha256:")


def digest(cloud: Cloud, repository: str, tag: str) -> str:
    """The digest the simulated registry knows an image by."""
    registry = next(one for one in cloud.world.registries if one.name == "myregistry")
    return registry.repositories[repository].tags[tag].digest


def credentials(cloud: Cloud) -> str:
    """User name and password as the product stored them, read by az."""
    vault = next(one for one in cloud.world.vaults if one.name.startswith("kv-"))
    kinds = ("--name", "myregistry-pull-usr"), ("--name", "myregistry-pull-pwd")
    where = ("keyvault", "secret", "show", "--vault-name", vault.name)
    return ":".join(cloud.az(*where, *kind).json()["value"] for kind in kinds)
