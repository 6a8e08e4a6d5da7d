"""The service principal the container pulls as: its name, what it may do, how long."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from aciwizard.core.keys import BY_ATTRIBUTE
from aciwizard.core.origins import Origin
from aciwizard.core.plan import default_principal
from aciwizard.core.problems import Problem
from aciwizard.tui.draft import Draft
from aciwizard.tui.gateway import load
from aciwizard.tui.question import Question
from aciwizard.tui.widgets.field import Field
from aciwizard.tui.words import changes_needed, readable

_FIELDS = ("principal", "role", "lifetime_days", "app_id")


class PrincipalQuestion(Question):
    ask = "Who does the container pull as?"
    why = "Not as you: as an identity of its own that can only pull from here."
    explanation = (
        "A service principal is an identity for a program. It gets one role on this registry: "
        "pull reads images; push also writes them, which a container hardly ever needs.\n\n"
        "Its password goes to the vault under two names, one for the user name and one for the "
        "password, and into the container group. Whoever may read secrets in the vault can read "
        "it; nobody else. It stops working after the days you choose: then a new one is needed."
    )
    az = "az ad sp create-for-rbac --name NAME --role AcrPull --scopes REGISTRY_ID"

    @staticmethod
    def told(draft: Draft) -> str:
        if draft.text("app_id"):
            return f"{draft.text('app_id')} (used again)"
        name, days = draft.text("principal"), draft.text("lifetime_days")
        return f"{name}, {draft.text('role')}, {days} days" if name else ""

    def body(self) -> ComposeResult:
        draft, registry = self.draft, self.draft.text("registry")
        known = {name: draft.text(name, text) for name, text in self._defaults().items()}
        yield Field("Name", known["principal"], check=readable("principal"), id="principal")
        yield Field("Role", known["role"], check=readable("role"), hint="pull or push", id="role")
        days = known["lifetime_days"]
        yield Field("Days", days, check=readable("lifetime_days"), id="lifetime_days")
        yield Field(
            "Application",
            draft.text("app_id"),
            check=readable("app_id", empty=True),
            hint="empty: a new one is made",
            id="app_id",
        )
        vault = draft.text("vault")
        stored = f"{registry}-pull-usr and {registry}-pull-pwd in {vault}"
        yield Static(f"Stored as {stored}.", classes="told", markup=False)
        yield Static("", id="before", markup=False)

    def on_mount(self) -> None:
        self.query_one("#principal", Field).focus_entry()
        self._look()

    @work(exclusive=True, description="look for a principal made before")
    async def _look(self) -> None:
        gateway = await load("azure.directory")
        home = f"aciwizard:{self.draft.text('vault').lower()}/{self.draft.text('registry').lower()}"
        try:
            found = await gateway.by_tag(self.draft.session, home)
        except Problem as problem:
            self.say(f"{problem.cause} {problem.action}", "!")
            return
        if found:
            words = f"{found[0].name} was made here before and is used again ({found[0].app_id})."
            self.query_one("#before", Static).update(words)

    @on(Field.Entered)
    def _entered(self) -> None:
        fields = {name: self.query_one(f"#{name}", Field) for name in _FIELDS}
        faulty = [field for field in fields.values() if field.fault]
        if faulty:
            faulty[0].focus_entry()
            self.say(changes_needed(len(faulty)))
            return
        for name, field in fields.items():
            self._keep(name, field.text)
        self.next()

    def _keep(self, name: str, text: str) -> None:
        if not text:
            self.draft.forget(name)
        elif text != self.draft.text(name):
            default = text == self._defaults().get(name)
            origin = Origin.DEFAULT if default else Origin.CHOSEN
            self.draft.choose(name, BY_ATTRIBUTE[name].read(text), origin)

    def _defaults(self) -> dict[str, str]:
        registry, role = self.draft.text("registry"), self.draft.text("role", "pull")
        return {
            "principal": default_principal(registry, role),
            "role": "pull",
            "lifetime_days": "365",
        }
