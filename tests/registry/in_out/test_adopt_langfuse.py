"""A Langfuse export becomes prompts with their history, and applications get it at once."""

import json
from typing import Any

import pytest
from django.test import Client

from registry.audit.models import Event
from registry.audit.verify import verify
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from registry.prompts.in_out.adopt import adopt
from registry.prompts.in_out.adopt_run import AdoptRow, adopt_run, read_histories
from registry.prompts.in_out.files import TextFile
from registry.prompts.in_out.langfuse import ExportError
from registry.prompts.models import Adoption, Prompt, Version
from registry.release.models import LabelEvent
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db
NAME = "Support / System Prompt"


def row(version: int, prompt: Any, **fields: Any) -> dict[str, Any]:
    """Return a version as Langfuse's API answers it."""
    return {
        "id": f"c{version}", "createdAt": f"2025-03-0{version}T10:00:00.000Z", "name": NAME,
        "updatedAt": "2025-04-01T10:00:00.000Z", "projectId": "p", "createdBy": "mia",
        "prompt": prompt, "version": version, "type": "text", "isActive": None, "config": {},
        "tags": ["support"], "labels": [], "commitMessage": None, **fields,
    }  # fmt: skip


HISTORY = [
    row(1, "You are an agent of {{company}}. Be polite."),
    row(2, "You are an agent of {{company}}.  Be polite.", commitMessage="Spacing"),
    row(4, "You are an agent of {{company}}. Be polite. Your plan: {{plan}}.",
        labels=["production", "eu"], config={"model": "gpt-4o", "temperature": 0.5}),
    row(7, "You are an agent of {{company}}. Be polite and short. Your plan: {{plan}}.",
        labels=["staging", "latest"], config={"model": "gpt-4o", "temperature": 0.5}),
]  # fmt: skip


def report(world: World, value: Any) -> list[AdoptRow]:
    """Return the dry run of an export."""
    histories = read_histories([TextFile("langfuse.json", json.dumps(value))])
    return adopt_run(world.project, histories, {})


def adopted(world: World, value: Any, by: str = "ada") -> list[Prompt]:
    """Adopt an export."""
    rows = report(world, value)
    return adopt(world.project, rows=rows, reason="We move here.", actor=world.actor(by))


def problem(world: World, value: Any) -> str:
    """Return the first problem of the first prompt of an export."""
    return report(world, value)[0].problems[0]


@pytest.mark.parametrize(
    "shape",
    [
        HISTORY,
        {"data": HISTORY, "meta": {"page": 1}},
        [{"data": HISTORY[2:]}, {"data": HISTORY[:2], "meta": {}}],
    ],
)
def test_integers_stay_revisions_and_numbers_follow_from_what_changed(
    shop: World, shape: Any
) -> None:
    (prompt,) = adopted(shop, shape)
    versions = Version.objects.filter(prompt=prompt).order_by("revision")
    assert [(v.revision, v.semver, v.bump) for v in versions] == [
        (1, "1.0.0", "MAJOR"),
        (2, "1.0.1", "PATCH"),
        (4, "2.0.0", "MAJOR"),
        (7, "2.1.0", "MINOR"),
    ]
    assert [v.base and v.base.revision for v in versions] == [None, 1, 2, 4]
    assert versions[0].change_reason == "Version 1 in Langfuse, which gave no reason."
    assert versions[1].change_reason == "Spacing"
    assert versions[2].origin == {
        "source": "langfuse",
        "author": "mia",
        "at": "2025-03-04T10:00:00.000Z",
        "labels": ["production", "eu"],
    }
    assert {v.release.state for v in versions} == {"draft"}
    assert {v.author for v in versions} == {shop.person("ada")}
    assert prompt.name == "support/system-prompt"
    assert (prompt.title, prompt.tags) == (NAME, ["support"])


def test_a_fetch_answers_at_once_also_under_the_old_name(shop: World) -> None:
    adopted(shop, HISTORY)
    head = {"Authorization": f"Bearer {stages.key(shop).secret}"}
    answer = Client().get("/api/v1/prompts/support/system-prompt", headers=head).json()
    assert (answer["version"], answer["revision"], answer["label_rev"]) == ("2.0.0", 4, 1)
    assert answer["config"] == {"model": "gpt-4o", "temperature": 0.5}
    old = Client().get(f"/api/v1/prompts/{NAME}", {"label": "staging"}, headers=head).json()
    assert (old["name"], old["version"]) == ("support/system-prompt", "2.1.0")
    ledger = LabelEvent.objects.order_by("id").values_list("name", "reason")
    assert list(ledger) == [("production", "We move here."), ("staging", "We move here.")]


