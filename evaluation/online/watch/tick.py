"""Look at a rollout once: gather, decide, do one step, and write down what was seen.

A look is a function of the roll-ups and the time, so that one missed or made twice changes
nothing. Whoever holds the rollout's tick row looks; another one passes by.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from evaluation.domain.watch.answer import Answer, Says
from evaluation.online.models import Watch
from evaluation.online.watch.act import WATCHER, act, step_of
from evaluation.online.watch.after import look_after
from evaluation.online.watch.answers import canary_answer, comparison
from evaluation.online.watch.begin import begin, slow_over
from evaluation.online.watch.move import Move, Step, may_go_on, next_move, reason_to_hold
from evaluation.online.watch.soak import look_at_soak
from evaluation.online.watch.view import View
from registry.audit.clock import database_now
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import UNDER_WAY, RolloutState
from registry.projects.models import Project
from registry.release.models import Rollout, Tick
from registry.runtime.read_back import read_back

log = structlog.get_logger(__name__)

ERROR = "error"
OWN_HOLD = "own_hold"  # in the evidence of a tick: what the watcher holds for, or held
JUST_NOW = timedelta(seconds=5)


def tick_all(now: datetime | None = None, project: Project | None = None) -> int:
    """Look at every rollout that is under way or was lately completed.

    Returns how many were looked at. One that cannot be looked at says so, and stops no other.
    `now` and `project` are for sandbox projects. Raises Refused for another one.
    """
    if now is not None and (project is None or not project.sandbox):
        raise Refused("Only a sandbox project has a clock of its own: name one.")
    looked = 0
    for pk in watched(project):
        looked += _look_safely(pk, now)
    return looked


def watched(project: Project | None = None) -> list[int]:
    """Return the ids of the rollouts that are looked at each minute."""
    after = Q(state=RolloutState.COMPLETE, watch__isnull=False, watch__ended_at=None)
    rows = Rollout.objects.filter(Q(state__in=UNDER_WAY) | after)
    seen = Q(prompt__project=project) if project else Q(prompt__project__hidden_at=None)
    return list(rows.filter(seen).order_by("pk").values_list("pk", flat=True))


def tick(rollout_id: int, *, now: datetime | None = None) -> Answer | None:
    """Look at one rollout and do what follows, one step at most.

    None when it is over, when somebody else looks at it, or changed it meanwhile. The
    database's clock decides; `now` takes its place in sandbox projects, else raises Refused.
    """
    Tick.objects.get_or_create(
        rollout_id=rollout_id,
        defaults={
            "at": now or database_now(),
            "answer": Says.UNDECIDED.value,
            "reasons": ["The watcher has not looked yet."],
        },
    )
    try:
        with transaction.atomic():
            answer, gone_back = _look(rollout_id, now)
    except Stale:
        return None
    if gone_back is not None:
        read_back(gone_back.rollout.prompt, actor=WATCHER, now=gone_back.now)
    return answer


def looked_just_now(rollout_id: int) -> bool:
    """Was the rollout looked at within the last seconds? Then another look shows the same."""
    seen = Tick.objects.filter(rollout=rollout_id).values_list("at", flat=True).first()
    return seen is not None and abs(database_now() - seen) < JUST_NOW


def _look(rollout_id: int, now: datetime | None) -> tuple[Answer | None, View | None]:
    """Look while nobody else does; return the answer, and what was looked at if it went back."""
    row = Tick.objects.select_for_update(skip_locked=True).filter(rollout=rollout_id).first()
    if row is None:
        return None, None
    rollout = Rollout.objects.select_related(
        "prompt__project", "version__release__verdict", "version__prompt__project", "policy"
    ).get(pk=rollout_id)
    if now is not None and not rollout.prompt.project.sandbox:
        raise Refused("Only a sandbox project has a clock of its own; here the database's decides.")
    if rollout.state not in (*UNDER_WAY, RolloutState.COMPLETE):
        return None, None
    view = View.of(rollout, begin(rollout, now=rollout.started_at), now or database_now())
    _learn_what_is_slow(view)
    if rollout.kind == Rollout.Kind.AB:
        _compare(view, row)
        return None, None
    if rollout.state == RolloutState.COMPLETE:
        answer, back = look_after(view)
        return _keep(row, view, answer), view if back else None
    return _step(view, row)


def _step(view: View, row: Tick) -> tuple[Answer, View | None]:
    """Look at a soak or a canary, and do what follows."""
    heard = None
    if view.rollout.state == RolloutState.SOAKING:
        answer = look_at_soak(view)
    else:
        answer, figures = canary_answer(view)
        heard = figures.newest_treatment
    step = step_of(view, own_hold=row.evidence.get(OWN_HOLD, ""), heard=heard)
    move, reason = next_move(answer, step, now=view.now)
    refused = act(view, answer, move, reason, changed=_says_other(row, answer, view))
    notes = [f"It could not go on: {refused}"] if refused else _waits(answer, step, view)
    _keep(row, view, answer, notes=notes, own_hold=_own_hold(answer, step, move, reason, view.now))
    return answer, view if move is Move.BACK else None


def _says_other(row: Tick, answer: Answer, view: View) -> bool:
    """Is the answer another than that of the last look, or the first of a step that tells?

    A pass is of its own step: the one before says nothing to who takes the next.
    """
    present = view.present
    if present and row.segment_id and row.segment_id != present.pk:
        return answer.says is not Says.UNDECIDED  # as every step begins
    return row.answer != answer.says


def _own_hold(answer: Answer, step: Step, move: Move, reason: str, now: datetime) -> str:
    """Return what the watcher holds for; also after a person resumed, while the reason lasts."""
    if move is Move.HOLD:
        return reason
    return step.own_hold if reason_to_hold(answer, step, now) else ""


def _waits(answer: Answer, step: Step, view: View) -> list[str]:
    """Return what a step waits for although the evidence is there, in a sentence."""
    if not step.measured or answer.says is not Says.PASS or view.now < step.due:
        return []
    if not step.cleared:
        return ["It waits for its approval."]
    if step.hours and not may_go_on(answer, step, now=view.now):
        begins = step.hours.next(view.now, step.zone)
        return [f"It goes on in working hours: {begins:%A, %Y-%m-%d %H:%M} UTC."]
    return []


def _compare(view: View, row: Tick) -> None:
    """Keep how an A/B test stands; a person ends it."""
    if view.rollout.state not in UNDER_WAY or not view.shares:
        return
    found = comparison(view)
    document = {**found.document(), "at": view.now.isoformat()}
    Tick.objects.filter(pk=row.pk).update(
        segment=view.present,
        at=view.now,
        answer=Says.UNDECIDED.value,
        reasons=[found.headline, *found.reasons],
        evidence=document,
    )


def _keep(
    row: Tick,
    view: View,
    answer: Answer | None,
    *,
    notes: list[str] | None = None,
    own_hold: str = "",
) -> Answer | None:
    """Overwrite what was seen last."""
    if answer is None:
        return None
    evidence: dict[str, Any] = {**answer.document(), "at": view.now.isoformat()}
    if own_hold:
        evidence[OWN_HOLD] = own_hold
    Tick.objects.filter(pk=row.pk).update(
        segment=view.present,
        at=view.now,
        answer=answer.says.value,
        reasons=[*(notes or []), *answer.reasons],
        evidence=evidence,
    )
    return answer


def _learn_what_is_slow(view: View) -> None:
    """Fix how slow is slow as soon as production has enough calls, if it had not at the start."""
    if view.watch.slow_over is not None or view.rollout.state == RolloutState.COMPLETE:
        return
    view.watch.slow_over = slow_over(view.rollout.prompt, view.now)
    if view.watch.slow_over is not None:
        rows = Watch.objects.filter(pk=view.watch.pk, slow_over=None)
        rows.update(slow_over=view.watch.slow_over)


def _look_safely(pk: int, now: datetime | None) -> bool:
    """Look at one rollout of many; what goes wrong is logged and shown on its page."""
    try:
        return tick(pk, now=now) is not None
    except Exception:
        log.exception("a rollout could not be looked at", rollout=pk)
        Tick.objects.filter(rollout=pk).update(
            at=now or database_now(),
            answer=ERROR,
            reasons=["The watcher could not look at it; the log of the worker says why."],
        )
        return False
