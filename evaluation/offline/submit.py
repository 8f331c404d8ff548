"""Submit a version: pin what it is judged by, check it at once, queue what its risk demands."""

from typing import Any

from django.db import transaction

from evaluation.domain.static import static_checks
from evaluation.offline.datasets import lock_datasets
from evaluation.offline.end import pins_of
from evaluation.offline.models import Run, Suite
from evaluation.offline.plan import Plan, plan_of
from evaluation.offline.queue import queue_run
from evaluation.offline.render import values_of
from evaluation.offline.standards import keep_standard
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.content import Content
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import FINAL, UNDER_WAY, Clearance
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Version
from registry.release.labels import lock_prompt, version_at
from registry.release.models import Release, Rollout, Verdict
from registry.release.transition import change_clearance
from registry.release.verdicts import record_verdict, settle

GATE = Actor.system("gate")
Outcome = Verdict.Outcome


@transaction.atomic
def submit(version: Version, *, actor: Actor, reason: str) -> Release:
    """Submit `version` for evaluation, or evaluate it again after an error or a changed pin.

    Static checks run now. Output checks are queued as a run when the road asks for them; when
    they are asked for but not possible, the release is undecided and says what is missing.
    Raises NotPermitted, Refused or Stale.
    """
    prompt = lock_prompt(version.prompt)
    require(actor, Action.SUBMIT, prompt.project)
    version.prompt = prompt
    content = version.as_content()
    lock_datasets(Suite.objects.filter(prompt=prompt).values_list("dataset_id", flat=True))
    plan = plan_of(version, content)
    release = Release.objects.select_for_update().get(version=version)
    _refuse_what_cannot_be(release, version)
    _refuse_repeats(release, plan)
    if plan.suite:
        keep_standard(plan.suite, plan.snapshot)
    release = _begin(release, plan, actor, reason)
    release.prompt = prompt
    verdict = _check_text(release, version, content, plan)
    if verdict.outcome == Outcome.FAIL:
        return settle(release, verdict=verdict, actor=GATE)
    if plan.lacks and not plan.may_skip_outputs:
        return settle(release, verdict=_inconclusive(release, version, plan), actor=GATE)
    if plan.lacks:
        return settle(release, verdict=verdict, actor=GATE)
    queue_run(release, plan, actor=actor, reason=reason)
    return release


def _refuse_what_cannot_be(release: Release, version: Version) -> None:
    """Raise Refused for a version that is decided, under way, or being evaluated now."""
    state = Clearance(release.state)
    if version.prompt.archived_at:
        raise Refused(f"{version.prompt} is archived. Take it out of the archive first.")
    if state in FINAL:
        raise Refused(f"{version.semver} was {release.get_state_display()}. Save a new version.")
    if version_at(version.prompt, "production") == version:
        raise Refused(f"{version.semver} serves production. There is nothing to decide.")
    under_way = [s.value for s in UNDER_WAY]
    if Rollout.objects.filter(version=version, state__in=under_way).exists():
        raise Refused(f"A rollout of {version.semver} is under way. End it first.")
    if state is Clearance.EVALUATING and not _last_run_errored(release):
        raise Refused(f"{version.semver} is being evaluated now. Wait for its verdict.")


def _last_run_errored(release: Release) -> bool:
    """Did this attempt end without a verdict? Only then may it be repeated on the same pins."""
    run = Run.objects.filter(version=release.version_id, attempt=release.attempt).first()
    return run is not None and run.state in Run.BROKEN_OFF


