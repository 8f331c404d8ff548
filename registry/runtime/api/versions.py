"""`GET …/versions` and `…/versions/{semver}`: what of a prompt this key may see."""

import random
from collections.abc import Collection
from typing import Any, cast
from urllib.parse import quote

from django.http import HttpResponse

from registry.audit.export import utc_words
from registry.prompts.models import Version
from registry.release.models import Label
from registry.runtime.api.prompt import fetch_of
from registry.runtime.api.reading import (
    ReadView,
    answer,
    asked_of,
    find_prompt,
    generation_now,
    mark_in,
    page_of,
    visible_versions,
)
from registry.runtime.api.schema import (
    AFTER,
    CLIENT,
    GENERATION,
    LIMIT,
    NAME,
    SEMVER,
    documented,
    in_path,
)
from registry.runtime.api.serializers import ExactVersion, VersionList
from registry.runtime.authentication import KeyRequest
from registry.runtime.core import lookup
from registry.runtime.errors import respond
from registry.runtime.store import DatabaseStore

_FACTS = ("revision", "major", "minor", "patch", "digest", "created_at", "change_reason")


class VersionsView(ReadView):
    """The versions of a prompt that the key may see, the newest first."""

    @documented(
        "listVersions",
        VersionList,
        "The versions of a prompt that the key may see, the newest first. They hold or held one "
        "of its labels, or a canary gives them to a share of production.",
        NAME,
        AFTER,
        LIMIT,
        CLIENT,
        GENERATION,
    )
    def get(self, request: KeyRequest, name: str) -> HttpResponse:
        """Answer a page of versions without their texts."""
        asked = asked_of(request, "after", "limit")
        key, mark = request.auth, mark_in(asked)
        prompt = find_prompt(key, name)
        rows = visible_versions(prompt, key).order_by("-revision").only(*_FACTS)
        if mark is not None:
            rows = rows.filter(revision__lt=min(mark, 2**31 - 1))
        generation = generation_now()
        versions, more = page_of(rows, asked)
        held = _held(prompt.pk, key.labels)
        document = {
            "name": prompt.name,
            "versions": [_row(version, held.get(version.pk, [])) for version in versions],
            "next": versions[-1].revision if more else None,
        }
        return answer(request, document, generation=generation)


class VersionView(ReadView):
    """An exact version: the same answer as `…/{name}?version=`, by the same read core."""

    @documented(
        "getVersion",
        ExactVersion,
        "An exact version. It never changes, so keep it for as long as you like.",
        NAME,
        in_path("semver", "Such as 2.4.0.", pattern=SEMVER),
        CLIENT,
        GENERATION,
    )
    def get(self, request: KeyRequest, name: str, semver: str) -> HttpResponse:
        """Answer the frozen fields of a version."""
        asked_of(request)
        fetch = fetch_of(request, name, f"version={quote(semver)}")
        return respond(lookup(fetch, DatabaseStore(), cast(Any, random)), request._request)


def _held(prompt: int, labels: Collection[str]) -> dict[int, list[str]]:
    """Return by version which of `labels` it holds."""
    held: dict[int, list[str]] = {}
    rows = Label.objects.filter(prompt=prompt, name__in=labels).order_by("name")
    for name, version in rows.values_list("name", "version_id"):
        held.setdefault(version, []).append(name)
    return held


def _row(version: Version, labels: list[str]) -> dict[str, Any]:
    return {
        "version": version.semver,
        "revision": version.revision,
        "digest": version.digest,
        "created_at": utc_words(version.created_at),
        "reason": version.change_reason,
        "labels": labels,
    }
