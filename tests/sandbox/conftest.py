"""A small hand-made Azure in which time moves only when somebody sleeps, and ways to ask it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest

from aciwizard.sandbox import arm, registry_data, session
from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.images import Image, push
from aciwizard.sandbox.model import (
    ALWAYS,
    Application,
    Password,
    Registry,
    ResourceGroup,
    RoleAssignment,
    ServicePrincipal,
    Subscription,
    Tenant,
    User,
)
from aciwizard.sandbox.pace import Durations, Pace
from aciwizard.sandbox.role_definitions import named
from aciwizard.sandbox.server import Sandbox
from aciwizard.sandbox.tokens import Signer
from aciwizard.sandbox.world import World

HOME, ELSEWHERE = (f"11111111-0000-4000-8000-00000000000{n}" for n in (1, 2))
# A subscription in use, one where nothing is registered yet, and a disabled one.
SUB, NEW, OFF = (f"22222222-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
# Owner everywhere, Contributor of the group `rg` alone, Reader of SUB, and one without any role.
ADA, BEN, REX, NIA = (f"33333333-0000-4000-8000-00000000000{n}" for n in (1, 2, 3, 4))
PULLER, PULLER_APP = "44444444-0000-4000-8000-000000000001", "55555555-0000-4000-8000-000000000001"
PULLER_SECRET = "pul~canary7-secret"
RG = f"/subscriptions/{SUB}/resourceGroups/rg"
REGISTRY = f"{RG}/providers/Microsoft.ContainerRegistry/registries/reg"
GROUPS = f"{RG}/providers/Microsoft.ContainerInstance/containerGroups"
ARM, LOGIN = "https://management.azure.com", "https://login.microsoftonline.com"
_SERVICES = ("ContainerInstance", "ContainerRegistry", "KeyVault")


class Still(Pace):
    """A clock that moves only when somebody sleeps on it."""

    def __init__(self) -> None:
        super().__init__(1, Durations(), datetime(2026, 11, 23, 17, 0, 0, 120_000, tzinfo=UTC))
        self.clock = 0.0

    def now(self) -> float:
        return self.clock

    async def sleep(self, seconds: float) -> None:
        self.clock += seconds


@dataclass(frozen=True)
class Reply:
    """An answer, read the way a client reads it."""

    answer: Answer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name."""
        return {name.lower(): value for name, value in self.answer.headers.items()}

    @property
    def text(self) -> str:
        return self.answer.payload().decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and message of an error."""
        body = self.json
        error = body["errors"][0] if "errors" in body else body["error"]
        return self.status, error["code"], error["message"]

    @property
    def fault(self) -> tuple[int, str]:
        """Status and code of an error."""
        return self.refusal[:2]


@dataclass
class Cloud:
    """The world, and requests to its services as a client sends them."""

    world: World

    @property
    def reg(self) -> Registry:
        return self.world.registries[0]

    async def wait(self, seconds: float) -> None:
        await self.world.pace.sleep(seconds)

    def token(self, who: str = ADA, aud: str = ARM, lifetime: float = 3600) -> str:
        return self.world.signer.sign({"aud": aud, "oid": who, "tid": HOME}, lifetime)

    def grant(self, who: str, role: str, scope: str = RG, at: float = ALWAYS) -> RoleAssignment:
        """Give somebody a role that is in force from a moment on, or always was."""
        made = RoleAssignment(
            self.world.guid(), scope, named(role).id, who, "User", self.world.utc(), ADA, at
        )
        self.world.assignments.append(made)
        return made

    def push(self, name: str, *tags: str, to: Registry | None = None, **image: Any) -> str:
        """Put an image into a registry under some tags, a minute apart; returns its digest."""
        made = Image(image.pop("title", name), **image)
        for minute, tag in enumerate(tags):
            moment = self.world.pace.utc(self.world.pace.now() + 60 * minute)
            digest = push(to or self.reg, name, tag, made, moment)
        return digest

    async def arm(
        self,
        method: str,
        url: str,
        body: object = None,
        who: str = ADA,
        version: str = "2025-11-01",
        **headers: str,
    ) -> Reply:
        """Ask Azure Resource Manager, signed in; an address without an api-version gets one."""
        headers = {"Authorization": f"Bearer {self.token(who)}", **headers}
        if version and "api-version=" not in url:
            url += f"{'&' if '?' in url else '?'}api-version={version}"
        sent = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        return Reply(await arm.answer(self.world, _call(method, ARM, url, headers, sent)))

    async def entra(self, method: str, url: str, **form: str) -> Reply:
        call = _call(method, LOGIN, url, {}, urlencode(form).encode())
        return Reply(await session.answer(self.world, call))

    async def ask(
        self,
        method: str,
        url: str,
        token: str = "",
        *,
        basic: tuple[str, str] | None = None,
        host: str = "reg.azurecr.io",
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask a registry's data plane with a registry token, with a password, or with neither."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if basic:
            pair = base64.b64encode(":".join(basic).encode()).decode()
            headers = {"Authorization": f"Basic {pair}"}
        call = _call(method, f"https://{host}", url, headers, urlencode(form or {}).encode())
        return Reply(await registry_data.answer(self.world, call))

    async def scoped(
        self, scope: str, user: str = PULLER_APP, password: str = PULLER_SECRET
    ) -> str:
        """A registry access token for a scope, got with a password as Docker gets it."""
        url = f"/oauth2/token?service=reg.azurecr.io&scope={scope}"
        reply = await self.ask("GET", url, basic=(user, password))
        return str(reply.json["access_token"])

    async def deploy(self, sent: Mapping[str, Any], name: str = "app", who: str = BEN) -> Reply:
        return await self.arm("PUT", f"{GROUPS}/{name}", sent, who, "2023-05-01")

    async def show(self, name: str = "app") -> Any:
        """A container group as a GET shows it, its one container under `container`."""
        body = (await self.arm("GET", f"{GROUPS}/{name}", who=BEN)).json
        return {**body, "container": body["properties"]["containers"][0]["properties"]}


def group(image: str = "reg.azurecr.io/app:v1", **properties: Any) -> dict[str, Any]:
    """A container group as a client sends it; a property that is None is left out."""
    port = {"port": 80, "protocol": "TCP"}
    resources = {"requests": {"cpu": 1, "memoryInGB": 1.5}}
    inner = {"image": image, "ports": [port], "resources": resources}
    held = {"server": "reg.azurecr.io", "username": PULLER_APP, "password": PULLER_SECRET}
    basis: dict[str, Any] = {
        "osType": "Linux",
        "restartPolicy": "Always",
        "imageRegistryCredentials": [held],
        "ipAddress": {"type": "Public", "dnsNameLabel": "aci-demo", "ports": [port]},
        "containers": [{"name": "app", "properties": inner}],
        **properties,
    }
    wanted = {name: value for name, value in basis.items() if value is not None}
    return {"location": "eastus", "properties": wanted}


@pytest.fixture
async def sandbox(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sandbox]:
    """The same world behind its proxy, with a folder of temporary files of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with Sandbox(cloud.world) as running:
        yield running


