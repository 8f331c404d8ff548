"""Keys: made by an admin, kept as a hash, known while they live, worthless once revoked."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt
from registry.release.models import Generation
from registry.runtime import last_used
from registry.runtime.key_format import digest_of, new_key
from registry.runtime.keys import authenticate, create_key, revoke_key
from registry.runtime.models import ApiKey
from tests import stages
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db


def test_a_new_key_is_known_and_kept_only_as_a_hash(shop: World, make_key: MakeKey) -> None:
    new = make_key("read", labels=("staging", "production"))
    stored = ApiKey.objects.filter(pk=new.key.pk).values()[0]
    assert authenticate(new.secret) == new.key
    assert new.secret not in str(stored)
    assert stored["sha256"] == digest_of(new.secret)
    assert (stored["scopes"], stored["labels"]) == (["read"], ["production", "staging"])
    assert new.langfuse_pair == (f"pk-pcms-{new.key.public_id}", new.secret)
    assert new.secret not in str(list(Event.objects.values()))


def test_making_a_key_needs_the_role_admin(shop: World) -> None:
    fields: dict[str, Any] = {"name": "app", "scopes": ["read"], "labels": ["production"]}
    with pytest.raises(NotPermitted, match="admin"):
        create_key(shop.project, **fields, actor=shop.actor("lea"))
    assert create_key(shop.project, **fields, actor=shop.actor("ada")).key.pk


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"labels": []}, "labels"),
        ({"labels": ["prod"]}, "labels"),
        ({"expires_at": database_now}, "expires"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_by_field(
    shop: World, fields: dict[str, Any], field: str
) -> None:
    right: dict[str, Any] = {"name": "app", "scopes": ["read"], "labels": ["production"]}
    wrong = {k: v() if callable(v) else v for k, v in {**right, **fields}.items()}
    with pytest.raises(Refused) as refused:
        create_key(shop.project, **wrong, actor=shop.actor("ada"))
    assert refused.value.field == field
    assert create_key(shop.project, **right, actor=shop.actor("ada")).key.name == "app"


def test_a_key_without_the_scope_read_has_no_labels(make_key: MakeKey) -> None:
    assert make_key("ingest").key.labels == []


def test_a_revoked_key_is_unknown_at_once(
    shop: World, prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    kept, lost = make_key(), make_key()
    assert get(secret=lost.secret).status_code == 200
    revoke_key(lost.key, actor=shop.actor("ada"), reason="The laptop was lost.")
    assert get(secret=lost.secret).status_code == 401
    assert get(secret=kept.secret).status_code == 200
    event = Event.objects.get(action="api_key.revoked")
    assert (event.reason, event.actor_name) == ("The laptop was lost.", "ada")


def test_revoking_twice_is_refused_and_needs_the_role(shop: World, make_key: MakeKey) -> None:
    new = make_key()
    with pytest.raises(NotPermitted):
        revoke_key(new.key, actor=shop.actor("rui"), reason="No.")
    assert authenticate(new.secret)
    revoke_key(new.key, actor=shop.actor("ada"), reason="Lost.")
    with pytest.raises(Refused, match="revoked before"):
        revoke_key(new.key, actor=shop.actor("ada"), reason="Lost.")


def test_making_and_revoking_a_key_raise_the_generation(shop: World, make_key: MakeKey) -> None:
    new = make_key()
    made = Generation.objects.get().number
    revoke_key(new.key, actor=shop.actor("ada"), reason="Lost.")
    assert Generation.objects.get().number == made + 1


def test_a_key_lives_until_it_expires(make_key: MakeKey) -> None:
    new = make_key(expires_at=database_now() + timedelta(hours=1))
    assert authenticate(new.secret)
    ApiKey.objects.filter(pk=new.key.pk).update(expires_at=database_now() - timedelta(seconds=1))
    assert authenticate(new.secret) is None


def test_keys_of_a_hidden_project_are_worthless(shop: World, key: str) -> None:
    assert authenticate(key)
    type(shop.project).objects.filter(pk=shop.project.pk).update(hidden_at=database_now())
    assert authenticate(key) is None


def test_what_is_no_key_costs_no_query(django_assert_num_queries: Any, key: str) -> None:
    with django_assert_num_queries(0):
        assert authenticate(key[:-1] + ("a" if key[-1] != "a" else "b")) is None
    with django_assert_num_queries(1):
        assert authenticate(key)


def test_every_fault_of_a_key_gets_the_same_answer(
    shop: World, prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    revoked, expired = make_key(), make_key()
    revoke_key(revoked.key, actor=shop.actor("ada"), reason="Lost.")
    ApiKey.objects.filter(pk=expired.key.pk).update(expires_at=database_now())
    faults = [revoked.secret, expired.secret, new_key(["read"]), "pcms_read_x", ""]
    answers = [get(secret=secret) for secret in faults]
    answers += [Client().get("/api/v1/prompts/support/system")]
    answers += [get(Authorization="Basic " + "QWxhZGRpbjpvcGVu")]
    assert {a.status_code for a in answers} == {401}
    assert len({a.content for a in answers}) == 1
    assert {a["WWW-Authenticate"] for a in answers} == {'Bearer realm="promptcms"'}
    assert answers[0].json()["error"] == "unauthorized"


def test_a_key_in_the_address_is_refused_even_with_a_good_header(
    prompt: Prompt, key: str, get: Get
) -> None:
    for query in (f"?key={key}", f"?label={key.replace('_', '%5F')}"):
        answer = get(f"support/system{query}")
        assert (answer.status_code, answer.json()["error"]) == (401, "key_in_address")
        assert "header" in answer.json()["message"]
    assert get().status_code == 200


def test_a_key_reads_only_its_own_project(prompt: Prompt, key: str, get: Get) -> None:
    other = stages.world("bank")
    foreign = create_key(
        other.project,
        name="bank-api",
        scopes=["read"],
        labels=["production"],
        actor=other.actor("ada"),
    )
    assert get(secret=foreign.secret).status_code == 404
    assert get(secret=foreign.secret).json()["error"] == "prompt_not_found"
    assert get().status_code == 200


def test_a_key_without_the_scope_read_cannot_fetch(
    prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    answer = get(secret=make_key("ingest").secret)
    assert (answer.status_code, answer.json()["error"]) == (403, "scope_missing")
    assert get(secret=make_key("ingest", "read").secret).status_code == 200


def test_last_use_is_written_beside_the_requests_at_most_once_a_minute(
    prompt: Prompt, make_key: MakeKey, get: Get, django_assert_num_queries: Any
) -> None:
    new = make_key()
    get(secret=new.secret)
    assert last_use(new.key) is None
    last_used.flush()
    first = last_use(new.key)
    assert first
    assert abs(database_now() - first) < timedelta(seconds=30)
    get(secret=new.secret)
    last_used.flush()
    assert last_use(new.key) == first
    ApiKey.objects.filter(pk=new.key.pk).update(last_used_at=first - timedelta(minutes=2))
    get(secret=new.secret)
    last_used.flush()
    assert last_use(new.key) >= first
    with django_assert_num_queries(0):
        last_used.flush()


def last_use(key: ApiKey) -> Any:
    return ApiKey.objects.get(pk=key.pk).last_used_at


def test_two_keys_live_beside_each_other_for_a_rotation(
    prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    old, new = make_key(), make_key()
    assert {get(secret=k.secret).status_code for k in (old, new)} == {200}
