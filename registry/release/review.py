"""People's answers to a version: approve, ask for changes, reject, accept, withdraw."""

from django.db import IntegrityError, transaction

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action, Role
from registry.projects.access import require, roles_of
from registry.projects.models import Person
from registry.prompts.models import Version
from registry.release.comments import refuse_while_blocked
from registry.release.labels import lock_prompt, version_at
from registry.release.models import Approval, Contributor, Release
from registry.release.rollback import end_under_way
from registry.release.seen import refuse_unless_current, what_changed
from registry.release.transition import change_clearance
from registry.release.verdicts import approvals_needed, next_after_evidence

Decision = Approval.Decision


def may_sign(person: Person, version: Version) -> str | None:
    """Return why `person` cannot sign `version`, in a sentence; None when they can."""
    if Contributor.objects.filter(version=version, person=person).exists():
        return "You contributed to this version. Somebody who did not must sign it."
    if Role.REVIEWER not in roles_of(person, version.prompt.project):
        return "You need the role reviewer to sign."
    return None


@transaction.atomic
def approve(
    version: Version, *, seen_digest: str, seen_verdict: int | None, actor: Actor, comment: str = ""
) -> Release:
    """Sign a version in review; clears it once enough people have.

    `seen_digest` and `seen_verdict` are what the person looked at. Raises NotPermitted,
    Refused or Stale.
    """
    release = _in_state(version, Clearance.IN_REVIEW, "approved")
    refuse_while_blocked(version)
    refuse_unless_current(release)
    _answer(release, Decision.APPROVE, seen_digest, seen_verdict, actor, comment)
    given, needed = count_valid_approvals(release), approvals_needed(release)
    if given < needed:
        return release
    return change_clearance(
        release, to=Clearance.CLEARED, actor=actor, reason=comment or "Approved."
    )


@transaction.atomic
def request_changes(
    version: Version, *, seen_digest: str, seen_verdict: int | None, actor: Actor, comment: str
) -> Release:
    """Send a version back with what should change; ends its soak. The comment is required."""
    return _turn_down(
        version,
        Decision.REQUEST_CHANGES,
        Clearance.CHANGES_REQUESTED,
        seen_digest,
        seen_verdict,
        actor,
        comment,
    )


@transaction.atomic
def reject(
    version: Version, *, seen_digest: str, seen_verdict: int | None, actor: Actor, comment: str
) -> Release:
    """Turn a version down for good; ends its soak. The comment is required."""
    return _turn_down(
        version,
        Decision.REJECT,
        Clearance.REJECTED,
        seen_digest,
        seen_verdict,
        actor,
        comment,
    )


@transaction.atomic
def accept_undecided(
    version: Version, *, seen_digest: str, seen_verdict: int | None, actor: Actor, comment: str
) -> Release:
    """Take an inconclusive evaluation as good enough; a contributor cannot. Reason required."""
    if not comment.strip():
        raise Refused("Say in one sentence why the evidence is good enough.")
    release = _in_state(version, Clearance.UNDECIDED, "accepted")
    refuse_while_blocked(version)
    refuse_unless_current(release)
    _answer(release, Decision.ACCEPT_UNDECIDED, seen_digest, seen_verdict, actor, comment)
    return change_clearance(release, to=next_after_evidence(release), actor=actor, reason=comment)


@transaction.atomic
def withdraw(version: Version, *, actor: Actor, reason: str) -> Release:
    """Take a version back before it serves production; ends its rollout."""
    require(actor, Action.WITHDRAW, version.prompt.project)
    prompt = lock_prompt(version.prompt)
    if version_at(prompt, "production") == version:
        raise Refused(f"{version.semver} serves production. Roll back first, then withdraw it.")
    release = Release.objects.select_for_update().get(version=version)
    end_under_way(prompt, version=version, actor=actor, reason=reason, now=database_now())
    return change_clearance(
        release, to=Clearance.WITHDRAWN, actor=actor, reason=reason or "Withdrawn."
    )


def count_valid_approvals(release: Release) -> int:
    """Count who approved this text and verdict and still holds the right to sign."""
    approvals = Approval.objects.filter(
        version=release.version,
        decision=Decision.APPROVE,
        digest=release.version.digest,
        verdict=release.verdict,
    ).select_related("approver")
    project = release.prompt.project
    people = {approval.approver for approval in approvals}  # a person signs once
    return sum(Role.REVIEWER in roles_of(person, project) for person in people)


def _in_state(version: Version, state: Clearance, what: str) -> Release:
    """Lock and return the release of `version`. Raises Refused unless it is in `state`."""
    lock_prompt(version.prompt)
    release = Release.objects.select_for_update().get(version=version)
    if release.state != state:
        words = release.get_state_display()
        raise Refused(f"{version.semver} is {words}; it cannot be {what} now.")
    return release


def _answer(
    release: Release,
    decision: str,
    seen_digest: str,
    seen_verdict: int | None,
    actor: Actor,
    comment: str,
) -> None:
    """Write a person's answer, bound to what they saw."""
    version, project = release.version, release.prompt.project
    require(actor, Action.REVIEW, project)
    if actor.person is None:
        raise Refused("Only a person can sign.")
    if Contributor.objects.filter(version=version, person=actor.person).exists():
        raise Refused("You contributed to this version. Somebody who did not must sign it.")
    if changed := what_changed(release, seen_digest, seen_verdict):
        raise Stale(f"What you looked at has changed since. {changed} Read it again, then decide.")
    try:
        with transaction.atomic():
            Approval.objects.create(
                version=version,
                approver=actor.person,
                decision=decision,
                comment=comment.strip(),
                digest=version.digest,
                verdict=release.verdict,
                policy=release.policy,
            )
    except IntegrityError as refusal:
        given = "You have answered this version already."
        raise Refused(sentence_of(refusal, otherwise=given)) from refusal
    record(
        "release.answered",
        version,
        actor=actor,
        project=project,
        reason=comment,
        after={"decision": str(decision), "digest": version.digest},
    )


def _turn_down(
    version: Version,
    decision: str,
    to: Clearance,
    seen_digest: str,
    seen_verdict: int | None,
    actor: Actor,
    comment: str,
) -> Release:
    if not comment.strip():
        raise Refused("Say what should change or why not; the author reads it.")
    release = _in_state(version, Clearance.IN_REVIEW, "turned down")
    _answer(release, decision, seen_digest, seen_verdict, actor, comment)
    end_under_way(version.prompt, version=version, actor=actor, reason=comment, now=database_now())
    return change_clearance(release, to=to, actor=actor, reason=comment)
