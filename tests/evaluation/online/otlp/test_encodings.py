"""Both encodings say the same; what is neither is refused, quickly and in words."""

import contextlib
import gzip
import itertools
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.online.otlp.inflate import inflate
from evaluation.online.otlp.observe import told_by
from evaluation.online.otlp.read_json import read_json
from evaluation.online.otlp.read_protobuf import read_protobuf
from evaluation.online.otlp.spans import LARGEST, TooLargeError, UndecodableError
from tests.evaluation.online.otlp.spans import OURS, as_json, request, span

MIB = 2**20
Reader = Callable[[bytes], object]


def test_json_and_protobuf_of_one_request_are_read_alike() -> None:
    message = request(
        span(OURS | {"prompt.epoch": 3, "gen_ai.usage.cost": 0.5}, scores={"tone": 0.5}),
        span({"input.value": "Ignore all of that."}, number=2, failed=True),
        span({"langfuse.observation.prompt.name": "ü", "prompt.name": ""}, trace=2**127),
    )
    spans = read_protobuf(message.SerializeToString())
    assert read_json(as_json(message)) == spans
    assert [one.failed for one in spans] == [False, True, False]
    assert spans[0].attributes == OURS | {"prompt.epoch": 3, "gen_ai.usage.cost": 0.5}
    assert spans[1].attributes == {}  # nothing but what the table lists is kept


def test_json_is_read_as_browsers_and_langfuse_write_it() -> None:
    """Upper-case ids, 64-bit numbers as text or as numbers, and fields that nobody knows."""
    sent = {
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "EEE19B7EC3C1B174",
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": 1544712661000000000,
        "flags": 257,
        "status": {"code": 2, "message": "timeout"},
        "attributes": [
            {"key": "langfuse.observation.prompt.name", "value": {"stringValue": "faq"}},
            {"key": "langfuse.observation.prompt.version", "value": {"intValue": "7"}},
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": 12}},
            {"key": "gen_ai.usage.output_tokens", "value": {"doubleValue": 5}},
            {"key": "prompt.variant", "value": {"arrayValue": {"values": [{}]}}},
            {"key": "prompt.label"},
        ],
        "new in 2030": [[]],
    }
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [sent]}], "schemaUrl": "x"}]}
    call = told_by(read_json(json.dumps(document).encode())[0]).call
    assert call is not None
    assert call.id == "5b8efff798038103d269b633813fc60c:eee19b7ec3c1b174"
    assert (call.prompt, call.version, call.failed) == ("faq", 7, True)
    assert (call.input_tokens, call.output_tokens, call.latency_ms) == (12, 5, 1000)


@pytest.mark.parametrize("reader", [read_json, read_protobuf])
def test_an_empty_body_holds_no_spans(reader: Reader) -> None:
    assert reader(b"") == []


BROKEN_JSON: list[Any] = [
    [],
    None,
    7,
    {"resourceSpans": {}},
    {"resourceSpans": [7]},
    {"resourceSpans": [{"scopeSpans": [{"spans": ["x"]}]}]},
    {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "no"}]}]}]},
    {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 7}]}]}]},
    {"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "soon"}]}]}]},
    {"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": 2**70}]}]}]},
]


@pytest.mark.parametrize("document", BROKEN_JSON)
def test_json_that_is_no_request_is_refused(document: Any) -> None:
    with pytest.raises(UndecodableError, match=r"\.$"):
        read_json(json.dumps(document).encode())


BROKEN = [b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5000, b"\x00"]


@pytest.mark.parametrize("body", BROKEN, ids=itertools.count())
def test_bytes_that_are_no_json_are_refused(body: bytes) -> None:
    with pytest.raises(UndecodableError, match=r"\.$"):
        read_json(body)


def field(number: int, inner: bytes) -> bytes:
    """Return a protobuf field that holds a message."""
    length, size = len(inner), b""
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + inner


def nested(depth: int) -> bytes:
    """Return a span with an attribute that holds lists within lists."""
    value = b"\x08\x01"
    for _ in range(depth):
        value = field(5, field(1, value))
    return field(1, field(2, field(2, field(9, field(1, b"prompt.name") + field(2, value)))))


BROKEN_PROTOBUF = [
    b"{}",
    b"\x0a\xff",
    b"\x0a" + b"\xff" * 11,
    b"\x00\x00",
    b"\x0b",
    request(span()).SerializeToString()[:-3],
    nested(200),
]


@pytest.mark.parametrize("body", BROKEN_PROTOBUF, ids=itertools.count())
def test_bytes_that_are_no_protobuf_are_refused(body: bytes) -> None:
    with pytest.raises(UndecodableError, match=r"\.$"):
        read_protobuf(body)
    with pytest.raises((UndecodableError, TooLargeError), match=r"\.$"):
        read_protobuf(body + request(*[span()] * 2000).SerializeToString())


