"""Worlds made from a document: the default one, one of your own, a large one, and none."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from aciwizard.sandbox import life, roles, scale
from aciwizard.sandbox.builder import WorldFileError, build, default_document
from aciwizard.sandbox.images import digest
from aciwizard.sandbox.model import Registry, Vault
from aciwizard.sandbox.pace import Durations
from aciwizard.sandbox.role_definitions import named
from aciwizard.sandbox.start import Settings, SettingsError, sandbox
from aciwizard.sandbox.tokens import Signer
from aciwizard.sandbox.world import World
from tests.sandbox.conftest import Still


@pytest.fixture(autouse=True)
def one_key(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aciwizard.sandbox.world.Signer", lambda: signer)


@pytest.fixture
async def world() -> World:
    """The default world."""
    return await build(Still(), default_document(), seed=1)


def registry(world: World, name: str) -> Registry:
    return next(one for one in world.registries if one.name == name)


def vault(world: World, name: str) -> Vault:
    return next(one for one in world.vaults if one.name == name)


async def own(**tables: Any) -> World:
    """A small world of one's own, with these tables besides a tenant and a subscription."""
    basis = {"tenant": {"id": "t1", "name": "T", "domain": "t.com"}, "subscription": {"name": "S"}}
    return await build(Still(), {**basis, **copy.deepcopy(tables)}, seed=1)


# -- the default world ----------------------------------------------------------------------------


async def test_its_subscriptions(world: World) -> None:
    registered = {sub.name: len(sub.registered) for sub in world.subscriptions}
    assert registered == {
        "Pay-As-You-Go": 3,
        "Contoso Production": 3,
        "Contoso Experiments": 0,
        "Expired trial": 0,
    }
    assert [sub.state for sub in world.subscriptions].count("Disabled") == 1
    assert [sub.cores for sub in world.subscriptions][:2] == [10, 100]
    assert {sub.tenant for sub in world.subscriptions} == {world.tenants[0].id}


async def test_its_people_and_what_they_may(world: World) -> None:
    first = f"/subscriptions/{world.subscriptions[0].id}"
    write, assign = (
        "Microsoft.KeyVault/vaults/write",
        "Microsoft.Authorization/roleAssignments/write",
    )
    may = {
        user.name: [roles.allowed(world, user.id, action, first) for action in (write, assign)]
        for user in world.users
    }
    assert may == {
        "Adele Vance": [True, True],
        "Ben Walters": [True, False],
        "Grady Archie": [False, False],
    }
    assert [user.may_register for user in world.users] == [True, False, True]
    assert [user.guest for user in world.users] == [False, False, True]


async def test_its_operator_can_sign_in_and_owns_everything(world: World) -> None:
    app_id, password = world.operator
    assert world.password_problem(app_id, password) == ""
    assert world.password_problem(app_id, "wrong") == "invalid"
    principal = world.principal_of(app_id)
    assert principal is not None and principal.may_register
    held = {
        a.scope
        for a in world.assignments
        if a.principal == principal.id and a.role == named("Owner").id
    }
    assert held == {f"/subscriptions/{sub.id}" for sub in world.subscriptions}


async def test_its_registries_are_one_of_each_kind(world: World) -> None:
    assert registry(world, "abacregistry").abac
    assert registry(world, "closedregistry").closed
    assert registry(world, "adminregistry").admin_enabled
    assert registry(world, "openregistry").anonymous_pull
    assert registry(world, "scopedregistry").login_server != "scopedregistry.azurecr.io"
    assert registry(world, "emptyregistry").repositories == {}
    plain = registry(world, "myregistry")
    assert not (plain.abac or plain.closed or plain.admin_enabled or plain.anonymous_pull)
    assert world.registry_at("myregistry.azurecr.io") is plain


@pytest.mark.parametrize(
    ("name", "platforms"),
    [
        ("aci-helloworld", {"linux/amd64"}),
        ("web/frontend", {"linux/amd64", "linux/arm64"}),
        ("pi-gateway", {"linux/arm64"}),
        ("windows/iis-site", {"windows/amd64"}),
    ],
)
async def test_its_images_are_for_many_platforms(
    world: World, name: str, platforms: set[str]
) -> None:
    held = registry(world, "myregistry").repositories[name].manifests.values()
    assert {f"{m.os}/{m.architecture}" for m in held if m.os} == platforms


