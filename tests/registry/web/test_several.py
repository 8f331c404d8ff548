"""Several prompts at once: first what will change, then the click; each by one's rights there."""

import io
import zipfile

from registry.prompts.models import Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import hidden, words
from tests.stages import World

CHANGE = "/prompts/change"


def ids(*names: str) -> list[str]:
    """Return the ids of prompts as the form sends them."""
    return [str(Prompt.objects.get(name=name).pk) for name in names]


def three(shop: World) -> list[str]:
    """Make three prompts and return their ids."""
    for name in ("a/one", "a/two", "b/one"):
        stages.prompt_named(shop, name)
    return ids("a/one", "a/two", "b/one")


def test_a_tag_is_put_on_several_after_a_look_with_one_event_each(shop: World, as_: SignIn) -> None:
    ana, chosen = as_("ana"), three(shop)
    form = {"prompt": chosen[:2], "change": "add_tag", "tag": "spring"}
    look = ana.post(CHANGE, form)
    assert "Add the tag spring: 2 prompts will change. Nothing has changed yet." in words(look)
    assert Prompt.objects.get(name="a/one").tags == []
    done = ana.post(CHANGE, {**form, "seen": hidden(look, "seen")}, follow=True)
    assert "Add the tag spring: done on 2 prompts." in words(done)
    assert [p.tags for p in Prompt.objects.order_by("name")] == [["spring"], ["spring"], []]
    events = shop.project.events.filter(action="prompt.edited")
    assert events.count() == 2
    assert len(set(events.values_list("request_id", flat=True))) == 1
    assert Prompt.objects.get(name="a/one").history.first().history_user == shop.person("ana")
    assert "a/one" in words(ana.get("/registry/prompt/?tag=spring"))


def test_all_that_fit_are_chosen_by_the_list_and_what_is_so_already_stays(
    shop: World, as_: SignIn
) -> None:
    ana = as_("ana")
    three(shop)
    form = {"all": "yes", "asked": "?folder=a/", "change": "owner", "owner": shop.person("rui").pk}
    look = ana.post(CHANGE, form)
    assert "Make rui the owner: 2 prompts will change" in words(look)
    ana.post(CHANGE, {**form, "seen": hidden(look, "seen")})
    owners = [str(p.owner) for p in Prompt.objects.order_by("name")]
    assert owners == ["rui", "rui", "ana"]
    again = words(ana.post(CHANGE, form))
    assert "no prompt would change, 2 will not" in again
    assert "It is so already." in again


def test_what_changed_meanwhile_is_shown_again_and_nothing_is_done(
    shop: World, as_: SignIn
) -> None:
    ana, chosen = as_("ana"), three(shop)
    form = {"prompt": chosen, "change": "add_tag", "tag": "spring"}
    seen = hidden(ana.post(CHANGE, form), "seen")
    ana.post(CHANGE, {**form, "prompt": chosen[:1], "tag": "x",
                      "seen": hidden(ana.post(CHANGE, {**form, "prompt": chosen[:1], "tag": "x"}),
                                     "seen")})  # fmt: skip
    late = ana.post(CHANGE, {**form, "seen": seen})
    assert late.status_code == 409
    assert "Something changed since you looked." in words(late)
    assert Prompt.objects.get(name="a/two").tags == []


def test_rights_are_asked_row_by_row(shop: World, as_: SignIn) -> None:
    chosen = three(shop)
    bank = stages.world("bank", preset="solo")
    stages.create_prompt(bank.project, name="mine", kind="text", actor=bank.actor("ada"))
    archive = {"prompt": [*chosen, *ids("mine")], "change": "archive"}
    ada = as_("ada")
    assert "Archive: 4 prompts will change" in words(ada.post(CHANGE, archive))
    look = as_("ana").post(CHANGE, archive)
    assert "no prompt would change, 3 will not" in words(look)
    assert "you need the role admin in Shop" in words(look)
    ana_did = as_("ana").post(CHANGE, {**archive, "seen": hidden(look, "seen")}, follow=True)
    assert "done on 0 prompts" in words(ana_did)
    assert not Prompt.objects.exclude(archived_at=None).exists()
    assert as_("oto").post(CHANGE, archive).status_code == 200
    assert "a/one" not in words(as_("oto").post(CHANGE, archive))


def test_nothing_chosen_too_many_or_nonsense_is_a_sentence(shop: World, as_: SignIn) -> None:
    ana, chosen = as_("ana"), three(shop)
    for form, says in (
        ({}, "Nothing is selected."),
        ({"prompt": chosen, "change": "delete"}, "Choose what to change"),
        ({"prompt": chosen, "change": "owner", "owner": "99999"}, "in none of your projects"),
        ({"prompt": ",".join(str(n) for n in range(1002)), "change": "archive"}, "More than 1,000"),
    ):
        answer = ana.post(CHANGE, form)
        assert (answer.status_code, says in words(answer)) == (409, True), says
    no_tag = ana.post(CHANGE, {"prompt": chosen, "change": "add_tag", "tag": " "})
    assert (no_tag.status_code, "Type the tag." in words(no_tag)) == (400, True)


def test_several_are_exported_into_one_file_after_a_look(shop: World, as_: SignIn) -> None:
    ana, chosen = as_("ana"), three(shop)
    stages.saved(shop, Prompt.objects.get(name="a/one"))
    form = {"prompt": chosen[:2], "change": "export"}
    assert "A zip with 2 prompts of Shop" in words(ana.post(CHANGE, form))
    answer = ana.post(CHANGE, {**form, "seen": "yes"})
    files = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()
    assert any(name.endswith("a/one/1.0.0.md") for name in files)
    assert not any("b/one" in name for name in files)
