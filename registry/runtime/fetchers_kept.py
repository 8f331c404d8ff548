"""The callers that are kept: one row for each key, prompt, client process and what it asks for.

At most `KEPT_EACH` rows for each key and prompt, the latest ones, and none for longer than
`KEPT_FOR` after its last fetch: a caller cannot fill the table by inventing process names.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import reduce
from itertools import islice
from operator import or_
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from registry.audit.clock import database_now
from registry.prompts.models import Prompt, Version
from registry.release.models_serving import Label, LabelName
from registry.runtime.client_header import Caller, read_client
from registry.runtime.fetchers import Seen
from registry.runtime.models import ApiKey, Fetcher

KEPT_EACH = 100
KEPT_FOR = timedelta(days=30)
WRITTEN_EACH = timedelta(minutes=1)  # an unchanged caller is not written more often

_BATCH = 500
_ASKED = 32
_NUMBER = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})", re.ASCII)
_COLUMNS = ("key_id", "prompt_id", "client", "process", "label")


class Place(NamedTuple):
    """What tells one row from another."""

    key: int
    prompt: int
    client: str
    process: str
    label: str


def write(seen: Collection[Seen]) -> None:
    """Write who was seen, with the version that is served now; skip unknown keys and prompts."""
    now = database_now()
    places = sorted(_places(seen).items())
    for batch in _batches(places):
        _write_batch(dict(batch), now)


def forget(*, now: datetime) -> int:
    """Delete the callers that were not seen for `KEPT_FOR`; return how many."""
    return Fetcher.objects.filter(last_fetch_at__lt=now - KEPT_FOR).delete()[0]


def _places(seen: Iterable[Seen]) -> dict[Place, Caller]:
    """Return the caller of each row, at most `KEPT_EACH` for a key and prompt.

    A process that was seen with several sets of variables supplies what all of them name.
    """
    places: dict[Place, Caller] = {}
    count: Counter[tuple[int, int]] = Counter()
    for one in seen:
        caller = read_client(one.client)
        place = Place(one.key, one.prompt, caller.client, caller.process, one.asked[:_ASKED])
        before = places.get(place)
        if before is not None:
            places[place] = _both(before, caller)
        elif count[place[:2]] < KEPT_EACH:
            count[place[:2]] += 1
            places[place] = caller
    return places


def _both(one: Caller, other: Caller) -> Caller:
    if one.variables is None or other.variables is None:
        return other if one.variables is None else one
    shared = tuple(sorted(set(one.variables) & set(other.variables)))
    return Caller(one.client, one.process, shared)


@transaction.atomic
def _write_batch(places: dict[Place, Caller], now: datetime) -> None:
    known = _known(places)
    served = _served(known)
    kept = _kept(known, now - WRITTEN_EACH)
    rows = [
        Fetcher(
            **dict(zip(_COLUMNS, place, strict=True)),
            version_id=served.get((place.prompt, place.label)),
            variables=_listed(places[place]),
            last_fetch_at=now,
        )
        for place in known
    ]
    fresh = [row for row, place in zip(rows, known, strict=True) if kept.get(place) != _told(row)]
    Fetcher.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=_COLUMNS,
        update_fields=("version_id", "variables", "last_fetch_at"),
    )
    _drop_the_oldest({(row.key_id, row.prompt_id) for row in fresh})


def _known(places: Iterable[Place]) -> list[Place]:
    """Return the places whose key and prompt exist, in one project."""
    places = list(places)
    keys = dict(
        ApiKey.objects.filter(pk__in={p.key for p in places}).values_list("pk", "project_id")
    )
    prompts = dict(
        Prompt.objects.filter(pk__in={p.prompt for p in places}).values_list("pk", "project_id")
    )
    return [p for p in places if p.key in keys and keys[p.key] == prompts.get(p.prompt)]


def _served(places: Sequence[Place]) -> dict[tuple[int, str], int]:
    """Return the version behind each (prompt, what was asked for)."""
    prompts = {place.prompt for place in places}
    labels = Label.objects.filter(prompt__in=prompts)
    served = {(p, name): v for p, name, v in labels.values_list("prompt_id", "name", "version_id")}
    for prompt in prompts:
        if (standing := served.get((prompt, LabelName.PRODUCTION))) is not None:
            served.setdefault((prompt, LabelName.CANARY), standing)
    return served | _exact(places)


def _exact(places: Sequence[Place]) -> dict[tuple[int, str], int]:
    """Return the version of each place that asks for an exact one."""
    asked = [
        Q(prompt=place.prompt, major=int(n[1]), minor=int(n[2]), patch=int(n[3]))
        for place in places
        if (n := _NUMBER.fullmatch(place.label)) is not None
    ]
    if not asked:
        return {}
    rows = Version.objects.filter(reduce(or_, asked))
    return {(row.prompt_id, row.semver): row.pk for row in rows}


def _kept(
    places: Sequence[Place], since: datetime
) -> dict[Place, tuple[int | None, list[str] | None]]:
    """Return what was written of these places since then."""
    rows = Fetcher.objects.filter(
        key__in={p.key for p in places},
        prompt__in={p.prompt for p in places},
        process__in={p.process for p in places},
        last_fetch_at__gt=since,
    )
    return {
        Place(row.key_id, row.prompt_id, row.client, row.process, row.label): _told(row)
        for row in rows
    }


def _told(row: Fetcher) -> tuple[int | None, list[str] | None]:
    """Return what a row says, its time aside."""
    return row.version_id, row.variables


def _listed(caller: Caller) -> list[str] | None:
    return None if caller.variables is None else list(caller.variables)


def _drop_the_oldest(pairs: Collection[tuple[int, int]]) -> None:
    """Keep the latest `KEPT_EACH` rows of each (key, prompt)."""
    rank = Window(
        RowNumber(),
        partition_by=("key_id", "prompt_id"),
        order_by=(F("last_fetch_at").desc(), F("pk").desc()),
    )
    rows = Fetcher.objects.filter(
        key__in={key for key, _ in pairs}, prompt__in={prompt for _, prompt in pairs}
    )
    old = rows.annotate(rank=rank).filter(rank__gt=KEPT_EACH).values_list("pk", flat=True)
    if surplus := list(old):
        Fetcher.objects.filter(pk__in=surplus).delete()


def _batches(
    places: Sequence[tuple[Place, Caller]],
) -> Iterator[list[tuple[Place, Caller]]]:
    rest = iter(places)
    while batch := list(islice(rest, _BATCH)):
        yield batch
