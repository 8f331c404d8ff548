"""Go out at once past a running rollout; what was under way waits to be brought up to date."""

from datetime import datetime

from django.db import transaction

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Version
from registry.release.labels import lock_prompt
from registry.release.may_go import plan_for, send_back_if_approver_left
from registry.release.models import PlannedStart, Release, Rollout
from registry.release.planned import Start, close
from registry.release.rollback import under_way


def hotfix(version: Version, *, actor: Actor, reason: str, now: datetime, start: Start) -> Rollout:
    """Give `version` all of production now, in place of the rollout under way.

    Only where its road has no step that waits: a PATCH, or soak and canary waived. The version
    under way keeps a planned start, which waits until its text rests on the new production.
    Raises NotPermitted, Refused or Stale.
    """
    require(actor, Action.START_ROLLOUT, version.prompt.project)
    if actor.person is None:
        raise Refused("A hotfix is started by a person.")
    send_back_if_approver_left(version)
    with transaction.atomic():
        prompt = lock_prompt(version.prompt)
        running = under_way(prompt)
        if running is None:
            raise Refused("No rollout is under way by now: start it as usual.")
        if not may_be_hotfix(version):
            raise Refused(
                f"The road of {version.semver} has steps that wait. Have soak and canary waived, "
                "or let it wait its turn."
            )
        rollout = start(version, actor=actor, reason=reason, now=now, supersede=True)
        if running.kind == Rollout.Kind.SHIP:
            planned = PlannedStart(
                prompt=prompt,
                version=running.version,
                reason=f"Its rollout made way for {version.semver}.",
                planned_by=actor.person,
                planned_at=now,
            )
            answer = f"Bring it up to date with {version.semver}, then start it again."
            close(planned, PlannedStart.State.REBASE, answer, actor, now)
    return rollout


def may_be_hotfix(version: Version) -> bool:
    """Does the road of `version` lead to everyone at once?"""
    release = Release.objects.select_related("policy", "version").get(version=version)
    if release.policy is None or not release.risk:
        return False
    return not plan_for(release).total_minutes
