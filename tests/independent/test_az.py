"""The real Azure CLI in the simulated Azure: the article, and each reading the other's work."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.independent.conftest import Cloud, Followed

pytestmark = pytest.mark.independent

IMAGE = ("--registry", "myregistry", "--repository", "aci-helloworld", "--tag", "v1")
SIZE = ("--os-type", "Linux", "--cpu", "1", "--memory", "1.5")
NEEDS_A_VALUE = "argument {}: expected one argument"


# -- the article -----------------------------------------------------------------------------------


def test_the_article_as_printed_fails_in_three_places(cloud: Cloud) -> None:
    _, commands = cloud.script("article.sh")

    assert commands == [
        ("keyvault create", 0, ""),
        ("acr show", 0, ""),
        ("ad sp create-for-rbac", 0, ""),
        # No later answer of Entra's holds the password.
        ("ad sp show", 0, ""),
        ("keyvault secret set", 2, NEEDS_A_VALUE.format("--value")),
        # The vault's maker has no right to its secrets.
        ("ad sp show", 0, ""),
        ("keyvault secret set", 1, "ForbiddenByRbac"),
        ("acr show", 0, ""),
        ("keyvault secret show", 1, "ForbiddenByRbac"),
        ("keyvault secret show", 1, "ForbiddenByRbac"),
        ("container create", 2, NEEDS_A_VALUE.format("--registry-username")),
    ]

    # Somebody who kept the password and goes on by hand gets no further.
    created = json.loads(cloud.file("created.json"))
    app_id, password = created["appId"], created["password"]
    name = ("--vault-name", "mykeyvault", "--name", "myregistry-pull-pwd")
    stored = cloud.az("keyvault", "secret", "set", *name, f"--value={password}", status=1)
    assert stored.code() == "ForbiddenByRbac"

    container = cloud.az(
        *("container", "create", "--name", "aci-demo", "--resource-group", "myrg"),
        *("--image", "myregistry.azurecr.io/aci-helloworld:v1"),
        *("--registry-login-server", "myregistry.azurecr.io"),
        *("--registry-username", app_id, f"--registry-password={password}"),
        *("--dns-name-label", "aci-demo-25007", "--query", "ipAddress.fqdn"),
        status=1,
    )
    assert container.code() == "InvalidOsType"

    # The rest of the article did what it says.
    world = cloud.world
    vault = world.vault_named("mykeyvault")
    principal = world.principal_of(app_id)
    assert vault is not None and not vault.secrets
    assert principal is not None and principal.name == "http://myregistry-pull"
    held = {one.scope for one in world.assignments if one.principal == principal.id}
    assert held == {registry_id(cloud)}
    assert not [made for made in world.instances if made.name == "aci-demo"]


def test_the_article_passes_with_three_corrections(followed: Followed) -> None:
    assert followed.commands == [
        ("keyvault create", 0, ""),
        ("ad sp show", 0, ""),
        ("role assignment create", 0, ""),
        ("acr show", 0, ""),
        ("ad sp create-for-rbac", 0, ""),
        ("keyvault secret set", 0, ""),
        ("keyvault secret set", 0, ""),
        ("acr show", 0, ""),
        ("keyvault secret show", 0, ""),
        ("keyvault secret show", 0, ""),
        ("container create", 0, ""),
    ]
    cloud, where = followed.cloud, ("--resource-group", "myrg", "--name", "aci-demo2")
    container = cloud.az("container", "show", *where).json()
    assert container["provisioningState"] == "Succeeded"
    assert container["instanceView"]["state"] == "Running"
    assert container["ipAddress"]["fqdn"] == followed.address
    assert cloud.az("container", "logs", *where).text().startswith("listening on port 80")
    assert "Welcome to Azure Container Instances!" in cloud.browse(followed.address)


def test_the_article_was_followed_by_an_unmodified_az(followed: Followed) -> None:
    ours = ("https://management.azure.com/", "https://mykeyvault.vault.azure.net/")
    agents = {e["agent"].split(" ")[0] for e in followed.exchanges if e["url"].startswith(ours)}
    assert agents == {"AZURECLI/2.91.0"}
    # az asks whether there is a vault before it makes one, and each vault request starts without
    # a token; everything else was answered at once.
    refused = [(e["status"], e["command"]) for e in followed.exchanges if e["status"] >= 400]
    assert refused == [
        (404, "keyvault create"),
        (401, "keyvault secret set"),
        (401, "keyvault secret set"),
        (401, "keyvault secret show"),
        (401, "keyvault secret show"),
    ]


def test_az_waits_as_long_as_azure_takes(slow_cloud: Cloud) -> None:
    slow_cloud.az("account", "show")  # signs in, once for the three
    public = "mcr.microsoft.com/azuredocs/aci-helloworld:latest"
    commands = (
        ("keyvault", "create", "-g", "myrg", "-n", "mykeyvault"),
        ("ad", "sp", "create-for-rbac", "--name", "patient"),
        ("container", "create", "-g", "myrg", "-n", "patient", "--image", public, *SIZE),
    )
    with ThreadPoolExecutor() as pool:
        vault, _, container = pool.map(lambda words: slow_cloud.az(*words), commands)

    assert vault.json()["properties"]["provisioningState"] == "Succeeded"
    assert container.json()["provisioningState"] == "Succeeded"
    exchanges = slow_cloud.exchanges()
    vaults = [e for e in exchanges if "/vaults/mykeyvault" in e["url"] and e["status"] == 200]
    states = [e["response"]["properties"]["provisioningState"] for e in vaults]
    assert (states[0], states[-1]) == ("RegisteringDns", "Succeeded")
    operations = [e["response"]["status"] for e in exchanges if "/operations/" in e["url"]]
    assert operations[0] in ("Pending", "Creating") and operations[-1] == "Succeeded"
    principals = [e for e in exchanges if e["url"].endswith("/servicePrincipals")]
    assert [e["status"] for e in principals] == [400, 201]


# -- each reads what the other made ----------------------------------------------------------------


def test_az_reads_what_the_product_made(deployed: Cloud) -> None:
    az, world = deployed.az, deployed.world
    made = next(one for one in world.instances if one.group == "myrg")
    vault = next(one for one in world.vaults if one.name.startswith("kv-"))
    where = ("--resource-group", "myrg", "--name", made.name)

    container = az("container", "show", *where).json()
    assert container["provisioningState"] == "Succeeded"
    assert container["instanceView"]["state"] == "Running"
    assert container["ipAddress"]["fqdn"] == made.fqdn
    assert container["containers"][0]["image"] == "myregistry.azurecr.io/aci-helloworld:v1"
    assert az("container", "logs", *where).text().startswith("listening on port 80")

    user = az("keyvault", "secret", "show", *secret(vault.name, "usr")).json()["value"]
    password = az("keyvault", "secret", "show", *secret(vault.name, "pwd")).json()["value"]
    assert container["imageRegistryCredentials"][0]["username"] == user
    good = world.password_problem(user, password) == ""
    assert good, "the stored password is not the principal's"

    found = az("role", "assignment", "list", "--scope", registry_id(deployed)).json()
    assert [(one["roleDefinitionName"], one["principalName"]) for one in found] == [
        ("AcrPull", user)
    ]


def test_the_product_uses_what_the_article_made(followed: Followed) -> None:
    found = findings(followed.cloud)
    for title in ("Key vault", "Vault access", "Service principal", "Registry role", "Credential"):
        assert found[title]["state"] == "there"
    assert found["Key vault"]["words"].startswith("mykeyvault in eastus")
    assert found["Pull as the principal"]["state"] == "proven"
    assert found["Container group"]["state"] == "to create"


def test_the_product_leaves_the_articles_container_group_alone(followed: Followed) -> None:
    found = findings(followed.cloud, "--container", "aci-demo2", status=2)
    blocked = {title: one["problem"]["code"] for title, one in found.items() if one["problem"]}
    assert blocked == {"Container group": "ContainerGroupNotOurs"}


def findings(cloud: Cloud, *flags: str, status: int = 0) -> dict[str, Any]:
    """What the product finds with the article's vault and principal, by the steps' titles."""
    user = cloud.az("keyvault", "secret", "show", *secret("mykeyvault", "usr")).json()["value"]
    where = ("--resource-group", "myrg", "--vault", "mykeyvault", "--app-id", user)
    ran = cloud.aciwizard("plan", *where, *IMAGE, *flags, "--output", "json", status=status)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    return {line["title"]: line for line in lines if line["event"] == "finding"}


def secret(vault: str, kind: str) -> tuple[str, ...]:
    return ("--vault-name", vault, "--name", f"myregistry-pull-{kind}")


def registry_id(cloud: Cloud) -> str:
    return next(one.id for one in cloud.world.registries if one.name == "myregistry")
