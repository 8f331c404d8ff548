"""Which message of the old chat became which message of the new one."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from registry.domain.content import Content, Message, Placeholder
from registry.domain.tokens import words

# Two messages with at least this share of words in common are the same message, edited.
SIMILAR = 0.5
# Above this many candidates, messages are paired by role and order alone.
MOST_CANDIDATES = 2_500

Item = Message | Placeholder


@dataclass(frozen=True, slots=True)
class Pair:
    """Positions (from 0) in the old and the new list; `None` for added or removed.

    `places` is how far a moved one came among those that both lists have; negative is up.
    """

    old: int | None
    new: int | None
    moved: bool = False
    places: int = 0


def items(content: Content) -> tuple[Item, ...]:
    """Return the messages; a text prompt counts as one message without a role."""
    return content.messages if content.kind == "chat" else (Message("", content.text),)


def pair(old: Sequence[Item], new: Sequence[Item]) -> list[Pair]:
    """Return the pairs in the order of the new list, removed ones where they stood.

    Equal messages are paired first, then similar ones, then those left of the same role that
    lie between the same neighbours (a message that was rewritten whole).
    """
    found = _equal(old, new)
    _add_similar(found, old, new)
    _add_rewritten(found, old, new)
    stayed = _longest_rising(found)
    return _in_order(found, stayed, len(old), len(new))


def _equal(old: Sequence[Item], new: Sequence[Item]) -> dict[int, int]:
    """Pair equal items: the common start and end first, the rest by order of appearance."""
    found: dict[int, int] = {}
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        found[start] = start
        start += 1
    end = 1
    while end <= min(len(old), len(new)) - start and old[-end] == new[-end]:
        found[len(old) - end] = len(new) - end
        end += 1
    places: dict[Item, list[int]] = {}
    taken = set(found.values())
    for j in reversed([j for j in range(len(new)) if j not in taken]):
        places.setdefault(new[j], []).append(j)
    for i, item in enumerate(old):
        if i not in found and places.get(item):
            found[i] = places[item].pop()
    return found


def _add_similar(found: dict[int, int], old: Sequence[Item], new: Sequence[Item]) -> None:
    """Pair what is left by similarity, best first; the same role wins a tie."""
    left, right = _unpaired(found, old, new)
    if len(left) * len(right) > MOST_CANDIDATES:
        return
    counted = {j: Counter(words(_text(new[j]))) for j in right}
    ranked: list[tuple[float, bool, int, int]] = []
    for i in left:
        mine = Counter(words(_text(old[i])))
        for j in right:
            share = _likeness(mine, counted[j])
            if share >= SIMILAR:
                ranked.append((-share, _role(old[i]) != _role(new[j]), i, j))
    taken: set[int] = set()
    for _, _, i, j in sorted(ranked):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)


def _add_rewritten(found: dict[int, int], old: Sequence[Item], new: Sequence[Item]) -> None:
    """Pair messages of the same role that lie between the same paired neighbours."""
    left, right = _unpaired(found, old, new)
    for i in left:
        low = max((found[k] for k in found if k < i), default=-1)
        high = min((found[k] for k in found if k > i), default=len(new))
        for j in right:
            if low < j < high and _role(old[i]) == _role(new[j]) is not None:
                found[i] = j
                right.remove(j)
                break


def _unpaired(
    found: dict[int, int], old: Sequence[Item], new: Sequence[Item]
) -> tuple[list[int], list[int]]:
    """Return the positions of messages (not placeholders) that have no partner yet."""
    taken = set(found.values())
    return (
        [i for i, item in enumerate(old) if i not in found and isinstance(item, Message)],
        [j for j, item in enumerate(new) if j not in taken and isinstance(item, Message)],
    )


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return twice the common words by all words (Dice), 0 to 1."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _longest_rising(found: dict[int, int]) -> set[int]:
    """Return the old positions of the most pairs that kept their order (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    before: dict[int, int | None] = {}
    for i in sorted(found):
        pile = bisect_left(tops, found[i])
        before[i] = piles[pile - 1] if pile else None
        tops[pile : pile + 1] = [found[i]]
        piles[pile : pile + 1] = [i]
    stayed: set[int] = set()
    at = piles[-1] if piles else None
    while at is not None:
        stayed.add(at)
        at = before[at]
    return stayed


def _in_order(found: dict[int, int], stayed: set[int], old: int, new: int) -> list[Pair]:
    """List all pairs by new position; a removed one follows its old neighbour."""
    partner = {j: i for i, j in found.items()}
    ranks = _ranks(found)
    after: dict[int, list[Pair]] = {}
    anchor = -1
    for i in range(old):
        if i in found:
            anchor = found[i] if i in stayed else anchor
        else:
            after.setdefault(anchor, []).append(Pair(i, None))
    listed = after.get(-1, [])
    for j in range(new):
        origin = partner.get(j)
        moved = origin is not None and origin not in stayed
        listed.append(Pair(origin, j, moved, ranks[j] if moved else 0))
        listed.extend(after.get(j, []))
    return listed


def _ranks(found: dict[int, int]) -> dict[int, int]:
    """Return by new position how many places a pair came down among all pairs."""
    before = {i: rank for rank, i in enumerate(sorted(found))}
    partner = {j: i for i, j in found.items()}
    return {j: rank - before[partner[j]] for rank, j in enumerate(sorted(partner))}


def _role(item: Item) -> str | None:
    """Return the role of a message, `None` for a placeholder."""
    return item.role if isinstance(item, Message) else None


def _text(item: Item) -> str:
    """Return the text of a message."""
    return item.content if isinstance(item, Message) else ""
