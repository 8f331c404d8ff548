"""What a run is judged by, and what of it changed since production's own verdict.

A version may pass because it got better, or because the bar got lower. So report and review
say every change of cases, checks, judges and bars in between, and who made it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from evaluation.domain.bars import THRESHOLD_BARS
from evaluation.domain.checks import CheckError, parse_check
from evaluation.offline.models import Judge, Run, Snapshot
from registry.audit.changes import NOTHING, Change, changes_of
from registry.audit.models import Event
from registry.audit.words import action_words
from registry.domain.canonical import canonical
from registry.prompts.models import Prompt, Version

MOST_DEEDS = 50
LOOSENED = "loosened"
UNTOLD = (LOOSENED, "checks digest", "digest")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """One change that a person made to what the prompt is judged by, and their reason."""

    at: datetime
    who: str
    what: str
    reason: str
    changes: tuple[Change, ...] = ()

    @property
    def told(self) -> list[Change]:
        """The changes that a person can read something from."""
        return [change for change in self.changes if change.field not in UNTOLD]

    @property
    def loosened(self) -> str:
        """What lets more through since then, in sentences, or ""."""
        said = next((c.after or "" for c in self.changes if c.field == LOOSENED), "")
        return "" if said == NOTHING else said


@dataclass(frozen=True)
class Since:
    """How a run's yardstick differs from that of production's own verdict (`before`).

    `differences` are sentences; `deeds` who changed what, the newest first. `before` is None
    when production's version was never run on golden cases.
    """

    run: Run
    before: Run | None
    differences: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()

    @property
    def other_cases(self) -> bool:
        """Were the golden cases changed within the same dataset? They can then be compared."""
        if self.before is None or self.before.snapshot_id == self.run.snapshot_id:
            return False
        return bool(self.before.snapshot.dataset_id == self.run.snapshot.dataset_id)


def since_production(run: Run) -> Since | None:
    """Return what changed since the verdict of the version `run` is compared with.

    None where there was no version in production.
    """
    if run.baseline is None:
        return None
    before = verdict_run_of(run.baseline, earlier_than=run)
    if before is None:
        return Since(run, None)
    return Since(run, before, tuple(_differences(before, run)), tuple(_deeds(before, run)))


def verdict_run_of(version: Version, *, earlier_than: Run) -> Run | None:
    """Return the last run that gave `version` a verdict."""
    runs = Run.objects.filter(version=version, state__in=Run.CONCLUDED, pk__lt=earlier_than.pk)
    return runs.select_related("snapshot__dataset", "policy").order_by("-pk").first()


def _differences(old: Run, new: Run) -> Iterator[str]:
    if old.snapshot_id != new.snapshot_id:
        yield f"Golden cases: {_cases(new)}; it was {_cases(old)}."
    if old.smoke != new.smoke:
        yield "Only the smoke cases were run." if new.smoke else "All cases were run, not a few."
    yield from _check_differences(old.checks, new.checks)
    yield from _judge_differences(old.judges, new.judges)
    for bar in THRESHOLD_BARS:
        before, now = old.thresholds.get(bar.name), new.thresholds.get(bar.name)
        if before != now:
            yield f"{bar.label}: {bar.words(now)}; it was {bar.words(before)}."
    if old.connection != new.connection:
        yield f"Connection: {new.connection}; it was {old.connection}."
    if old.policy.number != new.policy.number:
        yield f"Policy: revision {new.policy.number}; it was {old.policy.number}."


def _cases(run: Run) -> str:
    count = run.snapshot.case_count
    return f"{run.snapshot} with {count:,} case{'' if count == 1 else 's'}"


def _check_differences(old: Sequence[Document], new: Sequence[Document]) -> Iterator[str]:
    before, now = ({canonical(check): check for check in found} for found in (old, new))
    for key, check in now.items():
        if key not in before:
            yield f"New check: the answer {_label(check)}."
    for key, check in before.items():
        if key not in now:
            yield f"No longer checked: the answer {_label(check)}."


def _label(check: Document) -> str:
    try:
        return parse_check(check).label
    except CheckError:  # written by an older release
        return str(check.get("type", "(unknown)"))


def _judge_differences(old: Sequence[Document], new: Sequence[Document]) -> Iterator[str]:
    before, now = ({judge["name"]: judge for judge in found} for found in (old, new))
    for name, judge in now.items():
        if name not in before:
            yield f"New judge: {_used(judge)}."
        elif _used(judge) != _used(before[name]):
            yield f"Judge {_used(judge)}; it was {_used(before[name])}."
    for name, judge in before.items():
        if name not in now:
            yield f"No longer judged by {_used(judge)}."


def _used(judge: Document) -> str:
    """`faithfulness v2, which decides (at most 0.03 lower, at least 0.75)`."""
    named = f"{judge['name']} v{judge['number']}"
    if not judge.get("gating", True):
        return f"{named}, which only advises"
    least = judge.get("min_mean")
    bars = [f"at most {judge['margin']:g} lower", f"at least {least:g}" if least else ""]
    return f"{named}, which decides ({', '.join(filter(None, bars))})"


def _deeds(old: Run, new: Run) -> Iterator[Deed]:
    """Yield who changed what between the two runs, from snapshots and the audit trail."""
    found = [*_snapshots(old, new), *_events(old, new)]
    yield from sorted(found, key=lambda deed: deed.at, reverse=True)[:MOST_DEEDS]


def _snapshots(old: Run, new: Run) -> Iterator[Deed]:
    rows = Snapshot.objects.filter(
        dataset=new.snapshot.dataset_id,
        created_at__gt=old.created_at,
        number__lte=new.snapshot.number,
    ).select_related("dataset", "created_by")
    for row in rows[:MOST_DEEDS]:
        who = str(row.created_by or "An import")
        yield Deed(row.created_at, who, f"made {row} of the golden cases", row.reason)


def _events(old: Run, new: Run) -> Iterator[Deed]:
    prompt: Prompt = new.prompt
    names = {judge["name"] for run in (old, new) for judge in run.judges}
    judges = Judge.objects.filter(project=prompt.project_id, name__in=names)
    judge_ids = [str(pk) for pk in judges.values_list("pk", flat=True)]
    about = Q(action="suite.changed", object_type="prompt", object_id=str(prompt.pk))
    about |= Q(action="suite_defaults.changed")
    about |= Q(action="judge.version", object_type="judge", object_id__in=judge_ids)
    events = Event.objects.filter(
        about, project=prompt.project_id, at__gt=old.created_at, at__lte=new.created_at
    ).select_related("actor")
    for event in events[:MOST_DEEDS]:
        yield Deed(
            at=event.at,
            who=str(event.actor or event.actor_name),
            what=f"{action_words(event.action)} {event.object_name}",
            reason=event.reason,
            changes=tuple(changes_of(event)),
        )
