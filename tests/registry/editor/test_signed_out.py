"""The session ended while somebody typed: they sign in again in place, and the text is kept."""

from typing import Any

import pytest
from django.test import Client

from registry.prompts.models import Draft, Version
from tests import stages
from tests.registry.editor.conftest import Editor, SignIn
from tests.registry.web.reading import words
from tests.stages import World

WRONG = "not this one"


@pytest.fixture
def ana(shop: World, served: Version, edit_as: SignIn) -> Editor:
    """Ana in the editor, her session over."""
    editor = edit_as("ana")
    editor.open()
    editor.sent |= {"person": str(shop.person("ana").pk), "text": stages.MINOR_TEXT}
    editor.sent |= {"bump": "MINOR", "reason": "Asks for the number."}
    editor.client.logout()
    return editor


def sign_in(client: Client, name: str, password: str, person: Any = "") -> Any:
    """Send what the dialog sends."""
    typed = {"sign_in_name": name, "sign_in_password": password, "person": str(person)}
    return client.post("/session", typed)


def test_the_dialog_signs_in_again_and_the_autosave_goes_on(shop: World, ana: Editor) -> None:
    pk = shop.person("ana").pk
    assert ana.keep()["Location"].startswith("/login/")
    assert ana.client.get("/session").json() == {"person": None, "name": ""}
    assert sign_in(ana.client, "ana", stages.PASSWORD, pk).json() == {"person": pk, "name": "ana"}
    assert ana.keep().status_code == 200
    assert Draft.objects.get().content == stages.MINOR_TEXT


def test_a_wrong_password_is_refused_and_counts_towards_the_lock(shop: World, ana: Editor) -> None:
    pk = shop.person("ana").pk
    for _ in range(4):
        refused = sign_in(ana.client, "ana", WRONG, pk)
        assert refused.status_code == 422
        assert "do not match" in refused.json()["message"]
    assert sign_in(ana.client, "ana", WRONG, pk).status_code == 429
    assert sign_in(ana.client, "ana", stages.PASSWORD, pk).status_code == 429
    assert ana.client.get("/session").json()["person"] is None


def test_a_name_longer_than_any_account_is_a_wrong_one_on_both_sign_ins(ana: Editor) -> None:
    name = "x" * 9_999
    refused = sign_in(ana.client, name, stages.PASSWORD)
    assert (refused.status_code, "do not match" in refused.json()["message"]) == (422, True)
    typed = {"username": name, "password": stages.PASSWORD}
    assert "do not match" in words(ana.client.post("/login/", typed))


def test_somebody_else_cannot_sign_in_over_the_text(shop: World, ana: Editor) -> None:
    refused = sign_in(ana.client, "rui", stages.PASSWORD, shop.person("ana").pk)
    assert refused.status_code == 422
    assert "password of rui" in refused.json()["message"]
    assert "ana's" in refused.json()["message"]
    assert ana.client.get("/session").json()["person"] is None


def test_a_save_without_a_session_is_carried_through_the_sign_in(shop: World, ana: Editor) -> None:
    asked = ana.client.post(ana.address, ana.sent | {"then": "submit"})
    assert asked.status_code == 403
    assert "What you wrote is kept" in words(asked)
    kept = dict(asked.context["kept"])
    assert (kept["text"], kept["then"]) == (stages.MINOR_TEXT, "submit")
    assert f"{stages.MINOR_TEXT}</textarea>" in asked.content.decode()

    again = ana.client.post(ana.address, kept | {"sign_in_name": "ana", "sign_in_password": WRONG})
    assert "do not match" in words(again)
    assert dict(again.context["kept"])["text"] == stages.MINOR_TEXT
    assert WRONG not in again.content.decode()

    saved = ana.client.post(
        ana.address, kept | {"sign_in_name": "ana", "sign_in_password": stages.PASSWORD}
    )
    assert saved["Location"].endswith("/versions/1.1.0")


def test_markup_in_what_was_typed_stays_text_on_the_sign_in(ana: Editor) -> None:
    evil = "</textarea><script>alert(1)</script>"
    page = ana.client.post(ana.address, ana.sent | {"text": evil}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;alert" in page


@pytest.mark.parametrize("how", ["", "/draft", "/meaning", "/merge"])
def test_text_of_one_person_is_never_stored_as_another(shop: World, ana: Editor, how: str) -> None:
    stages.Membership.objects.create(project=shop.project, person=shop.person("rui"), role="author")
    ana.client.force_login(shop.person("rui"))
    answer = ana.client.post(ana.address + how, ana.sent)
    assert answer.status_code == 409
    said = words(answer) if how in ("", "/merge") else answer.json()["message"]
    assert "You are signed in as rui, and this text was written by ana." in said
    assert Version.objects.count() == 1
    assert not Draft.objects.exists()
    if how == "":
        assert answer.context["typed"].text == stages.MINOR_TEXT
        assert answer.context["person"] == shop.person("ana").pk
