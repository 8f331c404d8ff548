"""Scores and events as the SDKs send them, and a client that sends them with a pair of keys."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from registry.audit.clock import database_now
from tests import stages
from tests.evaluation.online.otlp.spans import PROTOBUF, request, span
from tests.runtime.langfuse.conftest import basic, pair_of
from tests.stages import World

Send = Callable[..., HttpResponse]
TRACE, CALL = f"{1:032x}", f"{1:016x}"  # of `span()`


def score(value: Any = 0.75, **more: Any) -> dict[str, Any]:
    """Return a score as Python 5 sends it."""
    of_call = {"traceId": TRACE, "observationId": CALL}
    return {"id": "s1", **of_call, "name": "tone", "value": value, "dataType": "NUMERIC", **more}


def event(body: Any, kind: str = "score-create", id: str = "e1") -> dict[str, Any]:
    """Return an event as npm 3 sends it."""
    return {"id": id, "type": kind, "timestamp": stamp(), "body": body}


def stamp(seconds_ago: float = 60) -> str:
    """Return a moment as JavaScript writes it."""
    moment = database_now() - timedelta(seconds=seconds_ago)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def shop(db: None) -> World:
    """The shop, with support/system 1.0.0 (revision 1) in production."""
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world))
    return world


@pytest.fixture
def key(shop: World) -> str:
    return stages.key(shop, "read", "ingest").secret


@pytest.fixture
def send(key: str) -> Send:
    """Post JSON to `/api/public/<path>` with the pair of keys."""
    client = Client()

    def sent(path: str, body: Any, secret: str = key) -> HttpResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(
            f"/api/public/{path}",
            data,
            content_type="application/json",
            headers={"Authorization": basic(pair_of(secret))},
        )

    return sent


@pytest.fixture
def call(key: str) -> Callable[[], None]:
    """Report one call of support/system, as the SDKs trace it."""

    def reported() -> None:
        headers = {"Authorization": basic(pair_of(key))}
        body = request(span()).SerializeToString()
        address = "/api/public/otel/v1/traces"
        answer = Client().post(address, body, content_type=PROTOBUF, headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")

    return reported
