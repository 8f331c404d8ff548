"""An application fetches a prompt: by label, by version, again with its ETag."""

import json
from typing import Any

import pytest
from django.test import Client

from registry.audit.clock import database_now
from registry.domain.canonical import canonical, sha256
from registry.prompts.models import Alias, Prompt
from registry.release.models import Generation
from registry.release.rollback import roll_back
from tests import stages
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db
REVALIDATE = "private, max-age=0, stale-if-error=86400"
FOR_EVER = "private, max-age=31536000, immutable"


def test_the_answer_of_a_label_holds_all_that_an_application_needs(
    prompt: Prompt, get: Get
) -> None:
    version = prompt.versions.get()
    answer = get()
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == REVALIDATE
    assert answer.json() == {
        "name": "support/system",
        "kind": "text",
        "version": "1.0.0",
        "revision": 1,
        "label": "production",
        "label_rev": 1,
        "digest": version.digest,
        "template": stages.FIRST_TEXT,
        "config": {},
        "variables": [],
        "output_schema": None,
        "labels": ["production", "staging"],
        "rollout": None,
    }


def test_the_digest_can_be_computed_from_the_answer(prompt: Prompt, get: Get) -> None:
    body = get().json()
    served = ("kind", "template", "config", "output_schema", "variables")
    assert body["digest"] == sha256(canonical({name: body[name] for name in served}))


def test_a_chat_prompt_is_served_as_messages(shop: World, get: Get) -> None:
    from registry.domain.content import Content
    from registry.domain.semver import Bump
    from registry.prompts.save import save_version

    prompt = stages.prompt_named(shop, "chat/greeting", "chat")
    messages = [
        {"role": "system", "content": 'Say "hé" \\\\ {{name}}'},
        {"type": "placeholder", "name": "history"},
    ]
    content = Content.from_fields("chat", messages, {"temperature": 0.5})
    version = save_version(
        prompt,
        content=content,
        bump=Bump.MAJOR,
        base=None,
        reason="First.",
        actor=shop.actor("ana"),
    )
    stages.started(shop, stages.cleared(shop, version))
    body = get("chat/greeting").json()
    assert body["messages"] == messages
    assert body["config"] == {"temperature": 0.5}
    assert "template" not in body


@pytest.mark.parametrize("query", ["?version=1.0.0", "?label=v1.0.0", "?label=1.0.0"])
def test_an_exact_version_answers_its_frozen_fields_for_ever(
    prompt: Prompt, get: Get, query: str
) -> None:
    answer = get("support/system" + query)
    assert (answer.status_code, answer["Cache-Control"]) == (200, FOR_EVER)
    assert answer.json()["version"] == "1.0.0"
    assert not {"label", "label_rev", "labels", "rollout"} & answer.json().keys()
    assert get("support/system" + query, **{"If-None-Match": answer["ETag"]}).status_code == 304


