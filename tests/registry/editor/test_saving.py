"""Saving freezes what was typed, once, under an honest number; refusals keep the text."""

from typing import Any

import pytest

from registry.prompts.models import Draft, Prompt, Version
from tests import stages
from tests.registry.editor.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

KEEPS = "You are the support agent of {{company}}."


def test_saving_makes_a_version_that_nothing_serves(
    shop: World, served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    ana.keep(text=stages.MINOR_TEXT)
    answer = ana.save(text=stages.MINOR_TEXT, bump="MINOR", reason="Ask for the order number.")
    assert answer["Location"].endswith("/versions/1.1.0")
    version = Version.objects.first()
    assert version is not None
    assert (version.semver, version.base, version.author) == ("1.1.0", served, shop.person("ana"))
    assert version.change_reason == "Ask for the order number."
    assert {label.version for label in version.prompt.labels.all()} == {served}
    assert not Draft.objects.filter(discarded_at=None).exists()


def test_the_first_version_needs_no_base(prompt: Prompt, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    assert "has no version yet" in words(ana.open())
    assert ana.save(text="Hello.")["Location"].endswith("/versions/1.0.0")


def test_a_bump_below_the_floor_is_refused_with_the_reasons_and_the_text_stays(
    served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    text = KEEPS + " Your plan is {{plan}}."
    answer = ana.save(text=text, bump="PATCH")
    assert answer.status_code == 422
    assert "at least MAJOR" in answer.context["errors"]["bump"]
    assert answer.context["typed"].text == text
    assert answer.context["bump"] == "MAJOR"
    assert ana.save(text=text, bump="MAJOR").status_code == 302


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"text": "x" * 300 * 1024}, "content", "300 KiB"),
        ({"text": "a\nb\x00"}, "content", "NUL character (U+0000) at line 2, column 2"),
        ({"text": "Hello {{ name"}, "content", "never closed"),
        ({"text": "  "}, "content", "empty"),
        ({"text": KEEPS, "extra": '{"a": "\\ud800"}'}, "config", "lone surrogate"),
        ({"text": KEEPS, "extra": "[" * 5000 + "]" * 5000}, "extra", "32 levels"),
        ({"text": KEEPS, "output_schema": '{"a":' * 5000}, "output_schema", "32 levels"),
        ({"text": KEEPS, "config_temperature": "warm"}, "config_temperature", "like 0.2"),
        ({"text": KEEPS, "variable_name": "1st"}, "variables", "starts with a letter"),
        ({"text": KEEPS, "reason": " "}, "reason", "one sentence"),
        ({"text": KEEPS, "reason": "no\x00"}, "reason", "cannot be stored"),
        ({"text": KEEPS, "reason": "r" * 2001}, "reason", "2,001 characters"),
        ({"text": KEEPS, "bump": "HUGE"}, "bump", "Choose PATCH, MINOR or MAJOR"),
        ({"text": stages.FIRST_TEXT}, "content", "Nothing has changed since 1.0.0"),
        ({"text": f"{KEEPS} sk-proj-{'a1B2c3D4e5' * 4}"}, "content", "looks like a secret"),
    ],
)
def test_bad_input_is_an_error_beside_its_field_and_stays_in_the_form(
    served: Version, edit_as: SignIn, typed: dict[str, Any], field: str, sentence: str
) -> None:
    ana = edit_as("ana")
    ana.open()
    answer = ana.save(**{"bump": "MAJOR", **typed})
    assert answer.status_code == 422
    assert sentence in answer.context["errors"][field]
    assert f'id="field-{field}"' in answer.content.decode()
    shown = answer.context["typed"]
    assert shown.text == typed["text"]
    assert shown.reason == typed.get("reason", "Because the test says so.")
    assert Version.objects.count() == 1
    # The autosave and the panel meet the same input without falling over.
    assert ana.keep(**typed).status_code in (200, 422)
    ana.ask(**typed)


def test_a_double_click_saves_one_version(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    first, second = (ana.save(text=stages.MINOR_TEXT, bump="MINOR") for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Version.objects.count() == 2


def test_the_token_of_another_save_never_stands_for_this_one(
    shop: World, served: Version, edit_as: SignIn
) -> None:
    stages.Membership.objects.create(project=shop.project, person=shop.person("rui"), role="author")
    ana, rui = edit_as("ana"), edit_as("rui")
    ana.open()
    rui.open()
    ana.save(text=stages.MINOR_TEXT, bump="MINOR")
    copied = ana.sent["save_token"]
    refused = rui.save(text=stages.MAJOR_TEXT, bump="MAJOR", save_token=copied)
    assert "saved something else before" in refused.context["errors"]["content"]
    assert refused.context["typed"].text == stages.MAJOR_TEXT
    assert rui.save(text=stages.MAJOR_TEXT, bump="MAJOR").status_code == 302
    assert Version.objects.filter(author=shop.person("rui")).count() == 1


def test_two_people_at_once_get_a_version_each_and_hear_of_the_other(
    shop: World, served: Version, edit_as: SignIn
) -> None:
    stages.Membership.objects.create(project=shop.project, person=shop.person("rui"), role="author")
    ana, rui = edit_as("ana"), edit_as("rui")
    ana.open()
    rui.open()
    assert rui.save(text=stages.MINOR_TEXT, bump="MINOR")["Location"].endswith("/1.1.0")
    assert "1.0.0...1.1.0" in ana.ask()["newer"]
    assert "rui" in ana.keep(text="x").json()["newer"]
    saved = ana.save(text=stages.FIRST_TEXT + " Be brief.", bump="MINOR")
    assert saved["Location"].endswith("/1.2.0")
    assert "rui had saved 1.1.0 while you were editing" in words(ana.client.get(saved["Location"]))


def test_a_newer_draft_of_another_tab_outlives_the_save(served: Version, edit_as: SignIn) -> None:
    first, second = edit_as("ana"), edit_as("ana")
    first.open()
    first.keep(text="first")
    second.open()
    second.keep(text="only in the second tab")
    first.save(text=stages.MINOR_TEXT, bump="MINOR")
    assert edit_as("ana").open().context["typed"].text == "only in the second tab"


def test_another_base_is_an_explicit_choice(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    newer = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    ana = edit_as("ana")
    assert ana.open().context["base"] == served
    assert ana.open(f"?base={newer.semver}").context["base"] == newer
    assert ana.open("?base=9.9.9").status_code == 404


def test_viewers_are_told_who_may_write_and_outsiders_see_nothing(
    served: Version, edit_as: SignIn
) -> None:
    refused = edit_as("vic").open()
    assert refused.status_code == 403
    assert "author" in words(refused)
    assert edit_as("oto").open().status_code == 404
    assert edit_as("ana").open().status_code == 200
