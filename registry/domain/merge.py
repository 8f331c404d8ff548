"""Merge a colleague's version into a draft: three ways, from what both started from.

Texts are merged by lines, messages are paired by role and likeness first, and config,
output schema and variables field by field. What both changed differently is a conflict:
marked in a text, and for a field one's own value stays. Every conflict is a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.domain.content import Content, Message, Placeholder
from registry.domain.diff.pairing import Item, items, pair
from registry.domain.merge_fields import Clash, merge_fields
from registry.domain.merge_lines import CLOSES, OPENS, Theirs, marks_left, merge_texts
from registry.domain.merge_order import merged_order

__all__ = ["Merged", "Theirs", "content_marks", "merge"]


@dataclass(frozen=True)
class Merged:
    """The fields of the merged draft, as a draft stores them, and every conflict in words."""

    body: str | list[dict[str, str]]
    config: dict[str, Any]
    output_schema: dict[str, Any] | None
    variables: list[dict[str, Any]]
    conflicts: tuple[str, ...]

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields by their names in a draft."""
        return {
            "content": self.body,
            "config": self.config,
            "output_schema": self.output_schema,
            "variables": self.variables,
        }


@dataclass
class _Work:
    """What a merge gathers while it goes."""

    by: Theirs
    conflicts: list[str] = field(default_factory=list)

    def clash(self, found: Clash, what: str = "") -> None:
        """Note a field that both set differently."""
        name = f"{what} {found.path}".strip()
        self.conflicts.append(
            f"{name}: you have {_words(found.mine)}, {self.by.who}'s {self.by.number} has "
            f"{_words(found.theirs)}. Yours was kept."
        )


def merge(base: Content | None, mine: Content, theirs: Content, *, by: Theirs) -> Merged:
    """Return `mine` with what `theirs` changed since `base`.

    All three are of one kind; without a base everything that differs is a conflict.
    """
    start = base or Content(mine.kind)
    work = _Work(by)
    body = _merge_body(start, mine, theirs, work)
    config, clashes = merge_fields(start.config, mine.config, theirs.config)
    for found in clashes:
        work.clash(found)
    return Merged(
        body=body,
        config=config,
        output_schema=_merge_schema(start, mine, theirs, work),
        variables=_merge_variables(start, mine, theirs, work),
        conflicts=tuple(work.conflicts),
    )


def content_marks(content: Content) -> list[tuple[str, int]]:
    """Return (where, line) of each mark of a merge that still stands in the texts."""
    return [(place, line) for place, text in content.parts() for line in marks_left(text)]


def _merge_body(
    base: Content, mine: Content, theirs: Content, work: _Work
) -> str | list[dict[str, str]]:
    """Merge the texts: of a chat message by message, in an order that keeps every message."""
    if mine.kind == "text":
        return _merge_text(base.text, mine.text, theirs.text, "", work)
    start, ours, others = items(base), items(mine), items(theirs)
    pairs, other_pairs = pair(start, ours), pair(start, others)
    order = merged_order(ours, others, pairs, other_pairs)
    if order.both_moved:
        work.conflicts.append(
            f"You and {work.by.who} moved messages: your order was kept. Look at it again."
        )
    merged: list[Item] = []
    for spot in order.spots:
        old = None if spot.base is None else start[spot.base]
        one = None if spot.mine is None else ours[spot.mine]
        other = None if spot.theirs is None else others[spot.theirs]
        item = _merge_item(old, one, other, len(merged) + 1, work)
        if item is not None:
            merged.append(item)
    body = Content("chat", messages=tuple(merged)).body
    assert not isinstance(body, str)
    return body


def _merge_item(
    base: Item | None, mine: Item | None, theirs: Item | None, number: int, work: _Work
) -> Item | None:
    """Return the merged message, or None when it was removed and nobody changed it."""
    if mine == theirs or base is None:
        return mine or theirs
    if mine == base:
        return theirs
    if theirs == base:
        return mine
    if isinstance(base, Placeholder) or isinstance(mine or theirs, Placeholder):
        return mine or theirs
    assert not isinstance(mine, Placeholder)
    assert not isinstance(theirs, Placeholder)
    if mine is None or theirs is None:
        return _removed_or_changed(mine, theirs, number, work)
    roles, clashes = merge_fields(_role(base), _role(mine), _role(theirs))
    for clash in clashes:
        work.clash(clash, f"Message {number}:")
    place = f"message {number} ({roles['role']})"
    text = _merge_text(base.content, mine.content, theirs.content, place, work)
    return Message(roles["role"], text)


def _removed_or_changed(
    mine: Message | None, theirs: Message | None, number: int, work: _Work
) -> Message | None:
    """Keep a message that one removed and the other changed, marked so that a person decides."""
    left = mine or theirs
    if left is None:
        return None
    gone, changed = (work.by.who, "you") if mine else ("you", work.by.who)
    work.conflicts.append(
        f"Message {number} ({left.role}): {gone} removed it and {changed} changed it. It stands "
        "in the text, marked: delete the marks to keep it, or remove the message."
    )
    kept = [mine.content] if mine else []
    came = [theirs.content] if theirs else []
    return Message(left.role, "\n".join([OPENS, *kept, work.by.divider, *came, CLOSES]))


def _merge_text(base: str, mine: str, theirs: str, place: str, work: _Work) -> str:
    found = merge_texts(base, mine, theirs, by=work.by)
    where = f" of {place}" if place else ""
    work.conflicts += [
        f"Line {line}{where}: you and {work.by.who} changed the same lines. Both stand in the "
        "text, marked: keep one and delete the marks."
        for line in found.conflicts
    ]
    return found.text


def _merge_schema(
    base: Content, mine: Content, theirs: Content, work: _Work
) -> dict[str, Any] | None:
    """Merge the output schemas key by key; having none is a value of its own."""
    sides = [{"output schema": one.output_schema} for one in (base, mine, theirs)]
    merged, clashes = merge_fields(*sides)
    for clash in clashes:
        work.clash(clash)
    schema = merged["output schema"]
    return None if schema is None else dict(schema)


def _merge_variables(
    base: Content, mine: Content, theirs: Content, work: _Work
) -> list[dict[str, Any]]:
    """Merge the declared variables by name, one's own order first."""
    sides = [{row["name"]: row for row in one.declared()} for one in (base, mine, theirs)]
    merged, clashes = merge_fields(*sides)
    for clash in clashes:
        work.clash(clash, "Variable")
    return list(merged.values())


def _role(item: Message) -> dict[str, str]:
    return {"role": item.role}


def _words(value: Any) -> str:
    """Return a value as people read it, cut to a sentence's length."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return "another value"
    text = " ".join(str(value).split())
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”" if text else "nothing"
