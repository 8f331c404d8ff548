"""Do what follows from an answer, through the same functions as people, and write it down."""

from datetime import datetime, timedelta

from django.db import transaction

from evaluation.domain.watch.answer import Answer, Says
from evaluation.online.watch.move import Move, Step
from evaluation.online.watch.view import View
from registry.audit.actor import Actor
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance, RolloutState
from registry.domain.semver import Risk
from registry.release.labels import lock_prompt
from registry.release.may_go import send_back_if_approver_left
from registry.release.models import Rollout, Verdict
from registry.release.rollback import roll_back
from registry.release.rollout import advance, hold, resume
from registry.release.verdicts import record_verdict

WATCHER = Actor.system("watcher")
Outcome = Verdict.Outcome
OUTCOMES = {
    Says.PASS: Outcome.PASS,
    Says.FAIL: Outcome.FAIL,
    Says.UNDECIDED: Outcome.INCONCLUSIVE,
    Says.HELD: Outcome.INCONCLUSIVE,
}


def step_of(view: View, *, own_hold: str, heard: datetime | None) -> Step:
    """Return where the rollout stands, in the words of the rules."""
    rollout, watching = view.rollout, view.watching
    release = rollout.version.release
    silence, present = watching.silence_minutes, view.present
    started = present.started_at if present else rollout.started_at
    in_canary = rollout.state == RolloutState.CANARY
    return Step(
        measured=rollout.mode == Rollout.Mode.MEASURED,
        cleared=release.state == Clearance.CLEARED,
        minutes=view.plan.minutes_at(rollout.percent),
        started_at=rollout.step_started_at,
        held=rollout.held_reason,
        own_hold=own_hold,
        sure_enough=release.risk == Risk.PATCH,
        hours=watching.hours,
        zone=view.project.time_zone,
        silent_since=max(heard or started, started) if in_canary else None,
        silence=timedelta(minutes=silence) if silence and in_canary else None,
    )


def act(view: View, answer: Answer, move: Move, reason: str, *, changed: bool) -> str:
    """Write the verdict where the answer `changed` or a step is taken, and take the step.

    Returns why a step was refused, or "". Raises Stale when somebody was first: then nothing
    is written, and the next look sees what they did.
    """
    if move is Move.STAY and not changed:
        return ""
    _lock(view)
    if move is Move.ON:
        return _go_on(view, answer, reason)
    if changed or move is Move.BACK:
        write_verdict(view, answer, reason=reason if move is Move.BACK else "")
    if move is Move.BACK:
        roll_back(
            view.rollout.prompt,
            actor=WATCHER,
            reason=told(answer, reason),
            now=view.now,
            bad=view.rollout.version,
        )
    elif move is Move.HOLD:
        hold(view.rollout, actor=WATCHER, reason=reason, now=view.now)
    elif move is Move.RESUME:
        resume(view.rollout, actor=WATCHER, reason=reason)
    return ""


def write_verdict(
    view: View, answer: Answer, *, reason: str = "", outcome: str = "", kind: str = ""
) -> Verdict:
    """Record what was found, with all its figures; `reason` becomes the headline."""
    reasons = [reason, *answer.reasons] if reason and reason != answer.reasons[0] else None
    soaks = view.rollout.state == RolloutState.SOAKING
    return record_verdict(
        view.rollout.version,
        kind=kind or (Verdict.Kind.SOAK if soaks else Verdict.Kind.CANARY),
        outcome=outcome or OUTCOMES[answer.says],
        reasons=reasons or answer.reasons,
        metrics={
            m.metric: {"n": m.n_treatment, "mean": m.treatment, "baseline_mean": m.control}
            for m in answer.metrics
        },
        policy=view.rollout.policy,
        evidence={**answer.document(), "at": view.now.isoformat()},
        segment=view.present,
        actor=WATCHER,
    )


def told(answer: Answer, reason: str) -> str:
    """Return why something goes back, with every figure that speaks against it."""
    return " ".join(dict.fromkeys([reason, *answer.reasons]))


def _lock(view: View) -> None:
    """Lock the prompt, before the trail's chain as everywhere. Raises Stale if it has moved on."""
    lock_prompt(view.rollout.prompt)
    unchanged = Rollout.objects.filter(
        pk=view.rollout.pk, state=view.rollout.state, epoch=view.rollout.epoch
    )
    if not unchanged.exists():
        raise Stale


def _go_on(view: View, answer: Answer, reason: str) -> str:
    """Take one step with a verdict of this very look; return why it was refused, or ""."""
    try:
        send_back_if_approver_left(view.rollout.version)  # stays, whatever is refused below
        with transaction.atomic():
            verdict = write_verdict(view, answer, reason=reason, outcome=Outcome.PASS)
            advance(
                view.rollout,
                expected_epoch=view.rollout.epoch,
                actor=WATCHER,
                reason=reason,
                now=view.now,
                verdict=verdict,
            )
    except Stale:
        raise
    except Refused as refused:
        return str(refused)
    return ""
