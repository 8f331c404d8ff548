"""What an evaluation would take: calls, US dollars, seconds. A guess, and it says from what."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Avg, Count

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.effective import Effective, UsedJudge, effective
from evaluation.offline.judging.asking import JudgeAsker
from evaluation.offline.models import Case, CaseResult, Judgement, Run, Snapshot, Suite
from evaluation.offline.plan import SMOKE_CASES
from evaluation.offline.requests import Asker, model_of
from evaluation.offline.rules import AGAIN, by_rules_alone, repeats_of
from evaluation.offline.scorable import Scorable, scorable_cases
from evaluation.offline.suites import suite_of
from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, Usage
from evaluation.providers.connections import Connection
from evaluation.providers.prices import cost_of
from evaluation.providers.tokens import CHARACTERS
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.domain.semver import Risk
from registry.domain.template import TemplateError
from registry.prompts.models import Prompt

ANSWER_SECONDS, JUDGE_SECONDS = 2.0, 3.0  # while nothing is measured
ANSWER_TOKENS = 250


@dataclass(frozen=True)
class Figure:
    """What one call takes: seconds, and US dollars; None where no price is known."""

    seconds: float
    cost: Decimal | None


@dataclass(frozen=True)
class Estimate:
    """What a run would take; `most_calls` with a second look. `over`: what its budget lacks."""

    cases: int
    answers: int
    judgements: int
    most_calls: int
    cost: Decimal | None
    seconds: float
    simulated: bool
    over: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """Calls of the first look."""
        return self.answers + self.judgements

    def document(self) -> dict[str, Any]:
        """Return what a run keeps of it."""
        cost = None if self.cost is None else float(self.cost)
        return {**asdict(self), "calls": self.calls, "cost": cost, "over": list(self.over)}

    def words(self) -> str:
        """Return it as the end of a sentence: “about 168 calls, $0.12, 40 s. A second look …”."""
        parts = [f"about {self.calls:,} call{'s' * (self.calls != 1)}"]
        parts += [self.cost_words, _time(self.seconds)]
        more = ""
        if self.most_calls > self.calls:
            more = f" A second look, if the answers leave doubt, makes it up to {self.most_calls:,}"
            more += " calls."
        return f"{', '.join(parts)}.{more}"

    @property
    def cost_words(self) -> str:
        """The cost in words; an unknown one is said to be unknown."""
        if self.simulated:
            return "no cost (simulated)"
        if self.cost is None:
            return "cost not known"
        return "under $0.01" if self.cost < Decimal("0.01") else f"${self.cost:,.2f}"


class Basis:
    """What estimates of one prompt rest on, gathered once with a few queries."""

    def __init__(self, prompt: Prompt, suite: Suite, snapshot: Snapshot) -> None:
        self.prompt, self.suite, self.snapshot = prompt, suite, snapshot
        self.holds: Effective = effective(suite, prompt.project)
        self.cases: Scorable = scorable_cases(snapshot)

    @cached_property
    def connection(self) -> Connection | None:
        """Through which answers are asked for, or None while none can be."""
        return _connection(self.holds.connection)

    def of(self, content: Content, risk: Risk, *, smoke: bool, compared: bool) -> Estimate | None:
        """Return what evaluating `content` would take; None when nothing can be asked.

        `compared`: production serves a version, which answers too. `smoke`: a few cases, no
        judge.
        """
        connection = self.connection
        if connection is None or not self.cases.total:
            return None
        arms = 2 if compared else 1
        each = repeats_of(risk)
        cases = (
            min(self.cases.smoke or self.cases.total, SMOKE_CASES) if smoke else self.cases.total
        )
        judges = () if by_rules_alone(risk, smoke=smoke) else self.holds.judges
        scored = [(judge, self.cases.with_all(judge.version.needs)) for judge in judges]
        answers, judged = cases * arms * each, sum(n for _, n in scored) * arms * each
        again = not (smoke or connection.simulated or not compared)
        figures = [(self._answer(content, connection), answers)]
        figures += [(self._judgement(judge), n * arms * each) for judge, n in scored]
        estimate = Estimate(
            cases=cases,
            answers=answers,
            judgements=judged,
            most_calls=(answers + judged) // each * AGAIN if again else answers + judged,
            cost=_cost(figures),
            seconds=_seconds(figures, connection),
            simulated=connection.simulated,
        )
        return Estimate(**{**vars(estimate), "over": tuple(_over(estimate, self.holds.budget))})

    @cached_property
    def _last(self) -> Run | None:
        runs = Run.objects.filter(
            prompt=self.prompt, connection=self.holds.connection, state__in=Run.CONCLUDED
        )
        return runs.only("pk").first()

    @cached_property
    def _measured(self) -> Mapping[str, Any]:
        """Means of the last run's answers of the candidate, and how many there are."""
        if self._last is None:
            return {"n": 0}
        rows = CaseResult.objects.filter(
            run=self._last, arm=CaseResult.Arm.CANDIDATE, error="", taken_over=False
        )
        return rows.aggregate(n=Count("pk"), seconds=Avg("latency_ms"), cost=Avg("cost"))

    @cached_property
    def _judged(self) -> Mapping[int, Mapping[str, Any]]:
        """Means of the last run's judgements by judge version."""
        if self._last is None:
            return {}
        rows = Judgement.objects.filter(run=self._last).order_by()
        found = rows.values("judge").annotate(seconds=Avg("latency_ms"), cost=Avg("cost"))
        return {row["judge"]: row for row in found}

    @cached_property
    def _case(self) -> Case | None:
        return self.snapshot.cases.order_by("position").first()

    def _answer(self, content: Content, connection: Connection) -> Figure:
        """Return what an answer takes: as in the last run, else guessed by its length."""
        found = self._measured
        seconds = (found["seconds"] or 0) / 1000 if found["n"] else ANSWER_SECONDS
        if found["n"] and found["cost"] is not None:
            return Figure(seconds, Decimal(found["cost"]))
        model = model_of(content.config, connection)
        try:
            request = Asker(content, connection).question(self._case) if self._case else None
        except TemplateError:
            request = None
        return Figure(seconds, _guess(connection, model, request))

    def _judgement(self, judge: UsedJudge) -> Figure:
        found = self._judged.get(judge.version.pk)
        seconds = (found["seconds"] or 0) / 1000 if found else JUDGE_SECONDS
        if found and found["cost"] is not None:
            return Figure(seconds, Decimal(found["cost"]))
        connection = _connection(judge.version.connection)
        if connection is None or self._case is None:
            return Figure(seconds, None)
        asker = JudgeAsker(judge.version, connection)
        request = asker.question(self._case, "x" * ANSWER_TOKENS * CHARACTERS).request
        return Figure(seconds, _guess(connection, judge.version.model, request))


