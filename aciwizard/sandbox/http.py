"""Requests and answers as the simulated services see them, and the table that joins the two."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from aciwizard.sandbox.world import World

Json = dict[str, Any]


class Refused(Exception):
    """An error answer, raised from wherever a service notices that it must refuse."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.body}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` is percent-decoded, `values` are the route's path parameters."""

    method: str
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    values: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""  # the path up to the end of its last parameter: the resource it is about
    caller: str = ""  # object id of the principal the token names; "" where nobody signed in

    def json(self) -> Json:
        """The body as a JSON object; raises Refused (400) where it is none."""
        value = parsed(self.body or b"{}")
        if not isinstance(value, dict):
            raise Refused(
                error(
                    400,
                    "InvalidRequestContent",
                    "The request content was invalid and could not be deserialized.",
                )
            )
        return value

    def form(self) -> dict[str, str]:
        """The body as a form, the first value of each name."""
        text = self.body.decode("utf-8", "replace")
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), "")

    @property
    def bearer(self) -> str:
        kind, _, token = self.header("authorization").partition(" ")
        return token if kind.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; a body that is bytes or str goes out as it is, anything else as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def payload(self) -> bytes:
        match self.body:
            case None:
                return b""
            case bytes():
                return self.body
            case str():
                return self.body.encode()
            case _:
                return json.dumps(self.body).encode()

    def plus(self, **headers: str) -> Answer:
        """The same answer with more headers; underscores stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


def error(status: int, code: str, message: str, **more: Any) -> Answer:
    """Azure's error body: {"error": {"code", "message", ...}}."""
    return Answer(status, {"error": {"code": code, "message": message, **more}})


Handler = Callable[["World", Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    action: str  # the Azure action a caller needs; "" asks for none
    handler: Handler


class Routes:
    """One service's routes: templates like `/secrets/{name}`; `{name:path}` may hold slashes."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __call__(
        self, method: str, template: str, action: str = ""
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self._routes.append(Route(method, _compile(template), action, handler))
            return handler

        return add

    def __iter__(self) -> Any:
        return iter(self._routes)

    def find(self, call: Call) -> tuple[Route, Call] | None:
        """The route of a call, and the call with its path parameters and scope filled in."""
        for route in self._routes:
            if route.method == call.method and (found := route.pattern.fullmatch(call.path)):
                end = max((found.end(name) for name in found.groupdict()), default=0)
                filled = replace(call, values=found.groupdict(), scope=call.path[:end])
                return route, filled
        return None


def _compile(template: str) -> re.Pattern[str]:
    pattern = ""
    for part in re.split(r"(\{[^}]+\})", template):
        if part.startswith("{"):
            name, _, kind = part[1:-1].partition(":")
            pattern += f"(?P<{name}>{'.+' if kind == 'path' else '[^/]+'})"
        else:
            pattern += re.escape(part)
    return re.compile(pattern + "/?", re.IGNORECASE)


DEEPEST = 64  # levels of JSON, as many as .NET reads


def parsed(body: bytes) -> Any:
    """JSON, or None for what is none, is nested too deep or holds a number there is not."""
    try:
        value = json.loads(body, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    level = [value]
    for _ in range(DEEPEST):
        level = [held for item in level for held in _inside(item)]
        if not level:
            return value
    return None


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


def _inside(item: Any) -> list[Any]:
    match item:
        case dict():
            return list(item.values())
        case list():
            return item
        case _:
            return []
