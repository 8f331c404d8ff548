"""The policy as the table people read: one row per question, one column per risk."""

from collections.abc import Callable
from dataclasses import dataclass

from registry.domain.policy import Policy, RiskPolicy, duration
from registry.domain.semver import Risk
from registry.web.forms.policy import CHECKS_WORDS


@dataclass(frozen=True)
class Row:
    """One question and the answer of each risk, in the order of `Risk`."""

    label: str
    answers: list[str]


MEANINGS = {
    Risk.FIRST: "nothing in production yet",
    Risk.PATCH: "wording; says the same",
    Risk.MINOR: "new or changed instructions",
    Risk.MAJOR: "variables, roles, schema, kind or model",
}


def columns() -> list[tuple[str, str]]:
    """Return the heads: each risk and what it means."""
    return [(risk.value, MEANINGS[risk]) for risk in Risk]


def rows(policy: Policy) -> list[Row]:
    """Return the rows of the table."""
    return [
        Row("Static checks, no model call", ["always" for _ in Risk]),
        _row(policy, "Output checks on golden cases", lambda r: CHECKS_WORDS[r.output_checks]),
        _row(policy, "Golden cases needed", lambda r: str(r.min_cases)),
        _row(policy, "Approval by people who did not write it", _approvals),
        _row(policy, "On staging", lambda r: _time(r.plan.soak_minutes)),
        _row(policy, "Canary", _canary),
        _row(policy, "From start to everyone", lambda r: _total(r.plan.total_minutes)),
    ]


def _row(policy: Policy, label: str, answer: Callable[[RiskPolicy], str]) -> Row:
    return Row(label, [answer(policy.risks[risk]) for risk in Risk])


def _approvals(rule: RiskPolicy) -> str:
    return {0: "none", 1: "one person"}.get(rule.approvals, f"{rule.approvals} people")


def _canary(rule: RiskPolicy) -> str:
    steps = [f"{s.percent} % for {duration(s.minutes)}" for s in rule.plan.stages]
    return " → ".join([*steps, "everyone"]) if steps else "none"


def _time(minutes: int) -> str:
    return duration(minutes) if minutes else "none"


def _total(minutes: int) -> str:
    return f"about {duration(minutes)}" if minutes else "at once"
