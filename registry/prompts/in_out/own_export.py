"""Read our own export back: folders with a `prompt.yaml` and a file for each version."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from registry.domain import semver
from registry.domain.content import Content, digest
from registry.domain.fields import ContentError, storable
from registry.domain.semver import Bump
from registry.prompts.in_out import own_format
from registry.prompts.in_out.files import TextFile
from registry.prompts.in_out.history import LABELS, History, PastVersion
from registry.prompts.in_out.langfuse import LARGEST_REVISION, ExportError
from registry.prompts.in_out.own_format import FormatError
from registry.prompts.in_out.yaml_text import YamlError, read_yaml

SOURCE = "promptcms"
ABOUT_FILE = "prompt.yaml"


def is_export(files: Sequence[TextFile]) -> bool:
    """Is a `prompt.yaml` of ours among the files?"""
    return any(_is_about(file) for file in files)


def read_export(files: Sequence[TextFile]) -> list[History]:
    """Return the prompts of an export, by name. Raises ExportError for what is no export."""
    histories = [_history(file, files) for file in files if _is_about(file)]
    names = [history.old_name for history in histories]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ExportError(f"{twice} is there twice. Leave one of its folders out.")
    if not histories:
        raise ExportError("There is no prompt in it.")
    return sorted(histories, key=lambda history: history.old_name)


def _is_about(file: TextFile) -> bool:
    first = file.text.partition("\n")[0].strip()
    return PurePosixPath(file.name).name == ABOUT_FILE and first == f"format: {own_format.PROMPT}"


def _history(about: TextFile, files: Sequence[TextFile]) -> History:
    """Return the prompt of one folder."""
    try:
        fields = storable(read_yaml(about.text), about.name, "name")
    except YamlError as error:
        raise ExportError(f"{about.name}: {error}") from None
    except ContentError as error:
        raise ExportError(error.message) from None
    name = fields.get("name")
    if not isinstance(name, str) or fields.get("kind") not in ("text", "chat"):
        raise ExportError(f"{about.name}: it must have a name, and the kind text or chat.")
    folder = PurePosixPath(about.name).parent
    versions: list[PastVersion] = []
    problems: list[str] = []
    for file in files:
        path = PurePosixPath(file.name)
        if path.parent != folder or path.suffix != ".md":
            continue
        try:
            versions.append(_version(file, fields["kind"]))
        except (FormatError, ContentError, ValueError) as error:
            problems.append(f"{path.name}: {error}")
    versions.sort(key=lambda version: version.revision)
    problems += _relations(versions)
    labels = _labels(fields.get("labels"), versions, problems)
    history = History(
        source=SOURCE,
        old_name=name,
        kind=fields["kind"],
        title=_text(fields, "title"),
        description=_text(fields, "description"),
        tags=tuple(_texts(fields, "tags")),
        aliases=tuple(_texts(fields, "aliases")),
        owner=_text(fields, "owner"),
        archived=fields.get("archived") is True,
        labels={k: v for k, v in labels.items() if k in LABELS},
        left_out=tuple(k for k in labels if k not in LABELS),
        problems=tuple(problems),
    )
    return history if problems else replace(history, versions=tuple(versions))


def _version(file: TextFile, kind: str) -> PastVersion:
    """Return the version in one file. Raises FormatError or ContentError."""
    if file.fault:
        raise FormatError(file.fault)
    fields, body = own_format.read_version(file.text)
    fields = storable(fields, "What stands above its text", "content")
    content = Content.from_fields(
        kind, body, fields.get("config"), fields.get("output_schema"), fields.get("variables")
    )
    if fields.get("digest") != digest(content):
        raise FormatError(
            "Its text or its parameters were changed after the export (the digest differs), so it "
            "is no longer that version. Take the unchanged file, or import it as a new prompt."
        )
    revision = fields.get("revision")
    if not isinstance(revision, int) or not 0 < revision <= LARGEST_REVISION:
        raise FormatError("revision must be a whole number from 1 on.")
    reason = _text(fields, "reason")
    if not reason.strip():
        raise FormatError("reason is missing.")
    return PastVersion(
        revision=revision,
        content=content,
        reason=reason,
        origin=_origin(fields),
        number=semver.parse(str(fields.get("version"))),
        bump=Bump(str(fields.get("bump"))),
        base=_revision(fields.get("base")),
        answers=_revision(fields.get("answers")),
    )


def _origin(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return who wrote it when, and where it had come from before, if from elsewhere."""
    origin: dict[str, Any] = {
        "source": SOURCE,
        "author": _text(fields, "author"),
        "at": _text(fields, "created_at"),
        "contributors": _texts(fields, "contributors"),
    }
    before = fields.get("origin")
    return {**origin, "before": before} if isinstance(before, dict) else origin


def _revision(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise FormatError(f"{value!r} is no revision. Write the whole number of a version.")
    return value


def _relations(versions: Sequence[PastVersion]) -> list[str]:
    """Return what is wrong between versions: numbers given twice, a base that is not there."""
    problems = []
    seen: dict[int, PastVersion] = {}
    numbers: set[semver.Version] = set()
    for version in versions:
        if version.revision in seen or version.number in numbers:
            problems.append(f"Two versions are {version.number} or revision {version.revision}.")
        for other in (version.base, version.answers):
            if other is not None and other not in seen:
                problems.append(
                    f"{version.number} refers to revision {other}, which is not in the files. Put "
                    "its file back."
                )
        seen[version.revision] = version
        if version.number is not None:
            numbers.add(version.number)
    return problems


def _labels(given: Any, versions: Sequence[PastVersion], problems: list[str]) -> dict[str, int]:
    """Return the revision that each label points to."""
    by_number = {str(version.number): version.revision for version in versions}
    labels: dict[str, int] = {}
    for label, number in (given if isinstance(given, dict) else {}).items():
        if str(number) in by_number:
            labels[label] = by_number[str(number)]
        elif not problems:
            problems.append(f"The label {label[:40]} points to {number}, which is not there.")
    return labels


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _texts(fields: Mapping[str, Any], key: str) -> list[str]:
    value = fields.get(key)
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
