"""The moves that a ledger shows, as a file for a spreadsheet."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from registry.audit.export import utc_words
from registry.domain.csv_cells import BOM, csv_lines
from registry.release.models import LabelEvent

COLUMNS = (
    *("at", "project", "prompt", "label", "label_rev", "version_before", "version_after"),
    *("moved_by", "name", "reason", "rollout"),
)


def csv_answer(moves: QuerySet[LabelEvent], name: str) -> StreamingHttpResponse:
    """Answer `moves` as the CSV file `name`, row by row, times in UTC with Z."""
    answer = StreamingHttpResponse(_lines(moves), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _lines(moves: QuerySet[LabelEvent]) -> Iterator[str]:
    yield BOM + next(csv_lines([COLUMNS]))
    yield from csv_lines(_cells(move) for move in moves.iterator(chunk_size=500))


def _cells(move: LabelEvent) -> list[object]:
    before = move.version_before
    return [
        utc_words(move.at),
        move.prompt.project.slug,
        move.prompt.name,
        move.name,
        move.rev,
        before.semver if before else None,
        move.version_after.semver,
        move.actor_name,
        str(move.actor) if move.actor else None,
        move.reason,
        move.rollout_id,
    ]
