"""What holds for every address of the API, whoever asks and however."""

import re

import pytest
from django.conf import settings
from django.test import Client

from registry.prompts.models import Prompt
from tests import stages
from tests.runtime.api.conftest import Ask
from tests.runtime.conftest import MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db
READS = [
    "prompts",
    "bundle",
    "prompts/support/system",
    "prompts/support/system/versions",
    "prompts/support/system/versions/1.0.0",
    "prompts/support/system/diff?from=1.0.0&to=1.0.0",
    "prompts/support/system/ledger",
]
OF_A_PROMPT = [path for path in READS if "/" in path]


def test_every_address_has_its_etag_and_answers_304_to_who_has_it(prompt: Prompt, ask: Ask) -> None:
    for path in READS:
        full = ask(path)
        assert (full.status_code, full["Content-Type"]) == (200, "application/json"), path
        assert full["Cache-Control"].startswith("private, max-age="), path
        assert re.fullmatch('"[^"]+"', full["ETag"])
        again = ask(path, **{"If-None-Match": f'W/{full["ETag"]}, "x"'})
        assert (again.status_code, again.content) == (304, b""), path
        assert again["ETag"] == full["ETag"]


def test_head_gives_the_headers_without_the_body(prompt: Prompt, ask: Ask) -> None:
    for path in READS:
        full, head = ask(path), ask(path, method="HEAD")
        assert (head.status_code, head.content) == (200, b""), path
        assert int(head["Content-Length"]) == len(full.content)
        for name in ("ETag", "Cache-Control", "Content-Type"):
            assert head[name] == full[name], path


def test_lists_tell_the_generation_that_the_hot_route_tells(prompt: Prompt, ask: Ask) -> None:
    generation = ask("prompts/support/system")["X-Pcms-Generation"]
    for path in ("prompts", "bundle", *OF_A_PROMPT[1:3], OF_A_PROMPT[-1]):
        assert ask(path)["X-Pcms-Generation"] == generation, path


def test_without_a_key_or_with_a_dead_one_nothing_is_told(prompt: Prompt, ask: Ask) -> None:
    for path in READS:
        answers = [ask(path, secret=secret) for secret in ("", "pcms_read_x", "x" * 5_000)]
        assert {answer.status_code for answer in answers} == {401}, path
        assert len({answer.content for answer in answers}) == 1
        assert answers[0]["WWW-Authenticate"].startswith("Bearer")


def test_a_key_in_the_address_is_refused_everywhere(prompt: Prompt, ask: Ask, key: str) -> None:
    for path in READS:
        answer = ask(f"{path}{'&' if '?' in path else '?'}label={key}")
        assert (answer.status_code, answer.json()["error"]) == (401, "key_in_address"), path


def test_reading_needs_the_scope_read(prompt: Prompt, ask: Ask, make_key: MakeKey) -> None:
    secret = make_key("ingest", "ci", "stop", labels=()).secret
    for path in READS:
        answer = ask(path, secret=secret)
        assert (answer.status_code, answer.json()["error"]) == (403, "scope_missing"), path


def test_another_project_has_no_such_prompt(prompt: Prompt, ask: Ask) -> None:
    secret = stages.key(stages.world("bank")).secret
    for path in OF_A_PROMPT:
        answer = ask(path, secret=secret)
        assert (answer.status_code, answer.json()["error"]) == (404, "prompt_not_found"), path


def test_an_unknown_parameter_is_refused_by_its_name(prompt: Prompt, ask: Ask) -> None:
    for path in READS:
        answer = ask(f"{path}{'&' if '?' in path else '?'}labels=production")
        assert (answer.status_code, answer.json()["field"]) == (400, "labels"), path
        assert ask(f"{path}{'&' if '?' in path else '?'}x=%ff").status_code == 400
        assert ask(f"{path}{'&' if '?' in path else '?'}x=%00").status_code == 400


def test_what_only_reads_takes_no_other_method(prompt: Prompt, ask: Ask) -> None:
    for path in READS:
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = ask(path, method=method)
            assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD"), path
            assert answer.json()["error"] == "method_not_allowed"


ODD = ["/API/v1/prompts", "//api/v1/prompts", "/Api", "/api", "///aPi/x", "/api/v2/prompts"]


@pytest.mark.parametrize("path", [*ODD, "/api/v1/prompts/", "/api/v1/bundle/", "/api/docs/"])
def test_a_misspelled_address_is_a_404_in_json(path: str) -> None:
    for method in ("GET", "POST"):
        answer = Client(enforce_csrf_checks=True).generic(method, "/", PATH_INFO=path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        assert answer.json()["error"] == "not_found"


@pytest.mark.parametrize("cookie", ["", "x" * 32, "odd", "'"])
def test_the_api_neither_heeds_nor_sets_a_cookie(
    shop: World, prompt: Prompt, key: str, cookie: str
) -> None:
    client = Client()
    client.force_login(shop.person("ana"))
    if cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    for path in (*READS, "openapi.json", "nothing", "evaluations/1", "prompts/x/rollback"):
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
        assert not answer.cookies, path
        assert not answer.has_header("Vary"), path
    assert "Cookie" in client.get("/")["Vary"]
