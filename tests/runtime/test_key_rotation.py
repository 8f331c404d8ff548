"""Rotation: two keys of one application live beside each other, and the old one is seen to rest."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt
from registry.prompts.rename import rename_prompt
from registry.release.models import Change
from registry.runtime.key_format import PATTERN
from registry.runtime.keys import NewKey, end_keys, revoke_key
from registry.runtime.models import ApiKey
from registry.runtime.replace_key import replace_key
from tests import stages
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

PAGE = "/projects/shop/keys"


@pytest.fixture
def old(make_key: MakeKey) -> NewKey:
    return make_key("read", "stop", labels=("production", "staging"))


@pytest.fixture
def ada(shop: World) -> Client:
    client = Client()
    client.force_login(shop.person("ada"))
    return client


@pytest.fixture
def replaced(shop: World) -> Callable[..., NewKey]:
    """Replace a key as Ada."""

    def replace(key: ApiKey, **fields: object) -> NewKey:
        return replace_key(key, actor=shop.actor("ada"), reason="Quarterly.", **fields)  # type: ignore[arg-type]

    return replace


def test_both_keys_of_a_rotation_fetch_until_the_old_one_is_revoked(
    shop: World, prompt: Prompt, old: NewKey, replaced: Callable[..., NewKey], get: Get
) -> None:
    new = replaced(old.key)
    assert (new.key.name, new.key.scopes, new.key.labels, new.key.replaces) == (
        old.key.name,
        ["read", "stop"],
        ["production", "staging"],
        old.key,
    )
    assert {get(secret=key.secret).status_code for key in (old, new)} == {200}
    revoke_key(old.key, actor=shop.actor("ada"), reason="Switched over.")
    assert [get(secret=key.secret).status_code for key in (old, new)] == [401, 200]


def test_there_are_never_three_keys_of_one_rotation(
    shop: World, old: NewKey, replaced: Callable[..., NewKey]
) -> None:
    new = replaced(old.key)
    with pytest.raises(Refused, match="takes its place already"):
        replaced(old.key)
    with pytest.raises(Refused, match="still takes the place of"):
        replaced(new.key)
    revoke_key(new.key, actor=shop.actor("ada"), reason="Made by mistake.")
    again = replaced(old.key)
    revoke_key(old.key, actor=shop.actor("ada"), reason="Switched over.")
    assert replaced(again.key).key.replaces == again.key
    with pytest.raises(Refused, match="has ended"):
        replaced(old.key)


def test_the_old_key_ends_when_it_was_said_and_never_later_than_before(
    old: NewKey, make_key: MakeKey, replaced: Callable[..., NewKey]
) -> None:
    soon, late = (database_now() + timedelta(days=days) for days in (1, 7))
    short = make_key(expires_at=soon)
    replaced(old.key, old_ends_at=late)
    replaced(short.key, old_ends_at=late)
    assert ApiKey.objects.get(pk=old.key.pk).expires_at == late
    assert ApiKey.objects.get(pk=short.key.pk).expires_at == soon
    with pytest.raises(Refused, match="ended already"):
        replaced(make_key().key, old_ends_at=database_now() - timedelta(days=1))


def test_the_trail_and_the_readers_learn_of_a_rotation(
    old: NewKey, replaced: Callable[..., NewKey]
) -> None:
    before = Change.objects.filter(kind="key").count()
    new = replaced(old.key)
    event = Event.objects.get(action="api_key.replaced")
    assert event.reason == "Quarterly."
    assert old.key.public_id in str(event.before)
    made = Event.objects.filter(action="api_key.created").latest("id")
    assert f'"replaces":"{old.key.public_id}"' in str(made.after).replace(" ", "").replace("'", '"')
    assert new.secret not in str(made.after)
    assert Change.objects.filter(kind="key").count() == before + 1


def test_only_who_manages_keys_replaces_one(shop: World, old: NewKey) -> None:
    with pytest.raises(NotPermitted):
        replace_key(old.key, actor=shop.actor("lea"), reason="I would like to.")
    lea = Client()
    lea.force_login(shop.person("lea"))
    assert lea.post(f"{PAGE}/{old.key.pk}/replace", {"reason": "Please."}).status_code == 403
    assert ApiKey.objects.count() == 1


def test_the_page_shows_the_new_key_once_and_then_whether_the_old_one_rests(
    old: NewKey, ada: Client
) -> None:
    assert f"{old.key.pk}/replace" in ada.get(PAGE).content.decode()
    path = f"{PAGE}/{old.key.pk}/replace"
    assert ada.post(path, {"reason": ""}).status_code == 400
    made = ada.post(path, {"reason": "Quarterly.", "old_ends": "7", "expires": "365"})
    (secret,) = set(PATTERN.findall(made.content.decode()))
    new = ApiKey.objects.get(replaces=old.key)
    assert new.public_id in secret
    assert "Takes the place of" in made.content.decode()

    ApiKey.objects.filter(pk=old.key.pk).update(last_used_at=database_now())
    listed = ada.get(PAGE).content.decode()
    assert "replaced, new one not used yet" in listed
    ApiKey.objects.filter(pk=new.pk).update(last_used_at=database_now())
    listed = ada.get(PAGE).content.decode()
    assert "replaced, still used" in listed
    ApiKey.objects.filter(pk=new.pk).update(last_used_at=None)
    assert f"Switch it over to {new.public_id}" in listed
    revoke = f"{PAGE}/{old.key.pk}/revoke"
    ApiKey.objects.filter(pk=old.key.pk).update(last_used_at=database_now() - timedelta(hours=1))
    assert "replaced, new one not used yet" in ada.get(PAGE).content.decode()
    assert "was not used yet" in ada.get(revoke).content.decode()
    ApiKey.objects.filter(pk=new.pk).update(last_used_at=database_now())
    listed = ada.get(PAGE).content.decode()
    assert "note warn" not in ada.get(revoke).content.decode()
    assert "replaced, quiet" in listed
    assert "Not since" in listed
    assert "It can be revoked." in listed
    assert "takes its place already" in ada.get(path).content.decode()


def test_the_command_replaces_a_key_by_its_id(old: NewKey) -> None:
    out = StringIO()
    call_command("replace_api_key", old.key.public_id, "--old-ends-days", "7", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert ApiKey.objects.get(public_id=told["id"]).replaces == old.key
    assert ApiKey.objects.get(pk=old.key.pk).expires_at is not None
    with pytest.raises(CommandError, match="takes its place already"):
        call_command("replace_api_key", old.key.public_id)
    with pytest.raises(CommandError, match="There is no key 'nothing1'"):
        call_command("replace_api_key", "nothing1")


def test_hiding_a_project_is_told_to_the_readers_with_and_without_a_key(
    shop: World, old: NewKey
) -> None:
    for keys in (1, 0):
        before = Change.objects.filter(kind="key").count()
        end_keys(shop.project, actor=shop.actor("ada"), reason="We start for real.")
        assert Change.objects.filter(kind="key").count() == before + keys + 1
    assert ApiKey.objects.get().revoked_at


def test_a_new_name_is_told_to_the_readers_so_that_a_cached_404_ends(shop: World) -> None:
    prompt = stages.prompt_named(shop, "billing/dunning")
    assert Change.objects.get(kind="name").prompt == prompt
    rename_prompt(
        prompt,
        name="billing/reminder",
        seen=prompt.name,
        actor=shop.actor("ana"),
        reason="Clearer.",
    )
    assert Change.objects.filter(kind="name").count() == 2
