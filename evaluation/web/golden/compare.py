"""Two snapshots of a dataset side by side: which cases came, went, and changed, word by word."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse

from evaluation.offline.golden.compare import FIELDS, CaseChange, changes_between, summary_of
from evaluation.web.find import find_dataset
from evaluation.web.golden.snapshots import snapshot_of
from evaluation.web.golden.words import field_words
from registry.domain.diff import Segment
from registry.domain.diff.segments import Budget, compare_texts
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

CHANGES_A_PAGE = 50
TONES = {"added": "good", "taken out": "bad", "changed": "live"}


@dataclass(frozen=True)
class ShownField:
    """A field that differs: its name in words, and the pieces that lead from old to new."""

    name: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class ShownChange:
    """One case that differs, as the page shows it."""

    case_id: str
    what: str
    tone: str
    fields: list[ShownField]


@needs(Action.VIEW)
def compare_snapshots(
    request: ProjectRequest, slug: str, pk: int, old: int, new: int
) -> HttpResponse:
    """Show what differs from snapshot `old` to `new`, 50 cases at a time."""
    dataset = find_dataset(request, pk)
    before, after = snapshot_of(dataset, old), snapshot_of(dataset, new)
    changes = changes_between(before, after)
    shown = Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    budget = Budget()
    context = {
        "project": request.project,
        "dataset": dataset,
        "old": before,
        "new": after,
        "summary": summary_of(changes),
        "shown": shown,
        "changes": [_shown(change, budget) for change in shown],
        "same": after.case_count - sum(change.after is not None for change in changes),
        "others": list(dataset.snapshots.filter(sealed=True).exclude(pk=before.pk)),
    }
    title = f"{dataset} v{before.number} → v{after.number}"
    return page(request, "evaluation/golden/compare.html", context, title=title)


def _shown(change: CaseChange, budget: Budget) -> ShownChange:
    before, after = change.before or {}, change.after or {}
    fields = [
        ShownField(
            FIELDS[name],
            compare_texts(field_words(name, before), field_words(name, after), budget),
        )
        for name in change.fields
    ]
    return ShownChange(change.case_id, change.what, TONES[change.what], fields)
