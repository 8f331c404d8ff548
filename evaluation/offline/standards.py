"""Tell the registry what an evaluation of a prompt must rest on, whenever that changes."""

from evaluation.offline.effective import effective
from evaluation.offline.models import Snapshot, Suite
from registry.domain.canonical import canonical, sha256
from registry.release.standard import set_standard


def keep_standard(suite: Suite, snapshot: Snapshot | None) -> None:
    """Write down what the prompt of `suite` is evaluated by now, in the transaction of a change.

    `snapshot` is the latest of its dataset.
    """
    holds = effective(suite, suite.prompt.project)
    set_standard(
        suite.prompt,
        {
            "snapshot": snapshot.digest if snapshot else None,
            "checks": sha256(canonical(suite.checks)),
            "judges": sha256(canonical(holds.judge_documents())),
            "thresholds": sha256(canonical(holds.thresholds)),
            "connection": holds.connection or None,
        },
    )
