"""One page of prompts in the order of their names, and the folders below where one stands."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from registry.domain.fields import whole_number
from registry.prompts.models import Prompt
from registry.prompts.search.narrow import MANY, after_folder, narrowed
from registry.prompts.search.wanted import Wanted

PAGE = 50
FOLDERS = 200
# Names are ASCII letters, digits and . _ / -; this comes after all of them.
AFTER_NAMES = "\x7f"


@dataclass(frozen=True)
class Found:
    """A page; `previous` and `following` are the cursors of the pages beside it, "" for none.

    `count` is None where only a walk through all could tell; more than 1,000 is 1,001.
    """

    rows: list[Prompt]
    previous: str
    following: str
    count: int | None


@dataclass(frozen=True)
class Folder:
    """A folder below another: its whole name with the last slash, at most 1,001 counted."""

    path: str
    name: str
    count: int


def find(wanted: Wanted, *, now: datetime, after: str = "", before: str = "") -> Found:
    """Return the page after or before a cursor, or the first one."""
    some = narrowed(wanted, now=now)
    count = some.rows.order_by()[: MANY + 1].count() if some.is_few or not some.is_asked else None
    ordered = some.rows.order_by("name", "pk")
    if before:
        rows = list(_beside(ordered, before, back=True).reverse()[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return _found(rows, count, previous=more, following=True)
    rows = list(_beside(ordered, after, back=False)[: PAGE + 1])
    return _found(rows[:PAGE], count, previous=bool(after), following=len(rows) > PAGE)


def all_ids(wanted: Wanted, *, now: datetime) -> list[int]:
    """Return the ids of the prompts that fit, the first 1,001 by name."""
    rows = narrowed(wanted, now=now).rows.order_by("name", "pk")
    return list(rows.values_list("pk", flat=True)[: MANY + 1])


def folders_in(project: int, folder: str = "", *, archived: bool = False) -> list[Folder]:
    """Return the folders directly below `folder`, at most 200.

    The index is not read through: each step looks up the next folder behind the last one.
    """
    end = after_folder(folder) if folder else AFTER_NAMES
    place = [project, archived]
    with connection.cursor() as cursor:
        cursor.execute(
            _folders_sql(len(folder)), [*place, folder, end, *place, end, *place, MANY + 1, FOLDERS]
        )
        rows = cursor.fetchall()
    return [Folder(path, path[len(folder) : -1], count) for path, count in rows]


def _folders_sql(depth: int) -> str:
    """Return the query for folders below one whose name has `depth` letters."""
    locate = "instr" if connection.vendor == "sqlite" else "strpos"
    # Of support/eu/west/ below support/ that is support/eu/; the next one begins behind it.
    path = f"substr(hit, 1, {depth} + {locate}(substr(hit, {depth + 1}), '/'))"
    behind = f"(substr({path}, 1, length({path}) - 1) || '0')"
    entries = "FROM registry_promptentry WHERE project_id = %s AND archived = %s"
    return f"""
        WITH RECURSIVE step(hit) AS (
            SELECT (SELECT MIN(folder) {entries} AND folder > %s AND folder < %s)
            UNION ALL
            SELECT (SELECT MIN(folder) {entries} AND folder >= {behind} AND folder < %s)
            FROM step WHERE hit IS NOT NULL
        )
        SELECT {path}, (SELECT COUNT(*) FROM (
            SELECT 1 {entries} AND folder >= {path} AND folder < {behind} LIMIT %s) few)
        FROM step WHERE hit IS NOT NULL LIMIT %s
    """


def _beside(rows: QuerySet[Prompt], cursor: str, *, back: bool) -> QuerySet[Prompt]:
    """Return what comes after the prompt that the cursor names, or before it."""
    if not cursor:
        return rows
    name, _, pk = cursor.rpartition(":")
    number = whole_number(pk) or 0
    if back:
        return rows.filter(Q(name__lt=name) | Q(pk__lt=number), name__lte=name)
    return rows.filter(Q(name__gt=name) | Q(pk__gt=number), name__gte=name)


def _found(rows: list[Prompt], count: int | None, *, previous: bool, following: bool) -> Found:
    def cursor(row: Prompt) -> str:
        return f"{row.name}:{row.pk}"

    return Found(
        rows=rows,
        previous=cursor(rows[0]) if rows and previous else "",
        following=cursor(rows[-1]) if rows and following else "",
        count=count,
    )
