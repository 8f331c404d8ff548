"""`POST /v1/traces` and `/api/public/otel/v1/traces`: what exporters of OpenTelemetry send.

Answers come in the encoding of the request, as OTLP/HTTP asks for: nothing at all (protobuf) or
`{}` (JSON) when everything was taken, else how many spans were not, and why.
"""

import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from evaluation.online.intake.wake import wake_watcher
from evaluation.online.otlp.read_json import read_json
from evaluation.online.otlp.read_protobuf import read_protobuf
from evaluation.online.otlp.take import Taken, take_spans
from evaluation.web.intake.ingest import in_json, ingests
from registry.audit.clock import database_now
from registry.runtime.answers import JSON, Answer, Problem
from registry.runtime.errors import respond
from registry.runtime.models import ApiKey

PROTOBUF = "application/x-protobuf"
READERS = {PROTOBUF: read_protobuf, JSON: read_json}


def say(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer a problem in JSON, or as google.rpc.Status to who sent protobuf."""
    if request.content_type != PROTOBUF:
        return in_json(request, problem)
    answer = problem.answer()
    headers = (("Content-Type", PROTOBUF), *answer.headers[1:])
    return respond(Answer(answer.status, headers, _status(problem.message)), request)


@ingests(say)
def traces(request: HttpRequest, key: ApiKey, body: bytes) -> HttpResponse:
    """Take in the spans that tell of calls; pass over all others."""
    kind = request.content_type or ""
    reader = READERS.get(kind)
    if reader is None:
        text = f"Send spans as {PROTOBUF} or as {JSON}: the exporter's protocol is http/protobuf "
        raise Problem(415, "unsupported_media_type", f"{text}or http/json.")
    taken = take_spans(key.project, reader(body), now=database_now())
    wake_watcher(taken.errors_in)
    document = _json(taken) if kind == JSON else _protobuf(taken)
    return HttpResponse(document, content_type=kind)


@csrf_exempt
def other_signals(request: HttpRequest, signal: str) -> HttpResponse:
    """Answer every other address below /v1/, where exporters send metrics and logs."""
    text = "Of OpenTelemetry's signals, traces are taken in here, at /v1/traces."
    return in_json(request, Problem(404, "not_found", text))


def _json(taken: Taken) -> bytes:
    if not taken.messages:
        return b"{}"
    said = {"rejectedSpans": str(taken.rejected), "errorMessage": taken.message}
    return json.dumps({"partialSuccess": said}).encode()


def _protobuf(taken: Taken) -> bytes:
    answer = ExportTraceServiceResponse()
    if taken.messages:
        answer.partial_success.rejected_spans = taken.rejected
        answer.partial_success.error_message = taken.message
    return answer.SerializeToString()


def _status(message: str) -> bytes:
    """Return google.rpc.Status with this message: field 2, a text."""
    text = message.encode()
    length = len(text)
    size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return b"\x12" + size + text
