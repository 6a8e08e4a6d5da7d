"""The principal's password, kept in the vault (the article: "store credentials").

The order cannot leave a password homeless: the user name is written first, which proves that the
vault takes secrets; then the password is made, stored at once and read back. If storing fails, the
password just made is taken away again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aciwizard.azure import directory, vault
from aciwizard.azure.pull import Principal
from aciwizard.core.events import Finding, Made, State
from aciwizard.core.ledger import new_id
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.secret import Secret
from aciwizard.core.steps import Kept
from aciwizard.steps.deployment import MADE_BY, Deployment

_RIGHTS = Patience(70, "the right to write secrets is not effective yet")
_ENTRA = Patience(60, "Microsoft Entra copies the new application to all its replicas")
_RECOVERING = Patience(30, "the vault brings a deleted secret back")
_SOON = timedelta(days=1)  # a password that ends sooner is not worth deploying with


class Credential:
    name = "credential"
    title = "Credential"
    why = "The principal's password is shown once by Entra, so it goes to the vault at once."
    needs: tuple[str, ...] = ("vault_access", "principal")
    patience: Mapping[str, Patience] = {
        "ForbiddenByRbac": _RIGHTS,
        "AccessDenied": _RIGHTS,
        "Request_ResourceNotFound": _ENTRA,
        "ObjectIsBeingRecovered": _RECOVERING,
        "ObjectIsDeletedButRecoverable": _RECOVERING,
    }
    keeps: Mapping[str, Kept] = {
        "secret": Kept("The vault keeps a deleted secret for up to 90 days"),
        "secret version": Kept(
            "A secret that was there before keeps the version it was given", purgeable=False
        ),
    }

    async def check(self, deployment: Deployment) -> Finding:
        plan, found, application = deployment.plan, deployment.vault, deployment.application
        words = f"a password for {plan.lifetime_days} days as {plan.password_secret}"
        if deployment.credential is not None:
            return Finding(State.SATISFIED, f"{plan.password_secret}, read back from {plan.vault}")
        if found is None:
            return Finding(State.CREATE, words)
        if not deployment.vault_open:
            return Finding(State.CREATE, words, provisional=True)
        user = await vault.read_secret(deployment.session, found.uri, plan.username_secret)
        deployment.stored_user, stored = user, deployment.stored_password
        mine = (
            application is not None
            and user is not None
            and user.value == Secret(application.app_id)
        )
        if any(one and MADE_BY not in one.tags for one in (user, stored)) and not mine:
            happened = f"Looking at {plan.password_secret} in vault {found.name}"
            return Finding(State.BLOCKED, happened, problem=Problem("SecretsNotOurs", happened))
        if stored is None or application is None:
            return Finding(State.CREATE, words)
        if why := self._useless(deployment, application, user, stored):
            return Finding(State.REPLACE, f"{words}: the stored one {why}")
        deployment.credential = Principal(application.app_id, stored.value)
        deployment.key_id = stored.tags.get("keyId", "")
        ends = f" until {stored.expires:%Y-%m-%d}" if stored.expires else ""
        return Finding(State.SATISFIED, f"{stored.name} in {found.name}{ends}")

    @staticmethod
    def _useless(
        deployment: Deployment,
        application: directory.Application,
        user: vault.Stored | None,
        stored: vault.Stored,
    ) -> str:
        """Why a stored password cannot be used again, "" where it can."""
        if user is None or user.value != Secret(application.app_id):
            return "is another principal's"
        if not stored.enabled:
            return "is disabled"
        if stored.expires is not None and stored.expires < deployment.clock.now() + _SOON:
            return f"expires on {stored.expires:%Y-%m-%d}"
        known = {password.key_id for password in application.passwords}
        if MADE_BY in stored.tags and stored.tags.get("keyId") not in known:
            return "is no longer one of the principal's"
        return ""

    async def apply(self, deployment: Deployment) -> None:
        plan, found = deployment.plan, deployment.needed(deployment.vault, "vault")
        application = deployment.needed(deployment.application, "application")
        await self._remove_lost(deployment)
        user = Secret(application.app_id)
        ends = deployment.clock.now() + timedelta(days=plan.lifetime_days)
        stored = deployment.stored_user or deployment.stored_password
        tags = deployment.tags_over(stored.tags if stored else {}) | {"appId": application.app_id}
        if deployment.stored_user is None or deployment.stored_user.value != user:
            wanted = vault.ToStore(plan.username_secret, user, tags, "registry user name")
            await self._store(deployment, found, wanted, deployment.stored_user is None)
        name = f"{deployment.home[:90]} {new_id(deployment.clock.now())}"
        with deployment.effect(self.name, "password", name, application.id):
            key_id, password = await directory.add_password(
                deployment.session, application.id, name, ends
            )
        deployment.record(self.name, "password", key_id, application.id)
        try:
            tagged = {**tags, "keyId": key_id}
            secret = vault.ToStore(
                plan.password_secret, password, tagged, "registry password", ends
            )
            await self._store(deployment, found, secret, deployment.stored_password is None)
            read = await vault.read_secret(deployment.session, found.uri, plan.password_secret)
            if read is None or read.value != password:
                raise Problem("ReadBackDiffers", f"Reading {plan.password_secret} back")
        except Problem:
            await self._remove_lost(deployment)
            raise
        deployment.credential = Principal(application.app_id, read.value)
        deployment.key_id = key_id

    async def _store(
        self, deployment: Deployment, found: vault.Vault, wanted: vault.ToStore, new: bool
    ) -> None:
        what = "secret" if new else "secret version"
        try:
            with deployment.effect(self.name, what, wanted.name, found.uri):
                await vault.write_secret(deployment.session, found.uri, wanted)
        except Problem as problem:
            if problem.code == "ObjectIsDeletedButRecoverable":
                await vault.recover_secret(deployment.session, found.uri, wanted.name)
            raise
        deployment.record(self.name, what, wanted.name, found.uri)

    @staticmethod
    async def _remove_lost(deployment: Deployment) -> None:
        """Take away passwords this deployment made that never reached the vault.

        Their values died with an answer or a process; nobody can ever use them.
        """
        stored = deployment.stored_password
        kept = stored.tags.get("keyId") if stored else None
        for made in [one for one in deployment.ledger.made if one.kind == "password"]:
            if made.id != kept:
                await directory.remove_password(deployment.session, made.detail, made.id)
                deployment.ledger.undone(made)

    async def find(self, deployment: Deployment, sought: Made) -> Made | None:
        session = deployment.session
        match sought.kind:
            case "password":
                application = await directory.by_id(session, sought.detail)
                for password in application.passwords if application else ():
                    if sought.id in (password.key_id, password.name):
                        return Made(self.name, "password", password.key_id, sought.detail)
            case "secret":
                try:
                    found = await vault.read_secret(session, sought.detail, sought.id)
                except Problem as problem:
                    if problem.code == "NameNotResolved":  # the whole vault is gone
                        return None
                    raise
                return sought if found and deployment.ours(found.tags) else None
        return None

    async def purge(self, deployment: Deployment, made: Made) -> None:
        if made.kind == "secret":
            await vault.purge_secret(deployment.session, made.detail, made.id)

    async def undo(self, deployment: Deployment, made: Made) -> None:
        match made.kind:
            case "password":
                await directory.remove_password(deployment.session, made.detail, made.id)
            case "secret":
                await vault.delete_secret(deployment.session, made.detail, made.id)

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return (
            f'az ad app credential reset --id "$APP_ID" --append --years 1 --query password\n'
            f"az keyvault secret set --vault-name {plan.vault} --name {plan.password_secret} "
            "--file /dev/stdin"
        )
