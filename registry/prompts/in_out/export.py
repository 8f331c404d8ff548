"""A project as readable files: one folder per prompt, one file per version, byte for byte alike."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import F, Prefetch, QuerySet

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project
from registry.prompts.in_out import own_export, own_format
from registry.prompts.in_out.yaml_text import write_yaml
from registry.prompts.models import Alias, Prompt, Version
from registry.release.models import Contributor, Label

FOLDER = "prompts"
_AT_ONCE = 100
# The earliest moment that an archive can hold: nothing in the file depends on when it is made.
_MOMENT = (1980, 1, 1, 0, 0, 0)
READ_ME = """\
# Prompts, as files

One folder for each prompt, named as applications fetch it. In it:

- `prompt.yaml`: title, description, tags, other names it is served under (aliases), owner, and
  the version that each label serves (production, staging, canary).
- `2.4.0.md`: a version. Between the lines of `---` stands everything but the text: revision,
  number, bump, the revision it started from (base), reason, author, contributors, time,
  parameters, output schema, variables, and the digest over what applications are served.
  Below stands the text. A chat has a line such as `===== system` before each message.

Take the files into another project on its page "Adopt a history": an admin gets every version
with its own number, and the labels production and staging as they stand here. What differs
afterwards: adopted versions say so and name this place as their source; a label canary is not
taken over; an owner who is not a member there is replaced by the admin. Evaluations,
approvals, the history of the labels and the audit trail are not in these files.

A changed file is no longer that version (its digest says so). To change a prompt, import the
file as a new one, or edit it in the browser.
"""


def write_export(
    file: IO[bytes], project: Project, *, prompts: Iterable[Prompt] | None = None, actor: Actor
) -> None:
    """Write the zip into `file`, prompt by prompt. The same rows give the same bytes.

    Raises NotPermitted, or Refused when a prompt is renamed meanwhile.
    """
    require(actor, Action.VIEW, project)
    rows = Prompt.objects.filter(project=project).order_by("name")
    if prompts is not None:
        rows = rows.filter(pk__in=[prompt.pk for prompt in prompts])
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        _add(archive, "README.md", READ_ME)
        versions = groupby(_versions(rows), key=lambda version: version.prompt_id)
        owner, written = next(versions, (None, iter(())))
        for prompt in _with_parts(rows).iterator(chunk_size=_AT_ONCE):
            folder = f"{FOLDER}/{prompt.name}"
            _add(archive, f"{folder}/{own_export.ABOUT_FILE}", write_yaml(_about(prompt)))
            if owner != prompt.pk:  # it has no version
                continue
            for version in written:
                version.prompt = prompt
                text = own_format.write_version(_fields(version), version.as_content())
                _add(archive, f"{folder}/{version.semver}.md", text)
            owner, written = next(versions, (None, iter(())))
        if owner is not None:  # a prompt was renamed in between, and the two orders differ
            raise Refused("Somebody changed a prompt during the export. Export again.")


def _with_parts(rows: QuerySet[Prompt]) -> QuerySet[Prompt]:
    labels = Label.objects.order_by("name").select_related("version")
    light = labels.only("name", "prompt", *(f"version__{n}" for n in ("major", "minor", "patch")))
    return rows.select_related("owner").prefetch_related(
        Prefetch("labels", light), Prefetch("aliases", Alias.objects.order_by("name"))
    )


def _versions(prompts: QuerySet[Prompt]) -> Iterator[Any]:
    """Yield the versions of all prompts in their order, the oldest first, some at a time.

    Each carries `base_revision` and `answers_revision`: a base's text is not needed here.
    """
    people = Contributor.objects.select_related("person").order_by("person__username")
    rows = Version.objects.filter(prompt__in=prompts.order_by().values("pk"))
    rows = rows.select_related("author").order_by("prompt__name", "revision")
    numbers = {"base_revision": F("base__revision"), "answers_revision": F("answers__revision")}
    rows = rows.annotate(**numbers).prefetch_related(Prefetch("contributors", people))
    return rows.iterator(chunk_size=_AT_ONCE)


def _about(prompt: Prompt) -> dict[str, Any]:
    """Return what `prompt.yaml` says."""
    return {
        "format": own_format.PROMPT,
        "name": prompt.name,
        "kind": prompt.kind,
        "title": prompt.title,
        "description": prompt.description,
        "tags": prompt.tags,
        "aliases": [alias.name for alias in prompt.aliases.all()],
        "owner": prompt.owner.get_username() if prompt.owner else "",
        "archived": prompt.archived_at is not None,
        "labels": {label.name: label.version.semver for label in prompt.labels.all()},
    }


def _fields(version: Any) -> dict[str, Any]:
    """Return what stands before the content in the file of a version from `_versions`.

    Of a version adopted from such files: who wrote it there and when, as they said it.
    """
    origin = version.origin or {}
    fields: dict[str, Any] = {
        "prompt": version.prompt.name,
        "kind": version.prompt.kind,
        "version": version.semver,
        "revision": version.revision,
        "bump": version.bump,
        "base": version.base_revision,
        "answers": version.answers_revision,
        "reason": version.change_reason,
        "author": version.author.get_username(),
        "contributors": [row.person.get_username() for row in version.contributors.all()],
        "created_at": f"{version.created_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "origin": version.origin,
    }
    if origin.get("source") == own_export.SOURCE:
        fields |= {
            "author": origin["author"],
            "contributors": origin["contributors"],
            "created_at": origin["at"],
            "origin": origin.get("before"),
        }
    fields["digest"] = version.digest
    return {key: value for key, value in fields.items() if value is not None}


def _add(archive: ZipFile, path: str, text: str) -> None:
    entry = ZipInfo(path, date_time=_MOMENT)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # the same bytes on every system
    archive.writestr(entry, text.encode())
