"""How containers fare: they run, end, crash again and again, are stopped, started and deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aciwizard.sandbox.pace import Durations
from tests.sandbox.conftest import GROUPS, PULLER, REGISTRY, REX, Cloud, Reply, group

APP = f"{GROUPS}/app"
RUN = 2.0  # seconds a container that ends lives
STARTED = Durations().instance_started


@pytest.fixture(autouse=True)
def puller(cloud: Cloud) -> None:
    cloud.grant(PULLER, "AcrPull", REGISTRY)


async def started(
    cloud: Cloud, behaviour: str = "serve", policy: str = "Always", **image: Any
) -> None:
    """A group whose container has started just now."""
    cloud.push("app", "v1", behaviour=behaviour, **image)
    assert (await cloud.deploy(group(restartPolicy=policy))).status == 201
    await until(cloud, 0)


async def until(cloud: Cloud, seconds: float) -> None:
    """Wait until so many seconds after the first start."""
    now, (made,) = cloud.world.pace.now(), cloud.world.instances
    await cloud.wait(made.started_at + seconds - now)


async def states(cloud: Cloud) -> tuple[str, str, Any]:
    """The group's provisioning state and state, and its container's view."""
    shown = await cloud.show()
    held, view = shown["properties"], shown["container"].get("instanceView")
    return held["provisioningState"], held["instanceView"]["state"], view


async def logs(cloud: Cloud, query: str = "", name: str = "app") -> Reply:
    return await cloud.arm("GET", f"{APP}/containers/{name}/logs{query}")


# -- containers that end --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "policy", "state", "code"),
    [
        ("exit:0", "Never", "Succeeded", 0),
        ("exit:0", "OnFailure", "Succeeded", 0),
        ("exit:2", "Never", "Failed", 2),
        ("crash:1", "Never", "Failed", 1),
    ],
)
async def test_a_job_ends_and_was_provisioned_all_the_same(
    cloud: Cloud, behaviour: str, policy: str, state: str, code: int
) -> None:
    await started(cloud, behaviour, policy)
    assert (await states(cloud))[1] == "Running"
    await until(cloud, RUN)
    provisioning, group_state, view = await states(cloud)
    assert (provisioning, group_state, view["restartCount"]) == ("Succeeded", state, 0)
    current = view["currentState"]
    assert (current["state"], current["exitCode"]) == ("Terminated", code)
    assert current["detailStatus"] == ("Error" if code else "Completed")
    assert current["startTime"] < current["finishTime"]
    await cloud.wait(3600)
    assert (await states(cloud))[1] == state


@pytest.mark.parametrize(
    ("behaviour", "policy", "code"),
    [
        ("crash:1", "Always", 1),
        ("exit:2", "OnFailure", 2),
        ("exit:0", "Always", 0),  # a shell, say: it ends and is started again
    ],
)
async def test_a_crash_loop_looks_like_a_running_group(
    cloud: Cloud, behaviour: str, policy: str, code: int
) -> None:
    await started(cloud, behaviour, policy)
    end = 0.0
    for restarts, pause in enumerate((10, 20, 40, 80, 160, 300, 300)):
        end += RUN
        await until(cloud, end)
        provisioning, state, view = await states(cloud)
        assert (provisioning, state) == ("Succeeded", "Running")
        words = f"CrashLoopBackOff: Back-off {pause}s restarting failed"
        assert view["currentState"] == {"state": "Waiting", "detailStatus": words}
        assert view["restartCount"] == restarts
        previous = view["previousState"]
        assert (previous["state"], previous["exitCode"]) == ("Terminated", code)
        assert previous["detailStatus"] == ("Error" if code else "Completed")
        end += pause
        await until(cloud, end)
        assert (await states(cloud))[2]["currentState"]["state"] == "Running"
        assert (await states(cloud))[2]["restartCount"] == restarts + 1


async def test_events_of_a_crash_loop_count_and_never_go_back(cloud: Cloud) -> None:
    await started(cloud, "crash:1")
    seen: list[tuple[int, str]] = []
    for moment in (0, 5, 12, 15, 34, 40, 76):
        await until(cloud, moment)
        events = {e["name"]: e for e in (await states(cloud))[2]["events"]}
        begun = events["Started"]
        seen.append((begun["count"], begun["lastTimestamp"]))
        assert begun["firstTimestamp"] == seen[0][1]
        assert events["Pulled"]["count"] == 1
        assert ("Killing" in events) == (moment >= RUN)
    assert [count for count, _ in seen] == [1, 1, 2, 2, 3, 3, 4]
    assert seen == sorted(seen) and len({last for _, last in seen}) == 4
    assert events["Killing"]["message"] == "Killing container app (platform initiated)."


async def test_an_image_for_another_processor_cannot_be_executed(cloud: Cloud) -> None:
    await started(cloud, platforms=("linux/arm64",))
    assert (await logs(cloud)).json["content"].endswith("exec format error\n")
    await until(cloud, RUN)
    provisioning, state, view = await states(cloud)
    assert (provisioning, state) == ("Succeeded", "Running")
    assert view["previousState"]["exitCode"] == 1


async def test_a_group_that_never_starts_fails_after_half_an_hour(cloud: Cloud) -> None:
    cloud.push("app", "v1", declared_size=16_000_000_000)
    url = (await cloud.deploy(group())).headers["azure-asyncoperation"]
    await cloud.wait(1700)
    assert (await states(cloud))[:2] == ("Creating", "Pending")
    await cloud.wait(100)
    provisioning, state, view = await states(cloud)
    assert (provisioning, state) == ("Failed", "Pending")
    assert view["currentState"] == {"state": "Waiting", "detailStatus": "ContainerCreating"}
    assert (await cloud.arm("GET", url)).json["status"] == "Failed"
    assert (await logs(cloud)).fault == (404, "ContainerLogNotAvailable")
    assert (await cloud.arm("DELETE", APP)).status == 200


async def test_two_containers_are_one_group(cloud: Cloud) -> None:
    cloud.push("app", "v1")
    cloud.push("job", "v1", behaviour="exit:0", log="done\n")
    sent = group()
    (first,) = sent["properties"]["containers"]
    inner = {**first["properties"], "image": "reg.azurecr.io/job:v1", "ports": None}
    sent["properties"]["containers"].append({"name": "job", "properties": inner})
    shown = (await cloud.deploy({**sent}, "app")).json["properties"]["containers"]
    assert [(c["name"], c["properties"]["ports"] == []) for c in shown] == [
        ("app", False),
        ("job", True),
    ]
    await until(cloud, 0)
    assert (await logs(cloud, name="job")).json["content"] == "done\n"


# -- logs -----------------------------------------------------------------------------------------


async def test_there_are_no_logs_before_the_start(cloud: Cloud) -> None:
    cloud.push("app", "v1", log="one\ntwo\nthree\n")
    await cloud.deploy(group())
    message = (
        "Log of container 'app' in container group 'app' is not available yet. Please check "
        "container 'InstanceView' for more information or retry later."
    )
    assert (await logs(cloud)).refusal == (404, "ContainerLogNotAvailable", message)
    await until(cloud, 0)
    assert (await logs(cloud)).json == {"content": "one\ntwo\nthree\n"}
    assert (await logs(cloud, "?tail=2")).json == {"content": "two\nthree\n"}
    stamped = (await logs(cloud, "?tail=1&timestamps=true")).json["content"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z three\n", stamped)
    assert (await logs(cloud, name="other")).fault == (404, "ContainerLogNotAvailable")


async def test_a_silent_container_has_an_empty_log(cloud: Cloud) -> None:
    await started(cloud, "silent", log="")
    assert (await logs(cloud)).json == {"content": ""}
    assert (await states(cloud))[1] == "Running"


# -- stopping, starting, deleting -----------------------------------------------------------------


async def act(cloud: Cloud, what: str) -> Reply:
    reply = await cloud.arm("POST", f"{APP}/{what}")
    if reply.status == 204:
        assert reply.text == ""
    return reply


async def test_stopping_is_at_once(cloud: Cloud) -> None:
    await started(cloud)
    await until(cloud, 60)
    running = (await states(cloud))[2]["currentState"]
    stopped = await act(cloud, "stop")
    assert stopped.status == 204 and "azure-asyncoperation" not in stopped.headers
    provisioning, state, view = await states(cloud)
    assert (provisioning, state, view["restartCount"]) == ("Succeeded", "Stopped", 0)
    current = view["currentState"]
    assert current["state"] == "Terminated" and "exitCode" not in current
    assert current["detailStatus"] == "Container stopped per client request"
    assert current["finishTime"] > running["startTime"]
    assert view["previousState"] == running
    assert (await act(cloud, "stop")).status == 204
    assert (await states(cloud))[2]["currentState"] == current


@pytest.mark.parametrize("what", ["start", "restart"])
async def test_starting_again_takes_a_moment(cloud: Cloud, what: str) -> None:
    await started(cloud)
    await until(cloud, 60)
    if what == "start":
        await act(cloud, "stop")
    again = await act(cloud, what)
    assert again.status == 204
    early = await cloud.arm("GET", again.headers["azure-asyncoperation"])
    assert early.json["status"] == "Pending"
    assert (await states(cloud))[1] == "Pending"
    message = "The container group 'app' is still transitioning, please retry later."
    assert (await act(cloud, what)).refusal == (409, "ContainerGroupTransitioning", message)
    await cloud.wait(STARTED)
    done = await cloud.arm("GET", again.headers["azure-asyncoperation"])
    assert done.json["status"] == "Succeeded"
    _, state, view = await states(cloud)
    assert (state, view["currentState"]["state"]) == ("Running", "Running")
    assert "events" not in view  # the image was there


async def test_deleting_answers_with_the_last_of_it(cloud: Cloud) -> None:
    await started(cloud)
    last = (await cloud.arm("GET", APP)).json
    reply = await cloud.arm("DELETE", APP)
    assert (reply.status, reply.json) == (200, last)
    assert not {"azure-asyncoperation", "location"} & set(reply.headers)
    message = (
        "The Resource 'Microsoft.ContainerInstance/containerGroups/app' under resource group 'rg' "
        "was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    for method, path in (
        ("GET", APP),
        ("POST", f"{APP}/stop"),
        ("GET", f"{APP}/containers/app/logs"),
    ):
        missing = await cloud.arm(method, path)
        assert missing.refusal == (404, "ResourceNotFound", message)
        assert missing.headers["x-ms-failure-cause"] == "gateway"
    again = await cloud.arm("DELETE", APP)
    assert (again.status, again.text) == (204, "")


async def test_a_reader_looks_and_does_not_touch(cloud: Cloud) -> None:
    await started(cloud)
    for method, path in (("GET", APP), ("GET", f"{APP}/containers/app/logs")):
        assert (await cloud.arm(method, path, who=REX)).status == 200
    for method, path in (("POST", f"{APP}/stop"), ("POST", f"{APP}/restart"), ("DELETE", APP)):
        assert (await cloud.arm(method, path, who=REX)).fault == (403, "AuthorizationFailed")
