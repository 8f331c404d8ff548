"""A prompt in production, a key that reads it, and a client that asks as an application does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from registry.prompts.models import Prompt
from registry.runtime.keys import NewKey, create_key
from tests import stages
from tests.stages import World

MakeKey = Callable[..., NewKey]
Get = Callable[..., HttpResponse]
LABELS = ("production", "staging", "canary")


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """The prompt support/system, version 1.0.0 in production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


@pytest.fixture
def make_key(shop: World) -> MakeKey:
    """Make a key of the shop; by default it reads every label."""

    def make(*scopes: str, labels: tuple[str, ...] = LABELS, **fields: Any) -> NewKey:
        return create_key(
            shop.project,
            name="billing-api",
            scopes=scopes or ("read",),
            labels=labels,
            actor=shop.actor("ada"),
            **fields,
        )

    return make


@pytest.fixture
def key(make_key: MakeKey) -> str:
    """The secret of a key that reads every label."""
    return make_key().secret


@pytest.fixture
def get(key: str) -> Get:
    """Fetch `/api/v1/prompts/<path>` with the key; `secret` and headers may be given."""
    client = Client()

    def fetch(path: str = "support/system", *, secret: str = key, **headers: str) -> HttpResponse:
        sent = {"Authorization": f"Bearer {secret}", **headers}
        return client.get(f"/api/v1/prompts/{path}", headers=sent)

    return fetch
