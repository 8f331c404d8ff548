"""What a suite means before anything runs: what its gate can see, and what a run takes."""

from dataclasses import dataclass

from evaluation.offline.estimate import Basis, Estimate
from evaluation.offline.models import Snapshot, Suite
from evaluation.offline.scorable import Scorable
from evaluation.offline.sight import Sight, sights_of
from registry.domain.semver import Risk
from registry.projects.policies import current_policy
from registry.prompts.models import Prompt
from registry.prompts.queries import production_of


@dataclass(frozen=True)
class Ahead:
    """`estimates` by risk; `few`: fewer cases than the policy asks of a MINOR change."""

    cases: Scorable
    sights: list[Sight]
    estimates: list[tuple[str, Estimate]]
    few: int = 0


def ahead_of(prompt: Prompt, suite: Suite | None, snapshot: Snapshot | None) -> Ahead:
    """Return what an evaluation of `prompt` would see and take."""
    if suite is None or snapshot is None:
        return Ahead(Scorable(), [], [])
    basis = Basis(prompt, suite, snapshot)
    needed = current_policy(prompt.project)[1].road(Risk.MINOR).policy.min_cases
    return Ahead(
        cases=basis.cases,
        sights=sights_of(prompt, basis.holds.judges, basis.cases),
        estimates=_estimates(prompt, basis),
        few=needed if basis.cases.total < needed else 0,
    )


def _estimates(prompt: Prompt, basis: Basis) -> list[tuple[str, Estimate]]:
    """Return what a run of the newest text takes; the first one alone while it is the first."""
    newest = prompt.versions.order_by("-revision").first()
    if newest is None:
        return []
    content, compared = newest.as_content(), production_of(prompt) is not None
    risks = (Risk.MINOR, Risk.MAJOR) if compared else (Risk.FIRST,)
    found = [(risk, basis.of(content, risk, smoke=False, compared=compared)) for risk in risks]
    return [(risk.value, estimate) for risk, estimate in found if estimate is not None]