async def test_all_of_it_hashes_to_its_digest(world: World) -> None:
    absent = set()
    for held in (*world.registries, world.public):
        assert all(digest(blob) == name for name, blob in held.blobs.items())
        for name, repository in held.repositories.items():
            assert {tag.digest for tag in repository.tags.values()} <= set(repository.manifests)
            for key, manifest in repository.manifests.items():
                assert key == manifest.digest == digest(manifest.body)
                said = json.loads(manifest.body)
                parts = [said["config"], *said["layers"]] if "config" in said else []
                absent |= {name for part in parts if part["digest"] not in held.blobs}
    assert absent == {"ml/model-server"}  # too large to be here


async def test_its_tags_are_as_old_as_they_say(world: World) -> None:
    tags = registry(world, "myregistry").repositories["aci-helloworld"].tags
    ages = {
        name: round((world.utc() - tag.created) / timedelta(days=1)) for name, tag in tags.items()
    }
    assert ages == {"v1": 900, "v2": 400, "v2.1": 120, "latest": 3}


async def test_its_vaults(world: World) -> None:
    operator = world.principal_of(world.operator[0])
    assert operator is not None
    action = "Microsoft.KeyVault/vaults/secrets/setSecret/action"
    shared, plain = vault(world, "contoso-shared-kv"), vault(world, "contoso-plain-kv")
    for who in (operator.id, world.users[0].id):
        assert roles.allowed(world, who, action, shared.id, data=True)
        assert not roles.allowed(world, who, action, plain.id, data=True)
    policies = vault(world, "contoso-policy-kv")
    assert not policies.rbac
    assert [policy["objectId"] for policy in policies.policies] == [operator.id]
    assert vault(world, "contoso-closed-kv").closed
    deleted = world.vault_named("contoso-old-kv", deleted=True)
    assert deleted is not None and isinstance(deleted.deleted, datetime)
    assert round((world.utc() - deleted.deleted) / timedelta(days=1)) == 5


async def test_its_container_group_runs(world: World) -> None:
    made = world.instance_at("contoso-storefront.uksouth.azurecontainer.io")
    assert made is not None and made.subscription == world.subscriptions[1].id
    assert life.group_state(made, world.pace.now()) == "Running"
    assert life.provisioning(made, world.pace.now(), Durations()) == "Succeeded"
    assert life.serving(made, made.containers[0], 80, world.pace.now())


async def test_a_seed_makes_the_same_world_twice(world: World) -> None:
    twin = await build(Still(), default_document(), seed=1)
    other = await build(Still(), default_document(), seed=2)
    assert twin.operator == world.operator != other.operator
    assert [user.id for user in twin.users] == [user.id for user in world.users]


# -- a world file with mistakes -------------------------------------------------------------------

