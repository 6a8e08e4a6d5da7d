"""From a private image in Azure Container Registry to a container that answers."""

__version__ = "0.1.0"
