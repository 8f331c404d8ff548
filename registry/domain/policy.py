"""What each risk must show before and while it ships: policy as data, and the road it gives.

A document (JSON) holds one `RiskPolicy` per risk. Minutes are whole numbers. The
defaults are also the floors of every project that is no sandbox: a policy may ask
for more, never for less.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from registry.domain.durations import DAY, HOUR
from registry.domain.durations import duration as duration
from registry.domain.errors import PolicyError as PolicyError
from registry.domain.semver import Risk
from registry.domain.watching import ALPHA, Watching
from registry.domain.watching_rules import looser, read_watching

OUTPUT_CHECKS = ("if_suite", "smoke", "all")  # from the least to the most


@dataclass(frozen=True)
class Stage:
    """A share of production traffic (percent) held for at least some minutes."""

    percent: int
    minutes: int


@dataclass(frozen=True)
class Plan:
    """The way of one rollout: minutes of soak, then stages, then everyone."""

    soak_minutes: int
    stages: tuple[Stage, ...] = ()

    def next_percent(self, percent: int) -> int:
        """Return the share after `percent`; 100 means production."""
        return next((s.percent for s in self.stages if s.percent > percent), 100)

    def minutes_at(self, percent: int) -> int:
        """Return how long the step at `percent` lasts; 0 percent is the soak."""
        if percent == 0:
            return self.soak_minutes
        return next((s.minutes for s in self.stages if s.percent == percent), 0)

    def due_at(self, percent: int, step_started_at: datetime) -> datetime:
        """Return when the step at `percent` has lasted long enough."""
        return step_started_at + timedelta(minutes=self.minutes_at(percent))

    def starting_at(self, percent: int) -> Self:
        """Begin at `percent`, for as long as the first stage lasts, and skip those below it.

        Thin traffic starts higher, so that a stage can show something. No stage, no change.
        """
        if not self.stages:
            return self
        first = Stage(percent, self.stages[0].minutes)
        return replace(self, stages=(first, *(s for s in self.stages if s.percent > percent)))

    def minutes_up_to(self, percent: int) -> int:
        """Return how long the stages with at most `percent` last together."""
        return sum(s.minutes for s in self.stages if s.percent <= percent)

    @property
    def total_minutes(self) -> int:
        """Minutes from start to production if every step goes on when due."""
        return self.soak_minutes + sum(s.minutes for s in self.stages)

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "soak_minutes": self.soak_minutes,
            "stages": [[s.percent, s.minutes] for s in self.stages],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form."""
        stages = tuple(Stage(percent, minutes) for percent, minutes in document["stages"])
        return cls(soak_minutes=document["soak_minutes"], stages=stages)


@dataclass(frozen=True)
class RiskPolicy:
    """What one risk must show."""

    output_checks: str
    approvals: int
    plan: Plan
    min_cases: int = 20

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "output_checks": self.output_checks,
            "approvals": self.approvals,
            "min_cases": self.min_cases,
            **self.plan.document(),
        }


@dataclass(frozen=True)
class Road:
    """The road of one version: its risk and what that asks for."""

    risk: Risk
    policy: RiskPolicy

    @property
    def plan(self) -> Plan:
        """Soak and stages."""
        return self.policy.plan

    def sentences(self, *, cases: int | None = None) -> list[str]:
        """Return the road in plain words, for people who decide whether to take it."""
        return [
            f"{self.risk.value}: {_evaluation_words(self.policy, cases)}.",
            _approval_words(self.policy.approvals),
            _rollout_words(self.plan),
        ]


