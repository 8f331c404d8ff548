"""`POST /api/v1/observations`: applications tell how their calls went, many at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO, Any

from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from evaluation.online.intake.observation import Observation, Recorded, Rejection
from evaluation.online.intake.record import record
from evaluation.online.intake.wake import wake_watcher
from evaluation.web.intake.body import MOST, SOURCE, items_of, read
from evaluation.web.intake.serializers import BatchAnswer, ObservationBatch
from registry.audit.clock import database_now
from registry.domain.strict_json import made_storable
from registry.runtime.answers import Problem
from registry.runtime.api.schema import documented
from registry.runtime.authentication import KeyRequest
from registry.runtime.key_view import KeyView
from registry.runtime.models import ApiKey

LARGEST = 8 * 1024 * 1024  # bytes of a body: a thousand calls take half a MiB, samples more
REFUSALS = (400, 401, 403, 404, 405, 413, 415, 422, 503)


class BatchParser(BaseParser):
    """Reads a large body of JSON; its items are checked one by one where they are read."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what the body holds. Raises Problem (400, 413)."""
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            text = f"The body is larger than {LARGEST // 1024**2} MiB. Send fewer calls at a time."
            raise Problem(413, "too_large", text)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            text = 'The body is not JSON in UTF-8. Send an object such as {"observations": []}.'
            raise Problem(400, "bad_request", text) from None


class ObservationsView(KeyView):
    """`POST /api/v1/observations`."""

    scope = "ingest"
    http_method_names = ("post",)
    parser_classes = (BatchParser,)

    @documented(
        "sendObservations",
        BatchAnswer,
        f"Tell how calls went, at most {MOST:,} at a time. Needs the scope ingest. What was "
        "counted before is not counted again, so a batch may be sent again as it is.",
        request=ObservationBatch,
        refusals=REFUSALS,
        partly="Some were not taken, the others were; `rejected` says why.",
        cached=False,
        group="observations",
    )
    def post(self, request: KeyRequest) -> Response:
        """Count the calls; 200, 207 when some cannot be, 422 when none can."""
        items = items_of(request.data)
        result = _record(request.auth, items)
        wake_watcher(result.errors_in)
        answer = {
            "taken": result.taken,
            "again": result.again,
            "rejected": [
                {"index": one.index, "field": made_storable(one.field), "message": one.message}
                for one in sorted((*result.rejected, *result.left_out), key=lambda one: one.index)
            ],
        }
        if result.taken or result.again or not items:
            return Response(answer, status=207 if answer["rejected"] else 200)
        text = f"None of the {len(items)} observations was taken: {result.rejected[0].message}"
        return Response({"error": "rejected", "message": text, **answer}, status=422)


def _record(key: ApiKey, items: Sequence[Any]) -> Recorded:
    """Record what can be read of the items; every rejection names its place among them."""
    refused: list[Rejection] = []
    calls: list[Observation] = []
    places: list[int] = []
    for index, item in enumerate(items):
        found = read(item, index)
        if isinstance(found, Rejection):
            refused.append(found)
        else:
            calls.append(found)
            places.append(index)
    result = record(key.project, calls, now=database_now(), door=SOURCE, refused=refused)
    own, left_out = (
        tuple(replace(one, index=places[one.index]) for one in found)
        for found in (result.rejected[len(refused) :], result.left_out)
    )
    return replace(result, rejected=(*refused, *own), left_out=left_out)
