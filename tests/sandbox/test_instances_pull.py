"""Images Azure Container Instances can pull with the credential it was given, and others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import GROUPS, PULLER, PULLER_APP, PULLER_SECRET, REGISTRY, Cloud, group

IMAGE = "reg.azurecr.io/app:v1"


@pytest.fixture(autouse=True)
def pushed(cloud: Cloud) -> None:
    cloud.push("app", "v1")


def credential(**changes: str) -> list[dict[str, str]]:
    held = {"server": "reg.azurecr.io", "username": PULLER_APP, "password": PULLER_SECRET}
    return [{**held, **changes}]


async def inaccessible(cloud: Cloud, sent: dict[str, Any], image: str = IMAGE) -> None:
    """One message for every cause: that is why the wizard pulls by itself first."""
    message = (
        f"The image '{image}' in container group 'app' is not accessible. "
        "Please check the image and registry credential."
    )
    assert (await cloud.deploy(sent)).refusal == (400, "InaccessibleImage", message)
    assert not cloud.world.instances


async def test_a_role_is_needed_and_must_be_in_force(cloud: Cloud) -> None:
    await inaccessible(cloud, group())
    held = cloud.grant(PULLER, "AcrPull", REGISTRY, at=cloud.world.after(40))
    await inaccessible(cloud, group())
    await cloud.wait(40)
    assert (await cloud.deploy(group())).status == 201
    cloud.world.assignments.remove(held)
    await cloud.wait(60)
    assert (await cloud.deploy(group())).fault == (400, "InaccessibleImage")


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        credential(password="wrong"),
        credential(username=PULLER),
        credential(username="reg"),
        credential(server="other.azurecr.io"),
    ],
)
async def test_a_credential_is_needed_and_must_be_right(
    cloud: Cloud, credentials: list[dict[str, str]] | None
) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    await inaccessible(cloud, group(imageRegistryCredentials=credentials))
    good = group(imageRegistryCredentials=credential(server="REG.azurecr.io"))
    assert (await cloud.deploy(good)).status == 201


async def test_a_secret_that_is_not_in_force_yet(cloud: Cloud) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    cloud.world.applications[0].passwords[0].effective_at = 12
    await inaccessible(cloud, group())
    await cloud.wait(12)
    assert (await cloud.deploy(group())).status == 201


@pytest.mark.parametrize(
    "image",
    [
        "reg.azurecr.io/app:v9",
        "reg.azurecr.io/apt:v1",
        "reg.azurecr.io/app",
        "gone.azurecr.io/a:v1",
    ],
)
async def test_an_image_that_is_not_there(cloud: Cloud, image: str) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    await inaccessible(cloud, group(image), image)


async def test_an_abac_registry_gives_nothing_for_acrpull(cloud: Cloud) -> None:
    cloud.reg.abac = True
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    await inaccessible(cloud, group())
    cloud.grant(PULLER, "Container Registry Repository Reader", REGISTRY)
    assert (await cloud.deploy(group())).status == 201


async def test_a_closed_registry_gives_nothing_at_all(cloud: Cloud) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    cloud.reg.closed = True
    await inaccessible(cloud, group())


async def test_other_ways_to_an_image(cloud: Cloud) -> None:
    cloud.reg.admin_enabled, cloud.reg.admin_passwords = True, ["admin"]
    admin = credential(username="reg", password="admin")
    digest = cloud.reg.repositories["app"].tags["v1"].digest
    sent = [
        group(imageRegistryCredentials=admin, ipAddress=None),
        group(f"reg.azurecr.io/app@{digest}", imageRegistryCredentials=admin, ipAddress=None),
        group("mcr.microsoft.com/hello-world", imageRegistryCredentials=None, ipAddress=None),
    ]
    for number, each in enumerate(sent):
        assert (await cloud.deploy(each, f"app{number}")).status == 201
    cloud.reg.anonymous_pull = True
    anonymous = group(imageRegistryCredentials=None, ipAddress=None)
    assert (await cloud.deploy(anonymous, "anonymous")).status == 201


async def test_docker_hub_is_not_here(cloud: Cloud) -> None:
    message = (
        "An error response is received from the docker registry 'index.docker.io'. "
        "Please retry later."
    )
    status, code, said = (await cloud.deploy(group("nginx:latest"))).refusal
    assert (code, said) == ("RegistryErrorResponse", message) and status >= 400


async def test_an_image_for_another_operating_system(cloud: Cloud) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    message = (
        f"The container image '{IMAGE}' doesn't support specified OS 'Windows' for container "
        "group 'app'."
    )
    wrong = await cloud.deploy(group(osType="Windows"))
    assert wrong.refusal == (400, "ImageOsTypeNotMatchContainerGroup", message)
    cloud.push("iis", "new", platforms=("windows/amd64",), os_version="10.0.20348.2527")
    cloud.push("iis", "old", platforms=("windows/amd64",), os_version="10.0.16299.1087")
    new, old = (group(f"reg.azurecr.io/iis:{tag}", osType="Windows") for tag in ("new", "old"))
    message = "The OS version of image 'reg.azurecr.io/iis:old' is not supported."
    assert (await cloud.deploy(old)).refusal == (400, "OsVersionNotSupported", message)
    assert (await cloud.deploy(new)).status == 201


async def test_of_several_platforms_the_fitting_one_runs(cloud: Cloud) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)
    top = cloud.push("app", "v1", platforms=("linux/arm64", "linux/amd64"), log="runs\n")
    assert (await cloud.deploy(group())).status == 201
    await cloud.wait(60)
    view = (await cloud.show())["container"]["instanceView"]
    assert view["currentState"]["state"] == "Running"
    assert f'@{top}"' in view["events"][0]["message"]  # the index, as the tag names it
    url = f"{GROUPS}/app/containers/app/logs"
    assert (await cloud.arm("GET", url)).json == {"content": "runs\n"}