def basis_of(prompt: Prompt) -> Basis | None:
    """Return what an estimate for `prompt` rests on; None while it has no cases."""
    suite = suite_of(prompt)
    snapshot = latest_snapshot(suite.dataset) if suite else None
    return Basis(prompt, suite, snapshot) if suite and snapshot else None


def _connection(name: str) -> Connection | None:
    try:
        return connections.get(name) if name else None
    except Refused:
        return None


def _guess(connection: Connection, model: str, request: ModelRequest | None) -> Decimal | None:
    """Return the price of a call by the length of what is asked, or None when not known."""
    if connection.simulated:
        return Decimal(0)
    if request is None or not model:
        return None
    length = sum(len(message["content"]) for message in request.messages)
    return cost_of(connection, model, Usage(length // CHARACTERS, ANSWER_TOKENS))


def _cost(figures: list[tuple[Figure, int]]) -> Decimal | None:
    """Add up; one price that is not known leaves the sum unknown."""
    total = Decimal(0)
    for figure, calls in figures:
        if calls and figure.cost is None:
            return None
        total += (figure.cost or 0) * calls
    return total


def _seconds(figures: list[tuple[Figure, int]], connection: Connection) -> float:
    """Return how long it takes with as many questions at once as the connection bears."""
    work = sum(figure.seconds * calls for figure, calls in figures)
    chain = sum(figure.seconds for figure, calls in figures if calls)
    per_minute = connection.limits.requests_per_minute
    floor = 60 * sum(calls for _, calls in figures) / per_minute if per_minute else 0.0
    return round(max(work / connection.at_once + chain, floor), 1)


def _over(estimate: Estimate, budget: Mapping[str, Any]) -> list[str]:
    """Say what of the budget the run would go over."""
    found = []
    if estimate.calls > budget["max_calls"]:
        found.append(
            f"It takes about {estimate.calls:,} calls; the budget is {budget['max_calls']:,}."
        )
    if estimate.cost is not None and estimate.cost > Decimal(str(budget["max_cost"])):
        found.append(
            f"It costs about ${estimate.cost:,.2f}; the budget is ${budget['max_cost']:,g}."
        )
    if estimate.seconds > budget["max_seconds"]:
        limit = _time(budget["max_seconds"])
        found.append(f"It takes about {_time(estimate.seconds)}; the budget is {limit}.")
    return found


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60):,} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
