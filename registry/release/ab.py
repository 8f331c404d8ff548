"""A/B tests: two cleared versions beside each other at a fixed share, until a person ends it.

It takes the one place that a prompt has for a rollout, moves no label and ships nothing: the
winner goes out by a rollout of its own.
"""

import secrets
from datetime import datetime

from django.db import transaction

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.lifecycle import UNDER_WAY, Clearance, RolloutState
from registry.domain.policy import Plan, Stage
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Prompt, Version
from registry.release.labels import lock_prompt, version_at
from registry.release.may_go import check_start, send_back_if_approver_left
from registry.release.models import Release, Rollout
from registry.release.rollback import end_rollout, under_way
from registry.release.segments import open_segment
from registry.release.transition import change_rollout
from registry.release.wire import refresh_wires

LEAST, MOST = 1, 50
A_PERSON_ENDS_IT = "A person ends an A/B test."


def start_ab(
    version: Version,
    *,
    percent: int,
    actor: Actor,
    reason: str,
    now: datetime,
    salt: str | None = None,
) -> Rollout:
    """Give `percent` (1 to 50) of production's units `version`, the others what they have now.

    `salt` decides who gets which; a fresh one unless it is given. Raises NotPermitted, Refused
    or Stale.
    """
    require(actor, Action.START_ROLLOUT, version.prompt.project)
    send_back_if_approver_left(version)
    with transaction.atomic():
        prompt = lock_prompt(version.prompt)
        release = Release.objects.select_related("policy", "version", "prompt").get(version=version)
        _check(prompt, release, percent, actor, reason)
        rollout = _insert(prompt, release, percent, actor, now, salt or secrets.token_hex(8))
        rollout = change_rollout(
            rollout,
            to=RolloutState.CANARY,
            action="rollout.started",
            actor=actor,
            reason=reason,
            percent=percent,
        )
        open_segment(rollout, now)
        refresh_wires(prompt)
        return rollout


@transaction.atomic
def end_ab(
    rollout: Rollout, *, actor: Actor, reason: str, now: datetime, finished: bool = True
) -> Rollout:
    """End an A/B test; everybody gets what production serves. Labels stay as they are.

    `finished` says that it has answered its question; otherwise it was broken off. Raises
    NotPermitted or Refused.
    """
    require(actor, Action.HOLD, rollout.prompt.project)
    prompt = lock_prompt(rollout.prompt)
    rows = Rollout.objects.select_related("version", "prompt__project", "staging_before")
    rollout = rows.get(pk=rollout.pk)
    if rollout.kind != Rollout.Kind.AB:
        raise Refused("This is a rollout, no A/B test: hold it, or roll it back.")
    if rollout.state not in UNDER_WAY:
        raise Refused("This A/B test is over already.")
    as_what = Rollout.EndedAs.FINISHED if finished else Rollout.EndedAs.BY_PERSON
    rollout = end_rollout(rollout, ended_as=as_what, actor=actor, reason=reason, now=now)
    refresh_wires(prompt)
    return rollout


def _check(prompt: Prompt, release: Release, percent: int, actor: Actor, reason: str) -> None:
    version = release.version
    if not LEAST <= percent <= MOST:
        raise Refused(
            f"The share of {version.semver} is a whole number from {LEAST} to {MOST} %.",
            field="percent",
        )
    if running := under_way(prompt):
        raise Refused(
            f"{running.version.semver} is being rolled out. Wait until that has ended, or end it."
        )
    if version_at(prompt, "production") is None:
        raise Refused("Production serves nothing yet, so there is nothing to compare with.")
    if release.state != Clearance.CLEARED:
        raise Refused(f"{version.semver} is not cleared; callers get only what is.")
    check_start(prompt, release, actor=actor, reason=reason)


def _insert(
    prompt: Prompt, release: Release, percent: int, actor: Actor, now: datetime, salt: str
) -> Rollout:
    assert release.policy is not None
    return Rollout.objects.create(
        prompt=prompt,
        version=release.version,
        kind=Rollout.Kind.AB,
        mode=Rollout.Mode.ATTENDED,
        attended_because=A_PERSON_ENDS_IT,
        production_before=version_at(prompt, "production"),
        staging_before=version_at(prompt, "staging"),
        salt=salt,
        plan=Plan(0, (Stage(percent, 0),)).document(),
        policy=release.policy,
        step_started_at=now,
        started_by=actor.person,
        started_at=now,
    )
