"""A comparison as the page shows it: messages with folded lines, tables of changed fields."""

from dataclasses import dataclass
from typing import Any

from registry.domain.content import Content
from registry.domain.diff import Part, compare
from registry.web.compare.blocks import Block, InlineLine, SideLine, inline_blocks, side_blocks
from registry.web.compare.fields import config_rows, schema_rows, variable_rows
from registry.web.compare.marks import Allowance
from registry.web.compare.words import summary_words


@dataclass(frozen=True)
class ShownPart:
    """One message, or the whole text, with what happened to it in words.

    `number` is its place in the new version, from 1; None for one that is gone.
    """

    title: str
    chips: list[tuple[str, str]]  # (tone, word)
    blocks: list[Block[InlineLine]] | list[Block[SideLine]]
    placeholder: str
    number: int | None


def shown(old: Content, new: Content, view: str) -> dict[str, Any]:
    """Return the context of `registry/compare/_texts.html` for the view `inline` or `side`.

    `left_out` counts the lines at the end that are too many for a page.
    """
    found = compare(old, new)
    allowed = Allowance()
    return {
        "view": view,
        "same": found.same,
        "summary": summary_words(found),
        "parts": [_part(part, view, allowed) for part in found.parts],
        "left_out": max(0, -allowed.lines),
        "config": config_rows(found),
        "schema": schema_rows(found),
        "variables": variable_rows(found, old, new),
        "chat": "chat" in (old.kind, new.kind),
    }


def _part(part: Part, view: str, allowed: Allowance) -> ShownPart:
    blocks = side_blocks(part, allowed) if view == "side" else inline_blocks(part, allowed)
    return ShownPart(_title(part), _chips(part), blocks, part.placeholder, part.new_position)


def _title(part: Part) -> str:
    """Return what stands over the part: its role, its number, and where it moved from."""
    if part.placeholder:
        return f"placeholder {part.placeholder}"
    role = part.new_role or part.old_role
    if not role:
        return "Text"
    if part.old_role and part.new_role and part.old_role != part.new_role:
        return f"{part.old_role} → {part.new_role}"
    return role


def _chips(part: Part) -> list[tuple[str, str]]:
    """Return what happened to the part as chips of a tone and a word."""
    chips = {
        "added": [("good", f"added as message {part.new_position}")],
        "removed": [("bad", f"removed, was message {part.old_position}")],
    }.get(part.status, [])
    if part.moved:
        chips.append(("live", _moved(part.places)))
    if part.status == "equal" and not part.moved:
        chips.append(("", "unchanged"))
    if part.old_role and part.new_role and part.old_role != part.new_role:
        chips.append(("warn", "role changed"))
    return chips


def _moved(places: int) -> str:
    """Return `moved up 1 place`; 0 when its neighbours changed their places around it."""
    if not places:
        return "moved among its neighbours"
    count = abs(places)
    return f"moved {'up' if places < 0 else 'down'} {count} place{'' if count == 1 else 's'}"