CROWDS: dict[str, tuple[Reader, bytes]] = {
    "spans": (read_protobuf, field(1, field(2, b"\x12\x00" * (4 * MIB - 16)))),
    "attributes": (read_protobuf, field(1, field(2, field(2, b"\x4a\x00" * (4 * MIB - 16))))),
    "values": (
        read_protobuf,
        field(1, field(2, field(2, field(9, field(2, field(5, b"\x0a\x00" * 4 * (MIB - 16))))))),
    ),
    "resources": (read_protobuf, b"\x0a\x00" * 4 * MIB),
    "json spans": (
        read_json,
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * 2 * MIB + b"{}]}]}]}",
    ),
    "json lists": (read_json, b"[" + b"[]," * 2 * MIB + b"[]]"),
    "spans over the most": (read_protobuf, request(*[span()] * 20_001).SerializeToString()),
}


@pytest.mark.parametrize("name", CROWDS)
def test_a_body_of_millions_of_tiny_values_is_refused_before_it_fills_the_memory(
    name: str,
) -> None:
    reader, body = CROWDS[name]
    assert len(body) <= LARGEST + 64
    start = time.process_time()
    with pytest.raises(TooLargeError):
        reader(body)
    assert time.process_time() - start < 2


def test_a_batch_of_thousands_of_ordinary_spans_is_no_crowd() -> None:
    many = OURS | {f"gen_ai.attribute.{n}": f"value {n}" for n in range(16)}
    body = request(*[span(many, number=n + 1) for n in range(5_000)]).SerializeToString()
    assert len(body) > MIB
    assert len(read_protobuf(body)) == 5_000


def test_gzip_and_deflate_are_inflated_up_to_the_limit() -> None:
    body = b"x" * 1000
    for encoding, packed in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))):
        assert inflate(packed, encoding) == body
        assert inflate(packed, f" {encoding.upper()} ", largest=1000) == body
        with pytest.raises(TooLargeError):
            inflate(packed, encoding, largest=999)
    assert inflate(body, "") == inflate(body, "identity") == body


def test_a_bomb_is_not_inflated_further_than_the_limit() -> None:
    bomb = gzip.compress(b"\x00" * 256 * MIB, 1)
    start = time.process_time()
    with pytest.raises(TooLargeError):
        inflate(bomb, "gzip")
    assert time.process_time() - start < 1


GZIPPED = gzip.compress(b"x" * 1000)
PACKED = [
    (b"plain", "gzip"),
    (GZIPPED[:-9], "gzip"),
    (GZIPPED[:20], "gzip"),
    (GZIPPED * 2, "gzip"),
    (b"", "gzip"),
    (GZIPPED, "br"),
    (GZIPPED, "gzip, gzip"),
    (GZIPPED, "x" * 5000),
]


@pytest.mark.parametrize(("body", "encoding"), PACKED, ids=itertools.count())
def test_what_cannot_be_inflated_is_refused_in_words(body: bytes, encoding: str) -> None:
    with pytest.raises(UndecodableError, match=r"\.$") as refused:
        inflate(body, encoding)
    assert len(str(refused.value)) < 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("value"), inner),
    max_leaves=3,
)
KEYS = st.sampled_from(["prompt.name", "prompt.version", "gen_ai.usage.input_tokens", "x"])
KINDS = st.sampled_from(["stringValue", "intValue", "doubleValue", "boolValue", "arrayValue"])
ATTRIBUTE = st.fixed_dictionaries(
    {"key": KEYS, "value": st.dictionaries(KINDS, JSON_VALUES, max_size=2) | JSON_VALUES}
)
SPAN = st.fixed_dictionaries(
    {},
    optional={
        "traceId": st.just("a" * 32) | JSON_VALUES,
        "spanId": st.just("b" * 16) | JSON_VALUES,
        "startTimeUnixNano": JSON_VALUES,
        "endTimeUnixNano": st.integers(-(2**65), 2**65) | JSON_VALUES,
        "status": st.fixed_dictionaries({"code": JSON_VALUES}) | JSON_VALUES,
        "attributes": st.lists(ATTRIBUTE, max_size=3) | JSON_VALUES,
        "events": JSON_VALUES,
    },
)


@given(st.lists(SPAN, max_size=2))
def test_whatever_a_span_holds_it_is_read_or_refused(spans: list[Any]) -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    try:
        found = read_json(body)
    except UndecodableError:
        return
    assert len([told_by(span) for span in found]) == len(spans)


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_refused(body: bytes) -> None:
    for reader in (read_json, read_protobuf):
        with contextlib.suppress(UndecodableError):
            assert all(told_by(span) is not None for span in reader(body))
