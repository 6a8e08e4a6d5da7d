"""Microsoft's public registry, as far as its sample images are known here."""

from __future__ import annotations

from datetime import UTC, datetime

from aciwizard.sandbox.images import Image, push
from aciwizard.sandbox.model import Registry

HOST = "mcr.microsoft.com"
HELLO = Image("Welcome to Azure Container Instances!", log="listening on port 80\n")
_IMAGES = {
    "azuredocs/aci-helloworld": HELLO,
    "azuredocs/aci-wordcount": Image(
        "Word count",
        ports=(),
        entrypoint=("python", "wordcount.py"),
        behaviour="exit:0",
        log="[('the', 990), ('and', 702)]\n",
    ),
    "hello-world": Image(
        "Hello", ports=(), entrypoint=("/hello",), behaviour="exit:0", log="Hello from Docker!\n"
    ),
}


def public_registry() -> Registry:
    """A registry anyone may pull from; imports copy from it."""
    made = datetime(2025, 3, 11, 17, 5, 0, tzinfo=UTC)
    registry = Registry("", "", "mcr", "", made, anonymous_pull=True, host=HOST)
    for name, image in _IMAGES.items():
        for tag in ("latest", "v1"):
            push(registry, name, tag, image, made)
    return registry
