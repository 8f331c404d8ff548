"""Whatever is sent under /api/, the answer is JSON with a sentence, never a 5xx or a redirect."""

from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from registry.prompts.models import Prompt
from tests.runtime.conftest import Get, MakeKey

pytestmark = pytest.mark.django_db
LIMIT = 1024 * 1024


def is_json_refusal(answer: HttpResponse) -> bool:
    """Does the answer say in JSON what was wrong?"""
    body: dict[str, Any] = answer.json()
    right = body.keys() <= {"error", "message", "field"} and body["message"].endswith(".")
    return answer["Content-Type"] == "application/json" and right


ODD_NAMES = [
    "support/system/",
    "/support/system",
    "support//system",
    "support/../system",
    "support%2F%2Fsystem",
    "a b c",
    "Zo%C3%AB",
    "%F0%9F%99%82",
    "%25%3F%23%26",
    "%FF%FE",
    "%ED%A0%80",
    "a%0Ab",
    "a%0D%0AX-Header:%20b",
    "x" * 10_240,
    "%41" * 3_400,
    "a;b=c",
    "../../../etc/passwd",
    quote("'; DROP TABLE registry_prompt; --"),
]


def test_an_odd_name_is_simply_not_found(prompt: Prompt, get: Get) -> None:
    answers = {name[:40]: get(name) for name in ODD_NAMES}
    wrong = [
        (name, answer.status_code)
        for name, answer in answers.items()
        if answer.status_code != 404 or not is_json_refusal(answer)
    ]
    assert wrong == []


def test_a_name_may_be_sent_with_its_slash_encoded(prompt: Prompt, get: Get) -> None:
    assert get("support%2Fsystem").json()["name"] == "support/system"


def test_a_nul_in_the_address_is_a_bad_request(get: Get) -> None:
    for path in ("a%00b", "support/system?label=a%00b", "support/system?unit=%00"):
        answer = get(path)
        assert answer.status_code == 400
        assert is_json_refusal(answer)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/", "/api/v2/prompts", "/api/a%0Ab"])
def test_an_unknown_address_is_a_json_404_for_every_method(client: Client, path: str) -> None:
    for ask in (client.get, client.post, client.put, client.delete):
        answer = ask(path)
        assert answer.status_code == 404
        assert is_json_refusal(answer)


def test_a_prompt_is_only_read_here(key: str) -> None:
    client, headers = Client(), {"Authorization": f"Bearer {key}"}
    for ask in (client.post, client.put, client.patch, client.delete, client.options):
        answer = ask("/api/v1/prompts/support/system", headers=headers)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert is_json_refusal(answer)


def test_what_a_client_says_it_accepts_does_not_matter(prompt: Prompt, get: Get) -> None:
    for accept in ("text/html", "application/xml;q=1", "nonsense", "*/*;q=0"):
        answer = get(Accept=accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def deep(depth: int) -> str:
    return "[" * depth + "]" * depth


BODIES: list[tuple[str | bytes, int]] = [
    ("", 400),
    ("{", 400),
    ("[]", 400),
    ('"text"', 400),
    (b"\xff\xfe", 400),
    (b'{"reason": "\xed\xa0\x80"}', 400),
    ('{"reason": "a\\u0000b"}', 400),
    ('{"reason": "\\ud800"}', 400),
    ('{"\\ud800": "a"}', 400),
    ('{"reason": NaN}', 400),
    ('{"reason": 1e999}', 400),
    ('{"reason": ' + "9" * 5000 + "}", 400),
    ('{"reason": ' + deep(33) + "}", 400),
    (deep(5_000), 400),
    ('{"reason": ' + deep(100_000) + "}", 400),
    ('{"reason": "' + "x" * LIMIT + '"}', 413),
    ("x" * 3 * LIMIT, 413),
]


def test_a_body_that_cannot_be_read_is_refused(make_key: MakeKey) -> None:
    headers = {"Authorization": f"Bearer {make_key('stop').secret}"}
    wrong = []
    for body, status in BODIES:
        answer = Client().post(
            "/api/v1/prompts/support/system/rollback",
            body,
            content_type="application/json",
            headers=headers,
        )
        if answer.status_code != status or not is_json_refusal(answer):
            wrong.append((body[:40], answer.status_code))
    assert wrong == []


def test_a_body_must_be_json(make_key: MakeKey) -> None:
    headers = {"Authorization": f"Bearer {make_key('stop').secret}"}
    address = "/api/v1/prompts/support/system/rollback"
    answer = Client().post(address, {"reason": "x"}, headers=headers)
    assert answer.status_code == 415
    assert is_json_refusal(answer)


def test_a_host_that_is_not_ours_is_refused_in_json(client: Client) -> None:
    answer = client.get("/api/v1/prompts/a", headers={"Host": "evil.example.org"})
    assert answer.status_code == 400
    assert is_json_refusal(answer)


def test_an_outage_of_the_database_is_a_503_that_says_when_to_try_again(
    prompt: Prompt, get: Get
) -> None:
    broken = mock.patch("registry.runtime.store.authenticate", side_effect=OperationalError("gone"))
    with broken:
        answer = get()
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert is_json_refusal(answer)
    assert get().status_code == 200


def test_an_outage_before_the_view_is_a_503_in_json_too() -> None:
    client = Client(raise_request_exception=False)
    broken = mock.patch("promptcms.middleware.is_api", side_effect=OperationalError("gone"))
    with broken:
        answer = client.get("/api/v1/prompts/support/system")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert is_json_refusal(answer)


def test_our_own_fault_is_a_500_that_tells_nothing_but_a_number(prompt: Prompt, key: str) -> None:
    client = Client(raise_request_exception=False)
    with mock.patch("registry.runtime.api.prompt.lookup", side_effect=ValueError("secret innards")):
        answer = client.get(
            "/api/v1/prompts/support/system", headers={"Authorization": f"Bearer {key}"}
        )
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert is_json_refusal(answer)
    assert b"innards" not in answer.content
