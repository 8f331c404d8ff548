"""Spans as exporters send them, in both encodings, and what was counted of them."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Sum
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from evaluation.online.models import Rollup

OURS = {"prompt.name": "support/system", "prompt.version": "1.0.0"}
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def span(
    attributes: Mapping[str, Any] | None = None,
    *,
    number: int = 1,
    trace: int = 1,
    seconds: float = 0.5,
    failed: bool = False,
    at: datetime | None = None,
    scores: Mapping[str, Any] | None = None,
) -> Message:
    """Return a span that began at `at` and took so long."""
    start = int((at or datetime.now(UTC) - timedelta(minutes=2)).timestamp() * 1e6) * 1000
    end = start + int(seconds * 1e9)
    message = Message(
        trace_id=trace.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name="chat support",
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=pairs(OURS if attributes is None else attributes),
    )
    if failed:
        message.status.code = Status.STATUS_CODE_ERROR
    for name, value in (scores or {}).items():
        said = {"gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": value}
        message.events.add(
            name="gen_ai.evaluation.result", time_unix_nano=end, attributes=pairs(said)
        )
    return message


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Return attributes as the protocol has them."""
    return [KeyValue(key=key, value=_any(value)) for key, value in attributes.items()]


def request(*spans: Message) -> ExportTraceServiceRequest:
    """Return the request that an exporter sends for `spans`."""
    message = ExportTraceServiceRequest()
    message.resource_spans.add().scope_spans.add().spans.extend(spans)
    return message


def as_json(message: ExportTraceServiceRequest) -> bytes:
    """Return the request as exporters write it in JSON: hexadecimal ids, numbers for enums."""
    document = MessageToDict(message, use_integers_for_enums=True)
    for resource in document.get("resourceSpans", ()):
        for scope in resource.get("scopeSpans", ()):
            for one in scope.get("spans", ()):
                for name in ("traceId", "spanId"):
                    one[name] = b64decode(one.get(name, "")).hex()
    return json.dumps(document).encode()


def counted(metric: str = "error", prompt: str = "support/system") -> dict[str, tuple[int, float]]:
    """Return (n, total) of a metric by the number of the version, over all arms and times."""
    rows = Rollup.objects.filter(
        metric=metric, minutes=Rollup.Length.HOUR, series__prompt__name=prompt
    )
    sums = rows.values(
        "series__version__major", "series__version__minor", "series__version__patch"
    ).annotate(n=Sum("n"), total=Sum("total"))
    return {
        ".".join(str(row[f"series__version__{part}"]) for part in ("major", "minor", "patch")): (
            row["n"],
            round(row["total"], 6),
        )
        for row in sums
    }


def _any(value: Any) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)
