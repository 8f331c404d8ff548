"""`/v1/traces` and its Langfuse address: who is let in, what is answered, and what is counted."""

import gzip
import itertools
import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from evaluation.online.models import IntakeCount, WaitingScore
from registry.audit.clock import database_now
from registry.runtime.keys import revoke_key
from tests import stages
from tests.evaluation.online.otlp.spans import (
    JSON,
    OURS,
    PROTOBUF,
    as_json,
    counted,
    request,
    span,
)
from tests.runtime.langfuse.conftest import basic, pair_of
from tests.stages import World

pytestmark = pytest.mark.django_db
ADDRESSES = ["/v1/traces", "/api/public/otel/v1/traces"]
Send = Callable[..., HttpResponse]


@pytest.fixture
def shop(db: None) -> World:
    """The shop, with support/system 1.0.0 in production."""
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world))
    return world


@pytest.fixture
def key(shop: World) -> str:
    return stages.key(shop, "ingest").secret


@pytest.fixture
def send(key: str) -> Send:
    """Send a body as an exporter does; by default one good span in protobuf."""
    client = Client()

    def sent(
        body: bytes | None = None,
        kind: str = PROTOBUF,
        address: str = ADDRESSES[0],
        authorization: str = f"Bearer {key}",
        **headers: str,
    ) -> HttpResponse:
        if body is None:
            body = request(span()).SerializeToString()
        sent_headers = {"Authorization": authorization, **headers}
        # Once more as a variable: Django leaves the type out where there is no body.
        extra: Any = {"CONTENT_TYPE": kind}
        return client.post(address, body, content_type=kind, headers=sent_headers, **extra)

    return sent


def partly(answer: HttpResponse) -> tuple[int, str]:
    """Return how many spans were rejected, and why, in either encoding."""
    if answer["Content-Type"] == JSON:
        said: dict[str, Any] = answer.json().get("partialSuccess", {})
        return int(said.get("rejectedSpans", 0)), said.get("errorMessage", "")
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    return partial.rejected_spans, partial.error_message


@pytest.mark.parametrize("address", ADDRESSES)
def test_full_success_is_answered_in_the_encoding_of_the_request(send: Send, address: str) -> None:
    protobuf = send(address=address)
    assert (protobuf.status_code, protobuf.content, protobuf["Content-Type"]) == (
        200,
        b"",
        PROTOBUF,
    )
    body = as_json(request(span(number=2)))
    as_text = send(body, f"{JSON}; charset=utf-8", address=address)
    assert (as_text.status_code, as_text.content, as_text["Content-Type"]) == (200, b"{}", JSON)
    assert counted() == {"1.0.0": (2, 0)}
    assert not protobuf.cookies


def test_calls_are_counted_with_their_figures_once_however_often_they_are_sent(send: Send) -> None:
    tokens = OURS | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}
    body = request(
        span(tokens, scores={"faithfulness": 0.75}),
        span(failed=True, number=2, trace=2),
        span({"http.method": "GET"}, number=3, trace=2, failed=True),
    ).SerializeToString()
    for packed, encoding in (
        (body, ""),
        (gzip.compress(body), "gzip"),
        (zlib.compress(body), "deflate"),
    ):
        assert send(packed, **{"Content-Encoding": encoding}).status_code == 200
    assert counted() == {"1.0.0": (2, 1)}
    assert counted("tokens") == {"1.0.0": (1, 120)}
    assert counted("score:faithfulness") == {"1.0.0": (1, 0.75)}
    assert counted("latency")["1.0.0"][0] == 2


def test_a_revision_and_both_ways_of_signing_in_lead_to_the_same_place(
    send: Send, key: str
) -> None:
    langfuse = {
        "langfuse.observation.prompt.name": "support/system",
        "langfuse.observation.prompt.version": 1,
    }
    body = request(span(langfuse)).SerializeToString()
    assert send(body, authorization=basic(pair_of(key))).status_code == 200
    assert counted() == {"1.0.0": (1, 0)}


def test_spans_that_cannot_be_counted_are_told_and_the_others_kept(send: Send) -> None:
    body = request(
        span(),
        span({"prompt.name": "support/unknown", "prompt.version": "1.0.0"}, number=2),
        span({"prompt.name": "support/system", "prompt.version": "9.0.0"}, number=3),
        span({"prompt.name": "support/system"}, number=4),
        span({"x": "y"}, number=5),
    )
    for sent, kind in ((body.SerializeToString(), PROTOBUF), (as_json(body), JSON)):
        answer = send(sent, kind)
        assert answer.status_code == 200
        rejected, why = partly(answer)
        assert rejected == 3
        for words in ("support/unknown", "no version '9.0.0'", "set prompt.version"):
            assert words in why
    assert counted() == {"1.0.0": (1, 0)}
    refused = IntakeCount.objects.filter(door="otlp").exclude(outcome__in=("taken", "again"))
    assert {row.outcome for row in refused} == {"unknown_prompt", "unknown_version", "invalid"}


def test_a_judges_own_span_scores_the_call_in_its_trace_also_when_it_comes_first(
    send: Send,
) -> None:
    judged = span({}, number=9, trace=7, scores={"tone": 0.5, "stars": 4})
    rejected, why = partly(send(request(judged).SerializeToString()))
    assert rejected == 0
    assert "A score is 0 to 1" in why
    assert counted("score:tone") == {}
    assert WaitingScore.objects.count() == 1
    send(request(span(trace=7)).SerializeToString())
    assert counted("score:tone") == {"1.0.0": (1, 0.5)}
    assert WaitingScore.objects.count() == 0


