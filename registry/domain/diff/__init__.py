"""What changed between two contents, as structure that pages and the API can show.

Messages are paired, texts compared by lines and then words, config, output schema and
variables as changed fields only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from registry.domain.content import Content, Message
from registry.domain.diff.changed_fields import (
    FieldChange,
    VariableChanges,
    changed_fields,
    variable_changes,
)
from registry.domain.diff.pairing import Item, Pair, items, pair
from registry.domain.diff.rows import Row, rows
from registry.domain.diff.segments import SECONDS_IN_ALL, Budget, Segment, compare_texts
from registry.domain.diff.unified import unified
from registry.domain.tokens import count_words

__all__ = [
    "Comparison",
    "FieldChange",
    "Part",
    "Row",
    "Segment",
    "Summary",
    "VariableChanges",
    "compare",
    "rows",
    "unified",
]

Status = Literal["equal", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Part:
    """One message (or the whole text, or a placeholder) on both sides.

    Positions count from 1 and are `None` on the side that lacks it; `places` is how far a
    moved message came among those that stayed, negative is up. Roles are "" for the
    text of a text prompt; for a placeholder `placeholder` is its name and there is no text.
    """

    status: Status
    moved: bool
    places: int
    old_position: int | None
    new_position: int | None
    old_role: str
    new_role: str
    placeholder: str
    segments: tuple[Segment, ...]

    def rows(self) -> list[Row]:
        """Return the lines of both sides next to each other."""
        return rows(self.segments)


@dataclass(frozen=True, slots=True)
class Summary:
    """The difference in figures."""

    words_added: int
    words_removed: int
    messages_added: int
    messages_removed: int
    messages_changed: int
    messages_moved: int
    fields_changed: int
    variables_added: int
    variables_removed: int
    variables_renamed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two contents; `kinds` is (old, new) when it changed."""

    kinds: tuple[str, str] | None
    parts: tuple[Part, ...]
    config: tuple[FieldChange, ...]
    output_schema: tuple[FieldChange, ...]
    variables: VariableChanges
    summary: Summary

    @property
    def same(self) -> bool:
        """Is nothing different?"""
        return not (
            self.kinds
            or self.config
            or self.output_schema
            or self.variables != VariableChanges()
            or any(part.status != "equal" or part.moved for part in self.parts)
        )


def compare(old: Content, new: Content, *, seconds: float = SECONDS_IN_ALL) -> Comparison:
    """Return what changed from `old` to `new`, searching for at most about `seconds`."""
    budget = Budget(seconds)
    before, after = items(old), items(new)
    parts = tuple(_part(before, after, found, budget) for found in pair(before, after))
    config = changed_fields(old.config, new.config)
    schema = changed_fields(old.output_schema, new.output_schema)
    if (old.output_schema is None) != (new.output_schema is None):
        schema = (
            FieldChange(
                "output_schema",
                "added" if old.output_schema is None else "removed",
                old.output_schema,
                new.output_schema,
            ),
        )
    variables = variable_changes(old, new)
    return Comparison(
        kinds=(old.kind, new.kind) if old.kind != new.kind else None,
        parts=parts,
        config=config,
        output_schema=schema,
        variables=variables,
        summary=_summary(parts, (*config, *schema, *variables.changed), variables),
    )


def _part(old: Sequence[Item], new: Sequence[Item], found: Pair, budget: Budget) -> Part:
    """Compare one pair of messages."""
    before = None if found.old is None else old[found.old]
    after = None if found.new is None else new[found.new]
    status: Status
    if before is None:
        status = "added"
    elif after is None:
        status = "removed"
    else:
        status = "equal" if before == after else "changed"
    one = before or after
    return Part(
        status=status,
        moved=found.moved,
        places=found.places,
        old_position=None if found.old is None else found.old + 1,
        new_position=None if found.new is None else found.new + 1,
        old_role=before.role if isinstance(before, Message) else "",
        new_role=after.role if isinstance(after, Message) else "",
        placeholder="" if one is None or isinstance(one, Message) else one.name,
        segments=compare_texts(_text(before), _text(after), budget),
    )


def _text(item: Item | None) -> str:
    """Return the text of a message, nothing for a placeholder or a missing one."""
    return item.content if isinstance(item, Message) else ""


def _summary(
    parts: Sequence[Part], fields: Sequence[FieldChange], variables: VariableChanges
) -> Summary:
    """Count what the comparison shows."""
    counted = {"insert": 0, "delete": 0, "equal": 0}
    for part in parts:
        for segment in part.segments:
            counted[segment.op] += count_words(segment.text) if segment.op != "equal" else 0
    statuses = [part.status for part in parts]
    return Summary(
        words_added=counted["insert"],
        words_removed=counted["delete"],
        messages_added=statuses.count("added"),
        messages_removed=statuses.count("removed"),
        messages_changed=statuses.count("changed"),
        messages_moved=sum(part.moved for part in parts),
        fields_changed=len(fields),
        variables_added=len(variables.added),
        variables_removed=len(variables.removed),
        variables_renamed=len(variables.renamed),
    )
