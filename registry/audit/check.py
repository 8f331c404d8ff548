"""Keep what the last walk along each chain found: daily, and whenever somebody asks."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from registry.audit.models import ChainCheck, ChainHead
from registry.audit.verify import walk

EVERY = timedelta(days=1)
BETWEEN_ASKS = timedelta(minutes=1)


def ask_for_check(chain: str, *, now: datetime) -> bool:
    """Note that somebody wants `chain` walked; False when one was asked for a moment ago."""
    ChainCheck.objects.get_or_create(chain=chain)
    asked_long_ago = Q(asked_at=None) | Q(asked_at__lte=now - BETWEEN_ASKS)
    rows = ChainCheck.objects.filter(asked_long_ago, chain=chain)
    return bool(rows.update(asked_at=now, walked=0))


def check_chain(chain: str, *, now: datetime) -> ChainCheck:
    """Walk `chain` and keep what was found as of `now`, the moment the walk began."""

    def report(seq: int) -> None:
        ChainCheck.objects.filter(chain=chain).update(walked=seq)

    seq, broken = walk(chain, report=report)
    found = {
        "seq": seq,
        "walked": seq,
        "fault": str(broken.what)[:300] if broken else "",
        "fault_seq": broken.seq if broken else None,
        "at": now,
    }
    return ChainCheck.objects.update_or_create(chain=chain, defaults=found)[0]


def due_chains(*, now: datetime) -> list[str]:
    """Return the chains that somebody asked for, or that nobody has walked for a day."""
    asked = Q(asked_at__isnull=False) & (Q(at=None) | Q(asked_at__gt=F("at")))
    fresh = ChainCheck.objects.filter(at__gt=now - EVERY).exclude(asked)
    known = set(ChainHead.objects.values_list("chain", flat=True))
    known |= set(ChainCheck.objects.values_list("chain", flat=True))  # a head may be gone
    return sorted(known - set(fresh.values_list("chain", flat=True)))


def is_awaited(check: ChainCheck | None) -> bool:
    """Was a walk asked for that has not ended yet?"""
    if check is None or check.asked_at is None:
        return False
    return check.at is None or check.asked_at > check.at
