"""What an evaluation of a version would take, for who is about to submit it."""

from evaluation.offline.estimate import basis_of
from registry.domain.risk import risk_of
from registry.domain.semver import Bump
from registry.projects.policies import current_policy
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.meaning import is_meaning_confirmed, risk_answered


def evaluation_takes(version: Version) -> str:
    """Return calls, cost and time in words; "" when no model would be asked."""
    prompt = version.prompt
    basis = basis_of(prompt)
    if basis is None:
        return ""
    baseline, content = production_of(prompt), version.as_content()
    risk = risk_of(
        baseline.as_content() if baseline else None,
        content,
        Bump(version.bump),
        meaning_confirmed=is_meaning_confirmed(version, baseline),
        answered=risk_answered(version),
    )
    policy = current_policy(prompt.project)[1].road(risk).policy
    smoke = policy.output_checks == "smoke"
    estimate = basis.of(content, risk, smoke=smoke, compared=baseline is not None)
    return " ".join([estimate.words(), *estimate.over]) if estimate else ""
