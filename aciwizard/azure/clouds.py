"""Azure's clouds by name, and where each one's services are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """Endpoints of one cloud, as `az cloud list` names them. Suffixes begin with a dot."""

    name: str
    authority: str
    management: str
    graph: str
    vault_suffix: str

    @property
    def management_scope(self) -> str:
        return f"{self.management}/.default"

    @property
    def graph_scope(self) -> str:
        return f"{self.graph}/.default"

    @property
    def vault_scope(self) -> str:
        return f"https://{self.vault_suffix.removeprefix('.')}/.default"

    @property
    def registry_scope(self) -> str:
        """The registry audience is the same in every cloud (azure-cli 2.91 has it hard-wired)."""
        return "https://containerregistry.azure.net/.default"

    def vault_url(self, name: str) -> str:
        return f"https://{name.lower()}{self.vault_suffix}"


_CLOUDS = (
    Cloud(
        "AzureCloud",
        "https://login.microsoftonline.com",
        "https://management.azure.com",
        "https://graph.microsoft.com",
        ".vault.azure.net",
    ),
    Cloud(
        "AzureUSGovernment",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://graph.microsoft.us",
        ".vault.usgovcloudapi.net",
    ),
    Cloud(
        "AzureChinaCloud",
        "https://login.partner.microsoftonline.cn",
        "https://management.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        ".vault.azure.cn",
    ),
)


def named(name: str) -> Cloud:
    """The cloud of this name, whatever its letter case; raises KeyError."""
    return {cloud.name.lower(): cloud for cloud in _CLOUDS}[name.lower()]
