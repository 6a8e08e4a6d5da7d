"""Container groups Azure does not make, and the words it has for it."""

from __future__ import annotations

from typing import Any

import pytest

from aciwizard.sandbox.model import ContainerGroup
from tests.sandbox.conftest import (
    GROUPS,
    PULLER,
    REGISTRY,
    Cloud,
    group,
)


@pytest.fixture(autouse=True)
def pushed(cloud: Cloud) -> None:
    cloud.push("app", "v1")
    cloud.grant(PULLER, "AcrPull", REGISTRY)


def asking(**requests: float) -> dict[str, Any]:
    """A group whose container asks for this much."""
    sent = group()
    sent["properties"]["containers"][0]["properties"]["resources"] = {"requests": requests}
    return sent


def labelled(label: str) -> dict[str, Any]:
    return {"type": "Public", "dnsNameLabel": label, "ports": [{"port": 80}]}


# -- what is wrong with the request itself --------------------------------------------------------


@pytest.mark.parametrize(("sent", "said"), [(None, "<null>"), ("BeOS", "BeOS")])
async def test_an_operating_system_is_needed(cloud: Cloud, sent: str | None, said: str) -> None:
    message = (
        f"The 'osType' for container group '{said}' is invalid. "
        "The value must be one of 'Windows,Linux'."
    )
    wanted = asking()  # without resources as well: this is said first
    wanted["properties"]["osType"] = sent
    assert (await cloud.deploy(wanted)).refusal == (400, "InvalidOsType", message)


@pytest.mark.parametrize(
    ("requests", "code", "message"),
    [
        (
            {},
            "ResourceRequestsNotSpecified",
            "The resource requests are not specified in container 'app' of contain group 'app'. "
            "Both memory and CPU requests are required since API version '2017-07-01-preview'.",
        ),
        (
            {"memoryInGB": 1.5},
            "ResourceSomeRequestsNotSpecified",
            "The 'Cpu' request is not specified in container 'app' in container group 'app'.",
        ),
        (
            {"cpu": 1},
            "ResourceSomeRequestsNotSpecified",
            "The 'Memory' request is not specified in container 'app' in container group 'app'.",
        ),
    ],
)
async def test_processors_and_memory_are_needed(
    cloud: Cloud, requests: dict[str, float], code: str, message: str
) -> None:
    assert (await cloud.deploy(asking(**requests))).refusal == (400, code, message)
    without = group()
    del without["properties"]["containers"][0]["properties"]["resources"]
    assert (await cloud.deploy(without)).fault == (400, "ResourceRequestsNotSpecified")


async def test_what_else_a_group_needs(cloud: Cloud) -> None:
    for sent, code in [
        ({**group(), "location": ""}, "LocationRequired"),
        ({**group(), "location": "atlantis"}, "LocationNotAvailableForResourceType"),
        (group(containers=[]), "MissingContainers"),
    ]:
        assert (await cloud.deploy(sent)).fault == (400, code)
    for name in ("App", "-app", "app-", "a" * 64, "a_b"):
        assert (await cloud.deploy(group(), name)).fault == (400, "InvalidContainerGroupName")
    assert not cloud.world.instances


@pytest.mark.parametrize("label", ["node", "Teste", "1demo", "demo-", "under_score", "x" * 64])
async def test_a_label_must_be_a_name(cloud: Cloud, label: str) -> None:
    assert (await cloud.deploy(group(ipAddress=labelled(label)))).refusal == (
        400,
        "InvalidDnsNameLabel",
        f"The DNS name label '{label}' in container group 'app' is invalid. It can contain only "
        "lowercase letters, numbers and hyphens. The first character must be a letter. The last "
        "character must be a letter or number. The value must be between 5 and 63 characters long.",
    )


async def test_a_label_is_taken_in_its_region(cloud: Cloud) -> None:
    held = {"ipAddress": labelled("aci-demo"), "containers": []}
    other = ContainerGroup("another", "theirs", "x", "eastus", held, None, 0.0, "op")
    cloud.world.instances.append(other)
    message = (
        "The DNS name label 'aci-demo' in container group 'app' not available. "
        "Try using a different label."
    )
    assert (await cloud.deploy(group())).refusal == (409, "DnsNameLabelNotAvailable", message)
    assert (await cloud.deploy({**group(), "location": "West US"})).status == 201
    assert (await cloud.deploy({**group(), "location": "West US"}, "b")).status == 409
    await cloud.wait(60)
    assert (await cloud.deploy({**group(), "location": "West US"})).status == 201  # its own


# -- what a region has to give --------------------------------------------------------------------


async def test_the_quota_counts_the_cores_that_are_there(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        sent = asking(cpu=3, memoryInGB=4)
        sent["properties"]["ipAddress"] = None
        assert (await cloud.deploy(sent, name)).status == 201
    reply = await cloud.deploy(asking(cpu=2, memoryInGB=4))
    assert reply.refusal == (
        400,
        "ContainerGroupQuotaReached",
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota "
        "'StandardCores' exceeded in region 'eastus'. Limit: '10', Usage: '9' Requested: '2'.",
    )
    assert (await cloud.deploy(asking(cpu=1, memoryInGB=4))).status == 201
    elsewhere = {**asking(cpu=2, memoryInGB=4), "location": "westus"}
    assert (await cloud.deploy(elsewhere, "d")).status == 201
    await cloud.arm("DELETE", f"{GROUPS}/a")
    more = asking(cpu=3, memoryInGB=4)
    more["properties"]["ipAddress"] = None
    assert (await cloud.deploy(more, "e")).status == 201
    await cloud.wait(60)
    assert (await cloud.deploy(more, "e")).status == 201  # it has its own cores already


@pytest.mark.parametrize(("cpu", "memory"), [(6, 4), (2, 17.5)])
async def test_a_region_has_no_room_for_the_large(cloud: Cloud, cpu: float, memory: float) -> None:
    reply = await cloud.deploy(asking(cpu=cpu, memoryInGB=memory))
    assert reply.refusal == (
        409,
        "ServiceUnavailable",
        "The requested resource is not available in the location 'eastus' at this moment. Please "
        "retry with a different resource request or in another location. Resource requested: "
        f"'{cpu}' CPU '{memory}' GB memory 'Linux' OS",
    )


# -- what may follow a group ----------------------------------------------------------------------


async def test_a_group_that_is_starting_is_left_alone(cloud: Cloud) -> None:
    await cloud.deploy(group())
    message = "The container group 'app' is still transitioning, please retry later."
    early = await cloud.deploy(group())
    assert early.refusal == (409, "ContainerGroupTransitioning", message)
    await cloud.wait(60)
    assert (await cloud.deploy(group())).status == 201


@pytest.mark.parametrize(
    "changed",
    [asking(cpu=2, memoryInGB=1.5), asking(cpu=1, memoryInGB=2), group(restartPolicy="Never")],
)
async def test_some_changes_need_a_new_group(cloud: Cloud, changed: dict[str, Any]) -> None:
    await cloud.deploy(group())
    await cloud.wait(60)
    assert (await cloud.deploy(changed)).refusal == (
        400,
        "InvalidContainerGroupUpdate",
        "The updates on container group 'app' are invalid. If you are going to update the os type, "
        "restart policy, network profile, CPU, memory or GPU resources for a container group, you "
        "must delete it first and then create a new one.",
    )
    await cloud.arm("DELETE", f"{GROUPS}/app")
    assert (await cloud.deploy(changed)).status == 201
