"""How a container fares over time: pulled, started, running, ended, restarted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aciwizard.sandbox.model import Container, ContainerGroup
from aciwizard.sandbox.pace import Durations, Pace, stamp

_RUN = 2.0  # seconds a container that ends lives
TIMEOUT = 1800  # seconds after which Azure calls a group failed that has not started
_BACKOFF = (10.0, 20.0, 40.0, 80.0, 160.0, 300.0)  # seconds between restarts


@dataclass(frozen=True, slots=True)
class Life:
    """One container at one moment. Times are simulated seconds."""

    state: str  # Waiting | Running | Terminated
    since: float
    restarts: int = 0
    exit_code: int | None = None
    ended_at: float | None = None
    last_exit: tuple[float, float, int] | None = None  # started, ended, code of the run before
    waiting: str = ""


def behaviour(container: Container) -> tuple[str, int]:
    """What the image does once started (serve, exit, crash, silent) and its exit code."""
    labels = (container.config.get("config") or {}).get("Labels") or {}
    if container.config.get("architecture") == "arm64":
        return "exit", 1
    kind, _, code = str(labels.get("sandbox.behaviour", "serve")).partition(":")
    return kind, int(code or 0)


def live(group: ContainerGroup, container: Container, now: float) -> Life:
    """How a container of a group is at a moment."""
    if group.stopped_at is not None:
        return Life("Terminated", group.started_at, exit_code=None, ended_at=group.stopped_at)
    if now < group.started_at:
        return Life("Waiting", group.made_at, waiting="ContainerCreating")
    kind, code = behaviour(container)
    if kind in ("serve", "silent"):
        return Life("Running", group.started_at)
    policy = str(group.properties.get("restartPolicy", "Always"))
    again = policy == "Always" or (policy == "OnFailure" and code != 0)
    start, restarts, last = group.started_at, 0, None
    while True:
        end = start + _RUN
        if now < end:
            return Life("Running", start, restarts, last_exit=last)
        if not again:
            return Life("Terminated", start, restarts, code, end)
        pause = _BACKOFF[min(restarts, len(_BACKOFF) - 1)]
        last = (start, end, code)
        if now < end + pause:
            words = f"CrashLoopBackOff: Back-off {int(pause)}s restarting failed"
            return Life("Waiting", end, restarts, last_exit=last, waiting=words)
        start, restarts = end + pause, restarts + 1


def provisioning(group: ContainerGroup, now: float, durations: Durations) -> str:
    if now >= group.started_at:
        return "Succeeded"
    if now >= group.made_at + TIMEOUT:
        return "Failed"
    return "Pending" if now < group.made_at + durations.instance_pulling else "Creating"


def group_state(group: ContainerGroup, now: float) -> str:
    """The group's own state: what its containers add up to."""
    if group.stopped_at is not None:
        return "Stopped"
    if now < group.started_at:
        return "Pending"
    lives = [live(group, container, now) for container in group.containers]
    if all(life.state == "Terminated" for life in lives):
        return "Failed" if any(life.exit_code for life in lives) else "Succeeded"
    return "Running"


def serving(group: ContainerGroup, container: Container, port: int, now: float) -> bool:
    """Whether an HTTP request to this port of the group is answered by this container now."""
    opened = [int(p["port"]) for p in (group.properties.get("ipAddress") or {}).get("ports") or []]
    if port not in opened or live(group, container, now).state != "Running":
        return False
    return behaviour(container)[0] == "serve" and port in _listening(group, container)


def _listening(group: ContainerGroup, container: Container) -> list[int]:
    for sent in group.properties["containers"]:
        if sent["name"] == container.name:
            for variable in (sent.get("properties") or {}).get("environmentVariables") or []:
                if variable.get("name") == "PORT" and str(variable.get("value", "")).isdigit():
                    return [int(variable["value"])]
    exposed = (container.config.get("config") or {}).get("ExposedPorts") or {}
    return [int(port.partition("/")[0]) for port in exposed]


