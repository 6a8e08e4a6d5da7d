"""How Microsoft Entra refuses: an OAuth error with an AADSTS number in its description."""

from __future__ import annotations

from aciwizard.sandbox.http import Answer, Call
from aciwizard.sandbox.world import World

HOST = "login.microsoftonline.com"


def refusal(world: World, status: int, error: str, code: int, words: str) -> Answer:
    """An error answer of the token endpoint."""
    trace, correlation = world.guid(), world.guid()
    moment = world.utc().strftime("%Y-%m-%d %H:%M:%SZ")
    description = (
        f"AADSTS{code}: {words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}"
    )
    return Answer(
        status,
        {
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://{HOST}/error?code={code}",
        },
    )


def no_tenant(world: World, call: Call) -> Answer:
    """The refusal of a tenant nobody knows."""
    name = call.values["tenant"]
    words = f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
    return refusal(world, 400, "invalid_tenant", 90002, words)
