"""What an evaluation of a version would be now: its risk, its road, its cases, and what lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.effective import Effective, UsedJudge, effective
from evaluation.offline.models import Case, Snapshot, Suite
from evaluation.offline.pins import Pins
from evaluation.offline.requests import model_of
from evaluation.offline.rules import by_rules_alone
from evaluation.offline.suites import suite_of
from evaluation.providers import connections
from evaluation.providers.connections import Connection
from registry.domain.canonical import canonical
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.domain.policy import Road
from registry.domain.risk import risk_of
from registry.domain.semver import Bump, Risk
from registry.projects.models import PolicyRevision
from registry.projects.policies import current_policy
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import production_of
from registry.release.meaning import is_meaning_confirmed, risk_answered

SMOKE_CASES = 20
SMOKE_TAG = "smoke"


@dataclass(frozen=True)
class Plan:
    """Everything that a submit decides by.

    `golden` are all cases of the snapshot, `cases` those that a run would take; `lacks` are
    sentences about missing evidence. `meaning_confirmed`: a reviewer said that the version
    means the same as the baseline, and `risk` is the lower for it.
    """

    risk: Risk
    road: Road
    policy: PolicyRevision
    baseline: Version | None
    suite: Suite | None
    snapshot: Snapshot | None
    holds: Effective
    connection: Connection | None
    golden: tuple[Case, ...]
    cases: tuple[Case, ...]
    lacks: tuple[str, ...]
    meaning_confirmed: bool = False

    @property
    def pins(self) -> Pins:
        """What the verdict will rest on."""
        return Pins.of(
            baseline=self.baseline,
            suite=self.suite,
            snapshot=self.snapshot,
            holds=self.holds,
            connection=self.connection.name if self.connection else None,
            policy=self.policy,
        )

    @property
    def simulated(self) -> bool:
        """Would a word of the verdict come from no model? Judges count where they block."""
        judges = () if by_rules_alone(self.risk, smoke=self.smoke) else self.holds.judges
        asked = [judge.version.connection for judge in judges if judge.gating]
        answers = self.connection is not None and self.connection.simulated
        return answers or connections.SIMULATED in asked

    @property
    def smoke(self) -> bool:
        """Are a few cases enough?"""
        return self.road.policy.output_checks == "smoke"

    @property
    def may_skip_outputs(self) -> bool:
        """Does the road go on without output checks when they are not possible?"""
        asked = self.road.policy.output_checks
        return asked == "smoke" or (asked == "if_suite" and self.suite is None)


def plan_of(version: Version, content: Content) -> Plan:
    """Gather what an evaluation of `version` would be, against what production serves now."""
    prompt = version.prompt
    policy, rules = current_policy(prompt.project)
    baseline = production_of(prompt)
    old = baseline.as_content() if baseline else None
    confirmed = is_meaning_confirmed(version, baseline)
    level = risk_of(
        old,
        content,
        Bump(version.bump),
        meaning_confirmed=confirmed,
        answered=risk_answered(version),
    )
    return planned(
        prompt,
        content,
        risk=level,
        baseline=baseline,
        policy=policy,
        road=rules.road(level),
        meaning_confirmed=confirmed,
    )


def planned(
    prompt: Prompt,
    content: Content,
    *,
    risk: Risk,
    baseline: Version | None,
    policy: PolicyRevision,
    road: Road,
    meaning_confirmed: bool = False,
) -> Plan:
    """Gather what an evaluation of `content`, a text of `prompt`, against `baseline` would be."""
    suite = suite_of(prompt)
    snapshot = latest_snapshot(suite.dataset) if suite else None
    holds = effective(suite, prompt.project)
    connection, trouble = _connection(suite, holds.connection, content)
    smoke = road.policy.output_checks == "smoke"
    judges = () if by_rules_alone(risk, smoke=smoke) else holds.judges
    golden = list(snapshot.cases.order_by("position")) if snapshot else []
    cases = _chosen(golden, smoke=smoke)
    least = 1 if smoke else road.policy.min_cases
    lacks = [*_lacking_cases(suite, snapshot, cases, least, judges)]
    lacks += [trouble] if trouble else []
    lacks += [*_lacking_judges(judges)]
    if smoke and connection and connection.simulated and not prompt.project.sandbox:
        lacks.append("The simulated connection proves nothing outside of a sandbox project.")
    return Plan(
        risk=risk,
        road=road,
        policy=policy,
        baseline=baseline,
        suite=suite,
        snapshot=snapshot,
        holds=holds,
        connection=connection,
        golden=tuple(golden),
        cases=tuple(cases),
        lacks=tuple(lacks),
        meaning_confirmed=meaning_confirmed,
    )


def cases_of(snapshot: Snapshot, *, smoke: bool) -> list[Case]:
    """Return the cases that a run takes: all, or those tagged `smoke`, or the first 20."""
    return _chosen(list(snapshot.cases.order_by("position")), smoke=smoke)


def names_of(snapshot: Snapshot, *, smoke: bool) -> list[str]:
    """Return the ids of the cases that a run takes, in their order."""
    if smoke:
        return [case.case_id for case in cases_of(snapshot, smoke=True)]
    return list(snapshot.cases.order_by("position").values_list("case_id", flat=True))


def _chosen(cases: list[Case], *, smoke: bool) -> list[Case]:
    if not smoke:
        return cases
    tagged = [case for case in cases if SMOKE_TAG in case.tags]
    return (tagged or cases)[:SMOKE_CASES]


def _connection(suite: Suite | None, name: str, content: Content) -> tuple[Connection | None, str]:
    """Return the connection called `name`, or why none can be used."""
    if suite is None:
        return None, ""
    if not name:
        return None, "No model connection is chosen on the prompt's evaluation page."
    try:
        connection = connections.get(name)
    except Refused as refusal:
        return None, str(refusal)
    if not model_of(content.config, connection):
        return None, f"Neither the version nor the connection {connection.name} names a model."
    return connection, ""


def _lacking_cases(
    suite: Suite | None,
    snapshot: Snapshot | None,
    cases: Sequence[Case],
    needed: int,
    judges: Sequence[UsedJudge],
) -> Iterator[str]:
    if suite is None:
        yield "Nobody has chosen golden cases for this prompt: do it on its evaluation page."
        return
    if snapshot is None:
        yield f"The dataset {suite.dataset} has no cases yet: import some."
        return
    if len(cases) < needed:
        yield f"The dataset {suite.dataset} has {len(cases)} cases; the policy asks for {needed}."
    elif (different := _different(cases, needed)) < needed:
        yield (
            f"Only {different} of the {len(cases)} cases of {suite.dataset} ask something "
            f"different; the policy asks for {needed}."
        )
    looks = suite.checks or any(case.checks for case in cases)
    if not looks and not any(judge.gating for judge in judges):
        yield (
            "Neither the evaluation page nor a case has a check, and no judge blocks, so nothing "
            "would be looked at."
        )


def _different(cases: Sequence[Case], enough: int) -> int:
    """Count, up to `enough`, the cases that put different questions: the same one is one case."""
    seen: set[str] = set()
    for case in cases:
        if len(seen) >= enough:
            break
        seen.add(canonical([case.inputs, case.query, case.context, case.messages]))
    return len(seen)


def _lacking_judges(judges: Sequence[UsedJudge]) -> Iterator[str]:
    """Yield why a judge cannot be asked, once for each connection."""
    for name in dict.fromkeys(judge.version.connection for judge in judges):
        try:
            connections.get(name)
        except Refused as refusal:
            yield str(refusal)
