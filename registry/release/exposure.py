"""What did a version serve, to which share, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from registry.prompts.models import Prompt, Version
from registry.release.models import LabelEvent, Segment

LABELS = ("production", "canary", "staging")


@dataclass(frozen=True)
class Spell:
    """A stretch in which `semver` was served. `percent` is the share of production's traffic.

    `event` is the move that began it, where one did; `percent` is None on staging.
    """

    label: str
    semver: str
    start: datetime
    end: datetime | None
    percent: int | None = None
    event: LabelEvent | None = None

    @property
    def share(self) -> str:
        """The share in words; "" where it does not apply."""
        if self.percent is None:
            return ""
        return "everyone" if self.percent == 100 else f"{self.percent} %"


def held_spells(moves: Iterable[LabelEvent]) -> list[Spell]:
    """Return the stretches between the `moves` of one label of one prompt, oldest first."""
    ordered = sorted(moves, key=lambda move: (move.at, move.pk))
    spells = [
        Spell(move.name, move.version_after.semver, move.at, after.at, event=move)
        for move, after in pairwise(ordered)
    ]
    if ordered:
        last = ordered[-1]
        spells.append(Spell(last.name, last.version_after.semver, last.at, None, event=last))
    return [spell for spell in spells if spell.end is None or spell.end > spell.start]


def exposure(version: Version) -> list[Spell]:
    """Return where `version` was served: production by its share, canary, staging; in time.

    Staging comes from the ledger. Production and canary come from the segments, which know
    the share; a prompt whose history was adopted has none, then the ledger tells.
    """
    moves = list(
        LabelEvent.objects.filter(prompt=version.prompt_id)
        .select_related("actor")
        .only("name", "rev", "at", "actor_name", "reason", "version_after", "prompt", "actor")
    )
    held: list[Spell] = []
    for name in ("staging", "production"):
        held += _of_version(version, [move for move in moves if move.name == name])
    segments = list(Segment.objects.filter(prompt=version.prompt_id).order_by("started_at", "id"))
    staging = [spell for spell in held if spell.label == "staging"]
    began = {(move.name, move.at): move for move in moves if move.version_after_id == version.pk}
    shares = [
        replace(spell, event=began.get((spell.label, spell.start)))
        for spell in _shares(version, segments)
    ]
    if not any(spell.label == "production" for spell in shares):
        shares += [replace(spell, percent=100) for spell in held if spell.label == "production"]
    return sorted(staging + shares, key=lambda spell: spell.start)


def _of_version(version: Version, moves: Sequence[LabelEvent]) -> list[Spell]:
    """Return the stretches in which `version` held the label that `moves` are about."""
    ordered = sorted(moves, key=lambda move: (move.at, move.pk))
    ends = [*(move.at for move in ordered[1:]), None]
    return [
        Spell(move.name, version.semver, move.at, end, event=move)
        for move, end in zip(ordered, ends, strict=False)
        if move.version_after_id == version.pk and (end is None or end > move.at)
    ]


def _shares(version: Version, segments: Sequence[Segment]) -> list[Spell]:
    """Return the shares of production's traffic that `version` had, neighbours joined."""
    spells: list[Spell] = []
    for segment in segments:
        if segment.treatment_id == version.pk and segment.percent:
            label, percent = "canary", segment.percent
        elif segment.control_id == version.pk:
            label, percent = "production", 100 - segment.percent
        else:
            continue
        if segment.ended_at and segment.ended_at <= segment.started_at:
            continue
        last = spells[-1] if spells else None
        if last and (last.label, last.percent, last.end) == (label, percent, segment.started_at):
            spells[-1] = replace(last, end=segment.ended_at)
        else:
            spells.append(
                Spell(label, version.semver, segment.started_at, segment.ended_at, percent)
            )
    return spells


def canary_at(prompts: Iterable[Prompt], moment: datetime) -> dict[int, Segment]:
    """Return, by prompt, the segment in which a canary took a share at `moment`."""
    rows = Segment.objects.filter(
        prompt__in=list(prompts), percent__gt=0, started_at__lte=moment
    ).exclude(ended_at__lte=moment)
    numbers = ("treatment__major", "treatment__minor", "treatment__patch")
    found = rows.select_related("treatment").only("prompt", "percent", *numbers)
    return {segment.prompt_id: segment for segment in found}
