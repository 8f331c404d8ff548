"""What an evaluation of a prompt must rest on now, and whether a verdict still rests on it.

Like the required checks of a commit: registry keeps the row and looks at it before a
version ships, evaluation writes it whenever a suite, its cases or its judges change.
"""

from collections.abc import Mapping
from typing import Any

from registry.audit.clock import database_now
from registry.domain.errors import Stale
from registry.prompts.models import Prompt
from registry.release.models import EvaluationStandard, Release, Waiver

PINS = {
    "snapshot": "golden cases",
    "checks": "checks",
    "judges": "judges",
    "thresholds": "thresholds",
    "connection": "model connection",
}


def set_standard(prompt: Prompt, pins: Mapping[str, Any]) -> None:
    """Keep what `prompt` is to be evaluated by from now on; call it where that changes."""
    kept = {name: pins.get(name) for name in PINS}
    now = database_now()
    row, made = EvaluationStandard.objects.get_or_create(
        prompt=prompt, defaults={"pins": kept, "changed_at": now}
    )
    if not made and row.pins != kept:
        EvaluationStandard.objects.filter(pk=row.pk).update(pins=kept, changed_at=now)


def outdated(release: Release) -> list[str]:
    """Return what the verdict of `release` was judged by and would not be now, in words.

    Nothing without a verdict, where the evaluation was waived, and for a prompt that
    nobody has said anything about.
    """
    standard = EvaluationStandard.objects.filter(prompt=release.prompt_id).first()
    if standard is None or release.verdict is None or Waiver.Step.EVALUATION in release.waived():
        return []
    stored = release.verdict.pins
    changed = {name for name in PINS if stored.get(name) != standard.pins.get(name)}
    chosen = stored.get("connection_chosen", standard.pins.get("connection"))
    if stored.get("connection") is None and chosen == standard.pins.get("connection"):
        changed.discard("connection")  # it could not be used then; the verdict says so
    return [words for name, words in PINS.items() if name in changed]


def refuse_outdated(release: Release) -> None:
    """Raise Stale when the evaluation of `release` no longer counts."""
    if changed := outdated(release):
        if release.verdict and not PINS.keys() <= release.verdict.pins.keys():
            raise Stale(
                f"{release.version.semver} was evaluated by an earlier promptcms, which pinned no "
                "judges and thresholds. Evaluate it again."
            )
        raise Stale(
            f"Since {release.version.semver} was evaluated, its {_listed(changed)} changed. "
            "Evaluate it again."
        )


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
