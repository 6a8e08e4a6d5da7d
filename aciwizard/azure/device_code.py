"""Signing in by device code: a page, a code, and any browser on any machine."""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AuthenticationRecord,
    AuthenticationRequiredError,
    DeviceCodeCredential,
)

from aciwizard.azure import clouds, remembered

Result = TypeVar("Result")
EXPIRED = ("AADSTS70019", "AADSTS70020", "expired_token")
MOST_CODES = 8  # codes shown one after the other before it is given up; each lives 15 minutes


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person must do in a browser, anywhere, to sign in here."""

    url: str
    code: str
    expires: datetime


def _unseen(_: DeviceCode | None) -> None:
    """Nobody looks."""


class DeviceCodeSignIn:
    """A device code sign-in, usable as an asynchronous credential.

    azure-identity has it in its synchronous half only. Every request for a token runs in a daemon
    thread of its own: it neither blocks the loop nor keeps the process alive on the way out.

    `show` is given a code to show, and None once it is not needed any more. While `asks`, a
    sign-in that has run out, or that Azure wants anew (a claims challenge), is asked for in place.
    """

    def __init__(
        self,
        cloud: clouds.Cloud,
        tenant: str | None,
        record: AuthenticationRecord | None = None,
    ) -> None:
        """With a `record` of an earlier sign-in nobody needs to be asked."""
        self.show: Callable[[DeviceCode | None], None] = _unseen
        self.asks = False
        self.scope = cloud.management_scope
        self._loop = asyncio.get_running_loop()
        self._tenant = tenant
        self._asking: asyncio.Future[AuthenticationRecord] | None = None
        self._one_at_a_time = asyncio.Lock()  # the token cache on disk takes one writer
        home: dict[str, Any] = {"tenant_id": tenant} if tenant else {}
        if record is None:  # a record names its own authority
            home["authority"] = cloud.authority
        # msal tells there, at level DEBUG, with which device code a person was signed in.
        logging.getLogger("msal.token_cache").setLevel(logging.INFO)
        self._credential = DeviceCodeCredential(
            prompt_callback=self._prompted,
            cache_persistence_options=remembered.cache(),
            additionally_allowed_tenants=["*"],
            authentication_record=record,
            disable_automatic_authentication=True,
            **home,
        )

    def _prompted(self, url: str, code: str, expires: datetime) -> None:
        self._loop.call_soon_threadsafe(self._show_now, DeviceCode(url, code, expires))

    def _show_now(self, code: DeviceCode) -> None:
        self.show(code)  # whoever looks by then

    def in_tenant(self, tenant: str) -> DeviceCodeSignIn:
        """The same person in another directory, without asking; codes are shown where ours are."""
        other = copy.copy(self)
        other._tenant, other.asks, other._asking = tenant, False, None
        return other

    def give_up(self) -> None:
        """Ask nobody any more; who waits for a person gets AuthenticationRequiredError."""
        self.asks = False
        if self._asking is not None:
            self._asking.cancel()

    async def sign_in(
        self, scopes: tuple[str, ...] = (), claims: str | None = None
    ) -> AuthenticationRecord:
        """Wait until a person has entered the code; a code that ran out is followed by another.

        Raises ClientAuthenticationError.
        """
        ask = partial(
            self._credential.authenticate,
            scopes=list(scopes or (self.scope,)),
            claims=claims,
            tenant_id=self._tenant,
            enable_cae=True,
        )
        try:
            for _ in range(MOST_CODES):
                try:
                    self._asking = asyncio.ensure_future(self._beside(ask))
                    return await self._asking
                except ClientAuthenticationError as error:
                    if not _ran_out(error):
                        raise
                    last = error
            raise last
        finally:
            self._asking = None
            self.show(None)

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token; a person is asked only where none can be had silently, and while we ask."""
        # The SDKs of vault and Graph ask for it, the others do not, and azure-identity remembers
        # a sign-in for one kind only: without this a person would have to sign in twice.
        options["enable_cae"] = True
        if self._tenant:
            options["tenant_id"] = self._tenant
        ask = partial(self._credential.get_token, *scopes, **options)
        async with self._one_at_a_time:
            try:
                return await self._beside(ask)
            except AuthenticationRequiredError:
                if not self.asks:
                    raise
            try:
                await self.sign_in(scopes, options.get("claims"))
            except asyncio.CancelledError:
                if self.asks:
                    raise
                raise AuthenticationRequiredError(scopes) from None
            return await self._beside(ask)

    async def _beside(self, call: Callable[[], Result]) -> Result:
        """Run a blocking call in a daemon thread of its own."""
        answer: asyncio.Future[Result] = self._loop.create_future()

        def settle(put: Callable[[], None]) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(lambda: None if answer.done() else put())

        def work() -> None:
            try:
                result = call()
            except Exception as error:  # boundary: it belongs to whoever awaits the answer
                settle(partial(answer.set_exception, error))
            else:
                settle(partial(answer.set_result, result))

        threading.Thread(target=work, daemon=True).start()
        return await answer

    async def close(self) -> None:
        self._credential.close()


def _ran_out(error: ClientAuthenticationError) -> bool:
    """Whether a code ran out: Entra says so, or the SDK stops asking when its time is over."""
    words = str(error)
    return any(code in words for code in EXPIRED) or "Timed out waiting for user" in words