PLACE = {"name": "x", "group": "g", "location": "eastus"}
IMAGE = {"repository": "app", "title": "App", "tags": {"v1": 1}}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"tenant": {"name": "T"}}, ("[[tenant]] T", "'id'")),
        ({"tenant": []}, ("[[subscription]] S", "no [[tenant]]")),
        ({"subscription": []}, ("a world needs a [[tenant]] and a [[subscription]]",)),
        ({"subscription": {"state": "Enabled"}}, ("[[subscription]] without a name", "'name'")),
        (
            {"subscription": {"name": "S", "cores": "many"}},
            ("[[subscription]] S", "cores", "'many'"),
        ),
        ({"subscription": "S"}, ("[[subscription]]", "'S'")),
        (
            {"user": {"name": "U", "principal_name": "u", "roles": ["Ownr"]}},
            ("[[user]] U", "'Ownr'"),
        ),
        (
            {"user": {"name": "U", "principal_name": "u", "mfa": "no"}},
            ("[[user]] U", "mfa", "'no'"),
        ),
        ({"operator": {"roles": []}}, ("[[operator]] without a name", "'name'")),
        ({"group": {**PLACE, "subscription": "X"}}, ("[[group]] x", "'X'")),
        ({"group": {"name": "x", "location": "eastus", "colour": 1}}, ("[[group]] x", "'colour'")),
        ({"registry": {**PLACE, "abac": "yes"}}, ("[[registry]] x", "abac", "'yes'")),
        ({"registry": {**PLACE, "image": [{**IMAGE, "size": 1}]}}, ("[[registry]] x", "size")),
        ({"registry": {**PLACE, "image": [{"title": "App"}]}}, ("[[registry]] x", "'repository'")),
        ({"registry": {**PLACE, "image": [{**IMAGE, "tags": ["v1"]}]}}, ("[[registry]] x",)),
        ({"registry": {**PLACE, "image": [{**IMAGE, "tags": {"v1": "old"}}]}}, ("[[registry]] x",)),
        ({"vault": {**PLACE, "officers": ["nobody"]}}, ("[[vault]] x", "'nobody'")),
        ({"vault": {**PLACE, "rbac": "false"}}, ("[[vault]] x", "rbac", "'false'")),
        ({"instance": {**PLACE, "label": "x"}}, ("[[instance]] x", "'image'")),
        (
            {"instance": {**PLACE, "label": "x", "image": "gone.azurecr.io/app:v1"}},
            ("[[instance]] x", "gone.azurecr.io"),
        ),
        ({"vaults": []}, ("unknown tables: vaults", "known are tenant, ")),
        ({"group": 5}, ("[[group]]", "5")),
    ],
)
async def test_a_mistake_is_told_with_its_table_and_name(
    tables: dict[str, Any], said: tuple[str, ...]
) -> None:
    with pytest.raises(WorldFileError) as problem:
        await own(**tables)
    for words in said:
        assert words in str(problem.value)


async def test_a_world_of_ones_own_may_be_small() -> None:
    world = await own(registry={**PLACE, "image": [IMAGE]}, group=[{"name": "g", "location": "x"}])
    assert list(world.registries[0].repositories) == ["app"]
    assert world.operator == ("", "")


async def test_settings_that_cannot_be(tmp_path: Any) -> None:
    file = tmp_path / "world.toml"
    for text, said in [
        ("[[tenant]", str(file)),
        ("[[tenant]]\nname = 'T'\n", "[[tenant]] T"),
        ("[durations]\nlunch = 1\n", "unknown durations: lunch"),
    ]:
        file.write_text(text)
        with pytest.raises(SettingsError) as problem:
            await sandbox(Settings(world=file))
        assert said in str(problem.value)
    for settings in (Settings(world=tmp_path / "gone"), Settings(scale="repositories=many")):
        with pytest.raises(SettingsError):
            await sandbox(settings)
    file.write_text("[tenant]\nid='t'\nname='T'\ndomain='t.com'\n[subscription]\nname='S'\n")
    with pytest.raises(SettingsError, match="without a registry"):
        await sandbox(Settings(world=file, scale="tags=5"))


# -- a large world --------------------------------------------------------------------------------


async def test_a_world_can_be_large(world: World) -> None:
    before = len(world.registries[0].repositories)
    scale.grow(world, scale.parse("repositories=1000,tags=500,groups=300,subscriptions=20"))
    large = world.registries[0]
    assert len(large.repositories) == before + 1000 + 1  # and the one with many tags
    many = large.repositories["many/tags"].tags
    assert len(many) == 500 and len({tag.updated for tag in many.values()}) == 500
    digests = {tag.digest for tag in many.values()}
    assert digests <= set(large.repositories["many/tags"].manifests)
    assert len([one for one in world.groups if one.location == "westeurope"]) == 301
    assert len(world.subscriptions) == 24
    owner = world.users[0].id
    last = f"/subscriptions/{world.subscriptions[-1].id}"
    assert roles.allowed(world, owner, "Microsoft.KeyVault/vaults/write", last)
    assert not roles.allowed(world, world.users[1].id, "Microsoft.KeyVault/vaults/read", last)


async def test_only_what_was_asked_for_grows(world: World) -> None:
    before = dict(world.registries[0].repositories)
    scale.grow(world, scale.parse("groups=2"))
    scale.grow(world, scale.parse(""))
    assert world.registries[0].repositories == before and len(world.subscriptions) == 4


@pytest.mark.parametrize("text", ["repositories", "tags=", "tags=-1", "tags=1.5", "vaults=3"])
def test_a_scale_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not one of repositories=NUMBER"):
        scale.parse(text)
