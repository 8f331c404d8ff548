"""A version in the words of Langfuse.

Langfuse's `version` is a whole number: here the revision, 1..n within a prompt. The number
that people know stands as the label `v2.4.0` beside the real labels, and under `semver`,
which SDKs pass over. It is not put into `config`: people hand that to a model as it is.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from registry.prompts.models import Version
from registry.release.models import Label


def version_body(version: Version, held: Iterable[Label]) -> dict[str, Any]:
    """Return the body of a version; `held` are the labels it holds that the key may read.

    `updatedAt` is when one of them moved to it, or else when it was saved. Text and messages
    keep their variables: SDKs fill them in.
    """
    prompt, held = version.prompt, sorted(held, key=lambda label: label.name)
    names = [label.name for label in held]
    return {
        "id": str(version.pk),
        "createdAt": instant(version.created_at),
        "updatedAt": instant(max([version.created_at, *(label.moved_at for label in held)])),
        "projectId": str(prompt.project_id),
        "createdBy": str(version.author_id),
        "prompt": _messages(version.content) if prompt.kind == "chat" else version.content,
        "name": prompt.name,
        "version": version.revision,
        "type": prompt.kind,
        "isActive": "production" in names,
        "config": version.config,
        "tags": prompt.tags,
        "labels": [*names, f"v{version.semver}"],
        "commitMessage": version.change_reason,
        "resolutionGraph": None,
        "semver": version.semver,
    }


def instant(moment: datetime) -> str:
    """Return a moment as JavaScript writes it: `2026-11-21T19:18:15.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _messages(content: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return chat messages, each with its type; a placeholder has one already."""
    return [item if "type" in item else {"type": "chatmessage", **item} for item in content]
