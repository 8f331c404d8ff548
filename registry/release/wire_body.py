"""The bytes that applications get for a prompt: what is in them, and in which order.

A stored body is the whole answer, for a key that may read every label. `labels` stands last,
so that `for_key` can give another key its shorter list without reading the rest.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the read core runs this module without a framework
    from registry.prompts.models import Version
    from registry.release.models import Rollout

_LABELS = b',"labels":'


def version_fields(version: "Version") -> dict[str, Any]:
    """Return the frozen fields of a version, as JSON values: the answer to an exact version.

    The SHA-256 of the canonical JSON of kind, template or messages, config, output_schema
    and variables is `digest`.
    """
    prompt = version.prompt
    return {
        "name": prompt.name,
        "kind": prompt.kind,
        "version": version.semver,
        "revision": version.revision,
        "digest": version.digest,
        "template" if prompt.kind == "text" else "messages": version.content,
        "config": version.config,
        "variables": version.variables,
        "output_schema": version.output_schema,
    }


def rollout_fields(rollout: "Rollout") -> dict[str, Any]:
    """Return what a client needs to choose between control and treatment by itself.

    `percent` is the share of treatment, 0 to 100; the treatment is a whole exact version.
    """
    return {
        "id": rollout.pk,
        "epoch": rollout.epoch,
        "salt": rollout.salt,
        "percent": rollout.percent,
        "kind": rollout.kind,
        "treatment": version_fields(rollout.version),
    }


def wire_body(
    version: "Version",
    *,
    label: str,
    label_rev: int,
    labels: Iterable[str],
    rollout: "Rollout | None",
) -> bytes:
    """Return the answer for a label, as UTF-8 JSON.

    `labels` are all labels that `version` holds. `rollout` is given for production only,
    and only while its canary runs.
    """
    return encode(
        {
            **version_fields(version),
            "label": label,
            "label_rev": label_rev,
            "rollout": rollout_fields(rollout) if rollout else None,
            "labels": sorted(labels),
        }
    )


def encode(document: Mapping[str, Any]) -> bytes:
    """Return compact JSON in UTF-8; keys keep their order."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def etag_of(body: bytes) -> str:
    """Return the strong ETag of exactly these bytes, without its quotes."""
    return sha256(body).hexdigest()[:32]


def for_key(body: bytes, etag: str, readable: frozenset[str]) -> tuple[bytes, str]:
    """Return a stored body and its ETag as a key sees them that may read only `readable`.

    The ETag names the labels that are left, so it differs exactly when the bytes do.
    """
    head, _, tail = body.rpartition(_LABELS)
    held: list[str] = json.loads(tail[:-1])
    left = [label for label in held if label in readable]
    if left == held:
        return body, etag
    shown = json.dumps(left, separators=(",", ":")).encode()
    return head + _LABELS + shown + b"}", f"{etag}-{'.'.join(left)}"
