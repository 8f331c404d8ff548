"""Ship a version step by step: start, advance, hold, resume, end. Forward needs evidence."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.lifecycle import UNDER_WAY, Clearance, RolloutState
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Prompt, Version
from registry.release.labels import lock_prompt, move_label, version_at
from registry.release.may_go import (
    check_advance,
    check_evidence,
    check_start,
    failure_of,
    headline_of,
    plan_for,
    send_back_if_approver_left,
)
from registry.release.may_go import plan_of as plan_of
from registry.release.models import Release, Rollout, Verdict
from registry.release.planned import end_plans
from registry.release.rollback import end_rollout, ended_as, under_way
from registry.release.segments import open_segment, open_standing
from registry.release.transition import change_rollout
from registry.release.verdicts import note_unmeasured
from registry.release.wire import refresh_wires

MOST_FIRST = 50  # per cent: with more, the first stage would be everyone


@dataclass(frozen=True)
class Options:
    """How a rollout is begun, where that differs from the policy.

    `percent` is the share of the first canary stage (1 to 50). `attended_because` says why no
    step is taken by itself; "" has the watcher take each step on evidence.
    """

    percent: int | None = None
    attended_because: str = ""


ATTENDED = Options(attended_because="It was started without a look at its traffic.")


def start(
    version: Version,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    supersede: bool = False,
    options: Options = ATTENDED,
) -> Rollout:
    """Start shipping `version`: it holds staging, and goes on at once where nothing waits.

    `supersede` ends a rollout of another version that is under way, in the same
    transaction. Raises NotPermitted, Refused or Stale.
    """
    require(actor, Action.START_ROLLOUT, version.prompt.project)
    send_back_if_approver_left(version)
    with transaction.atomic():
        prompt = lock_prompt(version.prompt)
        release = Release.objects.select_related("policy", "version", "prompt").get(version=version)
        check_start(prompt, release, actor=actor, reason=reason)
        _make_room(prompt, actor, reason, now, supersede)
        rollout = _insert(prompt, release, options, actor, reason, now)
        end_plans(version, actor=actor, now=now)
        move_label(prompt, "staging", version, actor=actor, reason=reason, now=now, rollout=rollout)
        open_segment(rollout, now)
        if release.state == Clearance.CLEARED:
            while rollout.state in UNDER_WAY and not _minutes_left(rollout):
                rollout = _step(rollout, actor, reason, now)
        refresh_wires(prompt)
        return rollout


def advance(
    rollout: Rollout,
    *,
    expected_epoch: int,
    actor: Actor,
    reason: str,
    now: datetime,
    verdict: Verdict | None = None,
) -> Rollout:
    """Take one step: soak to canary, canary to a larger share, or to production.

    `verdict` is the pass of the present step that carries it: the watcher must bring one, a
    person without one answers with a typed reason, recorded as unmeasured. Refused once live
    traffic has shown a failure, while held, before the step has lasted its hours (unless
    waived), and while the version is not cleared or no longer by people who hold the right to
    sign. Raises NotPermitted, Refused or Stale.
    """
    require(actor, Action.ADVANCE, rollout.prompt.project)
    send_back_if_approver_left(rollout.version)
    with transaction.atomic():
        prompt = lock_prompt(rollout.prompt)
        rollout = _read(rollout)
        check_advance(rollout, expected_epoch, now)
        check_evidence(rollout, verdict=verdict, actor=actor, reason=reason)
        if verdict is None:
            note_unmeasured(rollout, actor=actor, reason=reason)
        rollout = _step(rollout, actor, reason, now)
        refresh_wires(prompt)
        return rollout


@transaction.atomic
def hold(rollout: Rollout, *, actor: Actor, reason: str, now: datetime) -> Rollout:
    """Stop every forward move until resumed; rolling back stays possible."""
    require(actor, Action.HOLD, rollout.prompt.project)
    if not reason.strip():
        raise Refused("Say why it is held, so that others know when to go on.", field="reason")
    return _keep_state(
        rollout, "rollout.held", actor, reason, held_reason=reason.strip(), held_at=now
    )


@transaction.atomic
def resume(rollout: Rollout, *, actor: Actor, reason: str) -> Rollout:
    """Let a held rollout go on. Refused once live traffic has shown a failure."""
    require(actor, Action.ADVANCE, rollout.prompt.project)
    if failed := failure_of(rollout):
        raise Refused(f"It failed on live traffic: {headline_of(failed)} Roll it back.")
    return _keep_state(rollout, "rollout.resumed", actor, reason, held_reason="", held_at=None)


@transaction.atomic
def end(rollout: Rollout, *, actor: Actor, reason: str, now: datetime) -> Rollout:
    """End a rollout that is on its way; production goes on serving what it serves.

    What any author may do. Once the version has all of production there is nothing left to
    end: `roll_back` returns production. Raises NotPermitted or Refused.
    """
    require(actor, Action.HOLD, rollout.prompt.project)
    prompt = lock_prompt(rollout.prompt)
    rollout = _read(rollout)
    if rollout.state == RolloutState.COMPLETE:
        raise Refused(
            f"{rollout.version.semver} has all of production by now: roll production back."
        )
    if rollout.state not in UNDER_WAY:
        raise Refused(f"The {rollout} is over.")
    rollout = end_rollout(rollout, ended_as=ended_as(actor), actor=actor, reason=reason, now=now)
    refresh_wires(prompt)
    return rollout


def _read(rollout: Rollout) -> Rollout:
    """Return the row as it is now, under the lock of its prompt."""
    rows = Rollout.objects.select_related("version__release", "prompt__project", "staging_before")
    return rows.get(pk=rollout.pk)


def _keep_state(
    rollout: Rollout, action: str, actor: Actor, reason: str, **fields: object
) -> Rollout:
    prompt = lock_prompt(rollout.prompt)
    rollout = _read(rollout)
    if rollout.state not in UNDER_WAY:
        raise Refused(f"The {rollout} is over.")
    if rollout.kind == Rollout.Kind.AB:
        raise Refused("An A/B test takes no further step by itself: end it when you have seen it.")
    rollout = change_rollout(
        rollout,
        to=RolloutState(rollout.state),
        action=action,
        actor=actor,
        reason=reason,
        **fields,
    )
    refresh_wires(prompt)
    return rollout


def _make_room(prompt: Prompt, actor: Actor, reason: str, now: datetime, supersede: bool) -> None:
    running = under_way(prompt)
    if running is None:
        return
    if not supersede:
        raise Refused(
            f"{running.version.semver} is being rolled out. Wait for it, roll it back, "
            "or say that this one takes its place."
        )
    end_rollout(running, ended_as=Rollout.EndedAs.SUPERSEDED, actor=actor, reason=reason, now=now)


def _insert(
    prompt: Prompt, release: Release, options: Options, actor: Actor, reason: str, now: datetime
) -> Rollout:
    assert release.policy is not None
    plan = plan_for(release)
    if options.percent is not None:
        if not 1 <= options.percent <= MOST_FIRST:
            raise Refused(
                f"The first share is a whole number from 1 to {MOST_FIRST} %.", field="percent"
            )
        plan = plan.starting_at(options.percent)
    rollout = Rollout.objects.create(
        prompt=prompt,
        version=release.version,
        production_before=version_at(prompt, "production"),
        staging_before=version_at(prompt, "staging"),
        salt=secrets.token_hex(8),
        plan=plan.document(),
        policy=release.policy,
        mode=Rollout.Mode.ATTENDED if options.attended_because else Rollout.Mode.MEASURED,
        attended_because=options.attended_because,
        step_started_at=now,
        started_by=actor.person,
        started_at=now,
    )
    record(
        "rollout.started",
        release.version,
        actor=actor,
        project=prompt.project,
        reason=reason,
        after={"version": release.version.semver, "risk": release.risk},
    )
    return rollout


def _minutes_left(rollout: Rollout) -> int:
    return plan_of(rollout).minutes_at(rollout.percent)


def _step(rollout: Rollout, actor: Actor, reason: str, now: datetime) -> Rollout:
    """Take one forward step: the label first, so that the database sees both."""
    prompt, version = rollout.prompt, rollout.version
    percent = plan_of(rollout).next_percent(rollout.percent)
    if percent == 100:
        return _complete(rollout, actor, reason, now)
    move_label(prompt, "canary", version, actor=actor, reason=reason, now=now, rollout=rollout)
    rollout = change_rollout(
        rollout,
        to=RolloutState.CANARY,
        action="rollout.advanced",
        actor=actor,
        reason=reason,
        percent=percent,
        step_started_at=now,
    )
    open_segment(rollout, now)
    return rollout


def _complete(rollout: Rollout, actor: Actor, reason: str, now: datetime) -> Rollout:
    """Give production to the version: the only forward move of that label."""
    prompt, version = rollout.prompt, rollout.version
    move_label(prompt, "production", version, actor=actor, reason=reason, now=now, rollout=rollout)
    if version_at(prompt, "canary") is not None:
        move_label(prompt, "canary", version, actor=actor, reason=reason, now=now, rollout=rollout)
    rollout = change_rollout(
        rollout,
        to=RolloutState.COMPLETE,
        action="rollout.ended",
        actor=actor,
        reason=reason,
        percent=100,
        step_started_at=now,
        ended_as=Rollout.EndedAs.FINISHED,
        ended_at=now,
    )
    open_standing(prompt, now)
    return rollout
