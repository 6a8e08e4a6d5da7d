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
from aciwizard.core.patience import Patience
from aciwizard.core.problems import Problem
from aciwizard.core.secret import Secret
from aciwizard.steps.deployment import Deployment

_RIGHTS = Patience(70, "the right to write secrets is not effective yet")
_ENTRA = Patience(60, "Microsoft Entra copies the new application to all its replicas")
_RECOVERING = Patience(30, "the vault brings a deleted secret back")
_MADE_BY = "made-by"  # the tag that says a secret is ours to replace
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

    async def check(self, deployment: Deployment) -> Finding:
        plan, found, application = deployment.plan, deployment.vault, deployment.application
        words = f"a password for {plan.lifetime_days} days as {plan.password_secret}"
        if deployment.credential is not None:
            return Finding(State.SATISFIED, f"{plan.password_secret}, read back from {plan.vault}")
        if found is None:
            return Finding(State.CREATE, words)
        user = await vault.read_secret(deployment.session, found.uri, plan.username_secret)
        deployment.stored_user, stored = user, deployment.stored_password
        mine = (
            application is not None
            and user is not None
            and user.value == Secret(application.app_id)
        )
        if any(one and _MADE_BY not in one.tags for one in (user, stored)) and not mine:
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
        if _MADE_BY in stored.tags and stored.tags.get("keyId") not in known:
            return "is no longer one of the principal's"
        return ""

    async def apply(self, deployment: Deployment) -> None:
        found, application, plan = deployment.vault, deployment.application, deployment.plan
        assert found is not None and application is not None, "both steps came first"
        user = Secret(application.app_id)
        ends = deployment.clock.now() + timedelta(days=plan.lifetime_days)
        tags = {"appId": application.app_id, _MADE_BY: "aciwizard"}
        if deployment.stored_user is None or deployment.stored_user.value != user:
            name = vault.ToStore(plan.username_secret, user, tags, "registry user name")
            await self._store(deployment, found, name, deployment.stored_user is None)
        key_id, password = await directory.add_password(
            deployment.session, application.id, deployment.home[:120], ends
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
            await directory.remove_password(deployment.session, application.id, key_id)
            raise
        deployment.credential = Principal(application.app_id, read.value)
        deployment.key_id = key_id

    async def _store(
        self, deployment: Deployment, found: vault.Vault, wanted: vault.ToStore, new: bool
    ) -> None:
        try:
            await vault.write_secret(deployment.session, found.uri, wanted)
        except Problem as problem:
            if problem.code == "ObjectIsDeletedButRecoverable":
                await vault.recover_secret(deployment.session, found.uri, wanted.name)
            raise
        what = "secret" if new else "secret version"
        deployment.record(self.name, what, wanted.name, found.uri)

    async def undo(self, deployment: Deployment, made: Made) -> None:
        match made.kind:
            case "password":
                await directory.remove_password(deployment.session, made.detail, made.id)
            case "secret":
                await vault.delete_secret(deployment.session, made.detail, made.id)
            # A new version of a secret that was there stays: versions cannot be taken back.

    def az(self, deployment: Deployment) -> str:
        plan = deployment.plan
        return (
            f'az ad app credential reset --id "$APP_ID" --append --years 1 --query password\n'
            f"az keyvault secret set --vault-name {plan.vault} --name {plan.password_secret} "
            "--file /dev/stdin"
        )
