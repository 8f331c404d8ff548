"""The questions that a standing, an owner or the archive puts to the rows of releases."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from registry.domain.lifecycle import UNDER_WAY, Clearance
from registry.prompts.models import Prompt
from registry.prompts.search.wanted import STALE_AFTER, Standing, Wanted
from registry.release.models import Label, Release, Rollout

PromptIds = QuerySet[Any, int]


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
        return newer_than_production(Release.objects.filter(state=Clearance.FAILED))
    started = Rollout.objects.filter(version=OuterRef("version"))
    waiting = Release.objects.filter(
        Q(state__in=[Clearance.IN_REVIEW, Clearance.UNDECIDED])
        | Q(~Exists(started), state=Clearance.CLEARED)
    )
    return newer_than_production(waiting)


def newer_than_production(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Leave out versions that production has passed by: they wait for nobody.

    By id, which rises with each version: the indexes answer it without reading a text.
    """
    serving = Label.objects.filter(prompt=OuterRef("prompt"), name="production")
    served = Coalesce(Subquery(serving.values("version")[:1]), 0)
    return rows.annotate(served=served).filter(version__gt=F("served"))
