"""Starts that wait: for a moment, for the rollout under way, or for a text brought up to date.

A planned start is executed as the person who planned it, if they still have the right. It waits
for its moment, then until no other rollout is under way. Whatever became of the one before it,
it starts against what production serves then: the same checks as by hand refuse what is stale.
A version that builds on one that was rolled back meanwhile does not go out by itself.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.lifecycle import UNDER_WAY, RolloutState
from registry.domain.roles import Action
from registry.projects.access import NotPermitted, require
from registry.prompts.models import Prompt, Version
from registry.release.labels import lock_prompt, version_at
from registry.release.may_go import check_start, send_back_if_approver_left
from registry.release.models import PlannedStart, Release, Rollout
from registry.release.rollback import under_way
from registry.release.seen import overtaken_by

log = structlog.get_logger(__name__)

LONGEST = timedelta(days=90)
State = PlannedStart.State
WAITS = (State.WAITING, State.REBASE)


class Start(Protocol):
    """A way to start a rollout, such as `evaluation.online.start.start_rollout`."""

    def __call__(
        self,
        version: Version,
        *,
        actor: Actor,
        reason: str,
        now: datetime,
        supersede: bool = ...,
        percent: int | None = ...,
        attended: bool | None = ...,
    ) -> Rollout:
        """Start the rollout of `version`."""
        ...


@transaction.atomic
def plan(
    version: Version,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    not_before: datetime | None = None,
    after: Rollout | None = None,
    percent: int | None = None,
    attended: bool = False,
) -> PlannedStart:
    """Start `version` later: at `not_before`, and not before the rollout `after` has ended.

    `percent` is the share of its first stage (1 to 50). `attended` has a person take each step;
    otherwise its traffic decides at the start. Raises NotPermitted or Refused.
    """
    require(actor, Action.START_ROLLOUT, version.prompt.project)
    if actor.person is None:
        raise Refused("A start is planned by a person.")
    prompt = lock_prompt(version.prompt)
    release = Release.objects.select_related("policy", "version", "prompt").get(version=version)
    check_start(prompt, release, actor=actor, reason=reason)
    _check_when(prompt, version, now, not_before, after)
    if percent is not None and not 1 <= percent <= 50:
        raise Refused("The first share is a whole number from 1 to 50 %.", field="percent")
    try:
        with transaction.atomic():
            planned = PlannedStart.objects.create(
                prompt=prompt,
                version=version,
                not_before=not_before,
                after=after,
                percent=percent,
                attended=attended,
                reason=reason,
                planned_by=actor.person,
                planned_at=now,
            )
    except IntegrityError as refusal:
        given = f"A start of {version.semver} is planned already. Cancel that one first."
        raise Refused(sentence_of(refusal, otherwise=given)) from refusal
    _record("rollout.planned", planned, actor, reason)
    return planned


@transaction.atomic
def cancel(planned: PlannedStart, *, actor: Actor, reason: str, now: datetime) -> PlannedStart:
    """Take a planned start back. Raises NotPermitted, or Refused once it has ended."""
    require(actor, Action.START_ROLLOUT, planned.prompt.project)
    lock_prompt(planned.prompt)
    planned = _read(planned.pk)
    if planned.state not in WAITS:
        raise Refused(f"This planned start is {planned.state} already.")
    return close(planned, State.CANCELLED, f"Cancelled by {actor.name}.", actor, now, reason=reason)


def due(now: datetime) -> list[PlannedStart]:
    """Return the planned starts whose moment has come and that nothing is known to hold up."""
    rows = PlannedStart.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        Q(after=None) | ~Q(after__state__in=UNDER_WAY),
        state=State.WAITING,
        prompt__archived_at=None,
        prompt__project__hidden_at=None,
    )
    return list(rows.select_related("version__prompt__project", "prompt", "planned_by"))


def start_due(now: datetime, start: Start) -> list[PlannedStart]:
    """Carry out what is due with `start`; return the planned starts as they are afterwards.

    A refusal ends the planned start with its words. However many do this at once, each is
    carried out once. One that breaks off says so, is tried again, and stops no other.
    """
    return [_carry_out_safely(planned, now, start) for planned in due(now)]


def end_plans(version: Version, *, actor: Actor, now: datetime) -> None:
    """End what was planned for `version`; called where its rollout starts, in that transaction."""
    rows = PlannedStart.objects.filter(version=version, state__in=WAITS)
    for planned in rows.select_related("version", "prompt__project"):
        close(planned, State.STARTED, "Its rollout has started.", actor, now)


def brought_up_to_date(
    version: Version, *, merged: Collection[int], actor: Actor, now: datetime
) -> None:
    """End what waited to be brought up to date, if `version` is that text.

    It is when it rests on what production serves, and was edited from the waiting version or
    had it merged in (`merged` are ids). Called where a version is saved, in that transaction.
    """
    rows = PlannedStart.objects.filter(prompt=version.prompt_id, state=State.REBASE)
    waiting = list(rows.select_related("version", "prompt__project"))
    production = version_at(version.prompt, "production") if waiting else None
    if production is None or not builds_on(version, production):
        return
    for planned in waiting:
        if planned.version_id in merged or builds_on(version, planned.version):
            close(planned, State.CANCELLED, f"{version.semver} takes its place.", actor, now)


def waiting_starts(prompt: Prompt) -> list[PlannedStart]:
    """Return what is planned for `prompt` and has not ended, in the order of the plans."""
    rows = PlannedStart.objects.filter(prompt=prompt, state__in=WAITS)
    return list(rows.select_related("version", "after__version", "planned_by"))


def close(
    planned: PlannedStart,
    state: str,
    answer: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str = "",
) -> PlannedStart:
    """Write what became of a planned start. The caller holds the prompt's lock."""
    planned.state, planned.answer = state, answer
    planned.ended_at = None if state == State.REBASE else now
    planned.save()
    _record("rollout.plan_ended", planned, actor, reason or answer)
    return planned