# -- as Azure writes it -----------------------------------------------------------------------------


def _moment(pace: Pace, at: float) -> str:
    text = stamp(pace.utc(at), 3)
    return text[:-1].rstrip("0").rstrip(".") + "Z"


def view(group: ContainerGroup, container: Container, pace: Pace) -> dict[str, Any]:
    """A container's instanceView; `events` is absent where there are none, as recorded."""
    life = live(group, container, pace.now())
    body: dict[str, Any] = {
        "restartCount": life.restarts,
        "currentState": _current(group, life, pace),
    }
    if life.last_exit:
        started, ended, code = life.last_exit
        body["previousState"] = _terminated(pace, started, ended, code)
    elif group.stopped_at is not None and group.stopped_at >= group.started_at:
        body["previousState"] = _running(pace, group.started_at)
    if happened := events(group, container, pace):
        body["events"] = happened
    return body


def _running(pace: Pace, since: float) -> dict[str, Any]:
    return {"state": "Running", "startTime": _moment(pace, since), "detailStatus": ""}


def _terminated(pace: Pace, started: float, ended: float, code: int) -> dict[str, Any]:
    return {
        "state": "Terminated",
        "startTime": _moment(pace, started),
        "exitCode": code,
        "finishTime": _moment(pace, ended),
        "detailStatus": "Error" if code else "Completed",
    }


def _current(group: ContainerGroup, life: Life, pace: Pace) -> dict[str, Any]:
    match life.state:
        case "Running":
            return _running(pace, life.since)
        case "Waiting":
            return {"state": "Waiting", "detailStatus": life.waiting}
        case _ if group.stopped_at is not None:
            words = "Container stopped per client request"
            return {
                "state": "Terminated",
                "finishTime": _moment(pace, group.stopped_at),
                "detailStatus": words,
            }
        case _:
            return _terminated(pace, life.since, life.ended_at or life.since, life.exit_code or 0)


def events(group: ContainerGroup, container: Container, pace: Pace) -> list[dict[str, Any]]:
    """Pulling, Pulled, Started, Killing so far; a cached image leaves no pull events."""
    now, durations = pace.now(), pace.durations
    host, _, rest = container.image.partition("/")
    name = rest.partition("@")[0].rpartition(":")[0] or rest
    pinned = f"{host}/{name}@{container.digest}"
    life = live(group, container, now)
    happened: list[tuple[float, float, int, str, str]] = []
    if not container.cached:
        pulling, pulled = (
            group.made_at + durations.instance_pulling,
            group.made_at + durations.instance_pulled,
        )
        happened.append((pulling, pulling, 1, "Pulling", f'pulling image "{pinned}"'))
        happened.append((pulled, pulled, 1, "Pulled", f'Successfully pulled image "{pinned}"'))
    if group.started_at <= now and not (container.cached and not life.restarts):
        waits = life.state == "Waiting" and life.last_exit
        latest = waits[0] if waits else life.since
        happened.append(
            (group.started_at, latest, life.restarts + 1, "Started", "Started container")
        )
    if life.last_exit:
        ended = life.last_exit[1]
        words = f"Killing container {container.name} (platform initiated)."
        happened.append((ended, ended, max(1, life.restarts), "Killing", words))
    return [
        {
            "count": count,
            "firstTimestamp": stamp(pace.utc(first), 0),
            "lastTimestamp": stamp(pace.utc(last), 0),
            "name": name,
            "message": message,
            "type": "Normal",
        }
        for first, last, count, name, message in happened
        if first <= now
    ]


def log(group: ContainerGroup, container: Container, pace: Pace) -> str | None:
    """The container's log so far, or None before it started."""
    if pace.now() < group.started_at:
        return None
    if container.config.get("architecture") == "arm64":
        once = "standard_init_linux.go:228: exec user process caused: exec format error\n"
    else:
        labels = (container.config.get("config") or {}).get("Labels") or {}
        once = str(labels.get("sandbox.log", ""))
    return once + "".join(container.requests)
