"""The questions that a standing, an owner or the archive puts to the rows of releases."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.prompts.models import Prompt
from registry.prompts.search.wanted import STALE_AFTER, Standing, Wanted
from registry.release.models import Label, Release, Rollout


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
        return _with_served(failed).filter(version__gt=F("served"))
    started = Rollout.objects.filter(version=OuterRef("version"))
    # What is in review or undecided waits, also when a hotfix with a higher number went out.
    asked = Q(state__in=[Clearance.IN_REVIEW, Clearance.UNDECIDED])
    to_start = Q(~Exists(started), version__gt=F("served"), state=Clearance.CLEARED)
    return _with_served(Release.objects.all()).filter(asked | to_start)


def _with_served(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Annotate `served`: the id of the version that production serves, 0 for nothing.

    Ids rise with each version, so they tell which ones production has passed by, and the
    indexes answer it without reading a text.
    """
    serving = Label.objects.filter(prompt=OuterRef("prompt"), name="production")
    return rows.annotate(served=Coalesce(Subquery(serving.values("version")[:1]), 0))
