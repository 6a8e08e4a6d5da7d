"""The plan's keys: each one's place in a plan file, its flag, its words and how it is read."""

from __future__ import annotations

from dataclasses import dataclass

from aciwizard.core import names, readers
from aciwizard.core.readers import Reader

CLOUDS = ("AzureCloud", "AzureUSGovernment", "AzureChinaCloud")
ROLES = ("pull", "push")
SKUS = ("Basic", "Standard", "Premium")
RESTARTS = ("Always", "OnFailure", "Never")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the plan.

    `attribute` is its name in Plan, `path` its place in the file (`vault.name`), `read` turns what
    a file or a flag holds into the value and raises Unreadable.
    """

    attribute: str
    path: str
    flag: str
    words: str
    read: Reader
    example: str
    required: bool = False
    many: bool = False


_ID = readers.named(names.SUBSCRIPTION_ID)
_GROUP = readers.named(names.RESOURCE_GROUP)

KEYS = (
    Key(
        "subscription",
        "azure.subscription",
        "--subscription",
        "id of the subscription that pays",
        _ID,
        '"00000000-1111-4000-8000-000000000001"',
        required=True,
    ),
    Key(
        "resource_group",
        "azure.resource_group",
        "--resource-group",
        "group the vault and the container go into; made if it is missing",
        _GROUP,
        '"myrg"',
        required=True,
    ),
    Key(
        "location",
        "azure.location",
        "--location",
        "region; the registry's if left out",
        readers.region,
        '"eastus"',
    ),
    Key(
        "cloud",
        "azure.cloud",
        "--cloud",
        "AzureCloud, AzureUSGovernment or AzureChinaCloud",
        readers.one_of(CLOUDS),
        '"AzureCloud"',
    ),
    Key(
        "tenant",
        "azure.tenant",
        "--tenant",
        "id of the directory to sign in to; the default one if left out",
        _ID,
        '"72f98800-0000-4000-8000-000000000001"',
    ),
    Key(
        "registry",
        "registry.name",
        "--registry",
        "name of the registry that holds the image",
        readers.named(names.REGISTRY),
        '"myregistry"',
        required=True,
    ),
    Key(
        "registry_group",
        "registry.resource_group",
        "--registry-group",
        "the registry's resource group; looked up if left out",
        _GROUP,
        '"myrg"',
    ),
    Key(
        "registry_sku",
        "registry.sku",
        "--registry-sku",
        "Basic, Standard or Premium: the registry is made if it is missing; left out, it must be there",
        readers.one_of(SKUS),
        '"Basic"',
    ),
    Key(
        "repository",
        "image.repository",
        "--repository",
        "repository of the image",
        readers.named(names.REPOSITORY),
        '"aci-helloworld"',
        required=True,
    ),
    Key(
        "tag",
        "image.tag",
        "--tag",
        "tag of the image, or its sha256: digest",
        readers.image_tag,
        '"v1"',
        required=True,
    ),
    Key(
        "import_from",
        "image.import_from",
        "--import-from",
        "public image to copy into the registry if the tag is not there",
        readers.image_source,
        '"mcr.microsoft.com/azuredocs/aci-helloworld:latest"',
    ),
    Key(
        "vault",
        "vault.name",
        "--vault",
        "name of the key vault; made if it is missing",
        readers.named(names.VAULT),
        '"mykeyvault"',
    ),
    Key(
        "vault_group",
        "vault.resource_group",
        "--vault-group",
        "the vault's resource group, if it is another one",
        _GROUP,
        '"myrg"',
    ),
    Key(
        "username_secret",
        "vault.username_secret",
        "--username-secret",
        "secret that holds the registry user name",
        readers.named(names.SECRET),
        '"myregistry-pull-usr"',
    ),
    Key(
        "password_secret",
        "vault.password_secret",
        "--password-secret",
        "secret that holds the registry password",
        readers.named(names.SECRET),
        '"myregistry-pull-pwd"',
    ),
    Key(
        "principal",
        "principal.name",
        "--principal",
        "display name of the service principal",
        readers.principal_name,
        '"aciwizard-myregistry-pull"',
    ),
    Key(
        "app_id",
        "principal.app_id",
        "--app-id",
        "application id of a principal to use again; a new one is made if left out",
        _ID,
        '"11111111-2222-4333-8444-555555555555"',
    ),
    Key(
        "role",
        "principal.role",
        "--role",
        "pull, or push for push and pull",
        readers.one_of(ROLES),
        '"pull"',
    ),
    Key(
        "lifetime_days",
        "principal.lifetime_days",
        "--lifetime-days",
        "days until its password expires",
        readers.number(1, 730, "days", whole=True),
        "365",
    ),
    Key(
        "container",
        "container.name",
        "--container",
        "name of the container group",
        readers.named(names.CONTAINER_GROUP),
        '"aci-demo"',
    ),
    Key(
        "dns_label",
        "container.dns_label",
        "--dns-label",
        'first part of the address; "" for an IP address only',
        readers.label,
        '"aci-demo-25007"',
    ),
    Key("cpu", "container.cpu", "--cpu", "CPU cores", readers.number(0.1, 32, "cores"), "1.0"),
    Key(
        "memory",
        "container.memory",
        "--memory",
        "memory in GB",
        readers.number(0.1, 256, "GB"),
        "1.5",
    ),
    Key(
        "ports",
        "container.ports",
        "--port",
        "TCP ports to open; those the image exposes if left out",
        readers.ports,
        "[80]",
        many=True,
    ),
    Key(
        "restart_policy",
        "container.restart_policy",
        "--restart-policy",
        "Always, OnFailure or Never",
        readers.one_of(RESTARTS),
        '"Always"',
    ),
    Key(
        "command",
        "container.command",
        "--command",
        "program and arguments instead of the image's own",
        readers.command,
        '["node", "index.js"]',
    ),
    Key(
        "environment",
        "container.environment",
        "--env",
        "NAME=VALUE for the container, for everybody to see",
        readers.environment,
        '{ GREETING = "hello" }',
        many=True,
    ),
    Key(
        "secure_environment",
        "container.secure_environment",
        "--secure-env",
        "NAME=env:VARIABLE, NAME=file:PATH or NAME=prompt: a value nobody sees",
        readers.secure_environment,
        '{ API_KEY = { env = "MY_API_KEY" } }',
        many=True,
    ),
)
BY_PATH = {key.path: key for key in KEYS}
BY_ATTRIBUTE = {key.attribute: key for key in KEYS}
