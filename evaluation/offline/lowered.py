"""Did somebody who wrote a version also lower the bar that it passes?

Whoever edits texts may edit golden cases, checks and judges too. Where nobody signs a version,
its writer could otherwise clear it by asking less of it. So a pass on a bar that is lower than
that of production's own verdict, and that a contributor changed since, is left to a reviewer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from django.db.models import Q

from evaluation.domain.bars import loosened
from evaluation.offline.golden.compare import changes_between
from evaluation.offline.models import Run, Snapshot
from evaluation.offline.rules import by_rules_alone
from registry.audit.models import Event
from registry.domain.canonical import canonical
from registry.projects.models import Person, Project
from registry.prompts.models import Version
from registry.release.models import Contributor

Documents = Sequence[Mapping[str, Any]]


def lowered_bar(run: Run) -> str:
    """Return that and how a contributor lowered the bar of `run`, in sentences; "" otherwise.

    Also "" where people sign the version anyway: they see it on the review. And in a project of
    one person, where nobody else could decide: the change stands in the trail.
    """
    version = run.version
    alone = run.prompt.project.preset == Project.Preset.SOLO
    if version is None or run.baseline is None or alone or _is_signed(run):
        return ""
    before = _own_verdict(run.baseline, run)
    if before is None:
        return ""
    settings, cases = [*_lower(before, run)], _fewer_cases(before, run)
    people = {*_contributors(version)}
    who = _who_set(people, before, run) if settings or cases else None
    who = who or (_who_froze(people, before, run) if cases else None)
    if who is None:
        return ""
    lower = [*settings, cases] if cases else settings
    return (
        f"It asks less than production's own verdict did, and {who}, who contributed to this "
        f"version, changed that: {' '.join(lower)} A reviewer who did not contribute decides."
    )


def _is_signed(run: Run) -> bool:
    return bool(run.policy.document["risks"][run.risk]["approvals"])


def _own_verdict(version: Version, run: Run) -> Run | None:
    runs = Run.objects.filter(version=version, state__in=Run.CONCLUDED, pk__lt=run.pk)
    return runs.select_related("snapshot").order_by("-pk").first()


def _may_ask_less(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a change of a suite, as the trail keeps it, may have let more through."""
    others = (before.get(name) != after.get(name) for name in ("dataset", "judges"))
    return bool(after.get("loosened")) or any(others)


def _lower(old: Run, new: Run) -> Iterator[str]:
    """Yield a sentence for each way in which `new` lets more through than `old`."""
    kept = {canonical(check) for check in new.checks}
    if gone := sum(canonical(check) not in kept for check in old.checks):
        yield f"{gone} check{'s' * (gone > 1)} taken out or changed."
    if not by_rules_alone(new.risk, smoke=new.smoke):
        yield from _lower_judges(old.judges, new.judges)
        yield from loosened(old.thresholds, new.thresholds)


def _fewer_cases(old: Run, new: Run) -> str:
    """Return that cases are no longer what they were, or ""; further ones ask no less."""
    if old.snapshot_id == new.snapshot_id:
        return ""
    changes = changes_between(old.snapshot, new.snapshot)
    fewer = sum(change.what != "added" for change in changes)
    return f"{fewer:,} golden case{'s' * (fewer > 1)} taken out or changed." if fewer else ""


def _lower_judges(old: Documents, new: Documents) -> Iterator[str]:
    now = {judge["name"]: judge for judge in new}
    for judge in old:
        name, ours = judge["name"], now.get(judge["name"])
        if not judge["gating"]:
            continue
        if ours is None or not ours["gating"]:
            yield f"{name} no longer blocks."
        elif ours["digest"] != judge["digest"]:
            yield f"{name} is another version."
        elif ours["margin"] > judge["margin"]:
            yield f"{name} may get worse by {ours['margin']:g}; it was {judge['margin']:g}."
        elif (ours["min_mean"] or 0) < (judge["min_mean"] or 0):
            yield f"{name} has a lower least mean."


def _contributors(version: Version) -> Iterator[int]:
    yield version.author_id
    yield from Contributor.objects.filter(version=version).values_list("person", flat=True)


def _who_set(people: Set[int], before: Run, run: Run) -> Person | None:
    """Return one of `people` who changed the suite, or the project's, so that it may ask less."""
    about = Q(action="suite.changed", object_type="prompt", object_id=str(run.prompt_id))
    about |= Q(action="suite_defaults.changed")
    events = Event.objects.filter(
        about, project=run.prompt.project_id, actor__in=people, at__gt=before.created_at
    )
    for event in events.select_related("actor"):
        if _may_ask_less(json.loads(event.before) or {}, json.loads(event.after)):
            return event.actor
    return None


def _who_froze(people: Set[int], before: Run, run: Run) -> Person | None:
    """Return one of `people` who made a snapshot of the cases."""
    snapshots = Snapshot.objects.filter(
        dataset=run.snapshot.dataset_id, created_by__in=people, created_at__gt=before.created_at
    )
    found = snapshots.select_related("created_by").first()
    return found.created_by if found else None
