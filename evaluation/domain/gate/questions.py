"""The questions of the gate about rules; each answers in sentences, or not at all."""

from collections.abc import Iterator, Sequence

from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.evidence import Flip, GateRules
from evaluation.domain.gate.judge_words import title
from evaluation.domain.gate.judges import Judged
from evaluation.domain.gate.words import CURE, SHOWN, cases, listed, percent, verb


def too_many_errors(
    pairs: Sequence[Pair], judges: Sequence[Judged], rules: GateRules
) -> Iterator[str]:
    """Is there a verdict at all? Too many cases without a result, and there is none.

    A score that a gating judge did not give is a missing result too, also by the share of
    the cases which that judge is for.
    """
    broken = _without_result(pairs, judges)
    if len(broken) > rules.max_error_share * len(pairs):
        yield (
            f"{len(broken):,} of {cases(len(pairs))} gave no result, more than the "
            f"{percent(rules.max_error_share)} allowed, so there is no verdict. Run it again."
        )
        yield from (f"{case}: {why}" for case, why in list(broken.items())[:SHOWN])
        return
    for judge in judges:
        found, most = judge.unscored, rules.max_error_share * len(judge.lines)
        if len(judge.lines) < rules.min_cases or len(found) <= most:
            continue
        yield (
            f"{title(judge.rule)} gave no score on {len(found):,} of the "
            f"{cases(len(judge.lines))} it is for, more than the "
            f"{percent(rules.max_error_share)} allowed, so there is no verdict. Run it again."
        )
        yield from (f"{case}: {why}" for case, why in list(found.items())[:SHOWN])


def _without_result(pairs: Sequence[Pair], judges: Sequence[Judged]) -> dict[str, str]:
    """Return why, by case: no answer first, then rules that could not look, then no score."""
    found = {pair.case: pair.trouble for pair in pairs if pair.trouble}
    for judge in judges:
        name = title(judge.rule)
        found = {case: f"{name}: {why}" for case, why in judge.unscored.items()} | found
    return found


def newly_failing(pairs: Sequence[Pair]) -> Iterator[str]:
    """Which cases does the candidate get wrong that production's version gets right?"""
    flipped = [pair for pair in pairs if pair.newly_failing]
    fresh = [pair for pair in flipped if pair.passed_before]
    worse = [pair for pair in flipped if not pair.passed_before]
    if fresh:
        passed = sum(pair.passed_before for pair in pairs)
        yield (
            f"{len(fresh):,} of {cases(passed)} that passed in production's version "
            f"now {verb('fail', len(fresh))}."
        )
    if worse:
        yield (
            f"{cases(len(worse))} already wrong in production's version "
            f"now {verb('break', len(worse))} another rule."
        )
    flips = flips_of([*fresh, *worse])
    yield from (f"{flip.case}: {flip.reason}" for flip in flips[:SHOWN])


def too_few_cases(
    pairs: Sequence[Pair], judges: Sequence[Judged], rules: GateRules
) -> Iterator[str]:
    """Is there enough to judge by: cases, and a rule or a judge that decides something?"""
    done = [pair for pair in pairs if not pair.trouble]
    if len(done) < rules.min_cases:
        yield (
            f"{cases(len(done))} gave a result; {rules.min_cases:,} are needed for a verdict. "
            "Add cases to the golden dataset."
        )
    looked = any(not rule.builtin for pair in pairs for rule in pair.candidate.blockers.values())
    if looked or any(judge.outcome for judge in judges):
        return
    if judges:
        yield (
            "No rule looked at the answers, and no judge has a minimum to decide by. Set a "
            "minimum for one, or add checks."
        )
    else:
        yield "No rule looked at the answers. Add checks to the suite or to the cases."


def never_right(pairs: Sequence[Pair]) -> Iterator[str]:
    """Is there a case at all that one of the versions gets right?"""
    compared = [pair for pair in pairs if pair.baseline]
    if compared and not any(pair.passed_before or pair.candidate.passed for pair in compared):
        yield (
            f"None of {cases(len(compared))} keeps every rule, in this version or in production's, "
            "so there is little that could have got worse. Correct the rules, or read the answers "
            "and let a reviewer decide."
        )


def could_have_failed(pairs: Sequence[Pair]) -> Iterator[str]:
    """Would the pass still hold had every missing result been the worst?"""
    risky = [pair.case for pair in pairs if pair.may_break]
    if risky:
        yield (
            f"{cases(len(risky))} of {len(pairs):,} gave no result and could be newly failing: "
            f"{listed(risky)}. {CURE}"
        )


def worth_knowing(pairs: Sequence[Pair]) -> Iterator[str]:
    """What else changed, without deciding anything?"""
    if better := sum(bool(pair.newly_passing) for pair in pairs):
        yield f"{cases(better)} got better."
    if still := len(still_failing(pairs)):
        yield f"{cases(still)} failed before and still {verb('fail', still)}."
    if warned := [pair.case for pair in pairs if pair.new_warnings]:
        yield (
            f"{cases(len(warned))} newly {verb('break', len(warned))} a rule that only warns: "
            f"{listed(warned)}."
        )


def still_failing(pairs: Sequence[Pair]) -> list[str]:
    """Return the cases that both versions get wrong."""
    return [
        pair.case
        for pair in pairs
        if pair.baseline and not pair.trouble and not (pair.passed_before or pair.candidate.passed)
    ]


def flips_of(pairs: Sequence[Pair]) -> list[Flip]:
    """Return the newly failing rules of all cases."""
    return [flip for pair in pairs for flip in pair.newly_failing]
