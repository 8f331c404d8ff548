"""The page of API keys: made once, shown once, with snippets that run, and revoked."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import urllib3
from django.test import Client

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.prompts.models import Prompt
from registry.runtime.key_format import PATTERN
from registry.runtime.keys import authenticate
from registry.runtime.models import ApiKey, Fetcher
from registry.web.keys.snippets import Example, langfuse_snippets, snippets
from tests import stages
from tests.clients.node.node import node, npm
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
    assert "used it in the last 7 days" not in ada.get(path).content.decode()
    ApiKey.objects.filter(pk=new.key.pk).update(last_used_at=database_now())
    page = ada.get(path).content.decode()
    assert "used it in the last 7 days" in page
    assert f'href="{PAGE}/{new.key.pk}/replace">replace it</a>' in page
    assert ada.post(path, {"reason": "The laptop was lost."}).status_code == 302
    assert get(secret=new.secret).status_code == 401
    assert Event.objects.get(action="api_key.revoked").reason == "The laptop was lost."
    assert "revoked" in ada.get(PAGE).content.decode()
    assert "used it in the last 7 days" not in ada.get(path).content.decode()
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


def install_of(page: str, name: str) -> list[str]:
    """Return the words of the install line."""
    found = re.search(rf'<input id="install-{name}"[^>]* value="([^"]*)"', page)
    assert found, name
    return unescape(found[1]).split()


@pytest.fixture
def made(as_: SignIn, live_server: Any) -> str:
    """The page of a key just made, as the server at `live_server` shows it."""
    host = live_server.url.removeprefix("http://")
    return as_("ada").post(f"{PAGE}/new", FORM, headers={"host": host}).content.decode()


def variables_of(page: str, name: str) -> dict[str, str]:
    """Return the environment that the page gives."""
    lines = code_of(page, name).strip().splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def run(command: list[str], page: str, cwd: Path, **more: str) -> str:
    """Run a snippet as it is pasted, with the environment of the page; return what it printed."""
    variables = variables_of(page, "environment") | variables_of(page, "langfuse-environment")
    done = subprocess.run(
        command,
        env={**os.environ, **variables, **more},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_curl_snippet_runs_as_it_is_pasted(prompt: Prompt, made: str, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed here")
    assert "You are the support agent" in run(["sh", "-c", code_of(made, "curl")], made, tmp_path)


@pytest.mark.django_db(transaction=True)
def test_the_python_client_is_installed_from_here_and_runs_as_it_is_pasted(
    prompt: Prompt, made: str, tmp_path: Path
) -> None:
    pip, install, wheel = install_of(made, "python")
    assert (pip, install) == ("pip", "install")
    target = ["--target", str(tmp_path), "--no-deps", "--no-index", "--quiet"]
    if find_spec("pip"):
        run([sys.executable, "-m", "pip", install, *target, wheel], made, tmp_path)
    elif uv := shutil.which("uv"):
        run([uv, "pip", install, *target, wheel], made, tmp_path)
    else:  # an environment that uv or the first start made has no pip: do what pip would do
        zipfile.ZipFile(io.BytesIO(urllib3.request("GET", wheel).data)).extractall(tmp_path)
    code = [sys.executable, "-c", code_of(made, "python")]
    assert run(code, made, tmp_path, PYTHONPATH=str(tmp_path)).startswith("1.0.0 You are the")


@pytest.mark.django_db(transaction=True)
def test_the_node_client_is_installed_from_here_and_runs_as_it_is_pasted(
    prompt: Prompt, made: str, tmp_path: Path
) -> None:
    npm_word, install, tarball = install_of(made, "node")
    assert (npm_word, install) == ("npm", "install")
    quiet = ["--no-audit", "--no-fund", "--cache", str(tmp_path / "cache")]
    run([*npm(), install, *quiet, tarball], made, tmp_path)
    printed = run([node(), "-e", code_of(made, "node")], made, tmp_path)
    assert printed.startswith("1.0.0 You are the")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_snippet_for_langfuse_runs_with_the_real_sdk(
    prompt: Prompt, made: str, tmp_path: Path
) -> None:
    code = [sys.executable, "-c", code_of(made, "langfuse-python")]
    printed = run(code, made, tmp_path, LANGFUSE_TRACING_ENABLED="false")
    assert printed.startswith("You are the support agent of …")


def test_snippets_fit_the_prompt_and_carry_no_key() -> None:
    chat = Example("chat/größe", "chat", "staging", ("company", "plan"))
    ours = snippets("https://cms.example.org", chat)
    theirs = langfuse_snippets(chat)
    assert [s.title for s in ours] == ["curl", "Python", "Node", "C#"]
    assert "/api/v1/prompts/chat/gr%C3%B6%C3%9Fe?label=staging" in ours[0].code
    for snippet in (*ours[1:], *theirs):
        assert '"chat/größe"' in snippet.code
        assert '"staging"' in snippet.code
        assert "plan" in snippet.code
        assert snippet.install
    assert all("chat" in s.code.replace("chat/größe", "") for s in theirs)
    assert all(s.install.count("https://cms.example.org/clients/") == 1 for s in ours[1:])
    assert not any("pcms_" in s.code + s.install for s in (*ours, *theirs))


def test_the_page_gives_the_pair_under_every_name_that_langfuse_reads(as_: SignIn) -> None:
    page = as_("ada").post(f"{PAGE}/new", FORM).content.decode()
    variables = variables_of(page, "langfuse-environment")
    key = authenticate(variables["LANGFUSE_SECRET_KEY"])
    assert key
    assert variables["LANGFUSE_PUBLIC_KEY"] == f"pk-pcms-{key.public_id}"
    addresses = ("LANGFUSE_BASE_URL", "LANGFUSE_HOST", "LANGFUSE_BASEURL")
    assert {variables[name] for name in addresses} == {"http://testserver"}


def test_the_list_shows_the_clients_seen_with_each_key(
    prompt: Prompt, as_: SignIn, make_key: MakeKey, django_assert_max_num_queries: Any
) -> None:
    def see(client: str, process: str, key: ApiKey) -> None:
        Fetcher.objects.create(
            key=key,
            prompt=prompt,
            client=client,
            process=process,
            label="production",
            last_fetch_at=database_now(),
        )

    def questions() -> tuple[int, str]:
        with django_assert_max_num_queries(60) as asked:
            page = vic.get(PAGE).content.decode()
        return len(asked), page

    vic, key = as_("vic"), make_key().key
    assert "none in 7 days" in questions()[1]
    see("promptcms-python/0.1.0", "web-1", key)
    see("promptcms-python/0.1.0", "web-2", key)
    few, page = questions()
    assert "promptcms-python 0.1.0 (2 processes)" in page
    for number in range(20):
        see(f"our-{number}", "one", make_key().key)
    assert questions()[0] == few
