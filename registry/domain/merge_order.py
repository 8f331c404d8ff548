"""In which order the messages of two edited chats stand after a merge; none is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.domain.diff.pairing import Item, Pair


@dataclass(slots=True)
class Spot:
    """One message of the merged chat: its positions (from 0) in base, mine and theirs."""

    base: int | None = None
    mine: int | None = None
    theirs: int | None = None


@dataclass(frozen=True)
class Order:
    """The spots in order; `both_moved` says that both sides moved messages, differently."""

    spots: list[Spot]
    both_moved: bool


def merged_order(
    mine: Sequence[Item], theirs: Sequence[Item], pairs: list[Pair], other_pairs: list[Pair]
) -> Order:
    """Return a spot for every message of either side, those of the base paired.

    The order is that of the side that moved messages, mine if both or none did; what only
    the other side has follows the message that it follows there.
    """
    ours = {p.new: p.old for p in pairs if p.new is not None}
    others = {p.new: p.old for p in other_pairs if p.new is not None}
    spots_of_base: dict[int, Spot] = {}
    left = [_spot(spots_of_base, ours[j], mine=j) for j in range(len(mine))]
    right = [_spot(spots_of_base, others[j], theirs=j) for j in range(len(theirs))]
    right = _equal_additions(left, right, mine, theirs)
    moved = any(p.moved for p in pairs)
    other_moved = any(p.moved for p in other_pairs)
    first, second = (right, left) if other_moved and not moved else (left, right)
    differs = [s.base for s in left if _is_of_all(s)] != [s.base for s in right if _is_of_all(s)]
    return Order(_woven(first, second), moved and other_moved and differs)


def _spot(
    known: dict[int, Spot], base: int | None, *, mine: int | None = None, theirs: int | None = None
) -> Spot:
    """Return the spot of a base message, or a new one for an added message."""
    spot = Spot() if base is None else known.setdefault(base, Spot(base))
    if mine is not None:
        spot.mine = mine
    if theirs is not None:
        spot.theirs = theirs
    return spot


def _equal_additions(
    left: list[Spot], right: list[Spot], mine: Sequence[Item], theirs: Sequence[Item]
) -> list[Spot]:
    """Let a message that both added in the same words be one message; return `right` anew."""
    waiting: dict[Item, list[Spot]] = {}
    for spot in reversed(left):
        if spot.base is None and spot.mine is not None:
            waiting.setdefault(mine[spot.mine], []).append(spot)
    joined: list[Spot] = []
    for spot in right:
        if spot.base is None and spot.theirs is not None and waiting.get(theirs[spot.theirs]):
            twin = waiting[theirs[spot.theirs]].pop()
            twin.theirs = spot.theirs
            joined.append(twin)
        else:
            joined.append(spot)
    return joined


def _woven(first: list[Spot], second: list[Spot]) -> list[Spot]:
    """Return `first` with what only `second` has, each after its neighbour there.

    Where both added something after the same neighbour, the additions of `first` come first.
    """
    spots = list(first)
    of_both = {id(spot) for spot in first} & {id(spot) for spot in second}
    before: Spot | None = None
    for spot in second:
        if id(spot) not in of_both:
            at = 0 if before is None else next(i for i, s in enumerate(spots) if s is before) + 1
            is_first_addition = before is None or id(before) in of_both
            while is_first_addition and at < len(spots) and _is_addition(spots[at]):
                at += 1
            spots.insert(at, spot)
        before = spot
    return spots


def _is_of_all(spot: Spot) -> bool:
    return None not in (spot.base, spot.mine, spot.theirs)


def _is_addition(spot: Spot) -> bool:
    return spot.base is None and (spot.mine is None or spot.theirs is None)
