"""Random bodies at every door of SDKs and tracers: always JSON, and never a fault of ours."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.online.langfuse.conftest import CALL, TRACE
from tests.runtime.langfuse.conftest import basic, pair_of
from tests.runtime.test_fuzz import few_seconds

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
ODD = st.sampled_from(
    [None, True, "", "\x00", "\ud800", "x" * 2000, [], {}, [[1]], 2**70, -1, 1e308, float("inf")]
)
NAME = st.sampled_from(["support/system", "tone", "1.0.0", "v1.0.0", "1"]) | st.text(max_size=8)
MOMENT = st.datetimes().map(str) | st.sampled_from(["2026-11-21T19:00:00Z", "24:61", "T"])
ID = st.sampled_from([TRACE, CALL, "g1"])
KIND = st.sampled_from(["score-create", "generation-create", "generation-update", "trace-create"])
BODY = st.fixed_dictionaries(
    {},
    optional={
        "id": ID | ODD,
        "traceId": ID | ODD,
        "observationId": ID | ODD,
        "name": NAME | ODD,
        "value": st.floats() | ODD,
        "dataType": st.sampled_from(["NUMERIC", "BOOLEAN", "TEXT"]) | ODD,
        "metadata": st.fixed_dictionaries({"prompt_name": NAME | ODD, "prompt_version": NAME | ODD})
        | ODD,
        "timestamp": MOMENT | ODD,
        "startTime": MOMENT | ODD,
        "endTime": MOMENT | ODD,
        "promptName": NAME | ODD,
        "promptVersion": st.integers() | NAME | ODD,
        "usage": st.dictionaries(st.sampled_from(["input", "output", "totalCost"]), ODD) | ODD,
        "level": NAME | ODD,
    },
)
EVENT = st.fixed_dictionaries(
    {"id": ID | ODD, "type": KIND | ODD, "body": BODY | ODD, "timestamp": MOMENT | ODD}
)
ATTRIBUTE = st.builds(
    lambda key, kind, value: {"key": key, "value": {f"{kind}Value": value}},
    st.sampled_from(["prompt.name", "prompt.version", "prompt.epoch", "prompt.rollout"]),
    st.sampled_from(["string", "int", "double"]),
    NAME | ODD,
)
SPAN = st.fixed_dictionaries(
    {"traceId": st.just(TRACE), "spanId": st.just(CALL), "attributes": st.lists(ATTRIBUTE)},
    optional={"startTimeUnixNano": st.integers(0, 2**64) | ODD, "endTimeUnixNano": ODD},
)
SENT = st.one_of(
    st.tuples(st.just("scores"), BODY | ODD | st.lists(BODY | ODD, max_size=4)),
    st.tuples(st.just("ingestion"), st.fixed_dictionaries({"batch": st.lists(EVENT | ODD)})),
    st.tuples(
        st.just("otel/v1/traces"),
        st.lists(SPAN, max_size=3).map(
            lambda spans: {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
        ),
    ),
)


@given(SENT)
@settings(few_seconds, max_examples=200)
def test_nonsense_is_answered_in_json_and_never_with_a_fault(
    key: str, sent: tuple[str, Any]
) -> None:
    path, body = sent
    answer = Client(raise_request_exception=False).post(
        f"/api/public/{path}",
        json.dumps(body).encode(),
        content_type="application/json",
        headers={"Authorization": basic(pair_of(key))},
    )
    assert answer.status_code in (200, 202, 207, 400), (path, answer.content[:300])
    assert isinstance(answer.json(), dict)