@dataclass(frozen=True)
class Policy:
    """The whole policy of a project."""

    preset: str
    risks: Mapping[Risk, RiskPolicy] = field(default_factory=dict)
    watching: Watching = field(default_factory=Watching)

    @classmethod
    def default(cls, preset: str, *, sandbox: bool = False) -> Self:
        """Return the defaults of design's table; a sandbox counts minutes instead of hours."""
        quick = Plan(2, (Stage(5, 3), Stage(25, 2), Stage(50, 2)))
        minor = Plan(DAY, (Stage(5, 2 * DAY), Stage(25, 6 * HOUR), Stage(50, 6 * HOUR)))
        major = Plan(DAY, (Stage(5, 2 * DAY), Stage(25, DAY), Stage(50, DAY)))
        approvals = 2 if preset == "regulated" else 1
        return cls(
            preset=preset,
            risks={
                Risk.FIRST: RiskPolicy("if_suite", 0, Plan(0)),
                Risk.PATCH: RiskPolicy("smoke", 0, Plan(0)),
                Risk.MINOR: RiskPolicy("all", 0, quick if sandbox else minor),
                Risk.MAJOR: RiskPolicy("all", approvals, quick if sandbox else major),
            },
        )

    def road(self, risk: Risk) -> Road:
        """Return what `risk` asks for."""
        return Road(risk=risk, policy=self.risks[risk])

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "preset": self.preset,
            "risks": {risk.value: rule.document() for risk, rule in self.risks.items()},
            "watching": self.watching.document(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read the JSON form. Raises PolicyError naming the field."""
        risks = {risk: _read_risk(document["risks"], risk) for risk in Risk}
        watching = read_watching(document.get("watching"))
        return cls(preset=document["preset"], risks=risks, watching=watching)

    def problems(self) -> list[str]:
        """Return sentences about where this policy is below its preset's floors.

        How live traffic is watched is the project's own choice, but for the promise that a
        rollout goes back by mistake in at most 1 % of cases.
        """
        promised = (
            [] if self.watching.alpha == ALPHA else ["The chance of a false rollback is 1 %."]
        )
        return [*self._asks_less(Policy.default(self.preset)), *promised]

    def looser_than(self, other: "Policy") -> list[str]:
        """Return sentences about where this policy asks for less than `other`."""
        watched = [f"Watching: {said}" for said in looser(self.watching, other.watching)]
        return [*self._asks_less(other), *watched]

    def _asks_less(self, other: "Policy") -> list[str]:
        return [
            f"{risk.value}: {sentence}"
            for risk in Risk
            for sentence in _looser(self.risks[risk], other.risks[risk])
        ]


def _read_risk(document: Mapping[str, Any], risk: Risk) -> RiskPolicy:
    where = risk.value
    rule = document.get(where)
    if not isinstance(rule, Mapping):
        raise PolicyError(where, f"The policy says nothing about {where}; add it.")
    if rule.get("output_checks") not in OUTPUT_CHECKS:
        raise PolicyError(where, f"Output checks are one of {', '.join(OUTPUT_CHECKS)}.")
    for name, low, high in (
        ("approvals", 0, 5),
        ("min_cases", 1, 10_000),
        ("soak_minutes", 0, 90 * DAY),
    ):
        _whole(rule.get(name), where, name, low, high)
    shares = [0]
    for percent, minutes in rule.get("stages", []):
        _whole(percent, where, "percent of a stage", shares[-1] + 1, 50)
        _whole(minutes, where, "minutes of a stage", 0, 90 * DAY)
        shares.append(percent)
    return RiskPolicy(
        output_checks=rule["output_checks"],
        approvals=rule["approvals"],
        min_cases=rule["min_cases"],
        plan=Plan.from_document({"stages": [], **rule}),
    )


def _whole(value: Any, where: str, name: str, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise PolicyError(where, f"{name} is a whole number from {low} to {high}.")


def _looser(ours: RiskPolicy, theirs: RiskPolicy) -> list[str]:
    found = []
    if OUTPUT_CHECKS.index(ours.output_checks) < OUTPUT_CHECKS.index(theirs.output_checks):
        found.append("fewer golden cases are checked.")
    if ours.approvals < theirs.approvals:
        found.append(f"{ours.approvals} approvals instead of {theirs.approvals}.")
    if ours.min_cases < theirs.min_cases:
        found.append(f"{ours.min_cases} golden cases suffice instead of {theirs.min_cases}.")
    if ours.plan.soak_minutes < theirs.plan.soak_minutes:
        found.append(
            f"{duration(ours.plan.soak_minutes)} on staging "
            f"instead of {duration(theirs.plan.soak_minutes)}."
        )
    if theirs.plan.stages and not ours.plan.stages:
        found.append("no canary.")
    elif theirs.plan.stages and ours.plan.stages[0].percent > theirs.plan.stages[0].percent:
        found.append(f"the canary starts at {ours.plan.stages[0].percent} %.")
    if ours.plan.stages and (said := _faster(ours.plan, theirs.plan)):
        found.append(said)
    return found


def _faster(ours: Plan, theirs: Plan) -> str:
    """Return where `ours` gives a larger share sooner than `theirs`, in a sentence, or ""."""
    for stage in reversed(theirs.stages):
        mine, other = (plan.minutes_up_to(stage.percent) for plan in (ours, theirs))
        if mine < other:
            last = stage is theirs.stages[-1]
            what = "of canary" if last else f"at {stage.percent} % or less"
            return f"{duration(mine)} {what} instead of {duration(other)}."
    return ""


def _evaluation_words(rule: RiskPolicy, cases: int | None) -> str:
    if rule.output_checks == "if_suite":
        return "static checks, and the golden cases if the prompt has any"
    if rule.output_checks == "smoke":
        return "static checks, and up to 20 golden cases if a model connection exists"
    count = f"{cases} golden cases" if cases is not None else "all golden cases"
    return f"{count}, each against what production serves now"


def _rollout_words(plan: Plan) -> str:
    if not plan.soak_minutes and not plan.stages:
        return "Then it goes to everyone at once."
    steps = [f"{duration(plan.soak_minutes)} on staging"] if plan.soak_minutes else []
    steps += [f"{s.percent} % for {duration(s.minutes)}" for s in plan.stages]
    return f"Then {', '.join(steps)}, then everyone; about {duration(plan.total_minutes)}."


def _approval_words(approvals: int) -> str:
    if not approvals:
        return "No approval needed."
    people = "one person" if approvals == 1 else f"{approvals} people"
    return f"Approval by {people} who did not write it."
