"""The four boxes of a report: fixed rules, quality, latency and cost, each held to its bar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.offline.conclude import rules_of
from evaluation.offline.models import Run
from evaluation.offline.report.drawing import Drawing, drawn

GOOD, BAD, WARN = "good", "bad", "warn"
WORDS = {GOOD: "kept", BAD: "not kept", WARN: "cannot tell", "": "shown only"}
TONES = {"pass": GOOD, "fail": BAD, "inconclusive": WARN, "error": BAD}
NOTHING_TO_COMPARE = "Nothing was in production to compare with."
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One figure of a box with its bar; `tone` says whether the bar is kept."""

    title: str
    value: str
    note: str
    tone: str = ""
    drawing: Drawing | None = None
    shares: tuple[float, float | None] | None = None  # of the two versions, 0 to 100

    @property
    def said(self) -> str:
        """The tone in a word."""
        return WORDS[self.tone]


@dataclass(frozen=True)
class Box:
    """One question that the gate asks, with a row for each figure that answers it."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def tone(self) -> str:
        """The worst of the rows; "" when nothing here decides."""
        tones = {row.tone for row in self.rows}
        return next((tone for tone in (BAD, WARN, GOOD) if tone in tones), "")

    @property
    def said(self) -> str:
        """The tone in a word, "not looked at" for a box without a figure."""
        return WORDS[self.tone] if self.rows else "not looked at"


def boxes_of(run: Run) -> list[Box]:
    """Return the four boxes of a run with figures; none before there are any."""
    if not run.metrics:
        return []
    rules = rules_of(run)
    return [
        Box("Fixed rules", (_fixed_rules(run),)),
        Box("Quality", tuple(_quality(run)), _no_quality(run)),
        Box("Latency", tuple(_latency(run, rules)), _not_compared(run, "latency_ratio")),
        Box("Cost", tuple(_cost(run, rules)), _not_compared(run, "cost_ratio")),
    ]


def _fixed_rules(run: Run) -> Row:
    figures = _figures(run, "pass_rate")
    n, mean, theirs = figures.get("n", 0), figures.get("mean"), figures.get("baseline_mean")
    if mean is None:
        return Row("", "–", "No case has a full result.", BAD)
    note = f"production: {round(theirs * n):,} of {n:,}" if theirs is not None else ""
    flipped = len(run.groups.get("now_failing", []))
    tone = BAD if flipped and run.state == Run.State.FAILED else WARN if flipped else GOOD
    if flipped and theirs is not None:
        note += f" · {flipped:,} newly failing"
    shares = (mean * 100, theirs * 100 if theirs is not None else None)
    return Row("", f"{round(mean * n):,} of {n:,} cases", note, tone, shares=shares)


def _quality(run: Run) -> Iterator[Row]:
    """Yield a row for each judge, those that decide first."""
    for judge in sorted(run.judges, key=lambda one: not one.get("gating", True)):
        figures = _figures(run, judge["name"])
        if figures:
            yield _judge_row(judge, figures)


def _judge_row(judge: Mapping[str, Any], figures: Figures) -> Row:
    mean, theirs, n = figures.get("mean"), figures.get("baseline_mean"), figures.get("n", 0)
    gating, margin, least = judge.get("gating", True), judge.get("margin"), judge.get("min_mean")
    if mean is None:
        return Row(judge["name"], "–", "No case has a score.", BAD if gating else "")
    value = f"{mean:.2f}" + (f" vs {theirs:.2f}" if theirs is not None else "")
    notes = [f"{n:,} case{'' if n == 1 else 's'}"]
    difference = figures.get("difference")
    if difference is not None and margin is not None:
        notes.append(f"may be {margin:.2f} lower at most")
    if least is not None:
        notes.append(f"at least {least:.2f}")
    tone = TONES.get(figures.get("outcome") or "", "")
    if not tone and least is not None:
        tone = BAD if mean < least else GOOD
    return Row(
        judge["name"],
        value,
        " · ".join(notes) if gating else "only advises · " + " · ".join(notes),
        tone if gating else "",
        _judge_drawing(judge["name"], figures, margin),
    )


def _judge_drawing(name: str, figures: Figures, margin: float | None) -> Drawing | None:
    difference = figures.get("difference")
    if difference is None:
        return None
    lower, upper = figures.get("lower"), figures.get("upper")
    words = f"{name}: {_signed(difference)} against production"
    if lower is not None and upper is not None:
        words += f", between {_signed(lower)} and {_signed(upper)}"
    if margin is not None:
        words += f"; the bar is {_signed(-margin)}"
    bar = None if margin is None else -margin
    return drawn(difference, same=0, bar=bar, lower=lower, upper=upper, words=words)


def _latency(run: Run, rules: Any) -> Iterator[Row]:
    yield from _ratio(
        run, "", "latency_ratio", rules.max_latency_ratio, needed=rules.min_latency_cases
    )
    figures = _figures(run, "latency_p95_ms")
    if figures.get("mean") is not None:
        yield _absolute("slowest twentieth", figures, rules.max_p95_ms, "{:,.0f} ms")


def _cost(run: Run, rules: Any) -> Iterator[Row]:
    yield from _ratio(run, "", "cost_ratio", rules.max_cost_ratio, needed=1)
    figures = _figures(run, "cost")
    if figures.get("mean") is not None:
        yield _absolute("an answer", figures, rules.max_mean_cost, "${:.6f}")


def _ratio(run: Run, title: str, name: str, limit: float | None, *, needed: int) -> Iterator[Row]:
    figures = _figures(run, name)
    value, n = figures.get("mean"), figures.get("n", 0)
    if value is None:
        return
    words = f"×{value:.2f} of production's"
    drawing = drawn(
        value,
        same=1,
        bar=limit,
        lower=figures.get("lower"),
        upper=figures.get("upper"),
        more_is_worse=True,
        words=words + (f"; the bar is ×{limit:.2f}" if limit else ""),
    )
    if limit is None:
        yield Row(title, words, "this change is not held to it", drawing=drawing)
    elif n < needed:
        yield Row(title, words, f"{n:,} of {needed:,} cases that it takes", drawing=drawing)
    else:
        tone = BAD if value > limit else GOOD
        yield Row(title, words, f"×{limit:.2f} at most", tone, drawing)


def _absolute(title: str, figures: Figures, limit: float | None, form: str) -> Row:
    mean, theirs = figures["mean"], figures.get("baseline_mean")
    notes = [f"production: {form.format(theirs)}"] if theirs is not None else []
    if limit is not None:
        notes.append(f"{form.format(limit)} at most")
    tone = "" if limit is None else BAD if mean > limit else GOOD
    return Row(title, form.format(mean), " · ".join(notes), tone)


def _no_quality(run: Run) -> str:
    if not run.judges:
        return "No judge scored this run" + (", as a PATCH needs none." if run.smoke else ".")
    return "" if any(_figures(run, judge["name"]) for judge in run.judges) else "No scores."


def _not_compared(run: Run, name: str) -> str:
    if _figures(run, name).get("mean") is not None:
        return ""
    if run.baseline_id is None:
        return NOTHING_TO_COMPARE
    return "Not known for every answer, so it was not compared."


def _figures(run: Run, name: str) -> Figures:
    return run.metrics.get(name) or {}


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
