"""A team, its prompt, a receiver of webhooks, and what stands in the outbox."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.notices.announce import announce, skip_to_now
from registry.prompts.models import Prompt
from tests import stages
from tests.registry.notices.receiver import Receiver, receiver
from tests.stages import World

SECRET = "a secret of sixteen or more"
SignIn = Callable[[str], Client]


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production; its past is announced already."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    skip_to_now(shop.project)
    return prompt


@pytest.fixture
def as_(shop: World) -> SignIn:
    """Return a client in which that person just signed in."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(shop.person(name))
        return client

    return sign_in


@pytest.fixture
def team(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver of everything, named `team` in the settings."""
    monkeypatch.setenv("TEAM_SECRET", SECRET)
    with receiver() as server:
        settings.PROMPTCMS_WEBHOOKS = {"team": {"url": server.url, "secret_env": "TEAM_SECRET"}}
        yield server


def announced() -> list[Outbox]:
    """Announce what happened; return the rows that this made, in their order."""
    known = list(Outbox.objects.values_list("pk", flat=True))
    announce(now=database_now())
    rows = Outbox.objects.exclude(pk__in=known).select_related("person", "project")
    return list(rows.order_by("pk"))


def mailed() -> dict[str, list[str]]:
    """Announce what happened; return who hears what by mail, both sorted."""
    found: dict[str, list[str]] = {}
    for row in announced():
        if row.person:
            found.setdefault(row.notice, []).append(row.person.username)
    return {notice: sorted(people) for notice, people in sorted(found.items())}