def builds_on(version: Version, other: Version) -> bool:
    """Was `version` edited from `other`, directly or over versions between them?"""
    bases = dict(Version.objects.filter(prompt=version.prompt_id).values_list("pk", "base_id"))
    at: int | None = version.pk
    while at is not None and at != other.pk:
        at = bases[at]
    return at is not None


def _check_when(
    prompt: Prompt,
    version: Version,
    now: datetime,
    not_before: datetime | None,
    after: Rollout | None,
) -> None:
    if not_before is None and after is None:
        raise Refused("Say when it starts: at a time, or after the rollout under way.")
    if not_before is not None and not now < not_before <= now + LONGEST:
        raise Refused("Choose a time within the next 90 days.", field="not_before")
    running = under_way(prompt)
    if running is not None and running.version_id == version.pk:
        raise Refused(f"{version.semver} is being rolled out already.")
    if after is not None and after != running:
        raise Refused("The rollout it should wait for is over. Look again, then decide.")


def _carry_out_safely(planned: PlannedStart, now: datetime, start: Start) -> PlannedStart:
    try:
        return _carry_out(planned, now, start)
    except Exception:
        log.exception("a planned start could not be carried out", planned=planned.pk)
        rows = PlannedStart.objects.filter(pk=planned.pk, state=State.WAITING)
        rows.update(answer="It broke off and is tried again; the log of the worker says why.")
        return _read(planned.pk)


def _carry_out(planned: PlannedStart, now: datetime, start: Start) -> PlannedStart:
    actor = Actor.of(planned.planned_by)
    approver_left = _sent_back(planned.version)
    with transaction.atomic():
        prompt = lock_prompt(planned.prompt)
        planned = _read(planned.pk)
        if planned.state != State.WAITING:
            return planned  # somebody else was first
        if approver_left:
            return close(planned, State.REFUSED, approver_left, actor, now)
        if running := under_way(prompt):
            planned.after = running
            planned.save(update_fields=["after"])
            return planned
        if stopped := _stopped(planned, prompt):
            return close(planned, *stopped, actor, now)
        try:
            with transaction.atomic():
                start(
                    planned.version,
                    actor=actor,
                    reason=planned.reason,
                    now=now,
                    percent=planned.percent,
                    attended=True if planned.attended else None,
                )
        except (NotPermitted, Refused) as refusal:
            return close(planned, State.REFUSED, str(refusal), actor, now)
        return _read(planned.pk)


def _stopped(planned: PlannedStart, prompt: Prompt) -> tuple[str, str] | None:
    """Return how and why a planned start ends before anything is tried; None when it may be."""
    version, before = planned.version, planned.after
    if before is not None and _went_wrong(before) and builds_on(version, before.version):
        return State.REFUSED, (
            f"{version.semver} builds on {before.version.semver}, which was rolled back. "
            "Look at it, then start it by hand or save a new version."
        )
    production = version_at(prompt, "production")
    overtaken = overtaken_by(Release.objects.get(version=version), production)
    if overtaken and production is not None and not builds_on(version, production):
        return State.REBASE, (
            f"{overtaken} Bring its text up to date, so that it does not undo {production.semver}."
        )
    return None


def _went_wrong(rollout: Rollout) -> bool:
    """Was it a rollout, no A/B test, and did it end otherwise than well or by being replaced?"""
    is_back = rollout.state == RolloutState.ROLLED_BACK
    replaced = rollout.ended_as == Rollout.EndedAs.SUPERSEDED
    return is_back and not replaced and rollout.kind == Rollout.Kind.SHIP


def _sent_back(version: Version) -> str:
    """Send `version` back to review if its approver left, and say so; "" if nobody left.

    In a transaction of its own: a refusal inside the start's would take it back.
    """
    try:
        send_back_if_approver_left(version)
    except Refused as refusal:
        return str(refusal)
    return ""


def _read(pk: int) -> PlannedStart:
    rows = PlannedStart.objects.select_related(
        "version__prompt__project", "prompt__project", "after__version", "planned_by"
    )
    return rows.get(pk=pk)


def _record(action: str, planned: PlannedStart, actor: Actor, reason: str) -> None:
    at = planned.not_before
    record(
        action,
        planned.version,
        actor=actor,
        project=planned.prompt.project,
        reason=reason,
        after={
            "planned": planned.pk,
            "state": planned.state,
            "not_before": f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "",
            "after": planned.after.version.semver if planned.after else "",
        },
    )
