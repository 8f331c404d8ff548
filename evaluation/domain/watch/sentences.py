"""The reasons of an answer, headline first."""

from collections.abc import Mapping, Sequence

from evaluation.domain.watch.answer import Says
from evaluation.domain.watch.estimate import Estimate
from evaluation.domain.watch.guardrails import Guardrail
from evaluation.domain.watch.means import BURN_IN
from evaluation.domain.watch.metric import Weighed
from evaluation.domain.watch.words import about, allowed, called, calls, change, listed, subject


def worse(failed: Sequence[Weighed]) -> list[str]:
    """Return a sentence for each metric that failed, the surest first, and on what it rests."""
    return [_worse(one) for one in surest_first(failed)]


def surest_first(failed: Sequence[Weighed]) -> list[Weighed]:
    """Return what failed, the metric with the most evidence beyond what was needed first."""
    return sorted(failed, key=lambda one: one.answer.needed - one.answer.evidence)


def _worse(one: Weighed) -> str:
    found = one.recent or one.estimate
    if found is None:
        return f"{subject(one.guardrail)}: worse than allowed."
    return (
        f"{change(one.guardrail, found)}: {allowed(one.guardrail)} is allowed "
        f"({_basis(found, lately=one.recent is not None)})."
    )


def _basis(found: Estimate, *, lately: bool) -> str:
    of = "of the latest calls, " if lately else ""
    return (
        f"{of}{calls(found.n_treatment)} of the new version beside "
        f"{found.n_control:,} of production's"
    )


def fine(weighed: Sequence[Weighed]) -> list[str]:
    """Return that all required metrics are as good, and what the others say."""
    required = [called(one.guardrail) for one in weighed if one.answer.required]
    said = [f"As good as production's version in {listed(required)}."]
    return said + [_standing(o) for o in weighed if not o.answer.required and o.estimate]


def _standing(one: Weighed) -> str:
    assert one.estimate is not None
    sure = "surely no worse than allowed" if one.answer.says == Says.PASS else "not sure yet"
    return f"{change(one.guardrail, one.estimate)} ({sure}; not required)."


def early(unheard: Mapping[str, Sequence[str]]) -> list[str]:
    """Return that earlier steps went well and this one has no figures yet, by the arms."""
    missing = "; ".join(f"{listed(names)} of {arms}" for arms, names in unheard.items())
    return [f"Healthy until this step, which lacks figures yet: {missing}."]


def open_questions(weighed: Sequence[Weighed]) -> list[str]:
    """Return what is missing for a PASS and about how many calls, then each open metric."""
    waiting = [o for o in weighed if o.answer.required and o.answer.says != Says.PASS]
    if not waiting:
        return ["No metric is required: a person decides whether it goes further."]
    return [_headline(weighed, waiting), *(_open(one) for one in waiting)]


def _headline(weighed: Sequence[Weighed], waiting: Sequence[Weighed]) -> str:
    names = listed([called(one.guardrail) for one in waiting])
    doubtful = [one for one in weighed if _beyond(one)]
    left = [one.answer.calls_left for one in waiting]
    known = [number for number in left if number is not None]
    if not any(one.answer.n_treatment for one in weighed):
        return f"Nothing was reported of the new version yet; needs calls to be sure of {names}."
    if doubtful:
        looks = listed([called(one.guardrail) for one in doubtful])
        return f"Looks worse so far in {looks}, but that may be chance; not sure of {names} yet."
    if len(known) < len(waiting):
        return f"Healthy so far; needs more calls to be sure of {names}."
    number = max(known)
    more = "1 more call" if number == 1 else f"about {about(number)} more calls"
    return f"Healthy so far; needs {more} to be sure of {names}."


def _beyond(one: Weighed) -> bool:
    """Is it worse so far than a standard error beyond what is tolerated?"""
    found = one.estimate
    if found is None:
        return False
    return found.harm > max(found.tolerance, one.guardrail.tolerance) + found.error


def _open(one: Weighed) -> str:
    found, guardrail = one.estimate, one.guardrail
    if found is None or min(found.n_control, found.n_treatment) < BURN_IN:
        known = (
            f"{_start(guardrail)}: known of {calls(one.answer.n_treatment)} of the new version "
            f"and {one.answer.n_control:,} of production's"
        )
        if min(one.answer.n_treatment, one.answer.n_control) >= BURN_IN:
            return f"{known}, too few users or conversations to tell chance from harm."
        return f"{known}; {BURN_IN} of each is the least."
    if one.answer.calls_left is None:
        return f"{change(guardrail, found)}: too near to the limit to be sure."
    return f"{change(guardrail, found)}: about {about(one.answer.calls_left)} more calls."


def _start(guardrail: Guardrail) -> str:
    name = called(guardrail)
    return name[:1].upper() + name[1:]
