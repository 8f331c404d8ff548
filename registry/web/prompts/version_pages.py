"""The versions of one prompt, the newest first, a page at a time however many there are."""

from dataclasses import dataclass

from registry.domain.fields import whole_number
from registry.prompts.models import Prompt
from registry.web.permissions import ProjectRequest
from registry.web.prompts.table import Row, version_rows, with_row_facts

ROWS = 30


@dataclass(frozen=True)
class VersionPage:
    """Rows of one page; `newer` and `older` are query strings of the pages beside it."""

    rows: list[Row]
    newer: str
    older: str
    newest: Row | None


def version_page(request: ProjectRequest, prompt: Prompt) -> VersionPage:
    """Return the page that the address asks for: below a revision, above one, or the first."""
    below, above = (whole_number(request.GET.get(name, "")) for name in ("below", "above"))
    versions = with_row_facts(prompt.versions.all())
    if above is not None:
        rows = version_rows(versions.filter(revision__gt=above).reverse()[: ROWS + 1])
        more, rows = len(rows) > ROWS, rows[:ROWS][::-1]
        has_newer, has_older = more, True
    else:
        some = versions.filter(revision__lt=below) if below is not None else versions
        rows = version_rows(some[: ROWS + 1])
        has_newer, has_older, rows = below is not None, len(rows) > ROWS, rows[:ROWS]
    if not rows and (below is not None or above is not None):
        return VersionPage([], "?", "", _newest(prompt))
    return VersionPage(
        rows=rows,
        newer=f"?above={rows[0].version.revision}#versions" if rows and has_newer else "",
        older=f"?below={rows[-1].version.revision}#versions" if rows and has_older else "",
        newest=_newest(prompt) if has_newer else (rows[0] if rows else None),
    )


def _newest(prompt: Prompt) -> Row | None:
    return next(iter(version_rows(with_row_facts(prompt.versions.all())[:1])), None)
