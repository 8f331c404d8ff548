"""From which versions a version was edited: its base, the base of that, and so on."""

from registry.prompts.models import Version


def line_of(version: Version | None) -> list[int]:
    """Return the ids of `version` and of everything it was edited from, the newest first."""
    if version is None:
        return []
    bases = dict(Version.objects.filter(prompt=version.prompt_id).values_list("pk", "base_id"))
    line: list[int] = []
    at: int | None = version.pk
    while at is not None:
        line.append(at)
        at = bases[at]
    return line


def common_base(one: Version | None, other: Version) -> Version | None:
    """Return the newest version that both were edited from, or None when they share none."""
    known = set(line_of(one))
    shared = next((pk for pk in line_of(other) if pk in known), None)
    return None if shared is None else Version.objects.select_related("prompt").get(pk=shared)
