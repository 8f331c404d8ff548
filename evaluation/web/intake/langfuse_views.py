"""`POST /api/public/scores` and `/api/public/ingestion`: what Langfuse's SDKs send of a call."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from evaluation.online.intake.wake import wake_watcher
from evaluation.online.langfuse.score import id_of
from evaluation.online.langfuse.take import Taken, take_events, take_scores
from evaluation.online.langfuse.values import text_in
from evaluation.online.otlp.read_json import parse
from evaluation.online.otlp.spans import UndecodableError
from evaluation.web.intake.ingest import ingests
from registry.audit.clock import database_now
from registry.runtime.answers import JSON, NO_STORE, Answer, Problem
from registry.runtime.errors import respond
from registry.runtime.models import ApiKey

MOST = 1000  # items of one request; the SDKs send up to a hundred
COUNTED, REFUSED = 201, 400


@ingests()
def scores(request: HttpRequest, key: ApiKey, body: bytes) -> HttpResponse:
    """Take in one score (200), or a list of them (202; 207 where there is something to say)."""
    sent = parse(body)
    if isinstance(sent, list):
        taken = take_scores(key.project, _few(sent), now=database_now())
        return _of_list(request, len(sent), taken)
    given = {**sent, "id": id_of(sent)} if isinstance(sent, dict) else sent
    taken = take_scores(key.project, [given], now=database_now())
    if taken.refused:
        raise Problem(REFUSED, "bad_request", taken.refused[0])
    note = {"message": taken.passed[0]} if taken.passed else {}
    return _answer(request, 200, {"id": given["id"], **note})


@ingests()
def ingestion(request: HttpRequest, key: ApiKey, body: bytes) -> HttpResponse:
    """Take in a batch of events; 207 always, with the fate of each."""
    sent = parse(body)
    batch = sent.get("batch") if isinstance(sent, dict) else None
    if not isinstance(batch, list):
        raise UndecodableError('Send an object such as {"batch": []}.')
    taken = take_events(key.project, _few(batch), now=database_now())
    wake_watcher(taken.errors_in)
    errors = [
        {"id": _id(batch[n]), "status": REFUSED, "message": text, "error": "bad_request"}
        for n, text in sorted(taken.refused.items())
    ]
    successes = [
        {"id": _id(event), "status": COUNTED, **_note(taken, n)}
        for n, event in enumerate(batch)
        if n not in taken.refused
    ]
    return _answer(request, 207, {"successes": successes, "errors": errors})


def _of_list(request: HttpRequest, sent: int, taken: Taken) -> HttpResponse:
    if not taken.refused and not taken.passed:
        return _answer(request, 202, {"message": "Accepted"})
    rejected = len(taken.refused)
    said = [{"message": text} for _, text in sorted((taken.refused | taken.passed).items())]
    return _answer(
        request, 207, {"accepted": sent - rejected, "rejected": rejected, "errors": said}
    )


def _few(items: list[Any]) -> list[Any]:
    if len(items) > MOST:
        raise Problem(413, "too_large", f"A request may hold {MOST} items. Send fewer at once.")
    return items


def _id(event: Any) -> str:
    return text_in(event, "id") if isinstance(event, dict) else ""


def _note(taken: Taken, place: int) -> dict[str, str]:
    return {"message": taken.passed[place]} if place in taken.passed else {}


def _answer(request: HttpRequest, status: int, document: dict[str, Any]) -> HttpResponse:
    headers = (("Content-Type", JSON), NO_STORE)
    return respond(Answer(status, headers, json.dumps(document).encode()), request)
