"""The difference as plain text, in the unified format that developers know."""

import json
from collections.abc import Iterator, Sequence

from registry.domain.alignment import Step
from registry.domain.content import Content, Message
from registry.domain.diff.pairing import items
from registry.domain.diff.segments import Budget, line_steps

CONTEXT = 3


def unified(old: Content, new: Content, old_name: str = "old", new_name: str = "new") -> str:
    """Return a unified diff of everything that is served; empty when nothing differs."""
    before, after = _listing(old), _listing(new)
    hunks = "".join(_hunks(before, after, line_steps(before, after, Budget())))
    return f"--- {old_name}\n+++ {new_name}\n{hunks}" if hunks else ""


def _listing(content: Content) -> list[str]:
    """Return the content as lines: each message under its role, then the JSON fields."""
    found: list[str] = []
    for item in items(content):
        if not isinstance(item, Message):
            found.append(f"## placeholder {item.name}")
            continue
        found.append(f"## {item.role or 'text'}")
        found.extend(item.content.split("\n"))
    fields = content.served_fields()
    for name in ("config", "output_schema", "variables"):
        if fields[name]:
            found.append(f"## {name}")
            text = json.dumps(fields[name], indent=2, sort_keys=True, ensure_ascii=False)
            found.extend(text.split("\n"))
    return found


def _hunks(old: Sequence[str], new: Sequence[str], steps: Sequence[Step]) -> Iterator[str]:
    """Yield the hunks: changes with up to three unchanged lines around them."""
    rows = [row for step in steps for row in _rows(old, new, step)]
    changed = [k for k, (sign, _, _, _) in enumerate(rows) if sign != " "]
    while changed:
        last = 0
        while last + 1 < len(changed) and changed[last + 1] - changed[last] <= 2 * CONTEXT:
            last += 1
        hunk = rows[max(0, changed[0] - CONTEXT) : changed[last] + CONTEXT + 1]
        yield _hunk(hunk)
        changed = changed[last + 1 :]


def _rows(
    old: Sequence[str], new: Sequence[str], step: Step
) -> Iterator[tuple[str, int, int, str]]:
    """Yield (sign, lines before it in the old, in the new, text) for one step."""
    if step.op == "insert":
        for j in range(step.new_start, step.new_end):
            yield "+", step.old_start, j, new[j]
        return
    for i in range(step.old_start, step.old_end):
        j = step.new_start + (i - step.old_start if step.op == "equal" else 0)
        yield ("-" if step.op == "delete" else " "), i, j, old[i]


def _hunk(rows: Sequence[tuple[str, int, int, str]]) -> str:
    """Return one hunk with its header; a side without lines counts from the line before."""
    _, old_start, new_start, _ = rows[0]
    old_count = sum(sign != "+" for sign, _, _, _ in rows)
    new_count = sum(sign != "-" for sign, _, _, _ in rows)
    before = f"{old_start + (old_count > 0)},{old_count}"
    after = f"{new_start + (new_count > 0)},{new_count}"
    return (
        "\n".join((f"@@ -{before} +{after} @@", *(sign + text for sign, _, _, text in rows))) + "\n"
    )
