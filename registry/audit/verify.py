"""Walk the audit chains and name the first row of each that was tampered with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from registry.audit.models import ChainHead, Event
from registry.audit.record import link_hash

CHUNK = 2000  # events between two looks at how far the walk is


@dataclass(frozen=True)
class Broken:
    """A chain that does not hold, and where."""

    chain: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"{self.chain}, event {self.seq}: {self.what}"


def verify() -> Iterator[Broken]:
    """Yield one `Broken` per chain that was altered, shortened, reordered or extended."""
    for chain in all_chains():
        _, broken = walk(chain)
        if broken:
            yield broken


def all_chains() -> list[str]:
    """Return the names of all chains, those without a head among them."""
    chains = set(ChainHead.objects.values_list("chain", flat=True))
    return sorted(chains | set(Event.objects.order_by().values_list("chain", flat=True).distinct()))


def walk(chain: str, *, report: Callable[[int], object] | None = None) -> tuple[int, Broken | None]:
    """Return the last event of `chain` that was looked at, and its first fault.

    The walk ends at the head as it was at the start: what is written meanwhile is for the
    next one. `report` is told now and then how many events were looked at.
    """
    head = ChainHead.objects.filter(chain=chain).first()
    rows = Event.objects.filter(chain=chain).order_by("seq")
    if head:
        rows = rows.filter(seq__lte=head.seq)
    seq, previous = 0, ""
    for event in rows.iterator(chunk_size=CHUNK):
        if event.seq != seq + 1:
            return seq, Broken(chain, seq + 1, f"is missing; the next one found is {event.seq}.")
        if event.previous_hash != previous:
            return seq, Broken(chain, event.seq, "does not follow from the event before it.")
        if event.hash != link_hash(event):
            return seq, Broken(chain, event.seq, "was changed after it was written.")
        seq, previous = event.seq, event.hash
        if report and seq % CHUNK == 0:
            report(seq)
    return seq, _fault_at_the_end(chain, head, seq, previous)


def _fault_at_the_end(chain: str, head: ChainHead | None, seq: int, previous: str) -> Broken | None:
    """Return what is wrong with the head, or behind it, once all events were looked at."""
    if head is None:
        return Broken(chain, seq, "the head of the chain is missing.")
    if seq < head.seq:
        return Broken(chain, seq + 1, f"is missing; the chain's head stands at {head.seq}.")
    if head.hash != previous:
        return Broken(chain, seq, "is not the one that the chain's head names.")
    # One statement, so that an event and its head are seen together or not at all.
    newest = ChainHead.objects.filter(chain=OuterRef("chain")).values("seq")
    added = Event.objects.filter(chain=chain, seq__gt=Subquery(newest)).order_by("seq").first()
    return Broken(chain, added.seq, "was added behind the chain's head.") if added else None
