"""How many golden cases hold what a judge needs: a context, a reference answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from evaluation.domain.judge.rubric import CONTEXT
from evaluation.offline.models import Snapshot
from evaluation.offline.plan import SMOKE_TAG

_KEPT = 500  # snapshots whose counts a process remembers
_COUNTED: dict[str, "Scorable"] = {}


@dataclass(frozen=True)
class Scorable:
    """Cases of a snapshot by what they hold.

    `sources`: cases of one cluster count as one. `smoke`: tagged as enough for a PATCH.
    """

    total: int = 0
    context: int = 0
    reference: int = 0
    both: int = 0
    sources: int = 0
    smoke: int = 0

    def with_all(self, needs: Sequence[str]) -> int:
        """Return how many cases hold everything in `needs`."""
        if not needs:
            return self.total
        if len(set(needs)) > 1:
            return self.both
        return self.context if CONTEXT in needs else self.reference

    def independent(self, needs: Sequence[str]) -> int:
        """Return how many of them say something of their own."""
        return min(self.with_all(needs), self.sources)


def scorable_cases(snapshot: Snapshot | None) -> Scorable:
    """Count the cases of `snapshot`. Its digest says what it holds, so it is counted once."""
    if snapshot is None:
        return Scorable()
    found = _COUNTED.get(snapshot.digest)
    if found is None:
        if len(_COUNTED) >= _KEPT:
            _COUNTED.clear()
        found = _COUNTED[snapshot.digest] = _count(snapshot)
    return found


def _count(snapshot: Snapshot) -> Scorable:
    context = ~Q(context=[]) | Q(inputs__has_key=CONTEXT)
    reference = ~Q(reference="")
    # The names differ from the columns': an aggregate hides the column of its name.
    found = snapshot.cases.aggregate(
        n=Count("pk"),
        with_context=Count("pk", filter=context),
        with_reference=Count("pk", filter=reference),
        with_both=Count("pk", filter=context & reference),
        alone=Count("pk", filter=Q(cluster="")),
        clusters=Count("cluster", filter=~Q(cluster=""), distinct=True),
    )
    tags = snapshot.cases.exclude(tags=[]).values_list("tags", flat=True)
    return Scorable(
        total=found["n"],
        context=found["with_context"],
        reference=found["with_reference"],
        both=found["with_both"],
        sources=found["alone"] + found["clusters"],
        smoke=sum(SMOKE_TAG in these for these in tags.iterator(chunk_size=2000)),
    )
