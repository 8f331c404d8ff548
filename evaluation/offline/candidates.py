"""Have a text evaluated that is no version yet, as CI asks: evidence, and nothing moves by it."""

from dataclasses import replace

from django.db import transaction

from evaluation.domain.checks import Outcome
from evaluation.domain.static import StaticReport, static_checks
from evaluation.offline.effective import Effective
from evaluation.offline.end import pins_of
from evaluation.offline.models import Candidate, Run
from evaluation.offline.plan import Plan, planned
from evaluation.offline.queue import record_request, run_of, start_run
from evaluation.offline.render import values_of
from evaluation.offline.rules import SECOND_LOOK
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.content import Content, digest
from registry.domain.errors import Refused
from registry.domain.risk import risk_of
from registry.domain.roles import Action
from registry.domain.semver import Bump, Risk
from registry.projects.access import require
from registry.projects.policies import current_policy
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import production_of
from registry.release.labels import lock_prompt
from registry.runtime.models import ApiKey

REPEATS = 3  # at most, per case and version
LOOKED_AT = 20  # earlier runs of the same text
REF_LENGTH = 200


@transaction.atomic
def submit_candidate(
    prompt: Prompt,
    content: Content,
    *,
    actor: Actor,
    reason: str,
    baseline: Version | None = None,
    ref: str = "",
    key: ApiKey | None = None,
    fresh: bool = False,
    repeat: int | None = None,
    margin: float | None = None,
    second_look: bool = True,
    risk: Risk | None = None,
) -> Run:
    """Evaluate `content` against `baseline` (None: what production serves) on the suite's cases.

    The text is checked now; if that fails, the run is over at once. The same text on the same
    pins is not judged twice: its run is returned, under way or ended with a verdict. `fresh`
    asks the baseline again, `repeat` gives each case so many answers, `margin` takes the place
    of every judge's own, `risk` that of the least honest one. Without a `second_look` what the
    first one cannot decide stays undecided. Raises NotPermitted, or Refused
    when nothing could be asked.
    """
    require(actor, Action.EVALUATE_CANDIDATE, prompt.project)
    if repeat is not None and not 1 <= repeat <= REPEATS:
        raise Refused(f"Ask for 1 to {REPEATS} answers per case.", field="repeat")
    if margin is not None and not 0 < margin < 1:
        raise Refused("A margin is a share between 0 and 1, such as 0.03.", field="margin")
    prompt = lock_prompt(prompt)
    plan = _plan(prompt, content, baseline or production_of(prompt), risk)
    plan = replace(plan, holds=_as_asked(plan.holds, margin, second_look))
    report = _static(plan, content)
    candidate = Candidate(
        prompt=prompt,
        key=key,
        content=_stored(content),
        digest=digest(content),
        ref=ref[:REF_LENGTH],
    )
    run = run_of(plan, candidate, actor=actor, repeats=repeat, fresh=fresh)
    if same := _same(run, candidate, fresh=fresh):
        return same
    candidate.save(force_insert=True)
    run.candidate = candidate
    run.reasons = list(report.reasons)
    if report.outcome is Outcome.FAIL:
        return _failed(run, actor=actor, reason=reason)
    return start_run(run, plan, actor=actor, reason=reason)


def _plan(
    prompt: Prompt,
    content: Content,
    baseline: Version | None,
    risk: Risk | None,
) -> Plan:
    """Return what the evaluation would be. Raises Refused when something lacks for it."""
    if prompt.archived_at:
        raise Refused(f"{prompt} is archived. Take it out of the archive first.")
    policy, rules = current_policy(prompt.project)
    old = baseline.as_content() if baseline else None
    level = risk or risk_of(old, content, Bump.PATCH)  # the floor decides alone
    plan = planned(
        prompt,
        content,
        risk=level,
        baseline=baseline,
        policy=policy,
        road=rules.road(level),
    )
    if plan.lacks:
        raise Refused("Not evaluated: " + " ".join(plan.lacks))
    return plan


def _as_asked(holds: Effective, margin: float | None, second_look: bool) -> Effective:
    """Return what holds for this evaluation alone."""
    if margin is not None:
        judges = tuple(replace(judge, margin=margin) for judge in holds.judges)
        holds = replace(holds, judges=judges)
    if not second_look:
        holds = replace(holds, thresholds={**holds.thresholds, SECOND_LOOK: False})
    return holds


def _static(plan: Plan, content: Content) -> StaticReport:
    old = plan.baseline.as_content() if plan.baseline else None
    return static_checks(old, content, plan.risk, [values_of(case) for case in plan.golden])


def _same(run: Run, candidate: Candidate, *, fresh: bool) -> Run | None:
    """Return a run of the same text on the same pins that has or will have a verdict.

    One asked for by a key is another key's of the project too, but no person's.
    """
    runs = Run.objects.filter(
        prompt=run.prompt,
        candidate__digest=candidate.digest,
        candidate__key__isnull=candidate.key is None,
        repeats=run.repeats,
        risk=run.risk,
        ending="",
    ).exclude(state__in=Run.BROKEN_OFF)
    wanted = {**pins_of(run), "run": None, "attempt": None}
    for earlier in runs.order_by("-id")[:LOOKED_AT]:
        pins = {**pins_of(earlier), "run": None, "attempt": None}
        if pins == wanted and not (fresh and earlier.baseline_run_id):
            return earlier
    return None


def _failed(run: Run, *, actor: Actor, reason: str) -> Run:
    """Insert a run whose text alone speaks against it: no model is asked."""
    run.resumes = None
    run.state = Run.State.FAILED
    run.started_at = run.finished_at = database_now()
    run.save(force_insert=True)
    record_request(run, cases=0, actor=actor, reason=reason)
    return run


def _stored(content: Content) -> dict[str, object]:
    return {
        "kind": content.kind,
        "body": content.body,
        "config": dict(content.config),
        "output_schema": content.output_schema,
        "variables": content.declared(),
    }
