"""`GET /api/public/v2/prompts`: which prompts there are, with the versions a key may see."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpRequest

from registry.prompts.models import Alias, Prompt, Version
from registry.release.models import Label
from registry.runtime.langfuse.asked import Asked
from registry.runtime.langfuse.body import instant
from registry.runtime.langfuse.door import Document, reads_with_key
from registry.runtime.langfuse.prompt import LATEST, approved, refuse_unreadable
from registry.runtime.langfuse.wanted import Wanted, read_wanted
from registry.runtime.models import ApiKey
from registry.runtime.visible import seen_with

_HAS_TAG = "EXISTS (SELECT 1 FROM json_each(registry_prompt.tags) WHERE json_each.value = %s)"


@reads_with_key
def prompts(request: HttpRequest, key: ApiKey) -> Document:
    """Answer one page, by name. A prompt is listed with those versions that match."""
    wanted = read_wanted(request.GET)
    if wanted.label:
        refuse_unreadable(wanted.label, key)
    versions = _versions(key, wanted)
    found = _prompts(key, wanted, versions)
    total = found.count()
    start = (wanted.page - 1) * wanted.limit
    page = list(found.order_by("name")[start : start + wanted.limit])
    meta = {
        "page": wanted.page,
        "limit": wanted.limit,
        "totalItems": total,
        "totalPages": -(-total // wanted.limit),
    }
    return {"data": _rows(page, versions, key), "meta": meta}


def _versions(key: ApiKey, wanted: Wanted) -> QuerySet[Version, Any]:
    """Return the versions that the key may see and that match, with `updated` as in `body`."""
    labels = frozenset(key.labels)
    held = Label.objects.filter(version=OuterRef("pk"), name__in=labels).order_by()
    moved = held.values("version").annotate(last=Max("moved_at")).values("last")
    rows = Version.objects.filter(seen_with(labels)).annotate(
        updated=Greatest("created_at", Coalesce(Subquery(moved), "created_at"))
    )
    if wanted.label:
        rows = rows.filter(_under(wanted.label, labels))
    if wanted.since:
        rows = rows.filter(updated__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(updated__lt=wanted.until)
    return rows


def _under(asked: Asked, labels: frozenset[str]) -> Q:
    """Return the condition on versions that hold a label, or have a number."""
    if asked.semver:
        number = asked.semver
        return Q(major=number.major, minor=number.minor, patch=number.patch)
    if asked.label == LATEST:
        rows = Version.objects.filter(seen_with(labels), approved(), prompt=OuterRef("prompt"))
        return Q(pk=Subquery(rows.order_by("-revision").values("pk")[:1]))
    return Q(Exists(Label.objects.filter(version=OuterRef("pk"), name=asked.label)))


def _prompts(key: ApiKey, wanted: Wanted, versions: QuerySet[Version, Any]) -> QuerySet[Prompt]:
    """Return the prompts of the key's project that have one of `versions`, and match."""
    own = versions.filter(prompt=OuterRef("pk"))
    rows = Prompt.objects.filter(Exists(own), project=key.project_id)
    if wanted.name:
        aliased = Alias.objects.filter(project=key.project_id, name=wanted.name)
        rows = rows.filter(Q(name=wanted.name) | Q(pk__in=aliased.values("prompt")))
    if wanted.tag:
        rows = rows.filter(_tagged(wanted.tag))
    newest = own.order_by("-revision").values("config")[:1]
    return rows.annotate(last_config=Subquery(newest))


def _tagged(tag: str) -> Combinable | Q:
    """Return the condition on prompts that have exactly this tag."""
    if connection.vendor == "sqlite":
        return RawSQL(_HAS_TAG, [tag], output_field=BooleanField())
    return Q(tags__contains=[tag])


def _rows(
    page: Iterable[Any], versions: QuerySet[Version, Any], key: ApiKey
) -> list[dict[str, Any]]:
    """Return the rows of a page, its versions and labels read in one query each."""
    of_prompt: dict[int, list[Any]] = {prompt.pk: [] for prompt in page}
    fields = ("prompt_id", "revision", "major", "minor", "patch")
    for version in versions.filter(prompt__in=of_prompt).order_by("revision").only(*fields):
        of_prompt[version.prompt_id].append(version)
    held: dict[int, list[str]] = {}
    for label in Label.objects.filter(prompt__in=of_prompt, name__in=key.labels).order_by("name"):
        held.setdefault(label.version_id, []).append(label.name)
    # None is left of a prompt whose canary ended between two of these queries.
    return [_row(prompt, of_prompt[prompt.pk], held) for prompt in page if of_prompt[prompt.pk]]


def _row(prompt: Any, versions: list[Any], held: dict[int, list[str]]) -> dict[str, Any]:
    labels = [name for version in versions for name in held.get(version.pk, ())]
    return {
        "name": prompt.name,
        "type": prompt.kind,
        "versions": [version.revision for version in versions],
        "labels": [*sorted(labels), *(f"v{version.semver}" for version in versions)],
        "tags": prompt.tags,
        "lastUpdatedAt": instant(max(version.updated for version in versions)),
        "lastConfig": prompt.last_config,
    }
