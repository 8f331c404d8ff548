"""What an audited action is called in a sentence, after the name of who did it."""

_WORDS = {
    "api_key.created": "made an API key",
    "api_key.revoked": "revoked an API key",
    "comment.added": "commented on",
    "comment.reopened": "reopened a comment on",
    "comment.resolved": "resolved a comment on",
    "dataset.created": "made the golden dataset",
    "dataset.snapshot": "froze the snapshot",
    "demo.left": "left the demo",
    "invitation.created": "invited somebody:",
    "invitation.revoked": "took back an invitation:",
    "invitation.used": "accepted an invitation:",
    "label.moved": "moved a label to",
    "member.deactivated": "deactivated",
    "member.reactivated": "reactivated",
    "member.roles_changed": "changed the roles of",
    "policy.changed": "changed the policy of",
    "policy.declined": "declined a proposed policy of",
    "policy.proposed": "proposed a policy for",
    "policy.withdrawn": "withdrew a proposed policy of",
    "project.created": "made the project",
    "project.edited": "edited the project",
    "project.preset_changed": "changed the preset of",
    "prompt.adopted": "took over the history of",
    "prompt.alias_removed": "removed an old name of",
    "prompt.archived": "archived",
    "prompt.created": "made the prompt",
    "prompt.edited": "edited the prompt",
    "prompt.renamed": "renamed the prompt",
    "prompt.unarchived": "took out of the archive",
    "release.answered": "answered",
    "release.meaning_confirmed": "confirmed that the meaning is unchanged in",
    "release.state_changed": "changed the clearance of",
    "release.waived": "skipped a step of",
    "restore.done": "restored the database",
    "rollout.advanced": "advanced the rollout of",
    "rollout.ended": "ended the rollout of",
    "rollout.held": "held the rollout of",
    "rollout.resumed": "resumed the rollout of",
    "rollout.started": "started the rollout of",
    "run.cancelled": "cancelled",
    "run.requested": "asked for",
    "suite.changed": "changed how outputs are checked for",
    "verdict.recorded": "judged",
    "version.saved": "saved",
}


def action_words(action: str) -> str:
    """Return `moved a label to`; an action without words of its own is spelt out."""
    noun, _, verb = action.partition(".")
    return _WORDS.get(action) or f"{verb} ({noun})".replace("_", " ")
