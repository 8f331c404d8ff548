"""`GET /api/public/v2/prompts/{name}`: one version of a prompt."""

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from registry.domain.lifecycle import Clearance
from registry.prompts.models import Prompt, Version
from registry.release.models import Label
from registry.runtime import fetchers
from registry.runtime.answers import Problem, label_forbidden, no_prompt, no_version
from registry.runtime.client_header import HEADER_LENGTH
from registry.runtime.core import NAME_LENGTH
from registry.runtime.langfuse.asked import Asked, read_asked
from registry.runtime.langfuse.body import version_body
from registry.runtime.langfuse.door import Document, reads_with_key
from registry.runtime.models import ApiKey
from registry.runtime.question import LABELS
from registry.runtime.store import prompt_named
from registry.runtime.visible import seen_with

LATEST = "latest"


@reads_with_key
def prompt(request: HttpRequest, key: ApiKey, name: str) -> Document:
    """Answer the version under a label, or the one of a revision or number."""
    asked = read_asked(request.GET)
    refuse_unreadable(asked, key)
    named = prompt_named(key.project_id, name) if len(name) <= NAME_LENGTH else None
    if named is None:
        raise no_prompt(name)
    labels = {
        label.name: label
        for label in Label.objects.filter(prompt=named).select_related("version__prompt")
    }
    version = _find(named, asked, key, labels)
    said = asked.label if asked.label in LABELS else version.semver
    fetchers.note(fetchers.Seen(key.pk, named.pk, said, _client(request)))
    held = [row for row in labels.values() if row.version_id == version.pk]
    return version_body(version, [row for row in held if row.name in key.labels])


def refuse_unreadable(asked: Asked, key: ApiKey) -> None:
    """Raise Problem (403) for a label of ours that is not the key's."""
    if asked.label in LABELS and asked.label not in key.labels:
        raise label_forbidden(asked.label, key.labels)


def approved() -> Q:
    """Return the condition on versions that may be called the latest: cleared, or serving."""
    serving = Label.objects.filter(version=OuterRef("pk"), name="production")
    return Q(release__state=Clearance.CLEARED) | Q(Exists(serving))


def _find(prompt: Prompt, asked: Asked, key: ApiKey, labels: dict[str, Label]) -> Version:
    """Return the version asked for. Raises Problem (404) that says what there is instead."""
    if asked.label and asked.label != LATEST:
        row = labels.get(asked.label) if asked.label in LABELS else None
        if row is None and asked.label == "canary":
            row = labels.get("production")
        if row is None:
            raise _no_label(prompt, asked, key, labels)
        return row.version
    rows = prompt.versions.filter(seen_with(frozenset(key.labels))).select_related("prompt")
    if asked.label == LATEST:
        version = rows.filter(approved()).order_by("-revision").first()
    elif asked.semver:
        number = {part: getattr(asked.semver, part) for part in ("major", "minor", "patch")}
        version = rows.filter(**number).first()
    else:
        version = rows.filter(revision=asked.revision or 0).first()
    if version is None:
        raise _no_version(prompt, asked)
    return version


def _client(request: HttpRequest) -> str:
    """Return which SDK asks, in the form of X-Pcms-Client: `langfuse python/5.0.4`."""
    name = request.headers.get("X-Langfuse-Sdk-Name", "")
    version = request.headers.get("X-Langfuse-Sdk-Version", "")
    if not name:
        return ""
    called = name if name.startswith("langfuse") else f"langfuse {name}"
    return f"{called}/{version}".rstrip("/").replace(";", " ")[:HEADER_LENGTH]


def _no_label(prompt: Prompt, asked: Asked, key: ApiKey, labels: dict[str, Label]) -> Problem:
    served = {*labels, "canary"} if "production" in labels else set(labels)
    known = ", ".join(sorted(served & set(key.labels)))
    return Problem(
        404,
        "label_not_found",
        f"{prompt.name} serves nothing under {asked.label[:40]!r}. Labels that exist for this "
        f"key: {known or 'none yet, nothing of it was released'}.",
    )


def _no_version(prompt: Prompt, asked: Asked) -> Problem:
    exact = f"version {asked.semver}" if asked.semver else f"revision {asked.revision}"
    return no_version(prompt.name, "approved version" if asked.label else exact)
