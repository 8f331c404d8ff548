"""Versions as rows: number, risk, state, labels, marks of skipped steps, reason, who, when."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.prompts.models import Version
from registry.release.models import Rollout, Verdict
from registry.release.verdicts import UNMEASURED

# What a waiver of a step leaves on the version for ever.
MARKS = {
    "evaluation": "unevaluated",
    "approval": "unreviewed",
    "soak": "unmeasured",
    "canary": "unmeasured",
}


AB_TEST = "A/B test"  # where a version is that is compared and not shipped

# A text may have 256 KiB; rows show only its number.
TEXTS = ("content", "config", "output_schema", "variables")


def texts_of(*paths: str) -> list[str]:
    """Return what to defer when versions are fetched along `paths` for their numbers only."""
    return [f"{path}__{name}" for path in paths for name in TEXTS]


@dataclass(frozen=True)
class Row:
    """One version in a list."""

    version: Version
    state: str
    marks: list[str]

    @property
    def adopted(self) -> bool:
        """Was it taken over from another place, unevaluated?"""
        return self.version.origin is not None


def version_rows(versions: Iterable[Version]) -> list[Row]:
    """Return rows of versions that came from `with_row_facts`."""
    return [Row(version, state_of(version), marks_of(version)) for version in versions]


def with_row_facts(versions: QuerySet[Version]) -> QuerySet[Version]:
    """Fetch what rows read, in a constant count of queries, and leave the texts out."""
    rows = versions.defer(*TEXTS)
    unmeasured = Verdict.objects.filter(pins__has_key=UNMEASURED).only("version_id")
    return rows.select_related("release", "author").prefetch_related(
        "labels",
        "waivers",
        Prefetch("rollouts", Rollout.objects.order_by("-id")),
        Prefetch("verdicts", unmeasured, to_attr="unmeasured_steps"),
    )


def state_of(version: Version) -> str:
    """Return where the version is: its last rollout's state once cleared, else its clearance."""
    if version.release.state != Clearance.CLEARED:
        return version.release.state
    for rollout in version.rollouts.all():
        if rollout.kind == Rollout.Kind.SHIP:
            return rollout.state
        if rollout.state in UNDER_WAY:
            return AB_TEST
    return version.release.state


def marks_of(version: Version) -> list[str]:
    """Return unreviewed, unevaluated, unmeasured: what skipped steps leave on the version."""
    steps = sorted(waiver.step for waiver in version.waivers.all())
    taken = [UNMEASURED] if _has_unmeasured_steps(version) else []
    return list(dict.fromkeys([*(MARKS[step] for step in steps), *taken]))


def _has_unmeasured_steps(version: Version) -> bool:
    """Did a person take a step of its rollout without a pass on live traffic?"""
    fetched: list[Verdict] | None = getattr(version, "unmeasured_steps", None)
    if fetched is not None:
        return bool(fetched)
    return Verdict.objects.filter(version=version, pins__has_key=UNMEASURED).exists()
