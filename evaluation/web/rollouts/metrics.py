"""One metric of an answer as people read it: a word, both means, a sentence, the test behind."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.domain.watch.answer import Answer, MetricAnswer, Says
from evaluation.domain.watch.guardrails import (
    ERROR,
    LATENCY,
    QUALITY,
    SLOW,
    Guardrail,
    Unit,
    cost,
    quality,
)
from evaluation.web.rollouts.figures import (
    amount_words,
    in_order,
    title_of,
    value_words,
)

LARGE = math.log(1000)
WORDS = {
    "pass": ("good", "sure"),
    "fail": ("bad", "worse"),
    "undecided": ("", "not sure yet"),
    "better": ("good", "better"),
    "worse": ("bad", "worse"),
    "same": ("", "same so far"),
}
COMPARED = ("better", "worse", "same")
MISSING = ("warn", "no figures")
SOURCES = {
    "error": "calls that ended in an error, as the application reports them",
    "latency": "the time of each call; the mean is that of its logarithm, so that a few very slow "
    "calls do not decide",
    "slow": "calls slower than 95 % of production's calls were when the rollout began",
    "tokens": "input and output tokens of each call",
    "cost": "dollars of each call, as the application reports them",
}


@dataclass(frozen=True)
class Fact:
    """One line of the test behind a figure."""

    name: str
    words: str


@dataclass(frozen=True)
class MetricRow:
    """One metric: `tone` and `word` for its chip, `sentence` what is known, `facts` the test.

    `is_lacking`: it is not needed, and there is nothing to say of it.
    """

    metric: MetricAnswer
    title: str
    tone: str
    word: str
    control: str
    treatment: str
    sentence: str
    counts: str
    facts: tuple[Fact, ...]
    is_lacking: bool = False

    @property
    def key(self) -> str:
        """What its chart is found by in the page."""
        return "".join(c if c.isalnum() else "-" for c in self.metric.metric)


@dataclass(frozen=True)
class Names:
    """What the two sides are called, and how `control` came to be.

    With `only_stops` nothing has to be shown to go on: the metrics are watched for harm alone.
    """

    treatment: str
    control: str
    against: str = "at the same time"
    only_stops: bool = False


def metric_rows(
    answer: Answer, *, guardrails: Sequence[Mapping[str, Any]], names: Names
) -> list[MetricRow]:
    """Return the metrics of `answer`: what failed first, then scores, errors, times, costs."""
    by_name = {metric.metric: metric for metric in answer.metrics}
    rows = sorted((by_name[n] for n in in_order(by_name)), key=lambda row: row.says != Says.FAIL)
    return [_row(row, bar_of(row, guardrails), names) for row in rows]


def bar_of(metric: MetricAnswer, guardrails: Sequence[Mapping[str, Any]]) -> Guardrail:
    """Return the guardrail of `metric`; one with its defaults where none was fixed."""
    for bar in guardrails:
        if bar["metric"] == metric.metric:
            return Guardrail.from_document(bar)
    known = {bar.metric: bar for bar in (ERROR, SLOW, LATENCY, cost("tokens"), cost("cost"))}
    return known.get(metric.metric) or quality(metric.metric.removeprefix(QUALITY))


def _row(metric: MetricAnswer, bar: Guardrail, names: Names) -> MetricRow:
    missing = not metric.n_treatment or not metric.n_control
    tone, word = MISSING if missing else WORDS.get(metric.says, ("", metric.says))
    if names.only_stops and metric.says == Says.UNDECIDED and not missing:
        word = "no harm shown"
    return MetricRow(
        metric=metric,
        title=title_of(metric.metric),
        tone=tone,
        word=word,
        control=value_words(metric.unit, metric.control) if metric.n_control else "–",
        treatment=value_words(metric.unit, metric.treatment) if metric.n_treatment else "–",
        sentence=_missing(metric, names) if missing else _sentence(metric, bar, names),
        counts=f"{metric.n_treatment:,} against {metric.n_control:,} calls",
        facts=tuple(_facts(metric, bar, names)),
        is_lacking=not metric.required and _is_silent(metric, names),
    )


def _is_silent(metric: MetricAnswer, names: Names) -> bool:
    """Is nothing reported? Beside production, one side alone that is silent is worth a word."""
    if names.only_stops:
        return not metric.n_treatment
    return not (metric.n_treatment or metric.n_control)


def _missing(metric: MetricAnswer, names: Names) -> str:
    side = names.treatment if not metric.n_treatment else names.control
    need = "It may go on without."
    if metric.required and not names.only_stops:
        need = "Without it, no step is taken by itself."
    return f"Nothing was reported of {side}. {need}"


def _sentence(metric: MetricAnswer, bar: Guardrail, names: Names) -> str:
    """Return in words how sure one can be, and of what."""
    unit, control = metric.unit, metric.control
    margin = amount_words(unit, metric.margin, control)
    if metric.says == "pass":
        return f"No more than {margin} worse: sure."
    if metric.harm is None:
        return "Too few calls yet to say anything."
    if metric.says in COMPARED or (names.only_stops and metric.says == Says.UNDECIDED):
        return f"{_capital(_span(metric))}."
    harm = signed_words(unit, metric.harm, control)
    if metric.says == "fail":
        least = bar.tolerance if unit == Unit.SHARE else 0.0
        beyond = amount_words(unit, max(metric.tolerance, least), control)
        return f"{_capital(harm)}; up to {beyond} would be tolerated."
    left = f" About {metric.calls_left:,} more calls to be sure." if metric.calls_left else ""
    return f"{_capital(_span(metric))}; it must be less than {margin} worse.{left}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _span(metric: MetricAnswer) -> str:
    if metric.low is None or metric.high is None:
        return f"{signed_words(metric.unit, metric.harm or 0.0, metric.control)} so far"
    low, high = (
        signed_words(metric.unit, value, metric.control) for value in (metric.low, metric.high)
    )
    return f"between {low} and {high}"


def signed_words(unit: str, harm: float, control: float) -> str:
    """Return `0.05 worse` or `2 % better`."""
    return f"{amount_words(unit, harm, control)} {'worse' if harm >= 0 else 'better'}"


def _facts(metric: MetricAnswer, bar: Guardrail, names: Names) -> Iterator[Fact]:
    unit, control = metric.unit, metric.control
    yield Fact("Measured by", SOURCES.get(metric.metric, "a score from 0 to 1 of each judged call"))
    for side, n, mean in (
        (names.treatment, metric.n_treatment, metric.treatment),
        (names.control, metric.n_control, metric.control),
    ):
        where = f" {names.against}" if side == names.control else ""
        yield Fact(_capital(side), f"{value_words(unit, mean)} over {n:,} calls{where}")
    if metric.harm is not None:
        yield Fact("Difference", f"{signed_words(unit, metric.harm, control)} so far")
    if metric.low is not None and metric.high is not None:
        yield Fact("Where the truth lies", f"{_span(metric)}, however often one looks")
    if metric.says in COMPARED:
        yield Fact("Evidence of a difference", _against(metric.evidence, metric.needed, "tell"))
    else:
        yield from _tests(metric, bar)
    alpha = math.exp(-metric.needed) * 100
    yield Fact("False alarm", f"at most {alpha:.2g} % of rollouts that change nothing")
    if not metric.required:
        yield Fact("Needed to go on", "no; it can only stop the rollout")


def _tests(metric: MetricAnswer, bar: Guardrail) -> Iterator[Fact]:
    unit, control = metric.unit, metric.control
    tolerated = f"up to {amount_words(unit, metric.tolerance, control)} worse"
    if unit == Unit.SHARE and bar.ratio > 1:
        least = amount_words(unit, bar.tolerance, control)
        tolerated = f"up to {bar.ratio:g} times production's rate, and always {least} more"
    yield Fact("Tolerated", tolerated)
    yield Fact("Never passed", f"{amount_words(unit, metric.margin, control)} worse or more")
    yield Fact(
        "Evidence that it is worse", _against(metric.evidence, metric.needed, "roll it back")
    )
    yield Fact(
        "Evidence that it is not",
        _against(metric.assurance, metric.assurance_needed, "are sure"),
    )


def _against(found: float, needed: float, deed: str) -> str:
    return f"{_times(found)}; {_times(needed)} {deed}"


def _times(logarithm: float) -> str:
    """Return an e-value in words, from its natural logarithm."""
    if logarithm > LARGE:
        return "over 1,000 to 1"
    value = math.exp(max(logarithm, -20.0))
    return f"{value:.0f} to 1" if value >= 10 else f"{value:.2g} to 1"
