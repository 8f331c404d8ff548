"""The four boxes of a report: fixed rules, quality, latency and cost, each held to its bar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.domain.gate.words import bound, cases, figure, signed
from evaluation.offline.models import Run
from evaluation.offline.report.drawing import Drawing, drawn
from evaluation.offline.rules import rules_of

GOOD, BAD, WARN = "good", "bad", "warn"
WORDS = {GOOD: "kept", BAD: "not kept", WARN: "cannot tell", "": "shown only"}
TONES = {"pass": GOOD, "fail": BAD, "inconclusive": WARN, "error": BAD}
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One figure of a box with its bar; `tone` says whether the bar is kept, "" has none."""

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
    def mixed(self) -> bool:
        """Do several rows have a bar, so that each must say for itself whether it is kept?"""
        return sum(bool(row.tone) for row in self.rows) > 1

    @property
    def said(self) -> str:
        """The tone in a word, "not looked at" for a box without a figure."""
        return WORDS[self.tone] if self.rows else "not looked at"


def boxes_of(run: Run) -> list[Box]:
    """Return the four boxes of a run with figures; none before there are any."""
    if not run.metrics:
        return []
    return [
        Box("Fixed rules", (_fixed_rules(run),)),
        Box("Quality", tuple(_quality(run)), _no_quality(run)),
        Box("Latency", tuple(_latency(run)), _not_compared(run, "latency_ratio")),
        Box("Cost", tuple(_cost(run)), _not_compared(run, "cost_ratio")),
    ]


def _fixed_rules(run: Run) -> Row:
    figures = _figures(run, "pass_rate")
    n, mean, theirs = figures.get("n", 0), figures.get("mean"), figures.get("baseline_mean")
    if mean is None:
        return Row("", "–", "No case has a full result.", BAD)
    notes = [f"production: {round(theirs * n):,} of {n:,}"] if theirs is not None else []
    flipped = len(run.groups.get("now_failing", []))
    if flipped and theirs is not None:
        notes.append(f"{flipped:,} newly failing")
    tone = TONES.get(figures.get("outcome") or "", BAD if flipped else GOOD)
    shares = (mean * 100, theirs * 100 if theirs is not None else None)
    return Row("", f"{round(mean * n):,} of {cases(n)}", " · ".join(notes), tone, shares=shares)


def _quality(run: Run) -> Iterator[Row]:
    """Yield a row for each judge, those that decide first, and one for the best earlier version."""
    for judge in sorted(run.judges, key=lambda one: not one.get("gating", True)):
        name, gating = judge["name"], judge.get("gating", True)
        for key, beside in ((name, "production"), (f"{name}:anchor", "the best earlier version")):
            if (figures := _figures(run, key)) and (key == name or _tells_more(run)):
                yield _judge_row(name, figures, beside, gating=gating)


def _tells_more(run: Run) -> bool:
    """Is the best earlier version another one than production's?"""
    best = run.anchor_run
    return best is None or best.version_id != run.baseline_id


def _judge_row(name: str, figures: Figures, beside: str, *, gating: bool) -> Row:
    mean, theirs, n = figures.get("mean"), figures.get("baseline_mean"), figures.get("n", 0)
    margin, least = figures.get("margin"), figures.get("limit")
    anchored = beside != "production"
    title = f"{name}, beside {beside}" if anchored else name
    if mean is None:
        return Row(title, "–", "No case has a score.", BAD if gating else "")
    value = figure(mean, theirs) + (f" vs {figure(theirs, mean)}" if theirs is not None else "")
    notes = [] if gating else ["only advises"]
    notes.append(cases(n))
    if figures.get("difference") is not None and margin is not None:
        notes.append(f"may be {bound(margin)} lower")
    if least is not None:
        notes.append(f"at least {bound(least)}")
    tone = TONES.get(figures.get("outcome") or "", "") if gating else ""
    return Row(title, value, " · ".join(notes), tone, _judge_drawing(name, figures, beside))


