"""What a registry holds: catalog, tags and manifests in pages, and images with true digests."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import pytest

from aciwizard.sandbox.images import INDEXES, MANIFEST, MANIFEST_LIST, digest
from aciwizard.sandbox.model import Tag
from aciwizard.sandbox.pace import Durations
from tests.sandbox.conftest import Cloud, Reply

BASE = "https://reg.azurecr.io"


@pytest.fixture(autouse=True)
def admin(cloud: Cloud) -> None:
    """The admin user may see everything."""
    cloud.reg.admin_enabled, cloud.reg.admin_passwords = True, ["admin"]


async def get(cloud: Cloud, url: str, method: str = "GET") -> Reply:
    return await cloud.ask(method, url.removeprefix(BASE), basic=("reg", "admin"))


async def pages(cloud: Cloud, url: str, key: str) -> list[list[Any]]:
    """Every page of a list, following its Link headers."""
    found = []
    while url:
        reply = await get(cloud, url)
        assert reply.status == 200 and reply.text.endswith("}\n")
        found.append(reply.json[key])
        more = re.fullmatch(r'<(/[^>]+)>; rel="next"', reply.headers.get("link", "</>"))
        url = urljoin(BASE + url, more[1]).removeprefix(BASE) if more else ""
    return found


# -- the catalog ----------------------------------------------------------------------------------


async def test_the_catalog_in_pages(cloud: Cloud) -> None:
    for name in ("library/hello-world", "library/alpine", "library/busybox"):
        cloud.push(name, "latest")
    whole = await get(cloud, "/acr/v1/_catalog")
    assert "link" not in whole.headers
    names = ["library/alpine", "library/busybox", "library/hello-world"]
    assert whole.json == {"repositories": names}

    first = await get(cloud, "/acr/v1/_catalog?n=2&api-version=2021-07-01")
    assert first.json == {"repositories": names[:2]}
    link = '</acr/v1/_catalog?last=library%2Fbusybox&n=2&orderby=>; rel="next"'
    assert first.headers["link"] == link  # relative, as recorded
    last = await get(cloud, "/acr/v1/_catalog?last=library%2Fbusybox&n=2&orderby=")
    assert last.json == {"repositories": names[2:]} and "link" not in last.headers
    exact = await get(cloud, "/acr/v1/_catalog?n=3")
    assert exact.json == {"repositories": names} and "link" not in exact.headers
    assert (await pages(cloud, "/v2/_catalog?n=1", "repositories")) == [[name] for name in names]


async def test_a_page_holds_a_hundred_unless_told(cloud: Cloud) -> None:
    for number in range(250):
        cloud.push(f"app{number:03d}", "v1", title="one")
    for query in ("", "?n=0", "?n=-1"):
        found = await pages(cloud, f"/acr/v1/_catalog{query}", "repositories")
        assert [len(page) for page in found] == [100, 100, 50]
        assert len({name for page in found for name in page}) == 250


async def test_an_empty_registry(cloud: Cloud) -> None:
    reply = await get(cloud, "/acr/v1/_catalog")
    assert not reply.json["repositories"] and "link" not in reply.headers


# -- tags -----------------------------------------------------------------------------------------


async def test_a_tag_tells_its_digest_and_times(cloud: Cloud) -> None:
    pushed = cloud.push("web/api", "v1")
    body = (await get(cloud, "/acr/v1/web%2Fapi/_tags")).json
    assert (body["registry"], body["imageName"]) == ("reg.azurecr.io", "web/api")
    (tag,) = body["tags"]
    times = tag.pop("createdTime"), tag.pop("lastUpdateTime")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", time) for time in times)
    attributes = dict.fromkeys(
        ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled"), True
    )
    assert tag == {
        "name": "v1",
        "digest": pushed,
        "signed": False,
        "changeableAttributes": attributes,
    }
    one = (await get(cloud, "/acr/v1/web/api/_tags/v1")).json
    assert one["tag"]["digest"] == pushed and one["tag"]["quarantineState"] == "Passed"


async def test_tags_by_name_and_by_time(cloud: Cloud) -> None:
    cloud.push("app", "v2", "v10", "v1", "edge")  # each a minute after the one before
    names = {
        "": ["edge", "v1", "v10", "v2"],
        "?orderby=timedesc": ["edge", "v1", "v10", "v2"],
        "?orderby=timeasc": ["v2", "v10", "v1", "edge"],
    }
    for query, wanted in names.items():
        found = (await get(cloud, f"/acr/v1/app/_tags{query}")).json["tags"]
        assert [tag["name"] for tag in found] == wanted
    assert (await get(cloud, "/v2/app/tags/list")).json == {"name": "app", "tags": names[""]}
    moved = datetime.fromisoformat("2099-01-01T00:00:00+00:00")
    cloud.reg.repositories["app"].tags["v3"] = Tag("sha256:x", moved, moved)
    newest = await get(cloud, "/acr/v1/app/_tags?orderby=timedesc&n=1")
    assert newest.json["tags"][0]["name"] == "v3"


async def test_many_tags_the_newest_first_in_pages(cloud: Cloud) -> None:
    cloud.push("app", *(f"t{number:03d}" for number in range(250)))
    first = await get(cloud, "/acr/v1/app/_tags?n=100&orderby=timedesc")
    link = '</acr/v1/app/_tags?last=t150&n=100&orderby=timedesc>; rel="next"'
    assert first.headers["link"] == link
    found = await pages(cloud, "/acr/v1/app/_tags?n=100&orderby=timedesc", "tags")
    names = [tag["name"] for page in found for tag in page]
    assert names == [f"t{number:03d}" for number in reversed(range(250))]


async def test_what_is_not_there(cloud: Cloud) -> None:
    cloud.push("app", "v1")
    for path, code in [
        ("/acr/v1/nothing/_tags", "NAME_UNKNOWN"),
        ("/acr/v1/nothing", "NAME_UNKNOWN"),
        ("/acr/v1/app/_tags/v9", "TAG_UNKNOWN"),
        ("/acr/v1/app/_manifests/sha256:00", "MANIFEST_UNKNOWN"),
        ("/v2/app/manifests/v9", "MANIFEST_UNKNOWN"),
        ("/v2/nothing/manifests/v1", "MANIFEST_UNKNOWN"),
        ("/v2/app/blobs/sha256:00", "BLOB_UNKNOWN"),
    ]:
        assert (await get(cloud, path)).fault == (404, code)
    unknown = await get(cloud, "/v2/app/manifests/v9")
    assert unknown.refusal[2] == 'manifest tagged by "v9" is not found'


@pytest.mark.parametrize(
    "path",
    [
        "/acr/v1/Nonexistent/_tags/Nonexistent?api-version=2021-07-01",
        "/acr/v1/web/API/_tags",
        "/acr/v1/App",
        "/v2/App/manifests/v1",
        "/v2/App/tags/list",
        "/nonsense",
    ],
)
async def test_upper_case_is_no_route_at_all(cloud: Cloud, path: str) -> None:
    reply = await cloud.ask("GET", path)  # before anybody is asked who they are
    assert (reply.status, reply.text) == (404, "404 page not found\n")
    assert reply.answer.content_type == "text/plain; charset=utf-8"
    assert "www-authenticate" not in reply.headers


async def test_a_tag_may_be_in_upper_case(cloud: Cloud) -> None:
    cloud.push("app", "Latest")
    assert (await get(cloud, "/v2/app/manifests/Latest")).status == 200


# -- manifests and blobs --------------------------------------------------------------------------


async def test_everything_hashes_to_its_digest(cloud: Cloud) -> None:
    top = cloud.push("app", "v1", platforms=("linux/amd64", "linux/arm64"), ports=(80, 8080))
    held = {}

    async def fetch(kind: str, wanted: str) -> Reply:
        reply = await get(cloud, f"/v2/app/{kind}/{wanted}")
        assert digest(reply.answer.payload()) == wanted == reply.headers["docker-content-digest"]
        return reply

    index = await fetch("manifests", top)
    assert index.answer.content_type == MANIFEST_LIST
    for entry in index.json["manifests"]:
        manifest = await fetch("manifests", entry["digest"])
        assert len(manifest.answer.payload()) == entry["size"]
        assert manifest.answer.content_type == entry["mediaType"] == MANIFEST
        described = manifest.json
        config = await fetch("blobs", described["config"]["digest"])
        assert len(config.answer.payload()) == described["config"]["size"]
        platform = {"architecture": config.json["architecture"], "os": config.json["os"]}
        assert platform == entry["platform"]
        (layer,) = described["layers"]
        packed = (await fetch("blobs", layer["digest"])).answer.payload()
        assert len(packed) == layer["size"]
        plain = gzip.decompress(packed)
        assert config.json["rootfs"]["diff_ids"] == [digest(plain)]
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            assert archive.getnames() == ["usr/src/app/index.html"]
        held[platform["architecture"]] = config.json["config"]["ExposedPorts"]
    ports: dict[str, Any] = {"80/tcp": {}, "8080/tcp": {}}
    assert held == {"amd64": ports, "arm64": ports}


async def test_a_single_platform_needs_no_index(cloud: Cloud) -> None:
    pushed = cloud.push("app", "v1")
    by_tag = await get(cloud, "/v2/app/manifests/v1")
    assert by_tag.headers["docker-content-digest"] == pushed == digest(by_tag.answer.payload())
    assert by_tag.answer.content_type == by_tag.json["mediaType"] == MANIFEST
    assert by_tag.headers["etag"] == f'"{pushed}"'
    head = await get(cloud, "/v2/app/manifests/v1", "HEAD")
    assert (head.status, head.headers["docker-content-digest"]) == (200, pushed)


async def test_other_content_has_another_digest(cloud: Cloud) -> None:
    cloud.push("app", "v1", title="one")
    cloud.push("app", "v2", title="two")
    cloud.push("app", "v3", title="two", behaviour="silent")
    assert len({tag.digest for tag in cloud.reg.repositories["app"].tags.values()}) == 3


async def test_manifests_are_listed_with_their_platforms_and_tags(cloud: Cloud) -> None:
    top = cloud.push("app", "v1", platforms=("linux/amd64", "linux/arm64"))
    listed = await pages(cloud, "/acr/v1/app/_manifests?n=2", "manifests")
    found = {each["digest"]: each for page in listed for each in page}
    assert [len(page) for page in listed] == [2, 1] and len(found) == 3
    index = found.pop(top)
    assert index["tags"] == ["v1"] and index["mediaType"] in INDEXES
    assert "architecture" not in index
    assert {(e["os"], e["architecture"]) for e in found.values()} == {
        ("linux", "amd64"),
        ("linux", "arm64"),
    }
    for pushed, attributes in found.items():
        said = (await get(cloud, f"/v2/app/manifests/{pushed}")).json
        sizes = [part["size"] for part in (said["config"], *said["layers"])]
        assert attributes["imageSize"] == sum(sizes)
    one = (await get(cloud, f"/acr/v1/app/_manifests/{top}")).json
    assert one["manifest"] == index and one["imageName"] == "app"
    about = (await get(cloud, "/acr/v1/app")).json
    assert (about["manifestCount"], about["tagCount"]) == (3, 1)


async def test_an_image_may_claim_to_be_too_large(cloud: Cloud) -> None:
    cloud.push("huge", "v1", declared_size=16_000_000_000)
    manifest = json.loads((await get(cloud, "/v2/huge/manifests/v1")).text)
    assert sum(layer["size"] for layer in manifest["layers"]) > 16_000_000_000


async def test_headers_and_time(cloud: Cloud) -> None:
    reply = await get(cloud, "/acr/v1/_catalog")
    assert reply.headers["server"] == "AzureContainerRegistry"
    assert reply.headers["x-ms-ratelimit-remaining-calls-per-second"] == "166.65"
    assert reply.headers["x-ms-correlation-request-id"]
    assert cloud.world.pace.now() == pytest.approx(Durations().latency)
