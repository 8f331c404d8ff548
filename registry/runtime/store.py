"""The read core's store: the database, one query for the key and one for the answer."""

import uuid
from collections.abc import Callable
from functools import wraps
from math import inf
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError
from django.db.models import Model, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from registry.audit.clock import database_now
from registry.prompts.models import Alias, Prompt, Version
from registry.release import models as rows
from registry.release.models import Wire
from registry.release.wire_body import encode, etag_of, for_key, version_fields
from registry.runtime.core import Found, Generation, Missing, Reader, StoreError
from registry.runtime.keys import authenticate, live_keys
from registry.runtime.memory import News
from registry.runtime.models import ApiKey
from registry.runtime.question import Semver
from registry.runtime.visible import seen_with

MANY = 1000  # changes since the last look; beyond it everything is read anew

Method = TypeVar("Method", bound=Callable[..., Any])
M = TypeVar("M", bound=Model)


def _reachable(method: Method) -> Method:
    """Turn "the database does not answer" into the core's own error."""

    @wraps(method)
    def guarded(*args: Any) -> Any:
        try:
            return method(*args)
        except (OperationalError, InterfaceError) as error:
            raise StoreError from error

    return guarded  # type: ignore[return-value]


class DatabaseStore:
    """Reads wire rows and frozen versions; see `registry.runtime.core.Store`."""

    behind: float | None = None  # the database is never behind itself

    @_reachable
    def reader(self, secret: str) -> Reader | None:
        """Return whom the key stands for."""
        key = authenticate(secret)
        return reader_of(key) if key else None

    @_reachable
    def readers(self) -> dict[str, Reader]:
        """Return all live keys, by the SHA-256 of the key in hexadecimal."""
        return {key.sha256: reader_of(key) for key in live_keys()}

    @_reachable
    def label(self, reader: Reader, name: str, label: str) -> Found | Missing:
        """Return the wire row of a label, with the labels that the reader may know of."""
        wires = Wire.objects.filter(prompt_id=_prompt_id(reader.project, name), label=label)
        row = _with_generation(wires).first()
        if row is None:
            return _missing(reader.project, name)
        body, etag = for_key(bytes(row.body), row.etag, reader.labels)
        return Found(body, etag, _generation(row.installation, row.number), row.prompt_id)

    @_reachable
    def version(self, reader: Reader, name: str, semver: Semver) -> Found | Missing:
        """Return a version that holds or held a label of the key, or is under canary."""
        major, minor, patch = semver
        versions = Version.objects.filter(
            seen_with(reader.labels),
            prompt_id=_prompt_id(reader.project, name),
            major=major,
            minor=minor,
            patch=patch,
        )
        row = _with_generation(versions.select_related("prompt")).first()
        if row is None:
            return _missing(reader.project, name)
        body = encode(version_fields(row))
        generation = _generation(row.installation, row.number)
        return Found(body, etag_of(body), generation, row.prompt_id)

    def told(self, found: Found) -> Generation:
        """Return up to which generation `found` is known to hold: the one it was read in."""
        return found.generation

    @_reachable
    def news(self, known: Generation) -> News:
        """Return what changed since the generation `known`, and the database's time."""
        row = rows.Generation.objects.annotate(time=Now()).filter(pk=1).first()
        if row is None:
            return News(known, database_now().timestamp())
        now, time = _generation(row.installation, row.number), row.time.timestamp()
        changed = now.number - known.number
        if now.installation != known.installation or not 0 <= changed <= MANY:
            return News(now, time, everything=True, keys=True)
        if not changed:
            return News(now, time)
        changes = rows.Change.objects.filter(
            generation__gt=known.number, generation__lte=now.number
        ).values_list("kind", "prompt")
        kinds = {kind for kind, _ in changes}
        prompts = frozenset(prompt for _, prompt in changes if prompt is not None)
        return News(now, time, prompts=prompts, keys="key" in kinds)


def reader_of(key: ApiKey) -> Reader:
    """Return what the core needs to know of a key."""
    expires = key.expires_at.timestamp() if key.expires_at else inf
    scopes, labels = frozenset(key.scopes), frozenset(key.labels)
    return Reader(key.pk, key.project_id, scopes, labels, expires)


def prompt_named(project: int, name: str) -> Prompt | None:
    """Return the prompt that is served under `name` or has it as an alias."""
    return Prompt.objects.filter(pk=_prompt_id(project, name)).first()


def _prompt_id(project: int, name: str) -> Coalesce:
    """Return a subquery for the prompt of that name, or else of that alias."""
    named = Prompt.objects.filter(project=project, name=name).values("pk")
    aliased = Alias.objects.filter(project=project, name=name).values("prompt_id")
    return Coalesce(Subquery(named), Subquery(aliased))


def _with_generation(queryset: QuerySet[M]) -> QuerySet[Any]:
    """Add the generation to each row, read in the same moment as the row itself."""
    now = rows.Generation.objects.filter(pk=1)
    return queryset.annotate(
        installation=Subquery(now.values("installation")), number=Subquery(now.values("number"))
    )


def _missing(project: int, name: str) -> Missing:
    """Return which labels there are instead, of a prompt that exists."""
    row = rows.Generation.objects.filter(pk=1).first()  # first: what is told is no older than it
    prompt = prompt_named(project, name)
    labels = None
    if prompt is not None:
        held = Wire.objects.filter(prompt=prompt).order_by("label")
        labels = tuple(held.values_list("label", flat=True))
    return Missing(labels, _generation(row.installation, row.number) if row else Generation("", 0))


def _generation(installation: Any, number: int) -> Generation:
    return Generation(str(uuid.UUID(str(installation))), number)
