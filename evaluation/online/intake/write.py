"""Many rows with one statement, the same on both databases: insert, or add to what is there.

Rows are written in the order of their keys, so that two batches never wait for each other in a
circle.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.db import connection

from evaluation.online.intake.tally import Tally

AT_ONCE = 8000  # rows of one statement on SQLite: it takes 32,766 parameters

Columns = Sequence[tuple[str, str]]
Row = tuple[Any, ...]

SEEN: Columns = (("day", "date"), ("key", "bytea"), ("series_id", "bigint"), ("shard", "smallint"))
SERIES: Columns = (
    *(("prompt_id", "bigint"), ("version_id", "bigint")),
    *(("segment_id", "bigint"), ("arm", "text")),
)
ROLLUP: Columns = (
    *(("series_id", "bigint"), ("metric", "text"), ("minutes", "smallint")),
    *(("start", "timestamptz"), ("n", "bigint"), ("total", "float8"), ("squares", "float8")),
)
SHARD: Columns = (
    *(("series_id", "bigint"), ("metric", "text"), ("shard", "smallint")),
    *(("n", "bigint"), ("total", "float8")),
)
HISTOGRAM: Columns = (
    *(("series_id", "bigint"), ("day", "date")),
    *(("bucket", "smallint"), ("n", "bigint")),
)
WAITING: Columns = (
    *(("project_id", "bigint"), ("call", "bytea"), ("key", "bytea"), ("metric", "text")),
    *(("value", "float8"), ("at", "timestamptz"), ("came_at", "timestamptz")),
)
COUNT: Columns = (
    *(("project_id", "bigint"), ("day", "date"), ("door", "text"), ("outcome", "text")),
    *(("n", "bigint"), ("last_at", "timestamptz"), ("example", "text")),
)


def add_series(rows: Collection[Row]) -> None:
    """Make the series (prompt, version, segment or None, arm) that are not there."""
    _insert("evaluation_series", SERIES, rows, "ON CONFLICT DO NOTHING")


def add_seen(rows: Collection[Row]) -> set[tuple[date, bytes]]:
    """Note (day, key, series or None, shard); return the (day, key) that were not there."""
    found = _insert(
        "evaluation_seen",
        SEEN,
        sorted(rows, key=lambda row: row[:2]),
        "ON CONFLICT DO NOTHING RETURNING day, key",
    )
    return {(_date(day), bytes(key)) for day, key in found}


def add_traces(rows: Collection[Row]) -> None:
    """Note traces like calls; one that calls of different series share loses its series."""
    _insert(
        "evaluation_seen",
        SEEN,
        sorted(rows, key=lambda row: row[:2]),
        "ON CONFLICT (day, key) DO UPDATE SET series_id = CASE"
        " WHEN evaluation_seen.series_id = excluded.series_id"
        " THEN excluded.series_id ELSE NULL END",
    )


def add_waiting(rows: Collection[Row]) -> int:
    """Keep scores whose call is not known; return how many were not waiting already."""
    ordered = sorted(rows, key=lambda row: row[2])
    found = _insert(
        "evaluation_waitingscore", WAITING, ordered, "ON CONFLICT DO NOTHING RETURNING id"
    )
    return len(found)


def add_rollups(sums: Mapping[tuple[int, str, int, datetime], Sequence[float]]) -> None:
    """Add n, total and squares to the roll-ups of (series, metric, minutes, start)."""
    _insert(
        "evaluation_rollup",
        ROLLUP,
        [(*key, *values) for key, values in sorted(sums.items())],
        "ON CONFLICT (series_id, metric, minutes, start) DO UPDATE SET"
        " n = evaluation_rollup.n + excluded.n,"
        " total = evaluation_rollup.total + excluded.total,"
        " squares = evaluation_rollup.squares + excluded.squares",
    )


def add_tally(tally: Tally) -> None:
    """Add what a batch brought to the roll-ups, shards and histograms."""
    add_rollups(tally.rollups)
    _insert(
        "evaluation_shard",
        SHARD,
        [(*key, *sums) for key, sums in sorted(tally.shards.items())],
        "ON CONFLICT (series_id, metric, shard) DO UPDATE SET"
        " n = evaluation_shard.n + excluded.n,"
        " total = evaluation_shard.total + excluded.total",
    )
    _insert(
        "evaluation_histogram",
        HISTOGRAM,
        [(*key, n) for key, n in sorted(tally.histograms.items())],
        "ON CONFLICT (series_id, day, bucket) DO UPDATE SET"
        " n = evaluation_histogram.n + excluded.n",
    )


def add_counts(rows: Collection[Row]) -> None:
    """Add to how many items came in; the last message is the example."""
    _insert(
        "evaluation_intakecount",
        COUNT,
        sorted(rows, key=lambda row: row[:4]),
        "ON CONFLICT (project_id, day, door, outcome) DO UPDATE SET"
        " n = evaluation_intakecount.n + excluded.n,"
        " last_at = excluded.last_at, example = excluded.example",
    )


def _insert(table: str, columns: Columns, rows: Collection[Row], tail: str) -> list[Row]:
    """Insert `rows`; return what `tail` says to return."""
    if not rows:
        return []
    names = ", ".join(name for name, _ in columns)
    head = f"INSERT INTO {table} ({names}) "
    returned: list[Row] = []
    with connection.cursor() as cursor:
        for values, parameters in _values(columns, list(rows)):
            cursor.execute(f"{head}{values} {tail}", parameters)
            if "RETURNING" in tail:
                returned += cursor.fetchall()
    return returned


def _values(columns: Columns, rows: list[Row]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the rows as SQL with its parameters: JSON for PostgreSQL, else lists of values.

    An array of each column would take psycopg twice as long to write.
    """
    if connection.vendor == "postgresql":
        names = [name for name, _ in columns]
        kinds = ", ".join(f"{name} {kind}" for name, kind in columns)
        document = json.dumps(
            [dict(zip(names, row, strict=True)) for row in rows], default=_written
        )
        yield f"SELECT * FROM json_to_recordset(%s::json) AS row({kinds})", [document]
        return
    mark = f"({', '.join(['%s'] * len(columns))})"
    for start in range(0, len(rows), AT_ONCE * 4 // len(columns)):
        part = rows[start : start + AT_ONCE * 4 // len(columns)]
        yield f"VALUES {', '.join([mark] * len(part))}", [_plain(v) for v in chain(*part)]


def _written(value: date | bytes) -> str:
    """Return a value that JSON lacks as PostgreSQL reads it."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value.isoformat()


def _plain(value: Any) -> Any:
    """Return a value as SQLite keeps it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.isoformat() if isinstance(value, date) else value


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