def test_whoever_may_not_send_is_told_so_and_nothing_is_counted(
    send: Send, shop: World, key: str
) -> None:
    reader = stages.key(shop, "read").secret
    gone = stages.key(shop, "ingest")
    revoke_key(gone.key, actor=shop.actor("ada"), reason="Lost.")
    for address in ADDRESSES:
        for secret in ("", "pcms_ingest_x", gone.secret):
            for authorization in (f"Bearer {secret}", basic(f"pk-pcms-x:{secret}")):
                answer = send(as_json(request(span())), JSON, address, authorization)
                assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
                assert answer["WWW-Authenticate"]
        for authorization in (f"Bearer {reader}", basic(pair_of(reader))):
            answer = send(as_json(request(span())), JSON, address, authorization)
            assert (answer.status_code, answer.json()["error"]) == (403, "scope_missing")
    assert counted() == {}
    both = stages.key(shop, "read", "ingest").secret
    assert send(authorization=basic(pair_of(both))).status_code == 200


def test_another_projects_prompt_is_an_unknown_one(send: Send) -> None:
    stages.in_production(bakery := stages.world("bakery"), stages.prompt_named(bakery, "bread"))
    body = request(span({"prompt.name": "bread", "prompt.version": "1.0.0"}))
    assert partly(send(body.SerializeToString()))[0] == 1
    assert counted() == {}


def test_an_empty_request_is_a_success(send: Send) -> None:
    for body, kind in ((b"", PROTOBUF), (b"", JSON), (b"{}", JSON)):
        assert send(body, kind).status_code == 200


REFUSED: list[tuple[bytes, dict[str, str], int]] = [
    (b"\xff\xff", {}, 400),
    (b"{}", {}, 400),
    (b"[]", {"kind": JSON}, 400),
    (b"[" * 100_000, {"kind": JSON}, 400),
    (b"not gzip", {"Content-Encoding": "gzip"}, 400),
    (b"x", {"Content-Encoding": "br"}, 400),
    (b"x", {"kind": "text/plain"}, 415),
    (b"x", {"kind": "multipart/form-data"}, 415),
    (b"\x00" * (8 * 2**20 + 1), {}, 413),
    (gzip.compress(b"\x00" * (64 * 2**20), 1), {"Content-Encoding": "gzip"}, 413),
]


@pytest.mark.parametrize(("body", "sent", "status"), REFUSED, ids=itertools.count())
def test_what_cannot_be_read_is_refused_once_and_for_all(
    send: Send, body: bytes, sent: dict[str, str], status: int
) -> None:
    answer = send(body, **sent)
    assert answer.status_code == status
    if answer["Content-Type"] == JSON:
        assert answer.json()["message"].endswith(".")
    else:  # google.rpc.Status: its field 2 is the message
        assert answer["Content-Type"] == PROTOBUF
        assert answer.content[0] == 0x12
        assert answer.content.endswith(b".")


def test_only_posts_are_taken_and_nothing_else_below_v1(client: Client) -> None:
    for address in ADDRESSES:
        answer = client.get(address)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
    for address in ("/v1/metrics", "/v1/logs", "/v1/traces/"):
        answer = client.post(address, b"x", content_type=PROTOBUF)
        assert answer.status_code == 404
        assert "/v1/traces" in answer.json()["message"]


def test_old_and_future_spans_are_told(send: Send) -> None:
    now = database_now()
    body = request(
        span(at=now - timedelta(hours=25)),
        span(at=now + timedelta(minutes=6), number=2),
        span({**OURS, "prompt.bucket": 99_999}, number=3),
    )
    body.resource_spans[0].scope_spans[0].spans.add(
        trace_id=b"\x01" * 16,
        span_id=b"\x01" * 8,
        end_time_unix_nano=2**64 - 1,
        attributes=span().attributes,
    )
    rejected, why = partly(send(body.SerializeToString()))
    assert rejected == 4
    for words in ("older than 24 hours", "5 minutes ahead", "bucket"):
        assert words in why


def test_texts_that_no_database_keeps_are_no_fault_of_ours(send: Send) -> None:
    odd = [
        {"prompt.name": "a\x00b", "prompt.version": "1.0.0"},
        {"prompt.name": "\ud800", "prompt.version": "1.0.0"},
        {"prompt.name": "x" * 100_000, "prompt.version": "1.0.0"},
        {**OURS, "prompt.version": "9" * 5000},
        {**OURS, "prompt.version": 2**62},
        {**OURS, "prompt.version": -1},
        {**OURS, "prompt.rollout": 2**62, "prompt.epoch": 2**62},
        {**OURS, "prompt.unit": "\x00" * 10_000, "prompt.label": "\x00"},
    ]
    spans = [
        {
            "traceId": "a" * 32,
            "spanId": f"{n + 1:016x}",
            "startTimeUnixNano": str(int(database_now().timestamp()) * 10**9),
            "attributes": [
                {
                    "key": name,
                    "value": {"stringValue" if isinstance(value, str) else "intValue": value},
                }
                for name, value in attributes.items()
            ],
        }
        for n, attributes in enumerate(odd)
    ]
    document = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    answer = send(json.dumps(document).encode(), JSON)
    assert answer.status_code == 200, answer.content
    assert partly(answer)[0] == 6
