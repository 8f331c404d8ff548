"""What did a version serve, to which share, and until when."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from registry.audit.models import Event
from registry.prompts.models import Prompt, Version
from registry.release.models import LabelEvent, Segment

LABELS = ("production", "canary", "staging")


@dataclass(frozen=True)
class Spell:
    """A stretch in which `semver` was served. `percent` is the share of production's traffic.

    `by` and `why` tell of the step that began it; `percent` is None on staging.
    """

    label: str
    semver: str
    start: datetime
    end: datetime | None
    percent: int | None = None
    by: str = ""
    why: str = ""

    @property
    def share(self) -> str:
        """The share in words; "" where it does not apply."""
        if self.percent is None:
            return ""
        return "everyone" if self.percent == 100 else f"{self.percent} %"


def held_spells(moves: Iterable[LabelEvent]) -> list[Spell]:
    """Return the stretches between the `moves` of one label of one prompt, oldest first."""
    return [
        Spell(move.name, move.version_after.semver, move.at, end) for move, end in _spans(moves)
    ]


def exposure(version: Version) -> list[Spell]:
    """Return where `version` was served: production by its share, canary, staging; in time.

    Staging comes from the ledger. Production and canary come from the segments, which know
    the share; a prompt whose history was adopted has none, then the ledger tells.
    """
    rows = LabelEvent.objects.filter(prompt=version.prompt_id).select_related("actor")
    moves = list(rows.only("name", "at", "actor_name", "reason", "version_after_id", "actor"))
    staging = _held(version, [move for move in moves if move.name == "staging"])
    shares = _shares(version, moves)
    if not any(spell.label == "production" for spell in shares):
        held = _held(version, [move for move in moves if move.name == "production"])
        shares += [replace(spell, percent=100) for spell in held]
    return sorted(staging + shares, key=lambda spell: spell.start)


def _held(version: Version, moves: Iterable[LabelEvent]) -> list[Spell]:
    """Return the stretches in which `version` held the label that `moves` are about."""
    return [
        Spell(move.name, version.semver, move.at, end, by=_who(move), why=move.reason)
        for move, end in _spans(moves)
        if move.version_after_id == version.pk
    ]


def _spans(moves: Iterable[LabelEvent]) -> Iterator[tuple[LabelEvent, datetime | None]]:
    """Yield each move of one label with the moment of the next; without those of no length."""
    ordered = sorted(moves, key=lambda move: (move.at, move.pk))
    ends = [*(move.at for move in ordered[1:]), None]
    for move, end in zip(ordered, ends, strict=False):
        if end is None or end > move.at:
            yield move, end


def _shares(version: Version, moves: Iterable[LabelEvent]) -> list[Spell]:
    """Return the shares of production's traffic that `version` had, neighbours joined."""
    began = {(m.name, m.at): m for m in moves if m.version_after_id == version.pk}
    advances = _advances(version)
    spells: list[Spell] = []
    for segment in _segments(version):
        candidate = segment.treatment_id == version.pk
        label = "canary" if candidate else "production"
        percent = segment.percent if candidate else 100 - segment.percent
        last = spells[-1] if spells else None
        if last and (last.label, last.percent, last.end) == (label, percent, segment.started_at):
            spells[-1] = replace(last, end=segment.ended_at)
            continue
        spell = Spell(label, version.semver, segment.started_at, segment.ended_at, percent)
        move, step = began.get((label, spell.start)), advances.get((segment.rollout_id, percent))
        if move:
            spell = replace(spell, by=_who(move), why=move.reason)
        elif candidate and step:
            spell = replace(spell, by=_who(step), why=step.reason)
        elif segment.percent and segment.treatment:
            why = f"{segment.treatment.semver} got {segment.percent} %."
            spell = replace(spell, why=why)
        spells.append(spell)
    return spells


def _segments(version: Version) -> Iterator[Segment]:
    """Yield the segments in which `version` had a share, in time."""
    served = Q(control=version) | Q(treatment=version, percent__gt=0)
    rows = Segment.objects.filter(served, prompt=version.prompt_id).select_related("treatment")
    numbers = ("treatment__major", "treatment__minor", "treatment__patch")
    own = ("control_id", "percent", "started_at", "ended_at", "treatment", "rollout_id")
    rows = rows.only(*own, *numbers)
    for segment in rows.order_by("started_at", "id"):
        if segment.ended_at is None or segment.ended_at > segment.started_at:
            yield segment


def _advances(version: Version) -> dict[tuple[int | None, int], Event]:
    """Return who advanced a rollout of `version` to a share, by both: no label moves then.

    A version may be rolled out again after a rollback; each start begins the next rollout.
    """
    rows = Event.objects.filter(
        object_type="version",
        object_id=str(version.pk),
        action__in=("rollout.started", "rollout.advanced"),
    )
    rollouts = iter(version.rollouts.order_by("id").values_list("pk", flat=True))
    rollout, found = None, {}
    for event in rows.select_related("actor").order_by("seq"):
        if event.action == "rollout.started":
            rollout = next(rollouts, None)
        else:
            found[rollout, json.loads(event.after).get("percent", 0)] = event
    return found


def _who(step: LabelEvent | Event) -> str:
    return str(step.actor or step.actor_name)


def canary_at(prompts: Iterable[Prompt], moment: datetime) -> dict[int, Segment]:
    """Return, by prompt, the segment in which a canary took a share at `moment`."""
    rows = Segment.objects.filter(
        prompt__in=list(prompts), percent__gt=0, started_at__lte=moment
    ).exclude(ended_at__lte=moment)
    numbers = ("treatment__major", "treatment__minor", "treatment__patch")
    found = rows.select_related("treatment").only("prompt", "percent", *numbers)
    return {segment.prompt_id: segment for segment in found}
