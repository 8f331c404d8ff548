"""Does what an application supplies fill a text? Nothing may be missing, nothing unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

AT_ONCE = timedelta(minutes=10)  # a process silent for so long beside others has ended


@dataclass(frozen=True, slots=True)
class Needs:
    """What a text needs: variables without a value of their own; and all that it knows."""

    needed: frozenset[str]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Given:
    """What one process supplied, and when it was last seen."""

    names: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How what is given differs from what is needed.

    `never` is given by no running process, `sometimes` by some of them, `lately` by all of
    them but not by one that has ended; `unknown` is given and not known.
    """

    never: frozenset[str] = frozenset()
    sometimes: frozenset[str] = frozenset()
    lately: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def besides(self, now: Needs) -> "Shortfall":
        """Return what is left without what falls short of the present text `now` as well."""
        return Shortfall(
            never=self.never - now.needed,
            sometimes=self.sometimes - now.needed,
            lately=self.lately - now.needed,
            unknown=self.unknown & now.known,
        )


def shortfall(given: Sequence[Given], needs: Needs) -> Shortfall:
    """Compare what the processes of one application supply with what a text needs.

    A process that has ended counts less: the application may have been brought up to date.
    """
    if not given:
        return Shortfall()
    latest = max(one.at for one in given)
    running = [one.names for one in given if latest - one.at <= AT_ONCE]
    by_any, by_all = frozenset().union(*running), frozenset.intersection(*running)
    by_all_ever = by_all.intersection(*(one.names for one in given))
    return Shortfall(
        never=needs.needed - by_any,
        sometimes=(needs.needed & by_any) - by_all,
        lately=(needs.needed & by_all) - by_all_ever,
        unknown=by_any - needs.known,
    )