def _call(method: str, base: str, url: str, headers: Mapping[str, str], body: bytes) -> Call:
    parts = urlsplit(url if url.startswith("https:") else base + url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Call(method, parts.netloc, unquote(parts.path), query, headers, body)


@pytest.fixture(scope="session")
def signer() -> Signer:
    """One key for all worlds: to find its primes takes longer than most tests."""
    return Signer()


@pytest.fixture
def cloud(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Three subscriptions, four people, one principal with a password, one registry `reg`."""
    with monkeypatch.context() as patch:
        patch.setattr("aciwizard.sandbox.world.Signer", lambda: signer)
        world = World(Still(), seed=7)
    world.tenants = [
        Tenant(HOME, "Contoso", "contoso.com"),
        Tenant(ELSEWHERE, "Fabrikam", "fabrikam.com"),
    ]
    known = {f"microsoft.{service}".lower(): ALWAYS for service in _SERVICES}
    world.subscriptions = [
        Subscription(SUB, "Production", HOME, registered=dict(known)),
        Subscription(NEW, "Experiments", HOME),
        Subscription(OFF, "Expired trial", HOME, "Disabled", registered=dict(known)),
    ]
    world.groups = [ResourceGroup(sub, "rg", "eastus") for sub in (SUB, NEW, OFF)]
    world.users = [
        User(id, name, f"{name.lower()}@contoso.com", HOME)
        for id, name in ((ADA, "Ada"), (BEN, "Ben"), (REX, "Rex"), (NIA, "Nia"))
    ]
    secret = Password("key", PULLER_SECRET, None, "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z")
    app = Application("app", PULLER_APP, "pull", HOME, world.utc(), passwords=[secret])
    world.applications = [app]
    world.principals = [ServicePrincipal(PULLER, PULLER_APP, "pull", HOME)]
    world.registries = [Registry(SUB, "rg", "reg", "eastus", world.utc(), "Premium")]
    made = Cloud(world)
    for subscription in (SUB, NEW, OFF):
        made.grant(ADA, "Owner", f"/subscriptions/{subscription}")
    made.grant(BEN, "Contributor")
    made.grant(REX, "Reader", f"/subscriptions/{SUB}")
    return made
