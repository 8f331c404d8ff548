"""What a verdict rests on. The same text on the same pins is not judged twice."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evaluation.offline.effective import Effective
from evaluation.offline.models import Snapshot, Suite
from registry.domain.canonical import canonical, sha256
from registry.projects.models import PolicyRevision
from registry.prompts.models import Version


@dataclass(frozen=True)
class Pins:
    """Digests of baseline, golden cases, checks, judges, thresholds; connection; policy revision.

    None stands for what there was not. The text itself is pinned by the verdict's digest.
    """

    baseline: str | None
    snapshot: str | None
    checks: str | None
    judges: str | None
    thresholds: str | None
    connection: str | None
    policy: int

    @classmethod
    def of(
        cls,
        *,
        baseline: Version | None,
        suite: Suite | None,
        snapshot: Snapshot | None,
        holds: Effective,
        connection: str | None,
        policy: PolicyRevision,
    ) -> "Pins":
        """Pin what an evaluation would use now; `connection` is None when it cannot be used."""
        return cls(
            baseline=baseline.digest if baseline else None,
            snapshot=snapshot.digest if snapshot else None,
            checks=sha256(canonical(suite.checks)) if suite else None,
            judges=sha256(canonical(holds.judge_documents())) if suite else None,
            thresholds=sha256(canonical(holds.thresholds)) if suite else None,
            connection=connection,
            policy=policy.number,
        )

    def hold(self, stored: Mapping[str, Any]) -> bool:
        """Does a verdict with the `stored` pins rest on exactly these?"""
        return all(stored.get(name) == value for name, value in asdict(self).items())

    def document(self, **more: Any) -> dict[str, Any]:
        """Return the JSON form, with further facts such as the run and the attempt."""
        return {**asdict(self), **more}
