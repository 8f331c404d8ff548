"""Read a Langfuse prompt export: the rows that its public API answers, one for each version.

Taken: a list of rows, pages `{"data": [rows]}`, a list of pages, a single row, in any
number of files. A row has name, version (an integer), type, prompt, config, labels, tags,
commitMessage, createdAt and createdBy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from registry.domain.content import Content
from registry.domain.fields import ContentError, storable_text
from registry.prompts.in_out.candidates import read_messages
from registry.prompts.in_out.files import TextFile
from registry.prompts.in_out.history import (
    IGNORED_LABELS,
    LABELS,
    History,
    PastVersion,
    numbered,
)
from registry.prompts.in_out.json_text import JsonError, read_json

SOURCE = "langfuse"
LARGEST_REVISION = 2_147_483_647
_REFERENCE = "@@@langfusePrompt:"
_NAMES_ONLY = (
    "This is only the list of names (GET /api/public/v2/prompts), without the texts. Fetch each "
    "version (GET /api/public/v2/prompts/NAME?version=N) and give the answers as one list."
)


class ExportError(ValueError):
    """A file that is no such export; the message says what to give instead."""


def read_export(files: Sequence[TextFile]) -> list[History]:
    """Return the prompts of an export, by name. Raises ExportError for what is no export."""
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for file in files:
        for row in _rows(file):
            name, version = row["name"], row["version"]
            known = rows.setdefault(name, {})
            if version in known and known[version] != row:
                raise ExportError(
                    f"{file.name}: version {version} of {name[:80]!r} is there twice, with "
                    "different content. Export it again, in one go."
                )
            known[version] = row
    if not rows:
        raise ExportError("There is no prompt in it.")
    return [_history(name, [rows[name][n] for n in sorted(rows[name])]) for name in sorted(rows)]


def _rows(file: TextFile) -> Iterator[dict[str, Any]]:
    """Yield the rows of one file."""
    if file.fault:
        raise ExportError(f"{file.name}: {file.fault}")
    try:
        value = read_json(file.text)
    except JsonError as error:
        raise ExportError(f"{file.name}: {error}") from None
    for number, row in enumerate(_flat(value), 1):
        place = f"{file.name}, row {number}"
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise ExportError(f"{place} is no prompt: it has no name.")
        try:
            storable_text(row["name"], f"The name in {place}", "name")
        except ContentError as error:
            raise ExportError(error.message) from None
        if "prompt" not in row and "versions" in row:
            raise ExportError(f"{file.name}: {_NAMES_ONLY}")
        version = row.get("version")
        if isinstance(version, bool) or not isinstance(version, int):
            raise ExportError(f"{place}: the version must be a whole number, as Langfuse has it.")
        if not 0 < version <= LARGEST_REVISION:
            raise ExportError(f"{place}: the version {version} is out of range.")
        yield row


def _flat(value: Any) -> Iterator[Any]:
    """Yield the rows of a list, of a page, of a list of pages, or the one row."""
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from value["data"]
    elif isinstance(value, list):
        for item in value:
            paged = isinstance(item, dict) and isinstance(item.get("data"), list)
            yield from item["data"] if paged else [item]
    else:
        yield value


def _history(name: str, rows: list[dict[str, Any]]) -> History:
    """Return one prompt; `rows` are its versions, the oldest first."""
    newest = rows[-1]
    kind = _kind(newest)
    problems: list[str] = []
    notes: dict[str, None] = {}
    versions: list[PastVersion] = []
    for row in rows:
        try:
            version, said = _version(row, kind)
        except ContentError as error:
            problems.append(f"Version {row['version']}: {error.message}")
        else:
            versions.append(version)
            notes |= dict.fromkeys(said)
    labels, left_out = _labels(rows, problems)
    tags = newest.get("tags")
    history = History(
        source=SOURCE,
        old_name=name,
        kind=kind,
        labels=labels,
        left_out=left_out,
        tags=tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else (),
        problems=tuple(problems),
        notes=tuple(notes),
    )
    return history if problems else replace(history, versions=numbered(versions))


def _kind(row: dict[str, Any]) -> str:
    return "chat" if row.get("type") == "chat" or isinstance(row.get("prompt"), list) else "text"


def _version(row: dict[str, Any], kind: str) -> tuple[PastVersion, tuple[str, ...]]:
    """Return one version and notes on it. Raises ContentError."""
    if _kind(row) != kind:
        raise ContentError(
            "kind",
            f"This one is a {_kind(row)} prompt and the newest is {kind}. A prompt keeps its "
            "kind: leave the older kind out of the export.",
        )
    body: Any = row.get("prompt")
    notes: tuple[str, ...] = ()
    if isinstance(body, list):
        body, notes = read_messages(body)
    content = Content.from_fields(kind, body, row.get("config") or {})
    if any(_REFERENCE in text for _, text in content.parts()):
        raise ContentError(
            "content",
            f"It includes another prompt ({_REFERENCE}…), which is not filled in here. Put the "
            "text itself in its place, then export again.",
        )
    number, said = row["version"], row.get("commitMessage")
    origin = {
        "source": SOURCE,
        "author": _text(row.get("createdBy")),
        "at": _moment(row.get("createdAt")),
        "labels": [label for label in _list(row.get("labels")) if label not in IGNORED_LABELS],
    }
    reason = _text(said).strip() or f"Version {number} in Langfuse, which gave no reason."
    return PastVersion(number, content, reason, origin), notes


def _labels(
    rows: list[dict[str, Any]], problems: list[str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the labels that are taken over, and the names of those that are not."""
    labels: dict[str, int] = {}
    left_out: dict[str, None] = {}
    for row in rows:
        for label in _list(row.get("labels")):
            if label in IGNORED_LABELS:
                continue
            if label not in LABELS:
                left_out[f"{label} (version {row['version']})"] = None
            elif label in labels:
                problems.append(
                    f"{label} stands on the versions {labels[label]} and {row['version']}: the "
                    "label moved during the export. Export again."
                )
            else:
                labels[label] = row["version"]
    return labels, tuple(left_out)


def _list(value: Any) -> list[str]:
    if not isinstance(value, list):
        return []
    return list(dict.fromkeys(_text(v) for v in value if isinstance(v, str)))


def _text(value: Any) -> str:
    """Return a text that can be stored and shown, at most 2,000 characters of it."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c != "\x00" and not "\ud800" <= c <= "\udfff")[:2000]


def _moment(value: Any) -> str:
    """Return a time as it was written, or nothing for what is no time."""
    try:
        datetime.fromisoformat(_text(value))
    except ValueError:
        return ""
    return _text(value)
