"""The read core's store: the database, one query for the key and one for the answer."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from registry.domain.lifecycle import RolloutState
from registry.prompts.models import Alias, Prompt, Version
from registry.release.models import Generation, LabelEvent, Rollout, Wire
from registry.release.wire_body import encode, etag_of, for_key, version_fields
from registry.runtime import last_used
from registry.runtime.core import Found, Missing, Reader, StoreError
from registry.runtime.keys import authenticate
from registry.runtime.question import Semver

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

    @_reachable
    def reader(self, secret: str) -> Reader | None:
        """Return whom the key stands for, and note that it was used."""
        key = authenticate(secret)
        if key is None:
            return None
        last_used.note(key.pk)
        return Reader(key.pk, key.project_id, frozenset(key.scopes), frozenset(key.labels))

    @_reachable
    def label(self, reader: Reader, name: str, label: str) -> Found | Missing:
        """Return the wire row of a label, with the labels that the reader may know of."""
        rows = Wire.objects.filter(prompt_id=_prompt_id(reader.project, name), label=label)
        row = _with_generation(rows).first()
        if row is None:
            return _missing(reader.project, name)
        body, etag = for_key(bytes(row.body), row.etag, reader.labels)
        return Found(body, etag, _generation(row.installation, row.number), row.prompt_id)

    @_reachable
    def version(self, reader: Reader, name: str, semver: Semver) -> Found | Missing:
        """Return a version that holds or held a label of the key, or is under canary."""
        major, minor, patch = semver
        held = LabelEvent.objects.filter(version_after=OuterRef("pk"), name__in=reader.labels)
        shown = Q(Exists(held))
        if reader.labels & {"production", "canary"}:
            running = Rollout.objects.filter(version=OuterRef("pk"), state=RolloutState.CANARY)
            shown |= Q(Exists(running))
        rows = Version.objects.filter(
            shown,
            prompt_id=_prompt_id(reader.project, name),
            major=major,
            minor=minor,
            patch=patch,
        )
        row = _with_generation(rows.select_related("prompt")).first()
        if row is None:
            return _missing(reader.project, name)
        body = encode(version_fields(row))
        generation = _generation(row.installation, row.number)
        return Found(body, etag_of(body), generation, row.prompt_id)


def prompt_named(project: int, name: str) -> Prompt | None:
    """Return the prompt that is served under `name` or has it as an alias."""
    return Prompt.objects.filter(pk=_prompt_id(project, name)).first()


def _prompt_id(project: int, name: str) -> Coalesce:
    """Return a subquery for the prompt of that name, or else of that alias."""
    named = Prompt.objects.filter(project=project, name=name).values("pk")
    aliased = Alias.objects.filter(project=project, name=name).values("prompt_id")
    return Coalesce(Subquery(named), Subquery(aliased))


def _with_generation(rows: QuerySet[M]) -> QuerySet[Any]:
    """Add the generation to each row, read in the same moment as the row itself."""
    now = Generation.objects.filter(pk=1)
    return rows.annotate(
        installation=Subquery(now.values("installation")), number=Subquery(now.values("number"))
    )


def _missing(project: int, name: str) -> Missing:
    """Return which labels there are instead, of a prompt that exists."""
    prompt = prompt_named(project, name)
    labels = None
    if prompt is not None:
        labels = tuple(
            Wire.objects.filter(prompt=prompt).order_by("label").values_list("label", flat=True)
        )
    row = Generation.objects.filter(pk=1).first()
    return Missing(labels, _generation(row.installation, row.number) if row else "")


def _generation(installation: Any, number: int) -> str:
    """Return `installation:number`; clients never step back within one installation."""
    return f"{uuid.UUID(str(installation))}:{number}"
