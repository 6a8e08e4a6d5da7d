"""A throw-away certificate authority: its key lives in this process's memory and dies with it."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import trustme


class Authority:
    """Signs one certificate for every name the simulated Azure answers for."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._authority = trustme.CA(
            organization_name="aciwizard sandbox", organization_unit_name="simulated Azure"
        )
        self._leaf = self._authority.issue_cert(*hosts)

    @property
    def certificate(self) -> bytes:
        """The authority's certificate, PEM."""
        return self._authority.cert_pem.bytes()

    def write(self, folder: Path) -> Path:
        """Put the certificate (never a key) into a file of its own, readable by its owner only."""
        path = folder / "ca.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.certificate)
        return path

    def server_context(self) -> ssl.SSLContext:
        """A TLS context that answers with the signed certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        chain = b"".join(blob.bytes() for blob in self._leaf.cert_chain_pems)
        _load_from_memory(context, chain, self._leaf.private_key_pem.bytes())
        return context


def _load_from_memory(context: ssl.SSLContext, chain: bytes, key: bytes) -> None:
    # The ssl module reads certificates from files only; pipes are files that never touch a disk.
    ends = [_pipe_holding(chain), _pipe_holding(key)]
    try:
        context.load_cert_chain(*(f"/dev/fd/{end}" for end in ends))
    finally:
        for end in ends:
            os.close(end)


def _pipe_holding(content: bytes) -> int:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:  # a few KiB: a pipe holds them without a reader
        pipe.write(content)
    return reading
