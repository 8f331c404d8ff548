"""What can be compared: the lists to pick from, and the comparisons one click away."""

from dataclasses import dataclass

from registry.projects.models import Person
from registry.prompts.drafts import live_draft
from registry.prompts.models import Prompt
from registry.prompts.queries import labels_of
from registry.web.compare.sides import DRAFT, Side

LISTED = 200  # versions to pick from; any other by its number in the address


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A comparison one click away; `current` when it is the one that shows."""

    old: str
    new: str
    words: str
    current: bool


def choices(prompt: Prompt, person: Person, old: Side, new: Side) -> list[tuple[str, str]]:
    """Return what can be picked for a side: (name, words), the newest first."""
    held: dict[str, list[str]] = {}
    for label, version in labels_of(prompt).items():
        held.setdefault(version.semver, []).append(label)
    names = [version.semver for version in prompt.versions.all()[:LISTED]]
    names += [s.name for s in (new, old) if s.version and s.name not in names]
    draft = [(DRAFT, "your draft")] if live_draft(prompt, person) else []
    rows = [(name, ", ".join([name, *sorted(held.get(name, []))])) for name in names]
    return [*draft, *dict.fromkeys(rows)]


def shortcuts(prompt: Prompt, person: Person, old: Side, new: Side) -> list[Shortcut]:
    """Return what `new` is most often compared with, and the draft where there is one."""
    starts: dict[str, str] = {}
    production = labels_of(prompt).get("production")
    if production is not None:
        starts[production.semver] = f"production {production.semver}"
    if new.version is not None:
        earlier = prompt.versions.filter(revision__lt=new.version.revision).first()
        if earlier is not None:
            starts.setdefault(earlier.semver, f"the previous one, {earlier.semver}")
        base = new.version.base
        if base is not None:
            starts.setdefault(base.semver, f"its base {base.semver}")
    found = [
        Shortcut(name, new.name, f"against {words}", name == old.name)
        for name, words in starts.items()
        if name != new.name
    ]
    if new.version is not None and production is not None and live_draft(prompt, person):
        words = f"your draft against production {production.semver}"
        found.append(Shortcut(production.semver, DRAFT, words, current=False))
    return found
