"""Keep what applications attach to their calls: masked, of a bounded size, so many an hour."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncHour

from evaluation.domain.checks.mask import masked
from evaluation.online.models import Sample
from registry.domain.strict_json import StrictError, strict

MOST_BYTES = 64 * 1024  # of input, output and context together, in UTF-8
DAYS = 14  # a sample is kept
AN_HOUR = 20  # kept per series and hour of the calls: the same for both arms, all day long


@dataclass(frozen=True)
class Taken:
    """A call that was just counted, with the text that its application attached.

    `series`, `prompt` and `version` are ids; `call` is the digest that `Seen` keeps; `input` is
    {variable: value} or a text; `scores` are those the call itself carried.
    """

    series: int
    prompt: int
    version: int
    call: bytes
    shard: int
    at: datetime
    input: Mapping[str, Any] | str
    output: str
    context: Sequence[str] = ()
    scores: Mapping[str, float] | None = None


def why_not(input: Any, output: Any, context: Any = ()) -> str:
    """Return why the texts of a call cannot be kept, as a sentence; "" if they can.

    What cannot is dropped: the call itself counts.
    """
    if not (isinstance(input, (str, dict)) and isinstance(output, str)):
        return "A sample is {input: a text or {variable: value}, output: a text, context: [texts]}."
    if not (isinstance(context, (list, tuple)) and all(isinstance(one, str) for one in context)):
        return "The context of a sample is a list of texts."
    try:
        strict({"input": input, "output": output, "context": list(context)}, "The sample")
    except StrictError as error:
        return str(error)
    written = json.dumps([input, output, list(context)], ensure_ascii=False)
    if len(written) > MOST_BYTES or len(written.encode()) > MOST_BYTES:
        return f"The sample is longer than {MOST_BYTES // 1024} KiB. Attach less of the context."
    return ""


def rows(taken: Iterable[Taken], *, now: datetime) -> list[Sample]:
    """Return unsaved rows of what is kept of `taken`, for `bulk_create(ignore_conflicts=True)`.

    What cannot be kept, is too old, or more than `AN_HOUR` of its series is left out. One query;
    two batches at the same moment can go over the hour's number by as many as they hold.
    """
    fits = [
        one
        for one in taken
        if one.at > now - timedelta(days=DAYS) and not why_not(one.input, one.output, one.context)
    ]
    if not fits:
        return []
    kept = _kept({one.series for one in fits}, since=min(map(_hour_of, fits)))
    chosen = []
    for one in fits:
        place = (one.series, _hour_of(one))
        if kept[place] < AN_HOUR:
            kept[place] += 1
            chosen.append(_row(one))
    return chosen


def _kept(series: set[int], *, since: datetime) -> Counter[tuple[int, datetime]]:
    """Return how many samples there are by series and hour."""
    found = (
        Sample.objects.filter(series__in=series, at__gte=since)
        .annotate(hour=TruncHour("at", tzinfo=UTC))
        .order_by()
        .values_list("series", "hour")
        .annotate(n=Count("pk"))
    )
    return Counter({(pk, hour): n for pk, hour, n in found})


def _hour_of(one: Taken) -> datetime:
    return one.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _row(one: Taken) -> Sample:
    parts = [masked(part) for part in (one.input, one.output, one.context)]
    return Sample(
        series_id=one.series,
        prompt_id=one.prompt,
        version_id=one.version,
        call=one.call,
        shard=one.shard,
        at=one.at,
        input=parts[0].value,
        output=parts[1].value,
        context=parts[2].value,
        scores=dict(one.scores or {}),
        hidden=sorted(frozenset().union(*(part.kinds for part in parts))),
    )
