"""Microsoft Graph: applications, their service principals and their passwords."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
    AddPasswordPostRequestBody,
)
from msgraph.generated.applications.item.remove_password.remove_password_post_request_body import (
    RemovePasswordPostRequestBody,
)
from msgraph.generated.models.application import Application as GraphApplication
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal as GraphPrincipal
from msgraph.generated.service_principals.service_principals_request_builder import (
    ServicePrincipalsRequestBuilder,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from aciwizard.azure.errors import telling
from aciwizard.azure.session import Session
from aciwizard.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Password:
    """A password an application has; its value is never told again."""

    key_id: str
    name: str
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Application:
    """An application: `id` is its object id, `app_id` what it signs in with."""

    id: str
    app_id: str
    name: str
    tags: tuple[str, ...]
    passwords: tuple[Password, ...]
    made: datetime | None = None


def _client(session: Session) -> GraphServiceClient:
    def make(**_: Any) -> GraphServiceClient:
        host = session.cloud.graph.removeprefix("https://")
        provider = AzureIdentityAuthenticationProvider(
            session.credential,
            scopes=[session.cloud.graph_scope],
            allowed_hosts=[host],
        )
        # A plain client: kiota's own retries would wait unseen.
        adapter = GraphRequestAdapter(provider, client=session.graph_http)
        adapter.base_url = f"{session.cloud.graph}/v1.0"
        return GraphServiceClient(request_adapter=adapter)

    return session.client((GraphServiceClient,), make)


def _application(found: GraphApplication) -> Application:
    passwords = tuple(
        Password(str(p.key_id), str(p.display_name or ""), p.end_date_time)
        for p in found.password_credentials or []
    )
    return Application(
        str(found.id),
        str(found.app_id),
        str(found.display_name),
        tuple(found.tags or []),
        passwords,
        found.created_date_time,
    )


async def applications(session: Session, filter: str) -> list[Application]:
    """Applications a Graph filter finds, all pages; raises Problem."""
    query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(filter=filter)
    found: list[Application] = []
    with telling("Looking for the application"):
        page = await _client(session).applications.get(RequestConfiguration(query_parameters=query))
        while page is not None:
            found += [_application(one) for one in page.value or []]
            if not page.odata_next_link:
                break
            page = await _client(session).applications.with_url(page.odata_next_link).get()
    return found


async def by_app_id(session: Session, app_id: str) -> Application | None:
    """The application with this application id, or None; raises Problem."""
    return next(iter(await applications(session, f"appId eq '{app_id}'")), None)


async def by_tag(session: Session, tag: str) -> list[Application]:
    """Applications that carry a tag: how our own are found again, never by their name."""
    quoted = tag.replace("'", "''")
    return await applications(session, f"tags/any(t:t eq '{quoted}')")


async def by_id(session: Session, id: str) -> Application | None:
    """The application with this object id, or None; raises Problem."""
    with telling("Reading the application"):
        try:
            found = await _client(session).applications.by_application_id(id).get()
        except APIError as error:
            if error.response_status_code == 404:
                return None
            raise
    return _application(found) if found else None


async def create_application(session: Session, name: str, tags: list[str]) -> Application:
    """Register an application in this tenant only; raises Problem."""
    body = GraphApplication(display_name=name, sign_in_audience="AzureADMyOrg", tags=tags)
    with telling(f"Registering the application {name}"):
        made = await _client(session).applications.post(body)
    assert made is not None, "Graph answers a creation with what it made"
    return _application(made)


async def delete_application(session: Session, id: str) -> None:
    """Delete an application; Entra keeps it, soft-deleted, for 30 days. Gone is fine."""
    with telling("Deleting the application"), _gone_is_fine():
        await _client(session).applications.by_application_id(id).delete()


async def purge_application(session: Session, id: str) -> None:
    """End a soft-deleted application for good; gone is fine. Raises Problem."""
    with telling("Purging the application"), _gone_is_fine():
        await _client(session).directory.deleted_items.by_directory_object_id(id).delete()


async def delete_principal(session: Session, id: str) -> None:
    """Delete a service principal and leave its application; gone is fine. Raises Problem."""
    with telling("Deleting the service principal"), _gone_is_fine():
        await _client(session).service_principals.by_service_principal_id(id).delete()


@contextmanager
def _gone_is_fine(*more: int) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        if error.response_status_code not in (404, *more):
            raise


async def principal_of(session: Session, app_id: str) -> str | None:
    """The object id of an application's service principal, or None; raises Problem."""
    query = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters(
        filter=f"appId eq '{app_id}'"
    )
    with telling("Looking for the service principal"):
        page = await _client(session).service_principals.get(
            RequestConfiguration(query_parameters=query)
        )
    found = (page.value if page else None) or []
    return str(found[0].id) if found else None


async def create_principal(session: Session, app_id: str, tags: list[str]) -> str:
    """Make an application's service principal; returns its object id, raises Problem."""
    body = GraphPrincipal(app_id=app_id, account_enabled=True, tags=tags)
    with telling("Creating the service principal"):
        made = await _client(session).service_principals.post(body)
    assert made is not None, "Graph answers a creation with what it made"
    return str(made.id)


async def add_password(session: Session, id: str, name: str, ends: datetime) -> tuple[str, Secret]:
    """Give an application one more password; returns its key id and value. Raises Problem.

    Those it has are kept. The value is in this answer and never again.
    """
    wanted = PasswordCredential(display_name=name, end_date_time=ends)
    body = AddPasswordPostRequestBody(password_credential=wanted)
    with telling("Creating a password for the principal"):
        builder = _client(session).applications.by_application_id(id).add_password
        made = await builder.post(body)
    assert made is not None, "Graph answers a creation with what it made"
    return str(made.key_id), Secret(str(made.secret_text))


async def remove_password(session: Session, id: str, key_id: str) -> None:
    """Take one password away by its key id; gone is fine. Raises Problem."""
    body = RemovePasswordPostRequestBody(key_id=uuid.UUID(key_id))
    with telling("Removing a password of the principal"), _gone_is_fine(400):
        await _client(session).applications.by_application_id(id).remove_password.post(body)
