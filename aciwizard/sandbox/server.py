"""The simulated Azure as one thing to start and stop: proxy, services, traffic, time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from aciwizard.sandbox import (
    arm,
    directory,
    fault_answers,
    incoming,
    registry_data,
    running,
    secrets,
    session,
)
from aciwizard.sandbox import fault_delivery as delivery
from aciwizard.sandbox.certificates import Authority
from aciwizard.sandbox.faults import BEFORE, INSTEAD, Faults
from aciwizard.sandbox.http import Answer, Call, Refused, error
from aciwizard.sandbox.proxy import Proxy
from aciwizard.sandbox.traffic import Traffic
from aciwizard.sandbox.world import World

HOSTS = ("login.microsoftonline.com", "management.azure.com", "graph.microsoft.com")
SUFFIXES = (".vault.azure.net", ".azurecr.io", ".azurecontainer.io")


class Sandbox:
    """`async with Sandbox(world) as sandbox:` serves until the block ends."""

    def __init__(
        self,
        world: World,
        traffic: Traffic | None = None,
        notice: Callable[[str], None] = lambda _: None,
        faults: Faults | None = None,
    ) -> None:
        self.world = world
        self.faults = faults or Faults()
        self._ended = False
        self.traffic = traffic or Traffic()
        self._authority = Authority((*HOSTS, *(f"*{suffix}" for suffix in SUFFIXES)))
        self._proxy = Proxy(
            self._handle, self._authority.server_context(), self._admit, self._refused
        )
        self._doors = running.Doors(world, notice)
        self._folder = Path()

    async def __aenter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="aciwizard-sandbox-"))
        self._authority.write(self._folder)
        self.world.opened = self._doors.open
        await self._proxy.start()
        for made in self.world.instances:
            await self._doors.open(made)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended = True
        await self._proxy.stop()
        await self._doors.close()
        self.traffic.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def proxy(self) -> str:
        """The proxy's URL."""
        return f"http://127.0.0.1:{self._proxy.port}"

    @property
    def certificate(self) -> Path:
        """The file with the certificate authority's certificate, PEM."""
        return self._folder / "ca.pem"

    @property
    def refusals(self) -> list[str]:
        """Hosts somebody asked for that are not part of the simulated Azure."""
        return self._proxy.refusals

    def environment(self) -> dict[str, str]:
        """What a process needs to see this Azure instead of the real one, and whom to be."""
        ca, (app_id, password) = str(self.certificate), self.world.operator
        proxies = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")
        authorities = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
        return {
            **dict.fromkeys(proxies, self.proxy),
            **dict.fromkeys(authorities, ca),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "AZURE_TENANT_ID": self.world.tenants[0].id,
            "AZURE_CLIENT_ID": app_id,
            "AZURE_CLIENT_SECRET": password,
            "AZURE_SUBSCRIPTION_ID": self.world.subscriptions[0].id,
            "AZURE_CONFIG_DIR": str(self._folder / "azure"),
            "XDG_STATE_HOME": str(self._folder / "state"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_LOGIN_EXPERIENCE_V2": "off",
        }

    # -- requests -------------------------------------------------------------------------------

    def _admit(self, host: str, port: int) -> str:
        """Why a connection is refused: a host that is not Azure's, or a name nobody has."""
        known = host in HOSTS or host.endswith(SUFFIXES)
        if not known or port not in (80, 443):
            return "not part of the simulated Azure"
        world = self.world
        found = (
            host in HOSTS
            or (host.endswith(".vault.azure.net") and world.vault_at(host))
            or (host.endswith(".azurecr.io") and world.registry_at(host))
            or (host.endswith(".azurecontainer.io") and world.instance_at(host))
        )
        return "" if found else f"no such name: {host}"

    def _refused(self, host: str) -> bool:
        return self.faults.connection(host)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            call, port = incoming.head(request)
            kind = self.faults.request(call.method, call.host, call.path)
            call = replace(call, body=await incoming.body(request))
        except Refused as refusal:
            response = self._response(refusal.answer)
            response.force_close()
            return response
        if kind in BEFORE:
            self.traffic.add(call, None, kind)
            return await delivery.cut(request, kind, self.faults, lambda: self._ended)
        answer = await self._answered(call, port, request.secure, kind)
        self.traffic.add(call, answer, kind)
        match kind:
            case "reset-after" | "timeout-after" | "kill-after":
                return await delivery.cut(request, kind, self.faults, lambda: self._ended)
            case "truncated":
                return await delivery.truncate(request, self._response(answer))
            case "drip":
                return await delivery.drip(request, self._response(answer), self.world.pace)
            case _:
                return self._response(answer)

    def _response(self, answer: Answer) -> web.Response:
        headers = {**answer.headers, "Date": self.world.utc().strftime("%a, %d %b %Y %H:%M:%S GMT")}
        body = answer.payload()
        if body or answer.status == 200:
            headers["Content-Type"] = answer.content_type
        return web.Response(status=answer.status, body=body, headers=headers)

    async def _answered(self, call: Call, port: int, secure: bool, kind: str) -> Answer:
        """What a request gets, and what it does: nothing, where a fault is answered instead."""
        refused = self._turned_away(call, port, secure)
        if refused is not None:
            return refused
        if kind in INSTEAD:
            return fault_answers.answer(self.world, call, kind)
        answer = await self._dispatched(call, port)
        if kind in ("500-after", "503-after"):
            return fault_answers.answer(self.world, call, kind)
        if kind == "malformed":
            status = 200 if answer.status == 204 else answer.status
            return Answer(status, delivery.GARBAGE, answer.headers, answer.content_type)
        return answer

    def _turned_away(self, call: Call, port: int, secure: bool) -> Answer | None:
        if why := self._admit(call.host, 443 if secure else 80):
            self._proxy.refusals.append(f"{call.host}:{port}")
            status = 403 if "not part" in why else 502
            return Answer(status, why + "\n", content_type="text/plain")
        if not secure and not call.host.endswith(".azurecontainer.io"):
            return Answer(426, "HTTPS is required.\n", content_type="text/plain")
        return None

    async def _dispatched(self, call: Call, port: int) -> Answer:
        try:
            match call.host:
                case "login.microsoftonline.com":
                    return await session.answer(self.world, call)
                case "management.azure.com":
                    return await arm.answer(self.world, call)
                case "graph.microsoft.com":
                    return await directory.answer(self.world, call)
                case host if host.endswith(".vault.azure.net"):
                    return await secrets.answer(self.world, call)
                case host if host.endswith(".azurecr.io"):
                    return await registry_data.answer(self.world, call)
                case _:
                    return running.answer(self.world, call, port)
        except Refused as refusal:
            return refusal.answer
        except Exception as problem:  # boundary: a request no client of Azure sends
            return error(
                400,
                "InvalidRequestContent",
                f"The request content was invalid: {type(problem).__name__}.",
            )
