"""Whether a container's port answers, asked as anybody on the internet would ask."""

from __future__ import annotations

import aiohttp

from aciwizard.azure.session import Session

TIMEOUT = 10.0  # seconds for one try
_NOT_YET = (502, 503, 504)  # also what a proxy says when nothing answers behind it


def url(address: str, port: int) -> str:
    """The address people type: http, or https for port 443."""
    match port:
        case 80:
            return f"http://{address}/"
        case 443:
            return f"https://{address}/"
        case _:
            return f"http://{address}:{port}/"


async def answers(session: Session, address: str, port: int) -> int:
    """The HTTP status a port answers with, 0 where it does not answer.

    Whatever a server says counts, "not found" too: it runs and its port is the right one. An
    answer that is not HTTP counts as well, as status 1.
    """
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    try:
        async with session.http.get(
            url(address, port), timeout=timeout, allow_redirects=False
        ) as response:
            return 0 if response.status in _NOT_YET else response.status
    except aiohttp.ClientResponseError:
        return 1
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0
