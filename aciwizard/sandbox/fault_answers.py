"""What each service of Azure says when it fails for no fault of the caller's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aciwizard.sandbox import arm, directory, registry_access, roles, secrets, vault_access
from aciwizard.sandbox import directory_rules as graph
from aciwizard.sandbox.entra_errors import HOST as ENTRA
from aciwizard.sandbox.entra_errors import refusal
from aciwizard.sandbox.http import Answer, Call, error
from aciwizard.sandbox.model import Vault
from aciwizard.sandbox.world import World

RETRY_AFTER = 5  # seconds of simulated time; what is sent is whole seconds and never less than one
_CONFLICT = "The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests."
_CONDITION = "The condition specified using HTTP conditional header(s) is not met."


def answer(world: World, call: Call, kind: str) -> Answer:
    """The answer of the service a call was sent to, for a kind such as `503` or `429-retry-after`."""
    status = int(kind[:3])
    match call.host:
        case host if host == ENTRA:
            made = _entra(world, status)
        case "management.azure.com":
            made = _arm(world, call, status)
        case "graph.microsoft.com":
            made = directory.finished(world, call, _graph(call, status))
        case host if host.endswith(".vault.azure.net"):
            vault = world.vault_at(host)
            assert vault is not None, "only what has a name gets as far as this"
            made = secrets.finished(world, vault, call, _vault(vault, call, status))
        case host if host.endswith(".azurecr.io"):
            made = _registry(world, call, status)
        case _:
            made = Answer(status, f"{status}\n", content_type="text/plain")
    if kind.endswith("retry-after"):
        seconds = max(1, round(RETRY_AFTER / world.pace.speed))
        made = made.plus(Retry_After=str(seconds))
    return made


def _arm(world: World, call: Call, status: int) -> Answer:
    claims = world.signer.read(call.bearer)
    namespace = re.search(r"/providers/([^/]+)", call.path, re.IGNORECASE)
    provider = namespace[1] if namespace else "Microsoft.Resources"
    subscription = re.search(r"/subscriptions/([^/]+)", call.path, re.IGNORECASE)
    where = subscription[1] if subscription else ""
    operation = f"{call.method}{call.path}".upper()
    match status:
        case 401:
            made = arm.expired(world, datetime.now(UTC) - timedelta(minutes=10)).answer
        case 403:
            signed_in = replace(call, caller=str(claims.get("oid", "")), scope=call.path)
            made = roles.refusal(world, signed_in, arm.action(call)).answer
        case _:
            code, message = {
                404: (
                    "ResourceNotFound",
                    f"The Resource '{call.path.strip('/')}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
                ),
                409: ("Conflict", _CONFLICT),
                412: ("PreconditionFailed", _CONDITION),
                429: (
                    "SubscriptionRequestsThrottled",
                    f"Number of requests for subscription '{where}' and operation '{operation}' exceeded the backend storage limit. Please try again after '6' seconds.",
                ),
                500: ("InternalServerError", "Encountered internal server error."),
                502: (
                    "InvalidGatewayHost",
                    f"Host name resolution failed for '{provider}'; cannot fulfill the request.",
                ),
                503: ("ServiceUnavailable", "The service is unavailable. Please try again later."),
                504: (
                    "GatewayTimeout",
                    f"The gateway did not receive a response from '{provider}' within the specified time period.",
                ),
            }[status]
            made = error(status, code, message)
    cause = "service" if status in (500, 503, 504) else "gateway"
    return arm.finished(world, made.plus(x_ms_failure_cause=cause))


def _graph(call: Call, status: int) -> Answer:
    id = next((part for part in call.path.split("/") if part.count("-") == 4), "")
    match status:
        case 401:
            return graph.unauthorised("Lifetime validation failed, the token is expired.").answer
        case 403:
            return graph.denied().answer
        case 404:
            return graph.missing(id).answer
    code, message = {
        409: (
            "Request_MultipleObjectsWithSameKeyValue",
            "A conflicting object with one or more of the specified property values is present in the directory.",
        ),
        412: ("PreconditionFailed", _CONDITION),
        429: ("TooManyRequests", "Too many requests"),
        500: ("Service_InternalServerError", "Encountered an internal server error."),
        502: ("UnknownError", ""),
        503: ("ServiceUnavailable", "Service unavailable. Please wait and try again."),
        504: ("UnknownError", ""),
    }[status]
    return error(status, code, message)


def _vault(vault: Vault, call: Call, status: int) -> Answer:
    name = call.path.strip("/").rpartition("/")[2]
    match status:
        case 401:
            return vault_access.challenged(vault.tenant).answer
        case 403:
            message = f"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nVault: {vault_access.called(vault)}\r\n"
            return vault_access.refused(403, "Forbidden", message, "ForbiddenByRbac").answer
        case 404:
            return vault_access.missing(name).answer
        case 409:
            message = (
                f"Secret {name} is currently being deleted and cannot be re-created; retry later."
            )
            return vault_access.refused(409, "Conflict", message, "ObjectIsBeingDeleted").answer
    code, message = {
        412: ("PreconditionFailed", _CONDITION),
        429: (
            "Throttled",
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
        ),
        500: ("InternalServerError", "Internal server error."),
        502: ("BadGateway", "Bad gateway."),
        503: ("ServiceUnavailable", "The service is temporarily unavailable."),
        504: ("GatewayTimeout", "The gateway timed out."),
    }[status]
    return error(status, code, message)


def _registry(world: World, call: Call, status: int) -> Answer:
    registry = world.registry_at(call.host)
    assert registry is not None, "only what has a name gets as far as this"
    if status == 401:
        return registry_access.unauthorized(registry).answer
    code, message = {
        403: ("DENIED", "requested access to the resource is denied"),
        404: ("NAME_UNKNOWN", "repository name not known to registry"),
        409: ("CONFLICT", "the request conflicts with another one"),
        412: ("PRECONDITION_FAILED", "the precondition failed"),
        429: ("TOOMANYREQUESTS", "too many requests"),
        500: ("UNKNOWN", "unknown error"),
        502: ("UNAVAILABLE", "bad gateway"),
        503: ("UNAVAILABLE", "service unavailable"),
        504: ("UNAVAILABLE", "gateway timeout"),
    }[status]
    return registry_access.failure(status, code, message)


def _entra(world: World, status: int) -> Answer:
    again = "A transient error has occurred. Please try again."
    error, code, words = {
        401: ("invalid_client", 7000215, "Invalid client secret provided."),
        403: (
            "access_denied",
            53003,
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        ),
        404: ("invalid_request", 90014, "The required field is missing from the request."),
        409: ("invalid_grant", 90033, again),
        412: ("invalid_request", 9002313, "Invalid request. Request is malformed or invalid."),
        429: ("temporarily_unavailable", 90055, "There are too many incoming requests."),
        500: ("server_error", 90020, "The service has failed. Please try again."),
        502: ("server_error", 90024, again),
        503: ("temporarily_unavailable", 90033, again),
        504: ("temporarily_unavailable", 90024, again),
    }[status]
    return refusal(world, status, error, code, words)
