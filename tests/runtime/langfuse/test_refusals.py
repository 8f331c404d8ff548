"""Whatever is asked below /api/public: JSON with a sentence, and nobody is sent elsewhere."""

from base64 import b64encode
from unittest import mock
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from registry.audit.clock import database_now
from registry.prompts.models import Prompt
from registry.runtime.keys import revoke_key
from registry.runtime.models import ApiKey
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.runtime.langfuse.conftest import Ask, basic, pair_of
from tests.stages import World

pytestmark = pytest.mark.django_db
PATH = "v2/prompts/support/system"
KEYED = ("v2/prompts", PATH, "projects")


def is_refusal(answer: HttpResponse) -> bool:
    """Is it `{"message", "error"}` in JSON, without a cookie or another place to go to?"""
    body = answer.json()
    right = body.keys() == {"message", "error"} and body["message"].endswith(".")
    plain = not answer.cookies and not answer.has_header("Location")
    return right and plain and answer["Content-Type"] == "application/json"


def test_every_fault_of_a_pair_of_keys_gets_the_same_401(
    shop: World, prompt: Prompt, make_key: MakeKey, ask: Ask
) -> None:
    good, other, revoked = (make_key().secret for _ in range(3))
    gone = ApiKey.objects.get(public_id=revoked.split("_")[2])
    revoke_key(gone, actor=shop.actor("ada"), reason="Lost.")
    expired = make_key().secret
    ApiKey.objects.filter(public_id=expired.split("_")[2]).update(expires_at=database_now())
    public = pair_of(good).partition(":")[0]
    headers = [
        "",
        "Basic",
        "Basic not-base64!",
        "Basic é",
        f"Basic {b64encode(bytes([255, 254])).decode()}",
        f"Basic {b64encode(b'x' * 5000).decode()}",
        f"Bearer {public}",
        f"Bearer {good}",
        basic(":"),
        basic(f":{good}"),
        basic(good),
        basic(f"{public}:"),
        basic(f"{public}:{good}:"),
        basic(f"{public}:{good}x"),
        basic(f"{public}: {good}"),
        basic(f"{public}:{other}"),
        basic(f"pk-lf-{public[8:]}:{good}"),
        basic(f"{public}x:{good}"),
        basic(pair_of(revoked)),
        basic(pair_of(expired)),
    ]
    answers = [ask(path, Authorization=header) for path in KEYED for header in headers]
    assert {(a.status_code, a["WWW-Authenticate"]) for a in answers} == {
        (401, 'Basic realm="promptcms"')
    }
    assert len({a.content for a in answers}) == 1
    assert all(map(is_refusal, answers))
    assert ask(PATH, Authorization=basic(pair_of(good))).status_code == 200
    assert ask(PATH, Authorization=f"basic   {basic(pair_of(good))[6:]} ").status_code == 200


def test_a_key_without_the_scope_read_is_told_so(
    prompt: Prompt, make_key: MakeKey, ask: Ask
) -> None:
    secret = make_key("ingest", "ci", "stop").secret
    for path in KEYED:
        answer = ask(path, secret=secret)
        assert (answer.status_code, answer.json()["error"]) == (403, "scope_missing")
        assert is_refusal(answer)


def test_a_key_in_the_address_is_refused_though_the_pair_is_good(
    prompt: Prompt, key: str, ask: Ask
) -> None:
    for path in (f"{PATH}?label={key}", f"projects?x={quote(key)}", "v2/prompts?name=%70cms_x"):
        answer = ask(path)
        assert (answer.status_code, answer.json()["error"]) == (401, "key_in_address")
        assert is_refusal(answer)


BAD_QUESTIONS = [
    "label=production&version=1",
    "label=&version=1",
    "label=production&label=staging",
    "version=1&version=1",
    "version=",
    "version=abc",
    "version=1.0",
    "version=1.5",
    "version=-1",
    "version=+1",
    "version=1e3",
    "version=%D9%A1",
    "version=1.0.0.0",
    "version=" + "9" * 5000 + ".0.0",
    "label=a%00b",
    "version=1%00",
]


def test_a_question_that_cannot_be_meant_is_a_400(prompt: Prompt, ask: Ask) -> None:
    answers = {query[:30]: ask(f"{PATH}?{query}") for query in BAD_QUESTIONS}
    assert {query: a.status_code for query, a in answers.items() if a.status_code != 400} == {}
    assert all(map(is_refusal, answers.values()))


