"""Send what stands in the outbox, try again what failed, and give up after a day.

At least once, never twice by two workers: a row is taken by compare-and-swap on its due time,
which moves that time on by the lease. A worker that dies between the receiver's answer and the
mark in the row leaves it due again after the lease (two minutes), so exactly then the same
notice goes out a second time, under the same Message-ID or `X-Pcms-Id`.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.domain.errors import Refused
from registry.notices import targets
from registry.notices.mail import is_reachable, send_daily, send_one
from registry.notices.outcome import Outcome, pause_after
from registry.notices.telling import Telling
from registry.notices.webhooks import post
from registry.projects.models import Membership, Person

LEASE = timedelta(minutes=2)  # longer than any single attempt
PASS_SECONDS = 20.0  # after which other work gets the thread
AT_ONCE = 100
GIVE_UP_AFTER = timedelta(hours=24)
NEVER_TRIED = timedelta(hours=72)  # what a restored database or a long stop left behind
AGAIN = "again_at"  # in the payload: when an admin asked for another round of attempts

_pass = threading.Lock()  # one pass in each process, so that evaluations keep their threads


def deliver(*, clock: Callable[[], datetime] = database_now) -> int:
    """Send what is due, unless another thread of this process does; return how many rows."""
    if not _pass.acquire(blocking=False):
        return 0
    try:
        return deliver_pass(clock=clock)
    finally:
        _pass.release()


def deliver_pass(*, clock: Callable[[], datetime]) -> int:
    """Send what is due, mails first; return how many rows were settled or put off.

    One query when nothing is due. Safe beside any number of others.
    """
    ends, done = time.monotonic() + PASS_SECONDS, 0
    rows = _due(clock()).select_related("project", "person").order_by("kind", "pk")
    for row in rows[:AT_ONCE]:
        if time.monotonic() >= ends:
            break
        done += _attempt(row, clock())
    return done


def _due(now: datetime) -> QuerySet[Outbox]:
    return Outbox.objects.filter(sent_at=None, given_up_at=None, next_try_at__lte=now)


def _attempt(row: Outbox, now: datetime) -> int:
    """Take `row`, and with a daily one all that waits for the same mail; send; mark."""
    if not _take(Outbox.objects.filter(pk=row.pk, next_try_at=row.next_try_at), now):
        return 0
    rows = [row, *_same_mail(row, now)] if row.daily else [row]
    for each in rows:
        each.attempts += 1
    _settle(rows, _send(rows, now), now)
    return len(rows)


def _take(rows: QuerySet[Outbox], now: datetime) -> int:
    """Lease `rows` that are still due; return how many this worker got."""
    return (rows & _due(now)).update(attempts=F("attempts") + 1, next_try_at=now + LEASE)


def _same_mail(first: Outbox, now: datetime) -> list[Outbox]:
    """Take what else is due for the daily mail of `first`'s reader."""
    others = _due(now).filter(kind=first.kind, person=first.person_id, daily=True)
    found = list(others.select_related("project").order_by("pk"))
    return [row for row in found if _take(Outbox.objects.filter(pk=row.pk), now)]


def _send(rows: Sequence[Outbox], now: datetime) -> Outcome:
    first = rows[0]
    if first.attempts == 1 and now - _began(first) > NEVER_TRIED:
        return Outcome("It waited for three days while no worker ran.", is_final=True)
    if first.kind == Outbox.Kind.WEBHOOK:
        try:
            target = targets.get(first.target)
        except Refused as gone:
            return Outcome(str(gone), is_final=True)
        return post(target, Telling.from_payload(first.payload), now=now)
    return _send_mail(rows, first.person)


def _send_mail(rows: Sequence[Outbox], person: Person | None) -> Outcome:
    """Send to somebody who is still there: right and mailbox are looked at now, not earlier."""
    if person is None or not person.is_active:
        return Outcome("This person's account is switched off.", is_final=True)
    if not is_reachable(person):
        return Outcome("This person has no mailbox.", is_final=True)
    mine = set(Membership.objects.filter(person=person).values_list("project_id", flat=True))
    heard = [row for row in rows if row.project_id in mine]
    if not heard:
        return Outcome("This person is no longer a member of the project.", is_final=True)
    return send_daily(heard, person) if rows[0].daily else send_one(rows[0], person)


def _settle(rows: Iterable[Outbox], outcome: Outcome, now: datetime) -> None:
    """Mark what came of it; what waits for a receiver that is away waits with it."""
    for row in rows:
        mine = Outbox.objects.filter(pk=row.pk, sent_at=None)
        said = {"last_status": outcome.status, "last_error": outcome.error[:300]}
        if outcome.sent:
            mine.update(sent_at=now, **said)
            continue
        next_try = now + pause_after(row.attempts, random.random())
        if outcome.is_final or next_try > _began(row) + GIVE_UP_AFTER:
            mine.update(given_up_at=now, **said)
            continue
        mine.update(next_try_at=next_try, **said)
        if outcome.is_away:
            waiting = _due(now).filter(kind=row.kind, target=row.target)
            waiting.update(next_try_at=next_try)


def _began(row: Outbox) -> datetime:
    """Return from when the day of attempts counts; a daily row may wait a day for its first."""
    again = row.payload.get(AGAIN)
    began = datetime.fromisoformat(again) if again else row.created_at
    return began + (timedelta(days=1) if row.daily else timedelta())
