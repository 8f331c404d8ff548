"""Which versions production has passed by: nobody waits for those any more."""

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from registry.release.models import Label, Release


def with_served(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Annotate `served`: the id of the version that production serves, 0 for nothing."""
    serving = Label.objects.filter(prompt=OuterRef("prompt"), name="production")
    held = Subquery(serving.values("version")[:1])
    return rows.annotate(served=Coalesce(held, 0, output_field=BigIntegerField()))


def not_passed_by() -> Q:
    """Ask of rows `with_served` that production has not gone on to a later version.

    Ids rise with each version, so the indexes answer it without reading a text. Not asked of
    what is in review or undecided: a hotfix that goes out meanwhile has the higher id, and the
    review waits all the same.
    """
    return Q(version__gt=F("served"))
