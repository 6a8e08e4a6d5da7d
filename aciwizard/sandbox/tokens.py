"""Signed tokens: what the simulated Entra and registries hand out, and how each is read back."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from aciwizard.sandbox.canary import CANARY, CLAIM, KEY_ID
from aciwizard.sandbox.model import ServicePrincipal, Tenant, User

Claims = dict[str, Any]
LIFETIME = 86_399  # seconds an access token lives, as recorded


class Signer:
    """One RSA key for the life of the sandbox; its public half is served at the keys endpoint."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.minted: set[str] = set()  # every token signed

    def sign(self, claims: Mapping[str, Any], lifetime: float) -> str:
        """A JWT with these claims, valid for `lifetime` seconds of our own time."""
        now = int(time.time())
        life = {"iat": now, "nbf": now - 60, "exp": now + int(lifetime)}
        marked = {CLAIM: CANARY, **life, **claims}  # first, so that its encoding is always the same
        token = jwt.encode(marked, self._key, algorithm="RS256", headers={"kid": KEY_ID})
        self.minted.add(token)
        return token

    def read(self, token: str) -> Claims:
        """The claims of a token this signer made and that has not expired, or {}."""
        try:
            claims: Claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            return {}
        return claims

    def ended(self, token: str) -> datetime | None:
        """When a token this signer made expired, or None for any other token."""
        try:
            claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_nbf": False, "verify_exp": False},
            )
        except jwt.PyJWTError:
            return None
        moment = datetime.fromtimestamp(claims["exp"], UTC)
        return moment if moment <= datetime.now(UTC) else None

    def public_key(self) -> dict[str, str]:
        """The public key as a JSON Web Key."""
        numbers = self._key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": KEY_ID,
            "n": _base64(numbers.n),
            "e": _base64(numbers.e),
        }


def access_token(
    signer: Signer, tenant: Tenant, who: User | ServicePrincipal, audience: str
) -> str:
    """A signed access token for one resource, with the claims clients and services read."""
    claims: dict[str, Any] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant.id}/",
        "oid": who.id,
        "sub": who.id,
        "tid": tenant.id,
        "ver": "1.0",
    }
    match who:
        case User():
            claims |= {
                "idtyp": "user",
                "upn": who.principal_name,
                "unique_name": who.principal_name,
                "name": who.name,
                "scp": "user_impersonation",
                "amr": ["pwd", "mfa"] if who.mfa else ["pwd"],
            }
        case ServicePrincipal():
            claims |= {"idtyp": "app", "appid": who.app_id, "app_displayname": who.name, "amr": []}
    return signer.sign(claims, LIFETIME)


def _base64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
