"""Whatever a registry answers, an image is read from it or a Problem is told, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from fnmatch import fnmatch
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aciwizard.azure import registry, registry_data
from aciwizard.azure.pull import Image, Puller
from aciwizard.azure.session import Session, connect
from aciwizard.core.problems import Problem
from aciwizard.sandbox.canary import leaks
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.images import INDEXES, MANIFEST
from tests.conftest import Azure

Result = TypeVar("Result")
NAME, TAG, LOGIN = "aci-helloworld", "v1", "myregistry.azurecr.io"
often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Registry:
    """A signed-in session, and a registry whose answers can be others."""

    def __init__(self, azure: Azure, patch: pytest.MonkeyPatch) -> None:
        self.azure, self.loop, self._stack = azure, asyncio.new_event_loop(), AsyncExitStack()
        self.session: Session = self.wait(self._stack.enter_async_context(connect("AzureCloud")))
        self.spoilt: dict[str, Answer] = {}
        honest = azure.sandbox._dispatched

        async def answered(call: Call, port: int) -> Answer:
            for pattern, answer in self.spoilt.items():
                if fnmatch(call.path, pattern):
                    return answer
            return await honest(call, port)

        patch.setattr(azure.sandbox, "_dispatched", answered)

    def wait(self, work: Awaitable[Result]) -> Result:
        return self.loop.run_until_complete(work)

    def spoil(self, path: str, body: Any, kind: str = MANIFEST, status: int = 200) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.spoilt[path] = Answer(status, raw, {"Docker-Content-Digest": "sha256:0"}, kind)

    def told(self, ask: Callable[[], Awaitable[Result]]) -> Result | Problem:
        """What is read, or the Problem; anything else raised fails the test."""
        try:
            return self.wait(ask())
        except Problem as problem:
            return problem

    def image(self) -> Image | Problem:
        return self.told(lambda: Puller(self.session, LOGIN, None).image(NAME, TAG, "Reading"))

    def close(self) -> None:
        self.wait(self._stack.aclose())
        self.loop.close()


@pytest.fixture
def there(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    one = Registry(azure, monkeypatch)
    yield one
    one.close()


words = st.sampled_from(
    [
        "schemaVersion",
        "mediaType",
        "config",
        "layers",
        "manifests",
        "digest",
        "size",
        "platform",
        "os",
        "architecture",
        "os.version",
        "ExposedPorts",
        "Entrypoint",
        "Cmd",
        "sha256:0",
        "linux",
        "80/tcp",
        "amd64",
        "unknown",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5),
    max_leaves=12,
)
bodies = st.binary(max_size=60) | anything
MANIFESTS, BLOBS = "/v2/*/manifests/*", "/v2/*/blobs/*"


@often
@given(bodies, st.sampled_from([MANIFEST, *INDEXES, "text/html", ""]))
def test_any_manifest(there: Registry, body: Any, kind: str) -> None:
    there.spoilt.clear()
    there.spoil(MANIFESTS, body, kind)
    assert isinstance(there.image(), Image | Problem)


entries = st.fixed_dictionaries({}, optional={"digest": anything, "platform": anything})


@often
@given(st.lists(entries | anything, max_size=3))
def test_any_index(there: Registry, manifests: Any) -> None:
    there.spoilt.clear()
    there.spoil("/v2/*/manifests/v1", {"manifests": manifests}, INDEXES[0])
    assert isinstance(there.image(), Image | Problem)


inner = st.fixed_dictionaries(
    {}, optional={"ExposedPorts": anything, "Entrypoint": anything, "Cmd": anything}
)
configs = st.fixed_dictionaries(
    {}, optional={"os": anything, "architecture": anything, "config": inner | anything}
)


@often
@given(configs | bodies)
def test_any_configuration(there: Registry, config: Any) -> None:
    there.spoilt.clear()
    there.spoil(BLOBS, config)
    assert isinstance(there.image(), Image | Problem)


@often
@given(st.lists(st.fixed_dictionaries({}, optional={"size": anything}) | anything, max_size=3))
def test_any_layers(there: Registry, layers: Any) -> None:
    there.spoilt.clear()
    there.spoil(MANIFESTS, {"config": {"digest": "sha256:0"}, "layers": layers})
    there.spoil(BLOBS, {"os": "linux", "architecture": "amd64"})
    assert isinstance(there.image(), Image | Problem)


@often
@given(bodies, st.sampled_from(["/oauth2/token", "/oauth2/exchange"]), st.sampled_from([200, 401]))
def test_any_token(there: Registry, body: Any, path: str, status: int) -> None:
    there.spoilt.clear()
    there.spoil(path, body, "application/json", status)
    assert isinstance(there.image(), Image | Problem)


async def listed(there: Registry, what: str) -> list[Any]:
    found = await registry.find(
        there.session, there.azure.world.subscriptions[0].id, LOGIN.partition(".")[0]
    )
    assert found is not None
    match what:
        case "tags":
            pages: Any = registry_data.tags(there.session, found, NAME)
        case "manifests":
            pages = registry_data.manifests(there.session, found, NAME)
        case _:
            pages = registry_data.repositories(there.session, found)
    return [one async for page in pages for one in page]


LISTS = {
    "tags": "/acr/v1/*/_tags",
    "manifests": "/acr/v1/*/_manifests",
    "names": "/acr/v1/_catalog",
}
rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": anything,
            "digest": anything,
            "imageSize": anything,
            "createdTime": anything,
            "lastUpdateTime": anything,
            "architecture": anything,
            "os": anything,
        },
    )
    | anything,
    max_size=3,
)


@often
@given(rows | bodies, st.sampled_from(sorted(LISTS)))
def test_any_list(there: Registry, found: Any, what: str) -> None:
    there.spoilt.clear()
    whole = {"tags": found, "manifests": found, "repositories": found}
    body = found if isinstance(found, bytes) else whole
    there.spoil(LISTS[what], body, "application/json")
    assert isinstance(there.told(lambda: listed(there, what)), list | Problem)


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/exchange"])
@pytest.mark.parametrize("body", ['{"access_token": "%s', '["%s"]', '"%s"', '{"other": "%s"}'])
def test_a_token_that_is_not_where_it_should_be_is_not_shown(
    there: Registry, path: str, body: str
) -> None:
    there.spoil(path, (body % there.azure.world.mint()).encode())
    told = there.image()
    assert isinstance(told, Problem) and told.code == "UnreadableAnswer"
    assert leaks(told.raw) == []


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize("path", [MANIFESTS, BLOBS, "/oauth2/token", "/oauth2/exchange"])
@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_too_deep_to_read(there: Registry, path: str, status: int) -> None:
    there.spoil(path, DEEP, status=status)
    assert isinstance(there.image(), Problem)


@pytest.mark.parametrize("what", LISTS)
def test_a_list_too_deep_to_read(there: Registry, what: str) -> None:
    there.spoil(LISTS[what], DEEP, "application/json")
    assert isinstance(there.told(lambda: listed(there, what)), Problem)


def test_a_document_that_comes_in_many_pieces_is_read_whole(there: Registry) -> None:
    config = {"os": "linux", "architecture": "amd64", "history": ["x" * 1000] * 3000}
    there.spoil(BLOBS, config)
    assert isinstance(there.image(), Image)


def test_a_document_larger_than_any_is_not_read_on(there: Registry) -> None:
    there.spoil(BLOBS, b'{"os": "' + b"x" * 9 * 1024 * 1024 + b'"}')
    told = there.image()
    assert isinstance(told, Problem) and told.code == "UnreadableAnswer"
    assert len(told.raw) < 1000
