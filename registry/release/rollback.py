"""Undo: one person, no evidence, always wins against an advance. A pointer move."""

from datetime import datetime

from django.db import transaction

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.lifecycle import UNDER_WAY, Clearance, RolloutState
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Prompt, Version
from registry.release.labels import has_held, lock_prompt, move_label, version_at
from registry.release.models import LabelEvent, Release, Rollout
from registry.release.segments import open_standing
from registry.release.transition import change_rollout
from registry.release.wire import refresh_wires

MOVES = 200  # of production that are looked at for ways back


@transaction.atomic
def roll_back(
    prompt: Prompt,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    to: Version | None = None,
    bad: Version | None = None,
) -> Version | None:
    """End the rollout under way, or return production to what it served before.

    With `to`, production returns to that version, which must have held it and not be
    withdrawn. `bad` is the version complained of: nothing happens unless it is served, so that
    whoever is second goes back only once; if all of production has it, production returns, and
    a rollout under way makes way. Returns what production serves afterwards. Raises
    NotPermitted, or Refused when there is nothing to undo.
    """
    require(actor, Action.ROLL_BACK, prompt.project)
    prompt = lock_prompt(prompt)
    running = under_way(prompt)
    if bad is not None and not _serves(prompt, running, bad):
        raise Refused(
            f"{bad.semver} is neither in production nor being rolled out, so nothing was changed."
        )
    production = version_at(prompt, "production")
    about_production = running is None or (bad is not None and bad == production)
    target = to or (_before_current(prompt) if about_production else None)
    if target is not None:
        _check_target(prompt, target)
    elif about_production:
        raise Refused("Production has served nothing before this version: there is no way back.")
    if running:
        made_way = about_production and to is None  # nothing was said against it
        as_what = Rollout.EndedAs.SUPERSEDED if made_way else ended_as(actor)
        end_rollout(running, ended_as=as_what, actor=actor, reason=reason, now=now)
    if target is not None and target != production:
        _return_production(prompt, target, actor, reason, now)
    elif target is not None and not running:
        raise Refused(f"Production serves {target.semver} already.")
    refresh_wires(prompt)
    return version_at(prompt, "production")


def _serves(prompt: Prompt, running: Rollout | None, version: Version) -> bool:
    treatment = running.version if running else None
    return version in (treatment, version_at(prompt, "production"))


def _check_target(prompt: Prompt, target: Version) -> None:
    """Raise Refused unless production may go back to `target`."""
    if not (target.prompt_id == prompt.pk and has_held(target, "production")):
        raise Refused(f"{target.semver} has never served production, so it is no way back.")
    if Release.objects.filter(version=target, state=Clearance.WITHDRAWN).exists():
        raise Refused(f"{target.semver} is withdrawn. Go back to another version.")


def under_way(prompt: Prompt) -> Rollout | None:
    """Return the rollout of `prompt` that has not ended, or None."""
    return (
        Rollout.objects.select_related("version", "prompt__project", "staging_before")
        .filter(prompt=prompt, state__in=UNDER_WAY)
        .first()
    )


def end_under_way(
    prompt: Prompt, *, version: Version, actor: Actor, reason: str, now: datetime
) -> None:
    """End the rollout of exactly this version, if one is under way. The prompt is locked."""
    running = under_way(prompt)
    if running and running.version_id == version.pk:
        ended = Rollout.EndedAs.BY_PERSON
        end_rollout(running, ended_as=ended, actor=actor, reason=reason, now=now)
        refresh_wires(prompt)


def end_rollout(
    rollout: Rollout, *, ended_as: str, actor: Actor, reason: str, now: datetime
) -> Rollout:
    """Close a rollout and give staging and canary back. The caller refreshes the wires."""
    prompt = rollout.prompt
    rollout = change_rollout(
        rollout,
        to=RolloutState.ROLLED_BACK,
        action="rollout.ended",
        actor=actor,
        reason=reason,
        ended_as=ended_as,
        ended_at=now,
        percent=0,
    )
    if rollout.kind == Rollout.Kind.SHIP:  # an A/B test moves no label
        _return_labels(rollout, actor, reason, now)
    open_standing(prompt, now)
    return rollout


def _return_labels(rollout: Rollout, actor: Actor, reason: str, now: datetime) -> None:
    prompt = rollout.prompt
    production = version_at(prompt, "production")
    staging = rollout.staging_before or production
    for name, version in (("staging", staging), ("canary", production)):
        if version is not None and version_at(prompt, name) is not None:
            move_label(prompt, name, version, actor=actor, reason=reason, now=now, rollout=rollout)


def way_back(prompt: Prompt) -> Version | None:
    """Return what one click would bring production back to; None when there is nothing."""
    running = under_way(prompt)
    return version_at(prompt, "production") if running else _before_current(prompt)


def ways_back(prompt: Prompt) -> list[Version]:
    """Return where production may go back to, the latest holder first, without texts.

    Versions that have held production, do not now, and are not withdrawn.
    """
    texts = [f"version_after__{name}" for name in ("content", "config", "output_schema")]
    moves = LabelEvent.objects.filter(prompt=prompt, name="production").order_by("-id")
    moves = moves.exclude(version_after__release__state=Clearance.WITHDRAWN)
    found = {
        move.version_after_id: move.version_after
        for move in moves.select_related("version_after").defer(*texts)[:MOVES]
    }
    current = version_at(prompt, "production")
    return [version for version in found.values() if version != current]


def _before_current(prompt: Prompt) -> Version | None:
    finished = _finished_rollout(prompt)
    return finished.production_before if finished else None


def _finished_rollout(prompt: Prompt) -> Rollout | None:
    """Return the rollout that brought the present production version, if it was one."""
    current = version_at(prompt, "production")
    return (
        Rollout.objects.select_related("production_before", "staging_before", "version", "prompt")
        .filter(prompt=prompt, version=current, percent=100, production_before__isnull=False)
        .order_by("-id")
        .first()
    )


def _return_production(
    prompt: Prompt, target: Version, actor: Actor, reason: str, now: datetime
) -> None:
    """Move production (and canary and staging with it) to `target`."""
    current = version_at(prompt, "production")
    finished = _finished_rollout(prompt)
    move_label(prompt, "production", target, actor=actor, reason=reason, now=now, rollout=finished)
    if version_at(prompt, "canary") is not None:
        move_label(prompt, "canary", target, actor=actor, reason=reason, now=now)
    if version_at(prompt, "staging") == current:
        move_label(prompt, "staging", target, actor=actor, reason=reason, now=now)
    if finished and finished.state == RolloutState.COMPLETE:
        change_rollout(
            finished,
            to=RolloutState.ROLLED_BACK,
            action="rollout.ended",
            actor=actor,
            reason=reason,
            ended_as=ended_as(actor),
            ended_at=now,
        )
    open_standing(prompt, now)


def ended_as(actor: Actor) -> str:
    """Return how a rollout ends that `actor` undoes."""
    by_itself = actor == Actor.system("watcher")
    return Rollout.EndedAs.REGRESSED if by_itself else Rollout.EndedAs.BY_PERSON