def test_the_audit_trail_says_who_adopted_what_and_holds(shop: World) -> None:
    (prompt,) = adopted(shop, HISTORY)
    event = Event.objects.get(action="prompt.adopted")
    assert json.loads(event.after) == {
        "source": "langfuse", "name_there": NAME, "versions": 4, "labels": 2,
    }  # fmt: skip
    assert event.actor == shop.person("ada")
    assert Adoption.objects.get().prompt == prompt
    assert list(verify()) == []


def test_an_adopted_history_goes_on_like_any_other(shop: World) -> None:
    (prompt,) = adopted(shop, HISTORY)
    base = Version.objects.get(prompt=prompt, revision=7)
    assert stages.saved(shop, prompt, base.content + " Smile.", base=base).revision == 8


def test_chats_keep_placeholders_and_lose_only_what_is_said(shop: World) -> None:
    chat = [
        {"type": "chatmessage", "role": "system", "content": "Be {{tone}}."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "Hi", "tool_calls": []},
    ]
    (found,) = report(shop, row(1, chat, type="chat"))
    assert found.notes == ("Left out of the messages: tool_calls.",)
    (prompt,) = adopted(shop, row(1, chat, type="chat"))
    assert Version.objects.get(prompt=prompt).content == [
        {"role": "system", "content": "Be {{tone}}."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "Hi"},
    ]


def test_labels_that_mean_nothing_here_are_named_and_left(shop: World) -> None:
    (found,) = report(shop, HISTORY)
    assert [(name, str(v.number)) for name, v in found.labels] == [
        ("production", "2.0.0"), ("staging", "2.1.0"),
    ]  # fmt: skip
    assert found.history.left_out == ("eu (version 4)",)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({**row(1, "x"), "version": "1.2"}, "must be a whole number"),
        ([{"name": "x", "versions": [1], "labels": []}], "only the list of names"),
        ([1], "is no prompt"),
        ([], "no prompt in it"),
        ([row(1, "x"), row(1, "y")], "is there twice"),
        (row(0, "x"), "out of range"),
        (row(1, "x", name="a\ud800"), "The name in langfuse.json, row 1"),
        (row(1, "x", name="a\x00"), "The name in langfuse.json, row 1"),
        ({"\ud800": 1}, "half of a character"),
    ],
)
def test_what_is_no_export_is_refused_with_what_to_give(shop: World, value: Any, said: str) -> None:
    with pytest.raises(ExportError, match=said):
        report(shop, value)


def test_what_cannot_be_kept_is_named_with_its_version(shop: World) -> None:
    moved = [row(1, "x", labels=["production"]), row(2, "y", labels=["production"])]
    assert "stands on the versions 1 and 2" in problem(shop, moved)
    included = row(3, "x @@@langfusePrompt:name=a|label=b@@@")
    assert problem(shop, included).startswith("Version 3: It includes another prompt")
    kinds = [row(1, "x"), row(2, [{"role": "user", "content": "x"}], type="chat")]
    assert "Version 1: This one is a text prompt" in problem(shop, kinds)
    assert "Version 1: The prompt is empty" in problem(shop, row(1, " "))
    secret = "sk-proj-" + "aB3" * 12
    assert "looks like a secret" in problem(shop, row(1, f"Use {secret}."))
    assert secret not in problem(shop, row(1, f"Use {secret}."))


def test_a_prompt_that_has_versions_here_is_not_adopted_and_nothing_else_is(shop: World) -> None:
    stages.saved(shop, stages.prompt_named(shop, "support/system-prompt"))
    other = [{**entry, "name": "other"} for entry in HISTORY]
    said = problem(shop, [*HISTORY, *other][:4])
    assert "choose another name, or leave it out" in said
    with pytest.raises(Refused, match="1 of 2 prompts must be put right"):
        adopted(shop, [*HISTORY, *other])
    assert Prompt.objects.count() == 1


def test_an_empty_prompt_here_takes_its_history_over(shop: World) -> None:
    empty = stages.prompt_named(shop, "support/system-prompt")
    assert adopted(shop, HISTORY) == [empty]
    assert empty.versions.count() == 4
    with pytest.raises(Refused):  # once only
        adopted(shop, HISTORY)


def test_only_an_admin_adopts_and_says_why(shop: World) -> None:
    with pytest.raises(NotPermitted, match="role admin"):
        adopted(shop, HISTORY, by="lea")
    with pytest.raises(ContentError, match="one sentence"):
        adopt(shop.project, rows=report(shop, HISTORY), reason=" ", actor=shop.actor("ada"))
    assert Prompt.objects.count() == 0
