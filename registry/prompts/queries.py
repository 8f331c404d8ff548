"""What pages and use-cases ask about prompts."""

from registry.prompts.models import Prompt, Version
from registry.release.models import Label


def labels_of(prompt: Prompt) -> dict[str, Version]:
    """Return the version that each label of `prompt` points to."""
    rows = Label.objects.filter(prompt=prompt).select_related("version")
    return {row.name: row.version for row in rows}


def production_of(prompt: Prompt) -> Version | None:
    """Return what production serves now, or None before the first release."""
    return labels_of(prompt).get("production")


def find_version(prompt: Prompt, semver: str) -> Version | None:
    """Return the version numbered `semver` (with or without a leading v), or None."""
    parts = semver.removeprefix("v").split(".")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 10 for p in parts):
        return None
    major, minor, patch = map(int, parts)
    return prompt.versions.filter(major=major, minor=minor, patch=patch).first()
