"""The kinds of notices: what each is called, who hears it, and which audit events make it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry.audit.models import Event


class Notice(StrEnum):
    """A kind of notice; its value is what choices, the outbox and webhooks call it."""

    APPROVAL_WANTED = "approval_wanted"
    DECIDED = "decided"
    COMMENT = "comment"
    GATE_FAILED = "gate_failed"
    RUN_ERRORED = "run_errored"
    UNDECIDED = "undecided"
    CLEARED = "cleared"
    ROLLOUT_HELD = "rollout_held"
    ROLLOUT_ADVANCED = "rollout_advanced"
    ROLLED_BACK = "rolled_back"
    GOT_WORSE = "got_worse"
    PLAN_STOPPED = "plan_stopped"
    WAIVED = "waived"


@dataclass(frozen=True)
class Words:
    """How people read a kind: its name, what happened, and who hears of it."""

    name: str
    means: str
    heard_by: str


@dataclass(frozen=True)
class Cause:
    """An event that makes a notice: its action, and what must stand in its `after`."""

    action: str
    notice: Notice
    after: Mapping[str, str] = field(default_factory=dict)

    def fits(self, event: Event, after: Mapping[str, object]) -> bool:
        """Does `event`, whose `after` was read, make this notice?"""
        return event.action == self.action and all(
            after.get(key) == value for key, value in self.after.items()
        )


WORDS: Mapping[Notice, Words] = {
    Notice.APPROVAL_WANTED: Words(
        "Approval wanted",
        "A version waits for a signature.",
        "reviewers who did not write it and have not answered",
    ),
    Notice.DECIDED: Words(
        "Decided",
        "A reviewer approved, asked for changes, rejected, or accepted an undecided evaluation.",
        "the author, contributors, and who commented",
    ),
    Notice.COMMENT: Words(
        "Comment",
        "Somebody commented on a version.",
        "the author, and who takes part in the thread",
    ),
    Notice.GATE_FAILED: Words("Gate failed", "A version failed its evaluation.", "the author"),
    Notice.RUN_ERRORED: Words(
        "Run broke off", "An evaluation ended without an answer.", "the author"
    ),
    Notice.UNDECIDED: Words(
        "Undecided",
        "The evaluation gave no clear answer; somebody must decide.",
        "the author, and reviewers who did not write it",
    ),
    Notice.CLEARED: Words("Cleared", "A version may ship.", "releasers and the author"),
    Notice.ROLLOUT_HELD: Words(
        "Rollout held",
        "A rollout stands still until somebody resumes it.",
        "releasers and the author",
    ),
    Notice.ROLLOUT_ADVANCED: Words(
        "Rollout advanced",
        "A version got a larger share of production, or all of it.",
        "releasers and the author",
    ),
    Notice.ROLLED_BACK: Words(
        "Rolled back",
        "A rollout was ended, or production went back to an earlier version.",
        "releasers, the author and admins",
    ),
    Notice.GOT_WORSE: Words(
        "Production got worse",
        "Live traffic shows a drop after a version took all of production.",
        "reviewers, releasers, the author and admins",
    ),
    Notice.PLAN_STOPPED: Words(
        "Planned start stopped",
        "A start that was planned did not happen.",
        "who planned it, releasers and the author",
    ),
    Notice.WAIVED: Words(
        "Step skipped",
        "A permitted person skipped a step of the road.",
        "all admins and reviewers",
    ),
}

CAUSES = (
    Cause("release.state_changed", Notice.APPROVAL_WANTED, {"state": "in_review"}),
    Cause("release.state_changed", Notice.GATE_FAILED, {"state": "failed"}),
    Cause("release.state_changed", Notice.UNDECIDED, {"state": "undecided"}),
    Cause("release.state_changed", Notice.CLEARED, {"state": "cleared"}),
    Cause("release.answered", Notice.DECIDED),
    Cause("release.waived", Notice.WAIVED),
    Cause("verdict.recorded", Notice.RUN_ERRORED, {"kind": "gate", "outcome": "error"}),
    Cause("comment.added", Notice.COMMENT),
    Cause("rollout.held", Notice.ROLLOUT_HELD),
    Cause("rollout.advanced", Notice.ROLLOUT_ADVANCED),
    Cause("rollout.ended", Notice.ROLLOUT_ADVANCED, {"state": "complete"}),
    Cause("rollout.ended", Notice.ROLLED_BACK, {"state": "rolled_back"}),
    Cause("verdict.recorded", Notice.GOT_WORSE, {"kind": "watch", "outcome": "fail"}),
    Cause("rollout.plan_ended", Notice.PLAN_STOPPED, {"state": "refused"}),
    Cause("rollout.plan_ended", Notice.PLAN_STOPPED, {"state": "rebase"}),
    # Only where no rollout ended with it: see registry/notices/same_act.py.
    Cause("label.moved", Notice.ROLLED_BACK, {"label": "production"}),
)
ACTIONS = frozenset(cause.action for cause in CAUSES)


def notice_of(event: Event) -> Notice | None:
    """Return the kind of notice that `event` makes, or None."""
    after = told(event.after)
    return next((cause.notice for cause in CAUSES if cause.fits(event, after)), None)


def told(side: str) -> Mapping[str, object]:
    """Return `before` or `after` of an event; nothing when it holds none."""
    return json.loads(side) or {}
