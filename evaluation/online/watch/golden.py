"""Where staging sees too few calls, let the golden cases be asked once more instead."""

from evaluation.offline.candidates import submit_candidate
from evaluation.offline.models import Run
from evaluation.online.watch.view import View
from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.semver import Risk
from registry.release.models import Verdict

WATCHER = Actor.system("watcher")
Outcome = Verdict.Outcome
_ENDED = {
    Run.State.PASSED: Outcome.PASS,
    Run.State.FAILED: Outcome.FAIL,
    Run.State.INCONCLUSIVE: Outcome.INCONCLUSIVE,
}


def repeat(view: View, calls: int) -> tuple[str, str]:
    """Return the outcome of the golden cases asked again, and a sentence about it.

    Asks for them if nobody has yet. The outcome is "" while the run is under way, and
    inconclusive where there is nothing to ask, or the run broke off.
    """
    few = f"Staging saw {calls} calls, too few to tell"
    try:
        run = _run(view)
    except Refused as refused:
        why = str(refused).removeprefix("Not evaluated: ")
        return Outcome.INCONCLUSIVE, f"{few}, and the golden cases cannot be asked again: {why}"
    if run.state in Run.OPEN:
        return "", f"{few}, so the golden cases are asked once more: run {run.pk} is under way."
    said = run.reasons[0] if run.reasons else run.get_state_display()
    outcome = _ENDED.get(Run.State(run.state), Outcome.INCONCLUSIVE)
    return outcome, f"{few}; the golden cases, asked once more, say: {said}"


def _run(view: View) -> Run:
    """Return the run of this rollout's soak. Raises Refused where nothing can be asked."""
    version, ref = view.rollout.version, f"soak of rollout {view.rollout.pk}"
    asked = Run.objects.filter(
        prompt=view.rollout.prompt,
        candidate__ref=ref,
        candidate__key=None,  # a key may send any text under any ref
        candidate__digest=version.digest,
    )
    return asked.order_by("-pk").first() or submit_candidate(
        view.rollout.prompt,
        version.as_content(),
        actor=WATCHER,
        reason="Too few calls on staging: its golden cases are asked once more.",
        ref=ref,
        risk=Risk(version.release.risk),
    )
