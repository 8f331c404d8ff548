"""What people choose to hear, how, and when their daily mail goes out."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from registry.audit.models import Outbox
from registry.notices.kinds import Notice
from registry.notices.models import NoticeChoice
from registry.projects.models import Person, Project

How = NoticeChoice.How
MORNING = 8  # o'clock, in the reader's zone


def choices_of(person: Person) -> dict[Notice, How]:
    """Return how `person` hears of each kind; at once where nothing was chosen."""
    rows = dict(NoticeChoice.objects.filter(person=person).values_list("notice", "how"))
    return {notice: How(rows.get(notice.value, How.AT_ONCE)) for notice in Notice}


def how_each_hears(people: Iterable[Person], notice: Notice) -> dict[int, How]:
    """Return for each of `people`, by id, how they hear of this kind."""
    ids = [person.pk for person in people]
    rows = NoticeChoice.objects.filter(person__in=ids, notice=notice.value)
    chosen = dict(rows.values_list("person_id", "how"))
    return {pk: How(chosen.get(pk, How.AT_ONCE)) for pk in ids}


@transaction.atomic
def choose(person: Person, *, chosen: Mapping[Notice, How], now: datetime) -> None:
    """Keep what `person` wants to hear.

    What waits for the daily mail follows: at once sends it now, off forgets it.
    """
    NoticeChoice.objects.bulk_create(
        [NoticeChoice(person=person, notice=n.value, how=how) for n, how in chosen.items()],
        update_conflicts=True,
        unique_fields=["person", "notice"],
        update_fields=["how"],
    )
    waiting = Outbox.objects.filter(
        person=person, kind=Outbox.Kind.MAIL, daily=True, sent_at=None, given_up_at=None
    )
    at_once = [n.value for n, how in chosen.items() if how is How.AT_ONCE]
    off = [n.value for n, how in chosen.items() if how is How.OFF]
    waiting.filter(notice__in=at_once).update(daily=False, next_try_at=now)
    waiting.filter(notice__in=off).update(given_up_at=now, last_error="Turned off before it left.")


def next_morning(person: Person, project: Project, now: datetime) -> datetime:
    """Return the next 08:00 after `now` in the person's zone, else the project's, in UTC."""
    zone = zone_of(person, project)
    local = now.astimezone(zone)
    due = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if due <= local:
        due = due + timedelta(days=1)  # a wall-clock day: 08:00 stays 08:00 over a DST change
    return due.astimezone(UTC)


def zone_of(person: Person, project: Project | None) -> ZoneInfo:
    """Return the zone in which `person` reads times; who never chose one reads the project's."""
    chosen = person.time_zone
    if chosen == "UTC" and project is not None:
        chosen = project.time_zone
    try:
        return ZoneInfo(chosen)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
