"""A client that asks as a Langfuse SDK does: Basic authentication with a pair of keys."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from registry.runtime.key_format import public_id_of

Ask = Callable[..., HttpResponse]
PROMPTS = "v2/prompts"


def pair_of(secret: str) -> str:
    """Return the pair of keys that goes with a key, as `public:secret`."""
    return f"pk-pcms-{public_id_of(secret)}:{secret}"


def basic(pair: str) -> str:
    """Return the header Authorization for a pair of keys."""
    return f"Basic {b64encode(pair.encode()).decode()}"


@pytest.fixture
def ask(key: str) -> Ask:
    """Ask `/api/public/<path>` with the key; `secret`, `method` and headers may be given."""
    client = Client()

    def asked(path: str, *, secret: str = key, method: str = "GET", **headers: Any) -> HttpResponse:
        sent = {"Authorization": basic(pair_of(secret)), **headers}
        return client.generic(method, f"/api/public/{path}", headers=sent)

    return asked


@pytest.fixture
def get(ask: Ask) -> Ask:
    """Ask for a prompt: `name?query`, by default support/system."""

    def got(path: str = "support/system", **more: Any) -> HttpResponse:
        return ask(f"{PROMPTS}/{path}", **more)

    return got
