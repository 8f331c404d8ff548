"""The questions that a standing, an owner or the archive puts to the rows of releases."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.prompts.models import Prompt
from registry.prompts.search.wanted import STALE_AFTER, Standing, Wanted
from registry.release.models import Label, Release, Rollout
from registry.release.passed_by import not_passed_by, with_served


def standing_ids(standing: Standing, wanted: Wanted, *, now: datetime) -> QuerySet[Any]:
    """Return the rows whose `prompt_id` has the standing, in the projects that are asked."""
    if standing is Standing.UNSERVED:
        served = Label.objects.filter(prompt=OuterRef("pk"), name="production")
        rows = Prompt.objects.filter(~Exists(served), project__in=wanted.projects)
        return rows.filter(archived_at__isnull=not wanted.archived).values_list("pk", flat=True)
    found = _rows(standing, now).filter(prompt__project__in=wanted.projects)
    return found.order_by().values_list("prompt_id", flat=True)


def _rows(standing: Standing, now: datetime) -> QuerySet[Any]:
    if standing is Standing.ROLLOUT:
        return Rollout.objects.filter(state__in=sorted(UNDER_WAY))
    if standing is Standing.STALE:
        return Label.objects.filter(name="production", moved_at__lt=now - STALE_AFTER)
    if standing is Standing.FAILED:
        failed = Release.objects.filter(state=Clearance.FAILED)
        return with_served(failed).filter(not_passed_by())
    started = Rollout.objects.filter(version=OuterRef("version"), kind=Rollout.Kind.SHIP)
    # What is in review or undecided waits, also when a hotfix with a higher number went out.
    asked = Q(state__in=[Clearance.IN_REVIEW, Clearance.UNDECIDED])
    to_start = Q(~Exists(started), not_passed_by(), state=Clearance.CLEARED)
    return with_served(Release.objects.all()).filter(asked | to_start)
