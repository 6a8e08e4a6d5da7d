"""The principal's role and password: what it may do, for how long, and where it is kept."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from aciwizard.core.plan import default_secrets
from aciwizard.terminal import printable
from aciwizard.tui.draft import Draft
from aciwizard.tui.form import FormQuestion
from aciwizard.tui.widgets.field import Field


class CredentialQuestion(FormQuestion):
    ask = "What may it do, and how long?"
    why = "One role, on this registry only, and a password that ends by itself."
    explanation = (
        "Pull reads images; push also writes them, which a container hardly ever needs.\n\n"
        "Entra shows a password once, when it is made. It goes to the vault in the same moment, "
        "under two names: one for the user name, one for the password. It also goes into the "
        "container group, where nobody can read it. Whoever may read secrets in the vault can "
        "read it; nobody else.\n\n"
        "It stops working after the days you choose: from then on the container can no longer "
        "be started anew, until it gets a new password."
    )
    az = (
        "az ad app credential reset --append --end-date DATE\n"
        "az keyvault secret set --vault-name VAULT --name NAME --file FILE"
    )
    key = "lifetime_days"
    fields = {
        "role": ("Role", "pull, or push for both"),
        "lifetime_days": ("Days", "1 to 730"),
        "username_secret": ("User name as", "a secret of the vault"),
        "password_secret": ("Password as", "a secret of the vault"),
    }

    @staticmethod
    def told(draft: Draft) -> str:
        days = draft.text("lifetime_days")
        return f"{draft.text('role')}, {days} days, in {draft.text('vault')}" if days else ""

    def default(self, name: str) -> str:
        user, password = default_secrets(self.draft.text("registry"))
        return {
            "role": "pull",
            "lifetime_days": "365",
            "username_secret": user,
            "password_secret": password,
        }[name]

    def fault(self, name: str, text: str) -> str:
        if fault := super().fault(name, text):
            return fault
        others = [
            one.text for one in self.query("#username_secret").results(Field) if one.is_mounted
        ]
        if name == "password_secret" and text.lower() in (other.lower() for other in others):
            return "is the user name's; each secret needs a name of its own"
        return ""

    @on(Field.Edited)
    def _edited(self, event: Field.Edited) -> None:
        if event.field.id == "username_secret":
            self.field("password_secret").judge()

    def body(self) -> ComposeResult:
        yield from super().body()
        vault = printable(self.draft.text("vault"), 30)
        words = (
            f"Both secrets are kept in {vault}. Whoever may read secrets there can read them; "
            "nobody else can, and this program never shows them."
        )
        yield Static(Content(words), classes="told", markup=False)
