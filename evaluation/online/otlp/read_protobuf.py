"""Spans from `application/x-protobuf`: an ExportTraceServiceRequest."""

from collections.abc import Iterable

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from evaluation.online.otlp.crowd import refuse_crowds
from evaluation.online.otlp.names import EVALUATION, OF_EVENT, OF_SPAN
from evaluation.online.otlp.spans import (
    EVENTS_READ,
    FAILED,
    Attributes,
    Evaluation,
    Span,
    UndecodableError,
    Value,
    check_count,
)


def read_protobuf(body: bytes) -> list[Span]:
    """Return the spans in `body`; an empty one holds none.

    Raises UndecodableError, TooLargeError.
    """
    refuse_crowds(body)
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise UndecodableError(
            "The body is not a protobuf ExportTraceServiceRequest. Check the exporter's protocol: "
            "http/protobuf, or http/json with the content type application/json."
        ) from None
    spans = [
        span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    found = [_span(span) for span in spans]
    check_count(found)
    return found


def _span(span: trace_pb2.Span) -> Span:
    return Span(
        trace=span.trace_id.hex(),
        span=span.span_id.hex(),
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        failed=int(span.status.code) == FAILED,
        attributes=_attributes(span.attributes, OF_SPAN),
        evaluations=tuple(
            Evaluation(event.time_unix_nano, _attributes(event.attributes, OF_EVENT))
            for event in span.events[:EVENTS_READ]
            if event.name == EVALUATION
        ),
    )


def _attributes(pairs: Iterable[KeyValue], wanted: frozenset[str]) -> Attributes:
    """Return those of the wanted names that hold a text, a number, true or false."""
    found: Attributes = {}
    for pair in pairs:
        if pair.key in wanted:
            value = _value(pair.value)
            if value is not None:
                found[pair.key] = value
    return found


def _value(value: AnyValue) -> Value | None:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
    return None
