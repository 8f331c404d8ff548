"""Why a change is as large as it is, in words for the pages of a version and of its review."""

from registry.domain.risk import floor
from registry.domain.semver import Risk
from registry.prompts.models import Version
from registry.release.meaning import risk_answered
from registry.release.models import Release


def why_so_large(version: Version) -> list[str]:
    """Return the sentences, against production at submit or else the base; [] with neither.

    The floor's reasons explain the floor only: where the change goes another road than that,
    the first sentence says why.
    """
    release: Release = version.release
    against = release.baseline or version.base
    if against is None:
        return []
    least = floor(against.as_content(), version.as_content())
    reasons = list(least.reasons)
    road = Risk(release.risk or version.bump)
    smallest = Risk(least.bump.value)
    if road is smallest or road is Risk.FIRST:
        return reasons
    if road is Risk.PATCH:
        return [
            f"A reviewer found its meaning unchanged; by its words at least {smallest}.",
            *reasons,
        ]
    answered = version.answers
    if answered and road > version.bump and road == risk_answered(version):
        return [f"It answers the review of {answered.semver}, a {road} change.", *reasons]
    if version.bump == road.value:
        return [f"{version.author} chose {road}; by its words at least {smallest}.", *reasons]
    return reasons
