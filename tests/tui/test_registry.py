"""Which registry: what matters in plain words, and one to be made for whoever has none."""

from __future__ import annotations

from tests.conftest import Azure
from tests.tui.conftest import Open, registry, take_rights, things


async def test_the_first_is_the_default(wizard: Open) -> None:
    async with wizard("registry") as w:
        assert w.marked.startswith("myregistry")
        await w.press("enter")
        await w.at("repository")
        assert w.draft.registry is not None
        assert w.draft.registry.login_server == "myregistry.azurecr.io"
        assert (w.draft.text("registry"), w.draft.text("registry_group")) == ("myregistry", "myrg")


async def test_says_what_matters_in_plain_words(wizard: Open) -> None:
    async with wizard("registry") as w:
        rows = {row.split()[0]: row for row in w.options}
        assert "access by repository" in rows["abacregistry"]
        assert "closed to the public network" in rows["closedregistry"]
        assert "admin user on" in rows["adminregistry"]
        assert "anybody may pull" in rows["openregistry"]
        assert "Basic" in rows["myregistry"] and "eastus" in rows["myregistry"]


async def test_a_closed_one_is_explained_when_it_is_named(wizard: Open) -> None:
    async with wizard("registry") as w:
        await w.type("closedregistry")
        await w.press("enter")
        await w.sees("no service principal can pull from it")
        assert (w.at_name, w.entry.value) == ("registry", "closedregistry")
        assert w.draft.text("registry") == ""


async def test_one_that_is_not_there_is_said(wizard: Open) -> None:
    async with wizard("registry") as w:
        await w.type("nowhere99")
        await w.press("enter")
        await w.sees("There is no such registry in this subscription")
        assert (w.at_name, w.entry.value) == ("registry", "nowhere99")


async def test_a_broken_name_is_said(wizard: Open) -> None:
    async with wizard("registry") as w:
        await w.type("my_")
        await w.press("enter")
        await w.sees("contains '_'", "at least 5")
        assert w.entry.value == "my_"


async def test_an_answer_is_shown_again(wizard: Open) -> None:
    async with wizard("registry") as w:
        await w.type("scoped")
        await w.press("enter")
        await w.at("repository")
        await w.press("escape")
        await w.at("registry")
        assert w.marked.startswith("scopedregistry")
        await w.press("enter")
        await w.at("repository")


async def test_a_refused_list_is_said_and_tried_again(wizard: Open, azure: Azure) -> None:
    async with wizard("registry") as w:
        give_back = take_rights(azure)
        await w.press("f5")
        await w.sees("✗ Your role does not include this", "F5 tries again", "You can type it")
        await w.type("myregistry")
        await w.press("enter")
        await w.sees("Listing registries: Your role does not include this")
        give_back()
        await w.press("enter")  # by hand, although the list is still the failed one
        await w.at("repository")
        await w.press("escape")
        await w.at("registry")
        await w.sees("7 registries")


async def test_nobody_is_stuck_without_a_registry(wizard: Open, azure: Azure) -> None:
    azure.world.registries.clear()
    async with wizard("registry") as w:
        await w.sees("no registry yet")
        assert w.marked.startswith("Make one with a sample image")
        before = things(azure)
        await w.press("enter")
        await w.at("repository")
        assert (w.draft.text("registry_sku"), w.draft.text("location")) == ("Basic", "eastus")
        await w.take_sample()
        await w.go_on_to("review")
        await w.sees(f"to create Registry {w.draft.text('registry')} in eastus, Basic")
        await w.sees("to create Image aci-helloworld:v1, copied from mcr.")
    assert things(azure) == before


async def test_a_new_registry_goes_where_its_group_is(wizard: Open, azure: Azure) -> None:
    async with wizard("resource_group") as w:
        await w.press("down", "down", "enter")  # shared-northeurope
        await w.at("registry")
        await w.type("Make one")
        await w.press("enter")
        await w.at("repository")
        assert w.draft.text("location") == "northeurope"


async def test_coming_back_to_a_new_registry_and_taking_another(wizard: Open) -> None:
    async with wizard("registry") as w:
        await w.type("Make one")
        await w.press("enter")
        await w.at("repository")
        name = w.draft.text("registry")
        await w.take_sample()
        await w.press("escape")
        await w.at("tag")
        await w.press("escape")
        await w.at("repository")
        assert w.marked.startswith("Microsoft's sample image")
        await w.press("escape")
        await w.at("registry")
        assert w.marked.startswith("Make one with a sample image")
        await w.press("enter")
        await w.at("repository")
        assert w.draft.text("registry") == name
        await w.press("escape")
        await w.at("registry")
        await w.type("myregistry")
        await w.press("enter")
        await w.at("repository")
        assert not {"registry_sku", "import_from"} & set(w.draft.answers)
        await w.go_on_to("tag")
        await w.type("v1")
        await w.press("enter")
        await w.at("vault")
        await w.go_on_to("review")
        await w.sees("Registry myregistry.azurecr.io (you chose it)", "to create Key vault")
        assert "to create Registry myregistry" not in w.text


async def test_hostile_facts_are_harmless(wizard: Open, azure: Azure) -> None:
    registry(azure).location = "[red]eastus\x1b[0m"
    async with wizard("registry") as w:
        await w.sees("[red]eastus\N{REPLACEMENT CHARACTER}[0m")
