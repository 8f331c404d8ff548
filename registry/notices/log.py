"""The delivery log of a project: what was sent, what failed, one more try, a test, forgetting."""

import uuid
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.urls import reverse

from registry.audit.actor import Actor
from registry.audit.models import Outbox
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.notices import targets
from registry.notices.deliver import AGAIN
from registry.notices.telling import Telling
from registry.projects.access import require
from registry.projects.models import Project

SHOWN = 200
KEPT = timedelta(days=30)
TEST = "test"  # the kind of a test notice
UNSENT = Q(sent_at=None)


def deliveries(project: Project, *, failed: bool = False) -> QuerySet[Outbox]:
    """Return the deliveries of a project, the newest first; `failed`: those with an error."""
    rows = Outbox.objects.filter(project=project).select_related("person").order_by("-pk")
    return rows.filter(UNSENT).exclude(last_error="") if failed else rows


def last_results(project: Project, names: list[str]) -> dict[str, Outbox]:
    """Return the newest delivery of `project` that was tried, by the webhook's name."""
    tried = Outbox.objects.filter(project=project, target__in=names, attempts__gt=0)
    newest = tried.order_by().values("target").annotate(last=Max("pk")).values("last")
    return {row.target: row for row in Outbox.objects.filter(pk__in=newest)}


@transaction.atomic
def try_again(row: Outbox, *, actor: Actor, now: datetime) -> None:
    """Give a failed delivery another round of attempts, beginning now.

    Raises NotPermitted, or Refused when it arrived or a worker is at it.
    """
    assert row.project is not None  # a project's log holds its own rows only
    require(actor, Action.MANAGE_PROJECT, row.project)
    failed = deliveries(row.project, failed=True).select_related(None)
    locked = failed.select_for_update().filter(pk=row.pk).first()
    if locked is None:
        raise Refused("It has not failed: it arrived, or it is on its way. Look again.")
    Outbox.objects.filter(pk=locked.pk).update(
        given_up_at=None,
        next_try_at=now,
        attempts=0,
        payload=locked.payload | {AGAIN: now.isoformat()},
    )


def send_test(project: Project, *, target: str, actor: Actor, now: datetime) -> Outbox:
    """Put a test notice for the webhook into the outbox; the worker sends it like any other.

    Raises NotPermitted, or Refused for a target that this project does not have.
    """
    require(actor, Action.MANAGE_PROJECT, project)
    if target not in {known.name for known in targets.targets_of(project.slug)}:
        raise Refused(f"{project} has no webhook “{target}”. Look at PROMPTCMS_WEBHOOKS.")
    name = str(actor.person or actor.name)
    telling = Telling(
        id=uuid.uuid4().hex,
        kind=TEST,
        project=project.slug,
        prompt="",
        version="",
        risk="",
        actor=name,
        title=f"Test from {project}",
        to_do="",
        sentence=f"{name} tried this webhook. Nothing has happened.",
        reason="",
        change="",
        words="",
        path=reverse("notices", args=[project.slug]),
        at=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    return Outbox.objects.create(
        kind=Outbox.Kind.WEBHOOK,
        notice=TEST,
        project=project,
        target=target,
        payload=telling.payload(),
        next_try_at=now,
    )


def forget_old(*, now: datetime) -> int:
    """Delete deliveries that ended and are older than 30 days; return how many."""
    old = Outbox.objects.filter(created_at__lt=now - KEPT)
    ended = old.exclude(sent_at=None, given_up_at=None)
    return ended.delete()[0]
