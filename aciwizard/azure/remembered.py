"""A person's sign-in, remembered for the next start in azure-identity's own cache.

Tokens go only where the system encrypts them, unless the user agrees to less by setting
ACIWIZARD_PLAIN_TOKEN_CACHE=1. Our own file names the account and holds no token.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from azure.identity import AuthenticationRecord, TokenCachePersistenceOptions

_PLAIN = "ACIWIZARD_PLAIN_TOKEN_CACHE"
_NAME = "aciwizard"


def cache() -> TokenCachePersistenceOptions | None:
    """Where tokens may be kept, or None where nothing encrypts them and nobody agreed to less."""
    plain = os.environ.get(_PLAIN) == "1"
    if not plain and not _encrypts():
        return None
    return TokenCachePersistenceOptions(name=_NAME, allow_unencrypted_storage=plain)


def _encrypts() -> bool:
    try:
        from msal_extensions import build_encrypted_persistence

        build_encrypted_persistence("")
    except Exception:  # boundary: each system fails in its own way, and all mean no
        return False
    return True


def _file() -> Path:
    return Path(platformdirs.user_state_path(_NAME)) / "sign-in.json"


def keep(record: AuthenticationRecord) -> None:
    """Remember who signed in; a folder that cannot be written means signing in again next time."""
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(record.serialize())
    except OSError:
        return


def recall() -> AuthenticationRecord | None:
    """Who signed in last, or None."""
    try:
        return AuthenticationRecord.deserialize(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError):
        return None