ODD_PATHS = [
    ("v2/prompts/a%00b", 400),
    ("v2/prompts/%FF%FE", 404),
    ("v2/prompts/%ED%A0%80", 404),
    ("v2/prompts/a%0D%0AX-Header:%20b", 404),
    ("v2/prompts//support/system", 404),
    ("v2/prompts/support/system/", 404),
    ("v2/prompts/../../../etc/passwd", 404),
    ("v2/prompts/" + "x" * 10_240, 404),
    ("v2/prompts/" + quote("'; DROP TABLE registry_prompt; --"), 404),
    (PATH + "?label=%FF", 404),
    (PATH + "?label=%ED%A0%80", 404),
    (PATH + "?label=" + "l" * 5000, 404),
    (PATH + "?version=" + "9" * 23, 404),
    (PATH + "?version=2147483648", 404),
    ("v2/prompts/", 404),
    ("v1/prompts", 404),
    ("v2", 404),
    ("", 404),
    ("projects/", 404),
    ("ingestion", 405),
    ("otel/v1/traces", 405),
    ("otel/v1/logs", 404),
    ("a%0Ab", 404),
]


def test_whatever_is_sent_it_is_never_our_fault_and_never_a_redirect(
    prompt: Prompt, ask: Ask
) -> None:
    answers = {path[:60]: (ask(path), status) for path, status in ODD_PATHS}
    wrong = {p: a.status_code for p, (a, status) in answers.items() if a.status_code != status}
    assert wrong == {}
    assert all(is_refusal(answer) for answer, _ in answers.values())


def test_the_address_without_a_slash_at_its_end_is_no_redirect_either(client: Client) -> None:
    for path in ("/api/public", "/api/publicly"):
        assert client.get(path).status_code == 404


WRITES = [
    ("POST", "v2/prompts"),
    ("PATCH", PATH + "/versions/1"),
    ("DELETE", PATH),
    ("PUT", PATH),
    ("POST", PATH),
    ("OPTIONS", PATH),
    ("POST", "projects"),
    ("DELETE", "projects"),
    ("POST", "health"),
]


@pytest.mark.parametrize("pair", ["good", "none"])
def test_every_write_is_a_405_that_names_what_is_allowed(
    prompt: Prompt, ask: Ask, pair: str
) -> None:
    headers = {} if pair == "good" else {"Authorization": ""}
    for method, path in WRITES:
        answer = ask(path, method=method, **headers)
        assert (answer.status_code, answer["Allow"], path) == (405, "GET, HEAD", path)
        assert is_refusal(answer)
    assert prompt.versions.count() == 1


def test_neither_accept_nor_a_session_nor_csrf_changes_the_answer(
    shop: World, prompt: Prompt, key: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(shop.person("ada"))
    headers = {"Authorization": basic(pair_of(key)), "Referer": "https://elsewhere.example.org"}
    for accept in ("text/html", "application/xml;q=1", "nonsense", "*/*;q=0"):
        sent = {**headers, "Accept": accept}
        for path, status in ((PATH, 200), ("v2/prompts", 200), ("projects", 200), ("x", 404)):
            answer = browser.get(f"/api/public/{path}", headers=sent)
            assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
            assert not answer.cookies
        write = browser.post(f"/api/public/{PATH}", {"a": "b"}, headers=sent)
        assert write.status_code == 405
        assert is_refusal(write)


def test_head_has_the_headers_of_get_without_the_body(prompt: Prompt, ask: Ask) -> None:
    full, head = ask(PATH), ask(PATH, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head["Content-Length"]) == len(full.content)


def test_a_host_that_is_not_ours_is_refused_in_json(ask: Ask) -> None:
    answer = ask(PATH, Host="evil.example.org")
    assert answer.status_code == 400
    assert is_refusal(answer)


def test_an_outage_of_the_database_is_a_503_with_a_short_wait(prompt: Prompt, ask: Ask) -> None:
    """An SDK waits as long as it is told, several times over."""
    broken = mock.patch("registry.runtime.keys.live_keys", side_effect=OperationalError("gone"))
    with broken:
        answers = [ask(path) for path in KEYED]
    assert {(a.status_code, a["Retry-After"]) for a in answers} == {(503, "1")}
    assert all(map(is_refusal, answers))
    assert ask("health").json()["status"] == "OK"


def test_our_own_fault_is_a_500_in_json_that_tells_nothing(prompt: Prompt, key: str) -> None:
    client = Client(raise_request_exception=False)
    broken = mock.patch(
        "registry.runtime.langfuse.prompt.prompt_named", side_effect=ValueError("secret innards")
    )
    with broken:
        answer = client.get(f"/api/public/{PATH}", headers={"Authorization": basic(pair_of(key))})
    assert answer.status_code == 500
    assert is_refusal(answer)
    assert b"innards" not in answer.content


def test_the_projects_of_a_key_are_its_own(shop: World, ask: Ask) -> None:
    other = stages.world("bank")
    for world, secret in ((shop, stages.key(shop).secret), (other, stages.key(other).secret)):
        (project,) = ask("projects", secret=secret).json()["data"]
        assert project == {
            "id": str(world.project.pk),
            "name": world.project.name,
            "organization": {"id": "promptcms", "name": "promptcms"},
            "metadata": {},
        }
