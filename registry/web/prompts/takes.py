"""What an evaluation of a version would take, for who is about to submit it."""

from evaluation.offline.estimate import basis_of
from registry.projects.policies import current_policy
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.meaning import risk_now


def evaluation_takes(version: Version) -> str:
    """Return calls, cost and time in words; "" when no model would be asked."""
    prompt = version.prompt
    basis = basis_of(prompt)
    if basis is None:
        return ""
    baseline = production_of(prompt)
    risk = risk_now(version, baseline)
    policy = current_policy(prompt.project)[1].road(risk).policy
    smoke = policy.output_checks == "smoke"
    content = version.as_content()
    estimate = basis.of(content, risk, smoke=smoke, compared=baseline is not None)
    return " ".join([estimate.words(), *estimate.over]) if estimate else ""
