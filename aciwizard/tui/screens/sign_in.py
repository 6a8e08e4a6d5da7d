"""Who works: what this machine has already, or a person with a code and any browser."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from aciwizard.core.problems import Problem
from aciwizard.terminal import printable
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.choices import Choice, Choices

if TYPE_CHECKING:
    from aciwizard.azure.credentials import Offer
    from aciwizard.azure.device_code import DeviceCode
    from aciwizard.azure.session import Connection, Session

BY_CODE = "by code"
CLOUD = "AzureCloud"
FIRST_LOOK = 0.5  # seconds
_SECOND = "asks for a second factor: Enter signs in to it"
_STATES = {
    "AADSTS50076": _SECOND,
    "AADSTS50079": _SECOND,
    "AADSTS50020": "does not let this account in",
    "AADSTS500021": "does not let this account in",
    "AADSTS53003": "refuses this way of signing in",
}
_CLOSED = ("AADSTS50020", "AADSTS500021", "AADSTS53003")


class SignIn(Question):
    ask = "Who should do this?"
    why = "Everything is made in Azure in your name, with your rights and no others."
    explanation = (
        "Azure has to know who asks. If you have used az login on this machine, or it has an "
        "identity of its own, that is found and shown here. Otherwise take the code: open the "
        "page it names in any browser, on any machine, type the code there and sign in as "
        "usual. No password is typed here, and none is kept.\n\n"
        "Signing in covers four services (management, directory, vault, registry), so that a "
        "refusal by one of them shows now and not halfway."
    )
    az = "az login --use-device-code"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "copy", "Copy code", id="sign_in.copy"),
        Binding("f5,ctrl+r", "again", "Look again", id="sign_in.again"),
    ]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._code: DeviceCode | None = None
        self._offer: Offer | None = None

    @staticmethod
    def told(draft: Draft) -> str:
        who = draft.signed_in.identity if draft.signed_in else None
        return f"{who.name} ({who.source})" if who else ""

    def body(self) -> ComposeResult:
        yield Choices("ways to sign in")
        yield Static("", id="code", markup=False)

    def on_mount(self) -> None:
        self.set_interval(30, self._tell_time, name="countdown")
        # Loading Azure's packages competes with painting: a person sees the question first.
        self.set_timer(FIRST_LOOK, self._look)

    def action_again(self) -> None:
        self.query_one("#ask", Static).update(self.ask)
        self._show(None)
        self.say()
        self._look()

    @work(exclusive=True, group="sign-in", description="look for credentials")
    async def _look(self) -> None:
        """What is found is offered as it is found; a code is offered last, when all have answered.

        So Enter never asks for a code only because somebody was quicker than a look-up.
        """
        choices = self.query_one(Choices)
        choices.clear()
        try:
            sources = (await self._connected()).sources(self.draft.text("tenant") or None)
        except Problem as problem:
            choices.fail(f"{problem.cause} {problem.action} F5 tries again.")
            return
        refused = []
        async with asyncio.TaskGroup() as group:
            for asked in [group.create_task(_asked(source)) for source in sources]:
                if isinstance(found := await asked, str):
                    refused += [found] if found else []
                else:
                    choices.add([_offered(found)])
        choices.add([_by_code()])
        choices.finish("; ".join(refused) or "Enter takes the marked one")

    async def _connected(self) -> Connection:
        if self.draft.connection is not None:
            return self.draft.connection
        await self.draft.azure_is_there()
        session = await load("azure.session")
        opened = session.connection(
            self.draft.text("cloud", CLOUD), session.timeout_for(self.draft.clock)
        )
        connection: Connection = await self.draft.stack.enter_async_context(opened)
        self.draft.connection = connection
        return connection

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        self.say()
        match event.choice.value:
            case str() as value if value == BY_CODE:
                self._sign_in_by_code()
            case str() as tenant:
                self._go_to(tenant)
            case offer:
                self._take(offer)

    @work(exclusive=True, group="sign-in", description="device code")
    async def _sign_in_by_code(self) -> None:
        connection, credentials = await self._connected(), await load("azure.credentials")
        device_code = await load("azure.device_code")
        person = device_code.DeviceCodeSignIn(connection.cloud, self.draft.text("tenant") or None)
        person.show = self._show
        self.say("Asking for a code …", "·")
        try:
            offer = await credentials.by_code(person)
        except Problem as problem:
            self._show(None)
            self.say_problem(problem)
            return
        self._show(None)
        self._take(offer)

    def _show(self, code: DeviceCode | None) -> None:
        if code is not None:
            renewed = self._code is not None
            self.say("The code has expired; here is a new one." if renewed else "", "!")
        self._code = code
        self._tell_time()

    def _tell_time(self) -> None:
        for line in self.query("#code").results(Static):  # none once the screen was left
            line.update(self._told_code())

    def _told_code(self) -> Content:
        if self._code is None:
            return Content("")
        left = max(0, int((self._code.expires - datetime.now(UTC)).total_seconds()))
        minutes = f"{left // 60} minutes" if left >= 120 else f"{left} seconds"
        return Content(
            f"Open this page in any browser, on any machine:\n  {printable(self._code.url, 200)}\n"
            f"Enter this code there:\n  {printable(self._code.code, 60)}\n"
            f"It is good for {minutes}; waiting for you to sign in there."
        )

    def action_copy(self) -> None:
        if self._code is None:
            self.say("There is no code to copy yet.", "!")
            return
        self.app.copy_to_clipboard(self._code.code)
        self.say("Sent to your terminal's clipboard; not every terminal takes it.", "!")

    @work(exclusive=True, group="sign-in", description="check the sign-in")
    async def _take(self, offer: Offer) -> None:
        credentials, subscriptions = (
            await load("azure.credentials"),
            await load("azure.subscriptions"),
        )
        self._offer = offer
        session = (await self._connected()).session(offer)
        who = printable(offer.identity.name, 120)
        self.say(f"Signed in as {who}; asking the other services …", "·")
        refused = await credentials.refused_audiences(session)
        if refused:
            self.say_problem(refused[0])
            return
        self._keep(session, offer)
        try:
            tenants = await subscriptions.all_tenants(session)
        except Problem:  # who may not list directories still has the one signed in to
            tenants = []
        person = offer.identity.kind == "User"
        if person and len(tenants) > 1 and "tenant" not in self.draft.answers:
            await self._ask_tenant(tenants, offer)
        else:
            self.next()

    def _keep(self, session: Session, offer: Offer) -> None:
        """From now on this is who works; should Azure want a person again, the app asks."""
        self.draft.signed_in = session
        if offer.identity.kind == "User" and hasattr(offer.credential, "asks"):
            offer.credential.asks = True
            offer.credential.show = self.app.show_code  # type: ignore[attr-defined]  # ours has it

    async def _ask_tenant(self, tenants: list[Any], offer: Offer) -> None:
        """A directory each with what it says to this person, as the answers come."""
        credentials = await load("azure.credentials")
        self.query_one("#ask", Static).update("Which directory?")
        choices, home = self.query_one(Choices), offer.identity.tenant
        choices.ask("directories")
        self.say()
        choices.add(Choice(t.id, t.name, f"{t.domain}, signed in") for t in tenants if t.id == home)
        async with asyncio.TaskGroup() as group:
            for tenant in [one for one in tenants if one.id != home]:
                group.create_task(self._ask_state(credentials, offer, tenant))
        choices.finish()

    async def _ask_state(self, credentials: Any, offer: Offer, tenant: Any) -> None:
        try:
            await credentials.in_tenant(offer, tenant.id)
        except Problem as problem:
            state = _STATES.get(problem.code, "asks to sign in again: Enter does")
        else:
            state = "ready"
        for choices in self.query(Choices):  # none once the screen was left
            choices.add([Choice(tenant.id, tenant.name, f"{tenant.domain}, {state}")])

    @work(exclusive=True, group="sign-in", description="change directory")
    async def _go_to(self, tenant: str) -> None:
        connection, offer = self.draft.connection, self._offer
        assert connection is not None and offer is not None
        self.draft.choose("tenant", tenant)
        if tenant == offer.identity.tenant:
            self.next()
            return
        credentials = await load("azure.credentials")
        try:
            other = await self._in_tenant(credentials, offer, tenant)
        except Problem as problem:
            self.draft.forget("tenant")
            self.say_problem(problem)
            return
        self._keep(connection.session(other), other)
        self.next()

    async def _in_tenant(self, credentials: Any, offer: Offer, tenant: str) -> Offer:
        """Somebody in another directory: silently, or else with another code. Raises Problem."""
        try:
            found: Offer = await credentials.in_tenant(offer, tenant)
        except Problem as problem:
            if problem.code in _CLOSED or not hasattr(offer.credential, "asks"):
                raise
            person = offer.credential.in_tenant(tenant)
            # The code comes through the first sign-in, that it is not needed any more through ours.
            offer.credential.show = person.show = self._show
            try:
                found = await credentials.by_code(person)
            finally:
                offer.credential.show = self.app.show_code  # type: ignore[attr-defined]
        return found


def _by_code() -> Choice:
    return Choice(BY_CODE, "A code and any browser", "device code: no browser needed here")


async def _asked(source: Any) -> Any:
    """An offer, "" where a source is not set up, or why it was refused."""
    try:
        offer = await source.offer()
    except Problem as problem:
        return f"{source.name}: {problem.cause}"
    return "" if isinstance(offer, str) else offer


def _offered(offer: Offer) -> Choice:
    who = offer.identity
    kind = "a person" if who.kind == "User" else "a service principal"
    second = "" if who.mfa in (True, None) else ", without a second factor: may only read"
    return Choice(offer, who.name, f"{kind}, from {who.source}{second}")
