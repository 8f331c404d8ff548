"""Put one sample to the judges of its prompt's suite: what each says, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from evaluation.domain.judge import BrokenAnswer, value_of
from evaluation.offline.budget import month_budget
from evaluation.offline.effective import UsedJudge
from evaluation.offline.judging.asking import JudgeAsker
from evaluation.offline.models import Case, JudgeVersion
from evaluation.offline.tryouts.calls import Calls, NoAnswer
from evaluation.online.models import Sample
from evaluation.providers import connections
from evaluation.providers.base import ModelResponse
from evaluation.providers.prices import cost_of, most_cost_of
from evaluation.providers.retry import RetryRules
from registry.domain.errors import Refused
from registry.projects.models import Project

ASKS = 2  # the first time, and once more after an answer that broke the contract
RULES = RetryRules(attempts=2, rate_limit_seconds=10.0)
LONGEST_SECONDS = 20.0  # after which one question is not asked again


class OverBudgetError(Exception):
    """One more call could cost more than is left; the message says of what."""


@dataclass(frozen=True)
class Bill:
    """One call. `cost` is in US dollars, None where the price is not known."""

    connection: str
    input_tokens: int
    output_tokens: int
    cost: Decimal | None


@dataclass
class Opinion:
    """What the judges said of a sample: a score and the reason by judge.

    `problem` is a sentence about judges that gave none; `failed` says that a provider did not
    answer, so that asking again may help. `over_budget` says why one was not asked any more.
    """

    scores: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    bills: list[Bill] = field(default_factory=list)
    problem: str = ""
    failed: bool = False
    over_budget: str = ""

    @property
    def cost(self) -> Decimal | None:
        """US dollars of all calls; None when no price is known."""
        known = [bill.cost for bill in self.bills if bill.cost is not None]
        return sum(known, Decimal(0)) if known or not self.bills else None


def case_of(sample: Sample) -> Case:
    """Return what a judge is shown of a call, as an unsaved case; there is no reference."""
    given = sample.input
    return Case(
        case_id=f"call-{sample.pk}",
        inputs=given if isinstance(given, dict) else {},
        query=given if isinstance(given, str) else "",
        context=sample.context,
    )


def ask_judges(
    sample: Sample, judges: Sequence[UsedJudge], project: Project, *, left: Decimal
) -> Opinion:
    """Ask each judge that the sample has no score of yet, gating ones first.

    `left` are the US dollars of today. Where a judge is out of reach, or could cost more than
    is left, no further one is asked.
    """
    opinion = Opinion()
    case = case_of(sample)
    for used in sorted(judges, key=lambda judge: not judge.gating):
        name = used.version.judge.name
        if name in sample.scores:
            continue
        try:
            _ask(opinion, used.version, case, sample.output, project, left)
        except (NoAnswer, Refused) as error:
            opinion.problem, opinion.failed = f"{name}: {error}", True
            break
        except OverBudgetError as error:
            opinion.over_budget = str(error)
            break
    return opinion


def _ask(
    opinion: Opinion,
    version: JudgeVersion,
    case: Case,
    output: str,
    project: Project,
    left: Decimal,
) -> None:
    """Ask one judge until it gives a score, at most twice. Raises NoAnswer, Refused or
    OverBudgetError.
    """
    name = version.judge.name
    connection = connections.get(version.connection)
    if connection.simulated and not project.sandbox:
        opinion.problem = f"{name}: the simulated connection judges in sandbox projects only."
        return
    asker = JudgeAsker(version, connection)
    if not asker.applies(case):
        needs = " and a ".join(version.needs)
        opinion.problem = f"{name} needs a {needs}; this call was reported without."
        return
    calls = Calls(connection, elapsed=0.0, rules=RULES, longest=LONGEST_SECONDS)
    for ask in range(1, ASKS + 1):
        question = asker.question(case, output, ask)
        worst = most_cost_of(connection, question.request) or Decimal(0)
        if worst > left - (opinion.cost or Decimal(0)):
            raise OverBudgetError("the day's money for judging live answers")
        if why := month_budget(project, connection).refuses(connection.name, worst):
            raise OverBudgetError(why)
        response = calls.ask(question.request)
        opinion.bills.append(_bill(connection, response))
        read = asker.read(response)
        if not isinstance(read, BrokenAnswer):
            opinion.scores[name] = value_of(read.score, version.scale)
            opinion.reasons[name] = read.reasoning
            return
        opinion.problem = f"{name} gave no score: {read.reason}"


def _bill(connection: connections.Connection, response: ModelResponse) -> Bill:
    usage = response.usage
    return Bill(
        connection.name,
        usage.input_tokens if usage else 0,
        usage.output_tokens if usage else 0,
        cost_of(connection, response.model, usage),
    )
