"""A record of every exchange, one JSON object a line, with secrets and tokens masked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aciwizard.sandbox.http import Answer, Call, parsed

MASK = "***"
_SECRET_KEYS = {
    "access_token",
    "refresh_token",
    "id_token",
    "device_code",
    "client_secret",
    "secrettext",
    "password",
    "securevalue",
    "storageaccountkey",
    "workspacekey",
}


class Traffic:
    """Counts every exchange, and writes it down where a file was asked for."""

    def __init__(self, path: Path | None = None) -> None:
        self.count = 0
        self._file = None
        if path is not None:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    def add(self, call: Call, answer: Answer | None, fault: str = "") -> None:
        """Record a request, its answer (None: it got none), and the fault injected, if any."""
        self.count += 1
        if self._file is None:
            return
        query = f"?{urlencode(call.query)}" if call.query else ""
        exchange = {
            "method": call.method,
            "url": f"https://{call.host}{call.path}{query}",
            "request": _masked(parsed(call.body), call.path),
            "status": answer.status if answer else None,
            "response": _masked(parsed(answer.payload()), call.path) if answer else None,
            "agent": call.header("user-agent"),
            "command": call.header("commandname"),
        }
        if fault:
            exchange["fault"] = fault
        self._file.write(json.dumps(exchange) + "\n")
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _masked(value: Any, path: str) -> Any:
    path = path.lower().rstrip("/")
    secret = path.startswith("/secrets") or path.endswith("/listcredentials")
    keys = _SECRET_KEYS | {"value"} if secret else _SECRET_KEYS
    return _mask(value, keys)


def _hidden(name: str, value: Any, keys: set[str]) -> Any:
    if name.lower() in keys and isinstance(value, str):
        return MASK
    if name == "secret" and isinstance(value, dict):  # a volume's files
        return dict.fromkeys(value, MASK)
    return _mask(value, keys)


def _mask(value: Any, keys: set[str]) -> Any:
    match value:
        case dict():
            return {name: _hidden(name, held, keys) for name, held in value.items()}
        case list():
            return [_mask(item, keys) for item in value]
        case _:
            return value
