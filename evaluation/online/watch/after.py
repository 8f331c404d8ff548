"""Watch production on, once a version serves all of it: against its own figures at that moment."""

from datetime import timedelta

from evaluation.domain.watch.after import decide_after
from evaluation.domain.watch.answer import Answer, Says
from evaluation.domain.watch.figures import Sums
from evaluation.online.models import Watch
from evaluation.online.traffic import usual_of
from evaluation.online.watch.act import WATCHER, told, write_verdict
from evaluation.online.watch.gather import gather, production_figures
from evaluation.online.watch.view import View
from registry.domain.errors import Refused
from registry.release.labels import lock_prompt, version_at
from registry.release.models import Rollout, Verdict
from registry.release.rollback import roll_back

ENOUGH = 200  # calls; a last stage with fewer is joined by those before it


def look_after(view: View) -> tuple[Answer | None, bool]:
    """Return how production does since the version serves all of it, and whether it went back.

    None once the watch is over. The first time there is a drop an alarm is recorded and, where
    the policy says so, production goes back.
    """
    rollout, watch = view.rollout, view.watch
    ended = rollout.ended_at or rollout.started_at
    minutes = view.watching.after_minutes
    over = view.now >= ended + timedelta(minutes=minutes)
    over = over or version_at(rollout.prompt, "production") != rollout.version
    reference = {} if over else _reference(view)
    if not reference:  # over, or nobody reported before: there is nothing to compare with
        Watch.objects.filter(pk=watch.pk).update(ended_at=view.now)
        return None, False
    restarts, planned = view.restarts(ended, minutes)
    served, _ = production_figures(rollout, restarts)
    answer = decide_after(
        view.guardrails,
        reference,
        served,
        alpha=view.watching.alpha,
        restarts=planned,
        now=view.now,
    )
    return answer, answer.says is Says.FAIL and _alarm(view, answer)


def _reference(view: View) -> dict[str, Sums]:
    """Return production's figures at completion; note them the first time they are asked for."""
    if not view.watch.reference:
        found = _figures_at_completion(view)
        view.watch.reference = {m: [s.n, s.total, s.squares] for m, s in found.items() if s.n}
        Watch.objects.filter(pk=view.watch.pk).update(reference=view.watch.reference)
    return {metric: Sums(*sums) for metric, sums in view.watch.reference.items()}


def _figures_at_completion(view: View) -> dict[str, Sums]:
    """Return what the version showed in its canary; without one, what production did before."""
    stages = view.shares
    if not stages:
        return usual_of(view.rollout)
    strata = gather(stages, []).strata
    last = {metric: rows[-1].treatment.sums for metric, rows in strata.items()}
    if last.get("error", Sums()).n >= ENOUGH:
        return last
    return {
        metric: sum((row.treatment.sums for row in rows), Sums()) for metric, rows in strata.items()
    }


def _alarm(view: View, answer: Answer) -> bool:
    """Record the drop once, and go back where the policy has it so; return whether it did."""
    rollout = view.rollout
    prompt = lock_prompt(rollout.prompt)
    known = Verdict.objects.filter(
        rollout=rollout, kind=Verdict.Kind.WATCH, outcome=Verdict.Outcome.FAIL
    )
    if known.exists() or not _still_complete(rollout):
        return False
    write_verdict(view, answer, kind=Verdict.Kind.WATCH)
    if not view.watching.goes_back_by_itself:
        return False
    try:
        roll_back(
            prompt,
            actor=WATCHER,
            reason=told(answer, answer.reasons[0]),
            now=view.now,
            bad=rollout.version,
        )
    except Refused:
        return False  # there is no way back: the alarm asks people
    return True


def _still_complete(rollout: Rollout) -> bool:
    return Rollout.objects.filter(pk=rollout.pk, state=rollout.state, epoch=rollout.epoch).exists()