def _judge_drawing(name: str, figures: Figures, beside: str) -> Drawing | None:
    difference, margin = figures.get("difference"), figures.get("margin")
    if difference is None:
        return None
    lower, upper = figures.get("lower"), figures.get("upper")
    words = f"{name}: {signed(difference)} against {beside}"
    if lower is not None and upper is not None:
        words += f", surely between {signed(lower)} and {signed(upper)}"
    if margin is not None:
        words += f"; the bar is {signed(-margin)}"
    bar = None if margin is None else -margin
    return drawn(
        difference, same=0, bar=bar, lower=lower, upper=upper, least_reach=0.05, words=words
    )


def _latency(run: Run) -> Iterator[Row]:
    times = _figures(run, "latency_ms")
    note = _beside(times, "{:,.0f} ms")
    yield from _ratio(run, "", "latency_ratio", note, needed=rules_of(run).min_latency_cases)
    yield from _ratio(run, "slowest 5 %", "p95_ratio", "")
    yield from _absolute(run, "95 % within", "latency_p95_ms", "{:,.0f} ms")


def _cost(run: Run) -> Iterator[Row]:
    yield from _ratio(run, "", "cost_ratio", "")
    yield from _absolute(run, "an answer", "cost", "${:.6f}")


def _ratio(run: Run, title: str, name: str, note: str, *, needed: int = 1) -> Iterator[Row]:
    figures = _figures(run, name)
    value, limit, n = figures.get("mean"), figures.get("limit"), figures.get("n", 0)
    if value is None:
        return
    shown = f"×{figure(value, limit)}"
    drawing = drawn(
        value,
        same=1,
        bar=limit,
        lower=figures.get("lower"),
        upper=figures.get("upper"),
        more_is_worse=True,
        least_reach=0.25,
        words=f"{shown} of production's" + (f"; the bar is ×{limit:.2f}" if limit else ""),
    )
    counted = cases(n) if n >= needed else f"only {cases(n)} of {needed:,} that it takes to count"
    notes = [note, f"at most ×{limit:.2f}" if limit else "", counted]
    tone = _held(figures) if n >= needed else ""
    told = " · ".join(filter(None, notes))
    yield Row(title, shown, told, tone, None if title and limit is None else drawing)


def _absolute(run: Run, title: str, name: str, form: str) -> Iterator[Row]:
    figures = _figures(run, name)
    mean, limit = figures.get("mean"), figures.get("limit")
    if mean is None:
        return
    theirs = figures.get("baseline_mean")
    notes = [f"production: {form.format(theirs)}"] if theirs is not None else []
    if limit is not None:
        notes.append(f"at most {form.format(limit)}")
    yield Row(title, form.format(mean), " · ".join(notes), _held(figures))


def _held(figures: Figures) -> str:
    """Say whether a figure of which less is better keeps to its limit; "" without one."""
    if figures.get("limit") is None:
        return ""
    return BAD if figures["mean"] > figures["limit"] else GOOD


def _beside(figures: Figures, form: str) -> str:
    mean, theirs = figures.get("mean"), figures.get("baseline_mean")
    return "" if None in (mean, theirs) else f"{form.format(mean)} vs {form.format(theirs)}"


def _no_quality(run: Run) -> str:
    if not run.judges:
        return "No judge looked at the answers."
    scored = any(_figures(run, judge["name"]) for judge in run.judges)
    return "" if scored else "No answer has a score."


def _not_compared(run: Run, name: str) -> str:
    if _figures(run, name).get("mean") is not None:
        return ""
    if run.baseline_id is None:
        return "Nothing was in production to compare with."
    if name == "latency_ratio" and run.baseline_run_id is not None:
        return "Production's answers were taken over from an earlier run, so times do not compare."
    return "Not known for every answer, so it was not compared."


def _figures(run: Run, name: str) -> Figures:
    return run.metrics.get(name) or {}
