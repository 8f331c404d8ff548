"""Walk the audit chains and name the first row of each that was tampered with."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.audit.models import ChainHead, Event
from registry.audit.record import link_hash


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
    heads = {head.chain: head for head in ChainHead.objects.all()}
    chains = set(heads) | set(Event.objects.order_by().values_list("chain", flat=True).distinct())
    for chain in sorted(chains):
        broken = _first_fault(chain, heads.get(chain))
        if broken:
            yield broken


def _first_fault(chain: str, head: ChainHead | None) -> Broken | None:
    seq, previous = 0, ""
    for event in Event.objects.filter(chain=chain).order_by("seq").iterator(chunk_size=2000):
        if event.seq != seq + 1:
            return Broken(chain, seq + 1, f"is missing; the next one found is {event.seq}.")
        if event.previous_hash != previous:
            return Broken(chain, event.seq, "does not follow from the event before it.")
        if event.hash != link_hash(event):
            return Broken(chain, event.seq, "was changed after it was written.")
        seq, previous = event.seq, event.hash
    if head is None:
        return Broken(chain, seq, "the head of the chain is missing.")
    if (head.seq, head.hash) != (seq, previous):
        return Broken(chain, seq + 1, f"is missing; the chain's head stands at {head.seq}.")
    return None
