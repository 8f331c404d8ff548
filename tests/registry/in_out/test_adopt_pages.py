"""Adopting through the pages, with a fresh sign-in; and the script that gets the export."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from registry.prompts.models import Prompt, Version
from registry.web.in_out.langfuse_script import SCRIPT
from tests import stages
from tests.registry.in_out.conftest import SignIn
from tests.registry.in_out.test_adopt_langfuse import HISTORY, NAME
from tests.registry.web.reading import words
from tests.stages import World

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/adopt"


def give(client: Client, value: Any, name: str = "langfuse.json") -> Any:
    """Upload an export and follow to the report."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    files = [SimpleUploadedFile(name, data)]
    return client.post(PAGE, {"do": "upload", "files": files}, follow=True)


def choices(**fields: Any) -> dict[str, Any]:
    """Return the report's form with its first row taken."""
    return {"do": "adopt", "row": ["0"], "name-0": "", "take-0": "on", "reason": "Why.", **fields}


def test_an_admin_looks_renames_and_adopts(shop: World, as_: SignIn) -> None:
    ada = as_("ada")
    said = words(give(ada, HISTORY))
    assert "1 prompt of Langfuse with 4 versions can be adopted. Applications get 1" in said
    assert "Labels that are not taken over: eu (version 4)." in said
    assert Prompt.objects.count() == 0
    done = ada.post(PAGE, choices(**{"name-0": "support/voice"}), follow=True)
    assert "1 prompt adopted with their history" in words(done)
    prompt = Prompt.objects.get()
    assert (prompt.name, prompt.aliases.get().name) == ("support/voice", NAME)
    version = ada.get("/projects/shop/prompts/support/voice/versions/2.0.0")
    assert "adopted, not evaluated here" in words(version)


def test_it_asks_for_the_password_again_and_loses_nothing(shop: World, as_: SignIn) -> None:
    ada = as_("ada")
    give(ada, HISTORY)
    session = ada.session
    session["signed_in_at"] = 0
    session.save()
    asked = ada.post(PAGE, choices())
    assert "password" in words(asked)
    assert Prompt.objects.count() == 0
    done = ada.post(PAGE, choices(password_again=stages.PASSWORD), follow=True)
    assert "adopted" in words(done)
    assert Version.objects.count() == 4


def test_what_is_no_export_says_what_to_give_and_others_are_refused(
    shop: World, as_: SignIn
) -> None:
    ada = as_("ada")
    answer = give(ada, b"Hello.", "prompt.md")
    assert answer.status_code == 400
    assert "Plain prompt files belong on “Import”" in words(answer)
    assert "only the list of names" in words(give(ada, {"data": [{"name": "x", "versions": [1]}]}))
    assert as_("ana").get(PAGE).status_code == 403


def test_a_prompt_in_the_way_is_refused_and_can_be_left_out(shop: World, as_: SignIn) -> None:
    ada = as_("ada")
    stages.saved(shop, stages.prompt_named(shop, "support/system-prompt"))
    other = [{**entry, "name": "other"} for entry in HISTORY]
    said = words(give(ada, HISTORY + other))
    assert "Nothing can be adopted yet: 1 of 2 prompts" in said
    refused = ada.post(PAGE, {"do": "adopt", "reason": "Why."})
    assert refused.status_code == 409
    assert Prompt.objects.count() == 1
    ada.post(PAGE, {"do": "leave_out", "reason": "Why."})
    ada.post(PAGE, {"do": "adopt", "reason": "Why."})
    assert set(Prompt.objects.values_list("name", flat=True)) == {"support/system-prompt", "other"}


def test_the_shown_script_gets_what_the_page_adopts(
    shop: World, as_: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(request: Request) -> BytesIO:
        path = request.full_url.removeprefix("https://langfuse.example/api/public/v2/prompts")
        asked.append(path)
        if path.startswith("?"):
            name = {"name": NAME, "versions": [row["version"] for row in HISTORY]}
            return BytesIO(json.dumps({"data": [name], "meta": {"totalPages": 1}}).encode())
        number = int(path.partition("=")[2])
        return BytesIO(json.dumps(next(r for r in HISTORY if r["version"] == number)).encode())

    monkeypatch.setattr("urllib.request.urlopen", answer)
    monkeypatch.setenv("LANGFUSE_BASE_URL", "https://langfuse.example/")
    monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk")
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk")
    monkeypatch.chdir(tmp_path)
    exec(compile(SCRIPT, "script", "exec"), {})
    assert asked[1] == "/Support%20%2F%20System%20Prompt?version=1"
    ada = as_("ada")
    give(ada, (tmp_path / "langfuse.json").read_bytes())
    ada.post(PAGE, choices())
    assert Version.objects.count() == 4


def test_the_export_page_says_what_there_is_and_gives_it(shop: World, as_: SignIn) -> None:
    vic = as_("vic")
    assert "has no prompt yet" in words(vic.get("/projects/shop/export"))
    stages.saved(shop, stages.prompt_named(shop))
    assert "1 prompt with 1 version" in words(vic.get("/projects/shop/export"))
    answer = vic.get("/projects/shop/export.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="shop-prompts-')
    assert as_("oto").get("/projects/shop/export.zip").status_code == 404
