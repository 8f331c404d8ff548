"""`GET /api/v1/bundle`: what a label answers for many prompts, in one document."""

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.db.models import Count, F, QuerySet, Subquery, Sum
from django.db.models.functions import Length
from django.http import HttpResponse

from registry.release.models import Generation, Wire
from registry.release.wire_body import for_key
from registry.runtime.answers import Problem
from registry.runtime.api.prompts import prefix_in
from registry.runtime.api.reading import (
    ReadView,
    answer_bytes,
    asked_of,
    generation_now,
    readable_label,
)
from registry.runtime.api.schema import (
    CLIENT,
    GENERATION,
    PREFIX,
    READING,
    documented,
    label_of,
)
from registry.runtime.api.serializers import Bundle
from registry.runtime.authentication import KeyRequest
from registry.runtime.core import matches
from registry.runtime.models import ApiKey

MOST_PROMPTS = 1_000
MOST_BYTES = 16 * 1024 * 1024


class BundleView(ReadView):
    """Up to 1,000 answers at once: what a client keeps as its snapshot."""

    @documented(
        "getBundle",
        Bundle,
        "What a label answers for up to 1,000 prompts, in one document. "
        "Clients keep it as their snapshot; each body is the one of the prompt alone.",
        label_of("production, unless another is named.", default="production"),
        PREFIX,
        CLIENT,
        GENERATION,
        refusals=(*READING, 413),
    )
    def get(self, request: KeyRequest) -> HttpResponse:
        """Answer the bodies by name, exactly as each prompt alone would be answered."""
        asked = {"label": "production", **asked_of(request, "label", "prefix")}
        key, label, prefix = request.auth, readable_label(asked, request.auth), prefix_in(asked)
        rows = Wire.objects.filter(
            prompt__project=key.project_id, label=label, prompt__name__startswith=prefix
        )
        generation = generation_now()
        etag = _etag(key, label, prefix, generation)
        if matches(request.headers.get("If-None-Match", ""), etag):
            return answer_bytes(request, b"", etag, generation=generation)
        _refuse_too_much(rows, label, prefix)
        found = list(_read(rows))
        if found:  # read in the same moment as the bodies
            generation = f"{found[0].installation}:{found[0].number}"
        body = _body(generation, label, found, frozenset(key.labels))
        etag = _etag(key, label, prefix, generation)
        return answer_bytes(request, body, etag, generation=generation)


def _etag(key: ApiKey, label: str, prefix: str, generation: str) -> str:
    """Return the ETag, which costs no body: within a generation nothing that is served changes."""
    facts = (key.project_id, sorted(key.labels), label, prefix, generation)
    return sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _refuse_too_much(rows: QuerySet[Wire], label: str, prefix: str) -> None:
    """Raise Problem (413) when the answer would be longer than a client wants to hold."""
    # One more than fits tells enough: to count them all would take long where there are many.
    size = rows[: MOST_PROMPTS + 1].aggregate(prompts=Count("pk"), bytes=Sum(Length("body")))
    if size["prompts"] <= MOST_PROMPTS and (size["bytes"] or 0) <= MOST_BYTES:
        return
    names = rows.order_by("prompt__name").values_list("prompt__name", flat=True)
    narrower = _folders(names[: MOST_PROMPTS * 10], prefix)
    example = f", for example prefix={narrower[0]}" if narrower else ""
    raise Problem(
        413,
        "too_large",
        f"A bundle holds at most {MOST_PROMPTS:,} prompts and {MOST_BYTES // 1024**2} MiB, but "
        f"{label} serves more here. Ask for a part of it with a prefix{example}.",
        "prefix",
    )


def _folders(names: Iterable[str], prefix: str) -> list[str]:
    """Return longer prefixes that end in a slash, the fullest first."""
    inner = (name[len(prefix) :].partition("/") for name in names)
    counted = Counter(f"{prefix}{first}/" for first, slash, _ in inner if slash)
    return [folder for folder, _ in counted.most_common()]


def _read(rows: QuerySet[Wire]) -> QuerySet[Any]:
    """Return the rows by name, with the generation of the moment in which they are read."""
    now = Generation.objects.filter(pk=1)
    return rows.order_by("prompt__name").annotate(
        name=F("prompt__name"),
        installation=Subquery(now.values("installation")),
        number=Subquery(now.values("number")),
    )


def _body(generation: str, label: str, rows: Iterable[Any], readable: frozenset[str]) -> bytes:
    """Return the document; the bodies are the stored bytes, not written anew."""
    prompts = b",".join(
        json.dumps(row.name).encode() + b":" + for_key(bytes(row.body), row.etag, readable)[0]
        for row in rows
    )
    head = f'{{"generation":{json.dumps(generation)},"label":{json.dumps(label)},"prompts":{{'
    return head.encode() + prompts + b"}}"