def test_fetching_costs_one_query_for_the_key_and_one_for_the_answer(
    prompt: Prompt, get: Get, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert get("support/system?label=staging").status_code == 200
    with django_assert_num_queries(2):
        assert get("support/system?version=1.0.0").status_code == 200
    with django_assert_num_queries(0):
        assert get(secret="pcms_read_x").status_code == 401
    etag = get()["ETag"]
    with django_assert_num_queries(2):
        assert get(**{"If-None-Match": etag}).status_code == 304


IF_NONE_MATCH = [  # with {} for the present ETag: does it match?
    ('"{}"', True),
    ('W/"{}"', True),
    ('"other", "{}"', True),
    ('"a,b" , W/"{}"', True),
    ("*", True),
    (" * ", True),
    ('"other"', False),
    ('W/"other"', False),
    ("{}", False),
    ('"{}', False),
    ("", False),
    ('"*"', False),
]


def test_if_none_match_is_read_as_the_standard_says(prompt: Prompt, get: Get) -> None:
    full = get()
    etag = full["ETag"].strip('"')
    for header, hit in IF_NONE_MATCH:
        answer = get(**{"If-None-Match": header.format(etag)})
        assert (answer.status_code, header) == (304 if hit else 200, header)
        assert answer.content == (b"" if hit else full.content)
        assert answer.has_header("Content-Type") is not hit
        for name in ("ETag", "Cache-Control", "X-Pcms-Generation"):
            assert answer[name] == full[name]


def test_head_gives_the_headers_of_get_without_the_body(prompt: Prompt, key: str, get: Get) -> None:
    full = get()
    headers = {"Authorization": f"Bearer {key}"}
    head = Client().head("/api/v1/prompts/support/system", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head["Content-Length"]) == len(full.content)
    for name in ("ETag", "Cache-Control", "Content-Type", "X-Pcms-Generation"):
        assert head[name] == full[name]


def test_the_etag_stays_until_what_is_served_changes(shop: World, prompt: Prompt, get: Get) -> None:
    first = get()
    assert get()["ETag"] == first["ETag"]
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    second = get()
    assert second.json()["version"] == "1.0.1"
    assert second["ETag"] != first["ETag"]
    roll_back(prompt, actor=shop.actor("lea"), reason="Typo.", now=database_now())
    third = get(**{"If-None-Match": second["ETag"]})
    assert (third.status_code, third.json()["version"]) == (200, "1.0.0")


def test_the_generation_rises_with_each_change_within_one_installation(
    shop: World, prompt: Prompt, get: Get
) -> None:
    installation, number = get()["X-Pcms-Generation"].rsplit(":", 1)
    assert installation == str(Generation.objects.get().installation)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    for query in ("", "?version=1.0.0", "?label=nothing"):
        later = get("support/system" + query)["X-Pcms-Generation"].rsplit(":", 1)
        assert later[0] == installation
        assert int(later[1]) > int(number)


def test_a_key_gets_only_the_labels_that_it_may_read_and_its_own_etag(
    prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    narrow = make_key(labels=("production",)).secret
    canary = make_key(labels=("canary",)).secret
    answers = [get(), get(secret=narrow), get("support/system?label=canary", secret=canary)]
    assert [a.json()["labels"] for a in answers] == [["production", "staging"], ["production"], []]
    assert len({a["ETag"] for a in answers}) == 3
    again = get(secret=narrow, **{"If-None-Match": answers[1]["ETag"]})
    assert again.status_code == 304
    assert get(**{"If-None-Match": answers[1]["ETag"]}).status_code == 200


def test_a_key_may_not_read_a_label_that_is_not_its_own(
    prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    staging = make_key(labels=("staging",)).secret
    answer = get(secret=staging)
    assert (answer.status_code, answer.json()["error"]) == (403, "label_forbidden")
    assert "staging" in answer.json()["message"]
    assert get("support/system?label=staging", secret=staging).status_code == 200


def test_an_unknown_label_names_those_that_exist(
    prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    answer = get("support/system?label=prod")
    assert (answer.status_code, answer.json()["error"]) == (404, "label_not_found")
    assert "canary, production, staging" in answer.json()["message"]
    narrow = get("support/system?label=prod", secret=make_key(labels=("production",)).secret)
    assert "staging" not in narrow.json()["message"]


def test_a_prompt_that_was_never_released_says_so(shop: World, get: Get) -> None:
    prompt = stages.prompt_named(shop, "fresh/one")
    stages.saved(shop, prompt)
    answer = get("fresh/one")
    assert (answer.status_code, answer.json()["error"]) == (404, "label_not_found")
    assert "none yet" in answer.json()["message"]
    assert get("fresh/two").json()["error"] == "prompt_not_found"


def test_an_alias_is_served_and_the_answer_has_the_real_name(
    shop: World, prompt: Prompt, get: Get
) -> None:
    Alias.objects.create(project=shop.project, prompt=prompt, name="Old Näme/v2 (copy)")
    answer = get("Old%20N%C3%A4me%2Fv2%20(copy)")
    assert (answer.status_code, answer.json()["name"]) == (200, "support/system")
    assert get("Old%20Name/v2%20(copy)").status_code == 404


def test_an_archived_prompt_stays_served(prompt: Prompt, get: Get) -> None:
    Prompt.objects.filter(pk=prompt.pk).update(archived_at=database_now())
    for query in ("", "?version=1.0.0"):
        assert get("support/system" + query).json()["version"] == "1.0.0"


QUESTIONS = [  # with the field that the refusal names
    ("?lable=staging", "lable"),
    ("?label=staging&label=production", "label"),
    ("?label=staging&version=1.0.0", "version"),
    ("?version=1.0", "version"),
    ("?version=" + "9" * 5000, "version"),
    ("?version=1.0.0&unit=u", "unit"),
    ("?unit=" + "u" * 1001, "unit"),
    ("?unit=%ED%A0%80", ""),
    ("?label=%FF", ""),
]


def test_a_question_that_cannot_be_meant_is_refused_by_field(prompt: Prompt, get: Get) -> None:
    for query, field in QUESTIONS:
        answer = get("support/system" + query)
        told = json.loads(answer.content)
        assert (answer.status_code, told["error"], query) == (400, "bad_request", query)
        assert told.get("field", "") == field
        assert answer["Cache-Control"] == "no-store"
