"""What is known about a judge version: how far it agrees with people, in figures and words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.domain.judge.agreement import GOOD, MEASURED, WEAK, Agreement, agreement
from evaluation.offline.models import JudgeMark, Judgement, JudgeVersion

NOT_MEASURED, WEAK_JUDGE = "not measured", "weak"


@dataclass(frozen=True)
class Standing:
    """Agreement of a judge version with people's blind marks.

    `marks` counts the marked answers that it has scored; the figures are shares from 0 to 1,
    kappa with quadratic weights and bias in points (above 0: it scores higher than people),
    None where they say nothing. `flag` is “not measured”, “weak” or "" (sound); `words` is a
    sentence for whoever reads a gate that used the judge.
    """

    marks: int
    exact: float | None
    within_one: float | None
    kappa: float | None
    bias: float | None
    flag: str
    words: str


def standing_of(version: JudgeVersion) -> Standing:
    """Return what is known about `version`."""
    return standings_of([version])[version.pk]


def standings_of(versions: Sequence[JudgeVersion]) -> dict[int, Standing]:
    """Return the standing of each version by id, with two queries for all of them."""
    marks = marks_by_result(version.judge_id for version in versions)
    scores = scores_of(versions)
    found = {}
    for version in versions:
        own, given = marks.get(version.judge_id, {}), scores.get(version.pk, {})
        answers = [result for result in own if result in given]
        pairs = [(mark.score, given[result]) for result in answers for mark in own[result]]
        found[version.pk] = _standing(len(answers), agreement(pairs))
    return found


def marks_by_result(judges: Iterable[int]) -> dict[int, dict[int, list[JudgeMark]]]:
    """Return the blind marks by judge and by result. Other marks measure nothing."""
    found: dict[int, dict[int, list[JudgeMark]]] = defaultdict(lambda: defaultdict(list))
    for mark in JudgeMark.objects.filter(judge_id__in=set(judges), blind=True):
        found[mark.judge_id][mark.result_id].append(mark)
    return found


def scores_of(versions: Sequence[JudgeVersion]) -> dict[int, dict[int, int]]:
    """Return the scores by version and by result, of marked answers alone.

    The first score counts, that of a run before any of a replay: asking again until the
    answer pleases changes nothing.
    """
    rows = (
        Judgement.objects.filter(
            judge__in=[version.pk for version in versions],
            score__isnull=False,
            result__in=JudgeMark.objects.filter(
                judge__in={version.judge_id for version in versions}, blind=True
            ).values("result"),
        )
        .order_by("id")
        .values_list("judge", "result", "score", "replay")
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for judge, result, score, _ in sorted(rows, key=lambda row: row[3] is not None):
        if score is not None:
            found[judge].setdefault(result, score)
    return found


def _standing(marks: int, found: Agreement) -> Standing:
    flag, words = _flag_and_words(marks, found)
    return Standing(marks, found.exact, found.within_one, found.kappa, found.bias, flag, words)


def _flag_and_words(marks: int, found: Agreement) -> tuple[str, str]:
    if not marks:
        return NOT_MEASURED, (
            "Not measured: there is no answer yet that both people and it have scored, so "
            "nothing says how far it agrees with people."
        )
    if marks < MEASURED:
        return NOT_MEASURED, (
            f"Not measured yet: {marks} of at least {MEASURED} answers are marked by people."
        )
    if found.kappa is None:
        return NOT_MEASURED, (
            f"Not measured: on {marks} answers people and judge gave one and the same score, "
            "which nobody can tell from chance. Mark answers that differ more."
        )
    agrees = f"kappa {found.kappa:.2f} on {marks} answers, {figures(found)}"
    if found.kappa < WEAK:
        return WEAK_JUDGE, f"Weak: it agrees too little with people ({agrees})."
    how = "well" if found.kappa >= GOOD else "moderately"
    return "", f"It agrees {how} with people: {agrees}."


def figures(found: Agreement | Standing) -> str:
    """Return `62 % exact, 94 % within one point, 0.1 points higher than people`."""
    if found.exact is None or found.within_one is None or found.bias is None:
        return "no figures"
    gap = abs(found.bias)
    side = "higher" if found.bias > 0 else "lower"
    bias = f"{gap:.1f} points {side} than people" if gap >= 0.05 else "neither higher nor lower"
    exact, within_one = (f"{100 * part:.0f}\u00a0%" for part in (found.exact, found.within_one))
    return f"{exact} exact, {within_one} within one point, {bias}"
