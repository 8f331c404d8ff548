"""Any address of the API, asked as an application does."""

from typing import Protocol

import pytest
from django.http import HttpResponse
from django.test import Client


class Ask(Protocol):
    """Ask `/api/v1/<path>` with a key; `secret` "" sends none."""

    def __call__(
        self, path: str, *, secret: str | None = None, method: str = "GET", **headers: str
    ) -> HttpResponse: ...


@pytest.fixture
def ask(key: str) -> Ask:
    client = Client()

    def send(
        path: str, *, secret: str | None = None, method: str = "GET", **headers: str
    ) -> HttpResponse:
        secret = key if secret is None else secret
        sent = {"Authorization": f"Bearer {secret}"} if secret else {}
        return client.generic(method, f"/api/v1/{path}", headers={**sent, **headers})

    return send
