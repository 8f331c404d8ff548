"""Read what happened since the last time, and put into the outbox who must hear of it.

Nothing that changes a release knows of notices: the audit chain is the list of what happened,
and `Announced` says how far it was read. Events of a chain are numbered without gaps in the
order of their commits, and the rows and the moved cursor are one transaction: every event is
announced exactly once, whoever dies when, however many workers read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from registry.audit.models import ChainHead, Event, Outbox
from registry.audit.record import PROJECT, chain_of
from registry.notices.audience import audience
from registry.notices.choices import How, how_each_hears, next_morning
from registry.notices.kinds import ACTIONS, Notice, notice_of
from registry.notices.models import Announced
from registry.notices.same_act import is_silent, who_did_it
from registry.notices.targets import targets_for
from registry.notices.telling import Telling, tell
from registry.projects.models import Project
from registry.prompts.models import Version

TOO_OLD = timedelta(hours=24)  # after a restore or a long stop nobody wants yesterday's mail
AT_A_TIME = 200  # events in one transaction

log = structlog.get_logger(__name__)


def announce(*, now: datetime) -> int:
    """Announce what every project's chain holds above its cursor; return how many rows it made.

    One query when there is nothing new. A chain that another worker reads is left to it.
    """
    return sum(_announce_chain(chain, now) for chain in _chains_with_news())


def skip_to_now(project: Project) -> None:
    """Pass over everything that happened in `project` so far: nobody hears of it.

    Call it in the transaction of what was done, such as the building of the demo.
    """
    head = ChainHead.objects.get(chain=chain_of(project))
    Announced.objects.update_or_create(chain=head.chain, defaults={"seq": head.seq})


def _chains_with_news() -> list[str]:
    read = Announced.objects.filter(chain=OuterRef("chain")).values("seq")
    heads = ChainHead.objects.filter(chain__startswith=PROJECT).annotate(read=Subquery(read))
    news = heads.filter(Q(read=None) | Q(seq__gt=F("read"))).order_by("chain")
    return list(news.values_list("chain", flat=True))


def _announce_chain(chain: str, now: datetime) -> int:
    Announced.objects.bulk_create([Announced(chain=chain)], ignore_conflicts=True)
    made = 0
    while True:
        with transaction.atomic():
            # On SQLite every transaction has the whole database to itself (IMMEDIATE).
            rows = Announced.objects.select_for_update(skip_locked=True)
            cursor = rows.filter(chain=chain).first()
            head = ChainHead.objects.filter(chain=chain).first()
            if cursor is None or head is None or head.seq <= cursor.seq:
                return made
            events = _news(cursor, upto=head.seq, now=now)
            made += len(_post(events, now))
            is_last = len(events) < AT_A_TIME
            cursor.seq = head.seq if is_last else events[-1].seq
            cursor.save(update_fields=["seq"])
        if is_last:
            return made


def _news(cursor: Announced, *, upto: int, now: datetime) -> list[Event]:
    events = Event.objects.select_related("actor").filter(
        chain=cursor.chain,
        seq__gt=cursor.seq,
        seq__lte=upto,
        at__gte=now - TOO_OLD,
        action__in=ACTIONS,
        object_type="version",
    )
    return list(events.order_by("seq")[:AT_A_TIME])


def _post(events: list[Event], now: datetime) -> list[Outbox]:
    """Write the rows of `events` in their order; who hears a decision is spared "cleared"."""
    rows: list[Outbox] = []
    decided: set[tuple[int, str]] = set()  # (person, version)
    for event in events:
        try:
            new = list(_rows(event, now))
        except (ObjectDoesNotExist, ValueError) as fault:
            # One event that cannot be told must not silence all that follow.
            log.error("event_not_announced", number=event.pk, fault=type(fault).__name__)
            continue
        for row in new:
            heard = (row.person_id or 0, event.object_id)
            if row.notice == Notice.DECIDED:
                decided.add(heard)
            if row.person_id and row.notice == Notice.CLEARED and heard in decided:
                continue
            rows.append(row)
    return Outbox.objects.bulk_create(rows)


def _rows(event: Event, now: datetime) -> Iterator[Outbox]:
    """Yield a row for every person and every webhook that hears of `event`, not yet saved."""
    notice = notice_of(event)
    if notice is None:
        return
    version = Version.objects.select_related("prompt__project", "author").get(pk=event.object_id)
    if version.prompt.project.hidden_at is not None or is_silent(event, version):
        return
    event = who_did_it(event)
    telling = tell(notice, event, version)
    yield from _mails(notice, event, version, telling, now)
    for target in targets_for(telling.project, notice):
        yield _row(Outbox.Kind.WEBHOOK, event, version, telling, now, target=target.name)


def _mails(
    notice: Notice, event: Event, version: Version, telling: Telling, now: datetime
) -> Iterator[Outbox]:
    people = [p for p in audience(notice, event, version) if p.email]
    how = how_each_hears(people, notice)
    for person in people:
        if how[person.pk] is How.OFF:
            continue
        daily = how[person.pk] is How.DAILY
        due = next_morning(person, version.prompt.project, now) if daily else now
        yield _row(Outbox.Kind.MAIL, event, version, telling, due, person_id=person.pk, daily=daily)


def _row(
    kind: Outbox.Kind,
    event: Event,
    version: Version,
    telling: Telling,
    due: datetime,
    **fields: object,
) -> Outbox:
    return Outbox(
        kind=kind,
        notice=telling.kind,
        event=event,
        project=version.prompt.project,
        payload=telling.payload(),
        next_try_at=due,
        **fields,
    )
