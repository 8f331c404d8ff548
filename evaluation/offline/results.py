"""Rows of what one arm gave on one case: its answer with the checks, or why there is none."""

from decimal import Decimal

from evaluation.domain.checks import Output, run_checks
from evaluation.domain.gate import CaseOutcome
from evaluation.offline.models import Case, CaseResult, Run
from evaluation.providers.base import ModelResponse


def answered(
    run: Run, case: Case, arm: str, response: ModelResponse, calls: int, cost: Decimal | None
) -> CaseResult:
    """Return the unsaved row of an answer, with the run's and the case's checks made.

    `cost` is in US dollars, None where no price is known.
    """
    usage = response.usage
    output = Output(
        text=response.text,
        finish_reason=response.finish_reason,
        latency_ms=response.latency_ms,
        cost=None if cost is None else float(cost),
        usage=vars(usage) if usage else None,
    )
    results = run_checks([*run.checks, *case.checks], output, case.tags)
    return CaseResult(
        run=run,
        case=case,
        arm=arm,
        passed=CaseOutcome(case.case_id, results=tuple(results)).passed,
        output=response.text,
        finish_reason=response.finish_reason or "",
        checks=[result.as_dict() for result in results],
        latency_ms=response.latency_ms,
        calls=calls,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        cost=cost,
        model=response.model,
    )


def no_answer(run: Run, case: Case, arm: str, why: str, calls: int) -> CaseResult:
    """Return the unsaved row of a case that got no answer; `why` is a sentence."""
    return CaseResult(run=run, case=case, arm=arm, error=why[:300], calls=calls)