def _refuse_repeats(release: Release, plan: Plan) -> None:
    """Raise Refused when this text has an answer on exactly these pins, under any number."""
    other_road = plan.meaning_confirmed and release.risk != plan.risk
    if release.verdict and plan.pins.hold(release.verdict.pins) and not other_road:
        raise Refused(
            "Nothing has changed since the last verdict: the same production version, cases, "
            "checks, connection and policy. Change the text, or what it is judged by."
        )
    _refuse_twice_at_once(release, plan)
    earlier = Verdict.objects.filter(
        version__prompt=release.prompt_id,
        digest=release.version.digest,
        kind__in=(Verdict.Kind.STATIC, Verdict.Kind.GATE),
        outcome__in=(Outcome.FAIL, Outcome.INCONCLUSIVE),
    ).select_related("version")
    for verdict in earlier:
        failed = verdict.outcome == Outcome.FAIL
        if failed and plan.lacks and verdict.pins.get("baseline") == plan.pins.baseline:
            raise Refused(
                f"This text failed as {verdict.version.semver}: {verdict.reasons[0]} Nothing could "
                f"be looked at now, which does not undo that. {plan.lacks[0]}"
            )
        # Doubt may end by a reviewer's word on the meaning; a failure stays one.
        looked = failed or (verdict.pins.get("run") and not other_road)
        if looked and plan.pins.hold(verdict.pins):
            said = "failed" if failed else "stayed undecided"
            raise Refused(
                f"This text {said} as {verdict.version.semver} on the same cases and checks: "
                f"{verdict.reasons[0]} A new number does not change that; change the text."
            )


def _refuse_twice_at_once(release: Release, plan: Plan) -> None:
    """Raise Refused while this text is evaluated under another number: that were two draws."""
    under_way = Run.objects.filter(
        prompt=release.prompt_id, version__digest=release.version.digest, state__in=Run.OPEN
    ).exclude(version=release.version_id)
    for run in under_way.select_related("version", "baseline", "snapshot", "policy"):
        if run.version and plan.pins.hold(pins_of(run)):
            raise Refused(
                f"This text is being evaluated as {run.version.semver} on the same cases and "
                "checks. Wait for its verdict."
            )


def _begin(release: Release, plan: Plan, actor: Actor, reason: str) -> Release:
    """Pin everything on the release and set it to evaluating; the attempt grows by one."""
    fields = {
        "risk": plan.risk.value,
        "baseline": plan.baseline,
        "policy": plan.policy,
        "attempt": release.attempt + 1,
        "verdict": None,
        "submitted_by": actor.person,
        "submitted_at": database_now(),
    }
    if release.state != Clearance.EVALUATING:
        return change_clearance(
            release, to=Clearance.EVALUATING, actor=actor, reason=reason, **fields
        )
    rows = Release.objects.filter(pk=release.pk, attempt=release.attempt)
    if not rows.update(**fields):
        raise Stale
    release.refresh_from_db()
    return release


def _check_text(release: Release, version: Version, content: Content, plan: Plan) -> Verdict:
    """Run the static checks and record what they found."""
    old = plan.baseline.as_content() if plan.baseline else None
    report = static_checks(
        old,
        content,
        plan.risk,
        [values_of(case) for case in plan.golden],
        meaning_confirmed=plan.meaning_confirmed,
    )
    outcome, reasons = Outcome(report.outcome), list(report.reasons)
    if outcome == Outcome.PASS and plan.lacks and plan.may_skip_outputs:
        reasons += [f"Outputs not checked: {sentence}" for sentence in plan.lacks]
    return record_verdict(
        version,
        kind=Verdict.Kind.STATIC,
        outcome=outcome,
        reasons=reasons,
        pins=_documented(plan, release),
        policy=plan.policy,
        actor=GATE,
    )


def _documented(plan: Plan, release: Release) -> dict[str, Any]:
    """Return the pins, and which connection was chosen where it could not be used."""
    chosen = plan.holds.connection or None
    return plan.pins.document(attempt=release.attempt, connection_chosen=chosen)


def _inconclusive(release: Release, version: Version, plan: Plan) -> Verdict:
    """Record that the outputs could not be judged, and what is missing for it."""
    return record_verdict(
        version,
        kind=Verdict.Kind.GATE,
        outcome=Outcome.INCONCLUSIVE,
        reasons=["Not evaluated: " + plan.lacks[0], *plan.lacks[1:]],
        pins=_documented(plan, release),
        policy=plan.policy,
        actor=GATE,
    )
