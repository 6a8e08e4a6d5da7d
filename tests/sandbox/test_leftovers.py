"""What is left of a deployment, read back and purged through Azure's own SDKs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient
from azure.mgmt.keyvault.aio import KeyVaultManagementClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from kiota_abstractions.api_error import APIError
from msgraph.generated.models.application import Application as GraphApplication
from msgraph.graph_service_client import GraphServiceClient

from aciwizard.azure import directory
from aciwizard.azure.session import Session, connect
from aciwizard.sandbox.model import Application, SecretVersion, StoredSecret, Vault
from tests.conftest import Azure, Start

GROUP, NAME = "myrg", "kv-leftover"
ALLOWED = ["get", "list", "set", "delete", "recover", "purge"]


@pytest.fixture
def azure(start_azure: Start) -> Iterator[Azure]:
    """A world in which a purge is over at the first look, so that no SDK waits its five seconds."""
    azure = start_azure(vault_purge=0.0)
    world = azure.world
    principal = world.principal_of(world.operator[0])
    assert principal is not None
    tenant, subscription = world.tenants[0].id, world.subscriptions[0].id
    policy = {"tenantId": tenant, "objectId": principal.id, "permissions": {"secrets": ALLOWED}}
    vault = Vault(subscription, GROUP, NAME, "eastus", tenant, world.utc(), rbac=False)
    vault.policies = [policy]
    now = int(world.utc().timestamp())
    vault.secrets["pwd"] = StoredSecret("pwd", [SecretVersion("0" * 32, world.mint(), now, now)])
    world.vaults.append(vault)
    yield azure


@dataclass
class Clients:
    session: Session
    subscription: str

    @property
    def resources(self) -> Any:
        return self.session.management(ResourceManagementClient, self.subscription)

    @property
    def vaults(self) -> Any:
        return self.session.management(KeyVaultManagementClient, self.subscription).vaults

    @property
    def secrets(self) -> SecretClient:
        def make(**common: Any) -> SecretClient:
            return SecretClient(
                f"https://{NAME}.vault.azure.net", self.session.credential, **common
            )

        return self.session.client((SecretClient,), make)

    @property
    def graph(self) -> GraphServiceClient:
        return directory._client(self.session)


@pytest.fixture
async def clients(azure: Azure) -> AsyncIterator[Clients]:
    async with connect("AzureCloud") as session:
        yield Clients(session, azure.world.subscriptions[0].id)


async def test_a_groups_resources(azure: Azure, clients: Clients) -> None:
    listed = clients.resources.resources.list_by_resource_group(GROUP)
    found = {each.name: each async for each in listed}
    assert found[NAME].type == "Microsoft.KeyVault/vaults"
    assert found[NAME].id == azure.world.vaults[-1].id and found[NAME].location == "eastus"
    kind = "resourceType eq 'Microsoft.KeyVault/vaults'"
    listed = clients.resources.resources.list_by_resource_group(GROUP, filter=kind)
    assert {each.type async for each in listed} == {"Microsoft.KeyVault/vaults"}
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        _ = [each async for each in clients.resources.resources.list_by_resource_group("none")]


async def test_a_deleted_vault_is_found_and_purged(azure: Azure, clients: Clients) -> None:
    await clients.vaults.delete(GROUP, NAME)
    gone = await clients.vaults.get_deleted(NAME, "eastus")
    held = gone.properties
    assert gone.name == NAME and held.vault_id.endswith(f"/vaults/{NAME}")
    assert held.scheduled_purge_date - held.deletion_date == timedelta(days=90)
    assert NAME in [each.name async for each in clients.vaults.list_deleted()]

    await (await clients.vaults.begin_purge_deleted(NAME, "eastus")).result()
    with pytest.raises(ResourceNotFoundError, match="DeletedVaultNotFound"):
        await clients.vaults.get_deleted(NAME, "eastus")
    assert azure.world.vault_named(NAME, deleted=True) is None


async def test_a_protected_vault_is_not_purged(azure: Azure, clients: Clients) -> None:
    azure.world.vaults[-1].purge_protection = True
    await clients.vaults.delete(GROUP, NAME)
    with pytest.raises(HttpResponseError, match="MethodNotAllowed"):
        await clients.vaults.begin_purge_deleted(NAME, "eastus")


async def test_a_deleted_secret_is_found_and_purged(azure: Azure, clients: Clients) -> None:
    gone = await clients.secrets.delete_secret("pwd")
    assert gone.name == "pwd" and gone.scheduled_purge_date is not None
    again = await clients.secrets.get_deleted_secret("pwd")
    assert again.recovery_id == f"https://{NAME}.vault.azure.net/deletedsecrets/pwd"
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        await clients.secrets.get_secret("pwd")

    await clients.secrets.purge_deleted_secret("pwd")
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        await clients.secrets.get_deleted_secret("pwd")
    assert azure.world.vaults[-1].secrets == {}


async def test_a_deleted_application_is_found_and_purged(azure: Azure, clients: Clients) -> None:
    world, graph = azure.world, clients.graph
    made = Application(world.guid(), world.guid(), "left", world.tenants[0].id, world.utc())
    world.applications.append(made)
    await graph.applications.by_application_id(made.id).delete()

    listed = await graph.directory.deleted_items.graph_application.get()
    assert listed is not None and [each.id for each in listed.value or []] == [made.id]
    item = graph.directory.deleted_items.by_directory_object_id(made.id)
    found = await item.get()
    assert isinstance(found, GraphApplication) and found.app_id == made.app_id
    assert found.deleted_date_time is not None

    await item.delete()
    assert made not in world.applications
    for gone in (item.get, item.delete):
        with pytest.raises(APIError) as caught:
            await gone()
        assert caught.value.response_status_code == 404
