"""Turns what the SDKs raise into Problems, by the innermost error code and nothing else."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import CredentialUnavailableError
from kiota_abstractions.api_error import APIError

from aciwizard.core.patience import PASSING
from aciwizard.core.problems import Problem, innermost

_FAULTS = (500, 502, 503, 504)
_AADSTS = re.compile(r"AADSTS\d+")
_NETWORK = (
    ServiceRequestError,
    ServiceResponseError,
    aiohttp.ClientError,
    httpx.TransportError,
    OSError,
)


# What reading an answer that is not what it should be ends in; JSON may be too deep to read.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


@contextmanager
def telling(happened: str) -> Iterator[None]:
    """Whatever an SDK raises inside becomes a Problem that begins with `happened`."""
    try:
        yield
    except CredentialUnavailableError as error:
        found = _AADSTS.search(str(error))
        raise Problem(found[0] if found else "NotSignedIn", happened, str(error)) from None
    except HttpResponseError as error:
        raise _answered(happened, error) from None
    except APIError as error:
        raise _graph(happened, error) from None
    except (*_NETWORK, TimeoutError) as error:
        raise network(happened, error) from None
    except AzureError as error:
        raise Problem("AzureSdk", happened, str(error)) from None
    except UNREADABLE as error:
        # The SDKs read an answer that is not what it should be in many ways, and fail in as many.
        raise Problem("UnreadableAnswer", happened, type(error).__name__) from None


def _answered(happened: str, error: HttpResponseError) -> Problem:
    body = _body(error)
    code, message = innermost(body)
    if isinstance(error, ClientAuthenticationError) and (found := _AADSTS.search(str(error))):
        code = found[0]
    status = error.status_code or 0
    return refused(
        happened, status, code, message or str(error.message), _retry_after(error.response)
    )


def refused(
    happened: str, status: int, code: str, message: str, retry_after: float | None = None
) -> Problem:
    """A Problem for an error answer, by its code, or by its status where it has none.

    A server's own fault counts as that, whatever code it gives it: ServiceUnavailable with 503 is
    one, with 409 it says that a region is full (recorded).
    """
    if status in _FAULTS and code not in PASSING:
        message, code = f"{code} {message}".strip(), f"HTTP{status}"
    if not code:
        code = "TooManyRequests" if status == 429 else f"HTTP{status}"
    return Problem(code, happened, message, retry_after=retry_after, status=status)


def _body(error: HttpResponseError) -> object:
    response: Any = error.response
    try:
        return json.loads(response.text())
    except Exception:  # boundary: a body that was never read, or is no text; the code is lost then
        inner = getattr(error, "error", None)
        return {"error": {"code": inner.code, "message": inner.message}} if inner else None


def _retry_after(response: Any) -> float | None:
    headers = getattr(response, "headers", None) or {}
    value = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    return float(value) if value.isdigit() else None


def _graph(happened: str, error: APIError) -> Problem:
    inner: Any = getattr(error, "error", None)
    code, message = (str(inner.code or ""), str(inner.message or "")) if inner else ("", "")
    for detail in getattr(inner, "details", None) or []:
        code = str(detail.code or code)
    headers: Any = error.response_headers or {}
    value = str(headers.get("Retry-After", "") or "")
    retry = float(value) if value.isdigit() else None
    return refused(happened, error.response_status_code or 0, code, message or str(error), retry)


def network(happened: str, error: BaseException) -> Problem:
    """A Problem for a request that got no answer: proxy, certificate, time-out, or no way there."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    raw = str(error) or type(error).__name__
    for link in chain:
        match link:
            case ssl.SSLCertVerificationError() | aiohttp.ClientConnectorCertificateError():
                return Problem("CertificateNotTrusted", happened, raw)
            case aiohttp.ClientHttpProxyError():
                code = "NameNotResolved" if link.status == 502 else "ProxyRefused"
                return Problem(code, happened, f"{link.status} from the proxy")
            case httpx.ProxyError():
                return Problem("ProxyRefused", happened, raw)
            case TimeoutError() | httpx.TimeoutException():
                return Problem("TimedOut", happened, raw)
            case aiohttp.ClientConnectorDNSError():
                return Problem("NameNotResolved", happened, raw)
            case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(link):
                return Problem("CertificateNotTrusted", happened, raw)
            case _:
                continue
    return Problem("Unreachable", happened, raw)
