"""The page of API keys: made once, shown once, with snippets that run, and revoked."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from registry.audit.models import Event
from registry.prompts.models import Prompt
from registry.runtime.key_format import PATTERN
from registry.runtime.keys import authenticate
from registry.runtime.models import ApiKey
from registry.web.keys.snippets import LANGUAGES, snippets
from tests import stages
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

PAGE = "/projects/shop/keys"
FORM = {"name": "billing-api", "scopes": ["read"], "labels": ["production"], "expires": "90"}
SignIn = Callable[[str], Client]


@pytest.fixture
def as_(shop: World) -> SignIn:
    """Return a client in which that person just signed in."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(shop.person(name))
        return client

    return sign_in


def test_a_new_key_is_shown_once_and_fetches(prompt: Prompt, as_: SignIn, get: Get) -> None:
    ada = as_("ada")
    answer = ada.post(f"{PAGE}/new", FORM)
    secrets = set(PATTERN.findall(answer.content.decode()))
    assert answer.status_code == 200
    assert len(secrets) == 1
    secret = secrets.pop()
    assert get(secret=secret).json()["labels"] == ["production"]
    key = authenticate(secret)
    assert key
    assert (key.name, key.created_by, bool(key.expires_at)) == (
        "billing-api",
        key.project.memberships.get(role="admin").person,
        True,
    )
    listed = ada.get(PAGE).content.decode()
    assert key.public_id in listed
    assert secret not in listed


def test_the_form_keeps_what_was_chosen_when_it_is_refused(as_: SignIn) -> None:
    answer = as_("ada").post(f"{PAGE}/new", {**FORM, "labels": [], "expires": "30"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose labels to read" in page
    assert 'value="billing-api"' in page
    assert '<option value="30" selected>' in page
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("name", ["vic", "ana", "rui", "lea"])
def test_only_an_admin_makes_and_revokes_keys_and_everybody_sees_them(
    as_: SignIn, make_key: MakeKey, name: str
) -> None:
    new = make_key()
    person = as_(name)
    assert new.key.public_id in person.get(PAGE).content.decode()
    assert "Make a key" not in person.get(PAGE).content.decode()
    for answer in (
        person.post(f"{PAGE}/new", FORM),
        person.post(f"{PAGE}/{new.key.pk}/revoke", {"reason": "No."}),
    ):
        assert answer.status_code == 403
        assert "role admin" in answer.content.decode()
    assert ApiKey.objects.count() == 1
    assert authenticate(new.secret)


def test_an_outsider_sees_nothing_of_it(as_: SignIn, make_key: MakeKey) -> None:
    new = make_key()
    for path in (PAGE, f"{PAGE}/new", f"{PAGE}/{new.key.pk}/revoke"):
        assert as_("oto").get(path).status_code == 404
    bank = stages.world("bank")
    ada = Client()
    ada.force_login(bank.person("ada"))
    assert ada.get(f"/projects/bank/keys/{new.key.pk}/revoke").status_code == 404


def test_revoking_asks_why_and_ends_the_key_at_once(
    prompt: Prompt, as_: SignIn, make_key: MakeKey, get: Get
) -> None:
    new = make_key()
    ada, path = as_("ada"), f"{PAGE}/{new.key.pk}/revoke"
    assert ada.post(path, {"reason": " "}).status_code == 400
    assert get(secret=new.secret).status_code == 200
    assert ada.post(path, {"reason": "The laptop was lost."}).status_code == 302
    assert get(secret=new.secret).status_code == 401
    assert Event.objects.get(action="api_key.revoked").reason == "The laptop was lost."
    assert "revoked" in ada.get(PAGE).content.decode()
    again = ada.post(path, {"reason": "Once more."})
    assert (again.status_code, "revoked before" in again.content.decode()) == (400, True)


def test_making_a_key_asks_for_the_password_when_the_sign_in_is_old(
    as_: SignIn, settings: Any
) -> None:
    settings.RECENT_SIGN_IN_SECONDS = -1
    ada = as_("ada")
    asked = ada.post(f"{PAGE}/new", FORM)
    assert (asked.status_code, ApiKey.objects.count()) == (403, 0)
    assert 'value="billing-api"' in asked.content.decode()
    done = ada.post(f"{PAGE}/new", {**FORM, "password_again": stages.PASSWORD})
    assert (done.status_code, ApiKey.objects.count()) == (200, 1)


def test_a_project_without_keys_says_the_next_step(as_: SignIn) -> None:
    assert "Make a key for the first one" in as_("ada").get(PAGE).content.decode()


def code_of(page: str, name: str) -> str:
    """Return the snippet of that name, as somebody copies it."""
    found = re.search(rf'<textarea id="code-{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found, name
    return unescape(found[1])


RUN = {
    "python": [sys.executable, "-c"],
    "curl": ["sh", "-c"],
    "node": ["node", "--input-type=module", "-e"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", RUN)
def test_a_snippet_runs_as_it_is_pasted(
    prompt: Prompt, as_: SignIn, live_server: Any, language: str
) -> None:
    if not shutil.which("curl" if language == "curl" else RUN[language][0]):
        pytest.skip(f"{language} is not installed here")
    host = live_server.url.removeprefix("http://")
    page = as_("ada").post(f"{PAGE}/new", FORM, headers={"host": host}).content.decode()
    lines = code_of(page, "environment").strip().splitlines()
    variables = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert variables["PROMPTCMS_URL"] == live_server.url
    done = subprocess.run(
        [*RUN[language], code_of(page, language)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1.0.0" in done.stdout
    assert "You are the support agent" in done.stdout


def test_snippets_fit_the_prompt_and_carry_no_key() -> None:
    codes = [s.code for s in snippets("chat/größe", "chat", "staging")]
    assert len(codes) == len(LANGUAGES)
    for code in codes:
        assert "/api/v1/prompts/chat/gr%C3%B6%C3%9Fe?label=staging" in code
        assert "pcms_" not in code
    assert all("messages" in code for code in codes[1:])
