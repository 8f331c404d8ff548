"""A prompt read as Langfuse's SDKs read it: by label, revision or number."""

import json
from datetime import timedelta
from typing import Any

import pytest

from registry.audit.clock import database_now
from registry.domain.content import Content
from registry.domain.semver import Bump
from registry.prompts.in_out.adopt import adopt
from registry.prompts.in_out.adopt_run import adopt_run, read_histories
from registry.prompts.in_out.files import TextFile
from registry.prompts.models import Alias, Prompt
from registry.prompts.save import save_version
from registry.release.models import Label
from registry.release.rollback import roll_back
from registry.release.rollout import start
from registry.runtime import fetchers
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.runtime.langfuse.conftest import Ask
from tests.stages import World

pytestmark = pytest.mark.django_db
PATH = "support/system"


def written(moment: Any) -> str:
    """Return a moment as it stands in an answer."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def test_the_answer_has_every_field_that_an_sdk_reads(prompt: Prompt, get: Ask) -> None:
    version = prompt.versions.get()
    moved = Label.objects.order_by("moved_at").last()
    assert moved is not None
    answer = get()
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "id": str(version.pk),
        "createdAt": written(version.created_at),
        "updatedAt": written(max(version.created_at, moved.moved_at)),
        "projectId": str(prompt.project_id),
        "createdBy": str(version.author_id),
        "prompt": stages.FIRST_TEXT,
        "name": PATH,
        "version": 1,
        "type": "text",
        "isActive": True,
        "config": {},
        "tags": [],
        "labels": ["production", "staging", "v1.0.0"],
        "commitMessage": "Because the tests need it.",
        "resolutionGraph": None,
        "semver": "1.0.0",
    }


def test_a_chat_is_a_list_of_messages_and_placeholders_with_their_types(
    shop: World, get: Ask
) -> None:
    prompt = stages.prompt_named(shop, "chat/greeting", "chat")
    Prompt.objects.filter(pk=prompt.pk).update(tags=["greeting", "hé"])
    messages = [
        {"role": "system", "content": 'Say "hé" \\\\ {{name}}'},
        {"type": "placeholder", "name": "history"},
    ]
    version = save_version(
        prompt,
        content=Content.from_fields("chat", messages, {"temperature": 0.5}),
        bump=Bump.MAJOR,
        base=None,
        reason="First.",
        actor=shop.actor("ana"),
    )
    stages.started(shop, stages.cleared(shop, version))
    body = get("chat/greeting").json()
    assert body["prompt"] == [
        {"type": "chatmessage", "role": "system", "content": 'Say "hé" \\\\ {{name}}'},
        {"type": "placeholder", "name": "history"},
    ]
    assert (body["type"], body["config"]) == ("chat", {"temperature": 0.5})
    assert body["tags"] == ["greeting", "hé"]


QUESTIONS = [  # with the version that answers; 2.0.0 is in production, 2.1.0 under canary
    ("", "2.0.0"),
    ("?label=", "2.0.0"),
    ("?label=production", "2.0.0"),
    ("?label=canary", "2.1.0"),
    ("?label=staging", "2.1.0"),
    ("?label=latest", "2.1.0"),
    ("?label=v2.0.0", "2.0.0"),
    ("?label=1.0.0", "1.0.0"),
    ("?version=1", "1.0.0"),
    ("?version=2", "2.0.0"),
    ("?version=3", "2.1.0"),
    ("?version=02", "2.0.0"),
    ("?version=1.0.0", "1.0.0"),
    ("?version=v2.1.0", "2.1.0"),
    ("?resolve=true", "2.0.0"),
    ("?label=staging&resolve=false&type=chat", "2.1.0"),
]


def test_a_version_is_asked_for_by_label_by_revision_or_by_number(
    shop: World, prompt: Prompt, get: Ask
) -> None:
    stages.in_production(shop, prompt, stages.MAJOR_TEXT)
    rollout = stages.in_canary(shop, prompt, stages.MAJOR_TEXT + " Always mention the number.")
    stages.saved(shop, prompt, stages.PATCH_TEXT, base=rollout.version)  # a draft is no latest
    answers = {query: get(PATH + query) for query, _ in QUESTIONS}
    wrong = [
        (query, number, answer.content)
        for query, number in QUESTIONS
        for answer in [answers[query]]
        if answer.status_code != 200 or answer.json()["semver"] != number
    ]
    assert wrong == []
    bodies = [answers[query].json() for query in ("?version=1", "", "?label=canary")]
    assert [body["version"] for body in bodies] == [1, 2, 3]
    assert [body["labels"] for body in bodies] == [
        ["v1.0.0"],
        ["production", "v2.0.0"],
        ["canary", "staging", "v2.1.0"],
    ]
    assert [body["isActive"] for body in bodies] == [False, True, False]


NOT_FOUND = [  # with what the sentence names
    ("support/other", "support/other"),
    ("support/system?label=prod", "canary, production, staging"),
    ("support/system?label=Production", "canary, production, staging"),
    ("support/system?version=0", "revision 0"),
    ("support/system?version=7", "revision 7"),
    ("support/system?version=99999999999999999999999", "revision 0"),
    ("support/system?version=9.9.9", "version 9.9.9"),
    ("support/system?label=v1.0.1", "version 1.0.1"),
    ("support/system/versions/1", "support/system/versions/1"),
]


def test_what_there_is_not_is_a_404_that_says_what_there_is(prompt: Prompt, get: Ask) -> None:
    for path, named in NOT_FOUND:
        answer = get(path)
        assert (answer.status_code, path) == (404, path)
        assert named in answer.json()["message"]


def test_without_a_canary_the_label_canary_answers_production(
    shop: World, prompt: Prompt, get: Ask
) -> None:
    assert not Label.objects.filter(name="canary").exists()
    before = get(f"{PATH}?label=canary").json()
    assert (before["semver"], before["labels"]) == ("1.0.0", ["production", "staging", "v1.0.0"])
    stages.in_canary(shop, prompt)
    assert get(f"{PATH}?label=canary").json()["semver"] == "1.1.0"
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    assert get(f"{PATH}?label=canary").json()["semver"] == "1.0.0"


def test_a_prompt_that_was_never_released_answers_nothing(shop: World, get: Ask) -> None:
    stages.cleared(shop, stages.saved(shop, stages.prompt_named(shop)))
    for query in ("", "?label=canary", "?label=latest", "?version=1", "?version=1.0.0"):
        assert get(PATH + query).status_code == 404


def test_a_key_sees_versions_that_held_one_of_its_labels_and_the_treatment(
    shop: World, prompt: Prompt, make_key: MakeKey, get: Ask
) -> None:
    production, staging = (make_key(labels=(n,)).secret for n in ("production", "staging"))
    draft = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())

    def seen(secret: str) -> bool:
        answers = [get(f"{PATH}?{q}", secret=secret) for q in ("version=2", "label=v1.1.0")]
        latest = get(f"{PATH}?label=latest", secret=secret).json()["version"] == 2
        assert {answer.status_code for answer in answers} == ({200} if latest else {404})
        return latest

    assert (seen(production), seen(staging)) == (False, False)
    stages.cleared(shop, draft)
    assert (seen(production), seen(staging)) == (False, False)
    before = database_now() - timedelta(days=1)
    soaking = start(draft, actor=shop.actor("lea"), reason="Go.", now=before)
    assert (seen(production), seen(staging)) == (False, True)
    stages.next_step(shop, soaking, before)
    assert (seen(production), seen(staging)) == (True, True)
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    assert (seen(production), seen(staging)) == (False, True)


def test_what_is_still_in_review_is_served_on_staging_and_is_no_latest(
    shop: World, prompt: Prompt, get: Ask
) -> None:
    base = prompt.versions.get()
    major = stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base)
    )
    stages.started(shop, major)
    assert get(f"{PATH}?label=staging").json()["semver"] == "2.0.0"
    assert get(f"{PATH}?version=2").json()["semver"] == "2.0.0"
    assert get(f"{PATH}?label=latest").json()["semver"] == "1.0.0"


EXPORT = [  # what Langfuse's API answers for a prompt, one row a version
    {
        "name": "Support / System Prompt",
        "version": version,
        "prompt": text,
        "type": "text",
        "labels": labels,
        "tags": ["support"],
        "config": {"temperature": 0.5},
        "createdAt": f"2025-03-0{version}T10:00:00.000Z",
        "commitMessage": f"Change {version}",
    }
    for version, text, labels in (
        (1, "Be polite to {{customer}}.", []),
        (4, "Be polite and short to {{customer}}.", ["production"]),
        (7, "Be polite, short and exact to {{customer}}.", ["staging", "latest"]),
    )
]


def test_what_came_from_langfuse_is_read_as_it_was_read_there(shop: World, get: Ask) -> None:
    histories = read_histories([TextFile("langfuse.json", json.dumps(EXPORT))])
    rows = adopt_run(shop.project, histories, {})
    adopt(shop.project, rows=rows, reason="We move here.", actor=shop.actor("ada"))
    for path, row in (("", EXPORT[1]), ("?label=staging", EXPORT[2]), ("?version=4", EXPORT[1])):
        body = get("Support%20%2F%20System%20Prompt" + path).json()
        for field in ("version", "prompt", "type", "tags", "config", "commitMessage"):
            assert body[field] == row[field]
    latest = get("Support%20%2F%20System%20Prompt?label=latest").json()
    assert latest["version"] == 4, "nobody here approved 7"


def test_a_key_reads_its_own_labels_and_is_told_no_others(
    shop: World, prompt: Prompt, make_key: MakeKey, get: Ask
) -> None:
    narrow = make_key(labels=("production",)).secret
    assert get(secret=narrow).json()["labels"] == ["production", "v1.0.0"]
    for label in ("staging", "canary"):
        answer = get(f"{PATH}?label={label}", secret=narrow)
        assert (answer.status_code, answer.json()["error"]) == (403, "label_forbidden")
    assert "staging" not in get(f"{PATH}?label=prod", secret=narrow).json()["message"]
    canary = make_key(labels=("canary",)).secret
    assert get(secret=canary).status_code == 403
    assert get(f"{PATH}?label=canary", secret=canary).json()["labels"] == ["v1.0.0"]


NAMES = [  # as it is sent, and the name it means
    ("folder%2Fsub", "folder/sub"),
    ("folder/sub", "folder/sub"),
    ("Zo%C3%AB", "Zoë"),
    ("a%20b%20(copy)", "a b (copy)"),
    ("100%25", "100%"),
    ("what%3F", "what?"),
    ("a%23b", "a#b"),
    ("a%7Cb", "a|b"),
    ("a%26b", "a&b"),
    ("a+b", "a+b"),
    ("a%2Bb", "a+b"),
    ("trailing/", "trailing/"),
    ("trailing%2F", "trailing/"),
    ("%F0%9F%99%82", "🙂"),
    ("100%2525", "100%25"),
]


def test_a_name_may_be_sent_raw_or_encoded_and_an_alias_is_served(
    shop: World, prompt: Prompt, get: Ask
) -> None:
    names = {name for _, name in NAMES}
    assert get(NAMES[0][0]).status_code == 404
    for name in names:
        Alias.objects.create(project=shop.project, prompt=prompt, name=name)
    assert [sent for sent, _ in NAMES if get(sent).status_code != 200] == []
    assert {get(sent).json()["name"] for sent, _ in NAMES} == {PATH}
    assert get("support%2Fsystem").json()["name"] == PATH


def test_a_prompt_of_another_project_is_not_there(
    shop: World, prompt: Prompt, key: str, get: Ask
) -> None:
    other = stages.key(stages.world("bank")).secret
    assert get(secret=other).status_code == 404
    assert get(secret=key).status_code == 200


def test_reading_costs_the_same_few_queries_whatever_there_is(
    shop: World, prompt: Prompt, get: Ask, django_assert_num_queries: Any
) -> None:
    for text in (stages.MAJOR_TEXT, stages.PATCH_TEXT):
        with django_assert_num_queries(3):  # the key; the prompt; its labels with their versions
            assert get().status_code == 200
        with django_assert_num_queries(4):  # and the version
            assert get(f"{PATH}?version=1").status_code == 200
        stages.in_production(shop, prompt, text)
    with django_assert_num_queries(0):
        assert get(Authorization="Basic bm86bm8=").status_code == 401


def test_who_fetches_what_is_noted_with_the_name_of_the_sdk(
    prompt: Prompt, make_key: MakeKey, get: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[fetchers.Seen] = []
    monkeypatch.setattr(fetchers, "note", noted.append)
    new = make_key()
    sdk = {"X-Langfuse-Sdk-Name": "python", "X-Langfuse-Sdk-Version": "5.0.4"}
    get(f"{PATH}?label=canary", secret=new.secret, **sdk)
    get(f"{PATH}?version=1", secret=new.secret, **{"X-Langfuse-Sdk-Name": "langfuse-js"})
    get(secret=new.secret)
    get(f"{PATH}?label=latest", secret=new.secret, **{"X-Langfuse-Sdk-Name": "x;y=" + "z" * 2000})
    get(f"{PATH}?label=nothing", secret=new.secret)
    assert [(seen.key, seen.prompt) for seen in noted] == [(new.key.pk, prompt.pk)] * 4
    assert [seen.asked for seen in noted] == ["canary", "1.0.0", "production", "1.0.0"]
    assert [seen.client for seen in noted[:3]] == ["langfuse python/5.0.4", "langfuse-js", ""]
    assert len(noted[3].client) == 1000
    assert ";" not in noted[3].client
