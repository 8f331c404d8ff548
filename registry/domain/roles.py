"""Who may do what: the one table action × role.

Use-cases ask it, buttons ask it, the permission matrix test and the help page are
generated from it. System actors stand in the same table under their own names.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a member of a project may do; roles add up."""

    VIEWER = "viewer"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    RELEASER = "releaser"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be done in a project, each in the words of the help page."""

    VIEW = "see prompts, versions, runs and the audit trail"
    COMMENT = "comment on a version"
    EDIT_PROMPT = "create prompts and edit their title, description and tags"
    EDIT_TEXT = "write drafts and save versions"
    SUBMIT = "submit a version for evaluation, or evaluate it again"
    WITHDRAW = "withdraw a version"
    EDIT_DATASETS = "edit golden datasets, suites and judges"
    MARK = "score answers by hand, to measure a judge"
    TEST_CONNECTION = "test a model connection"
    EVALUATE_CANDIDATE = "have a text evaluated that is no version yet"
    REVIEW = "approve, ask for changes, reject, accept an undecided evaluation"
    START_ROLLOUT = "start a rollout"
    ADVANCE = "advance or resume a rollout"
    HOLD = "hold a rollout, or end its soak or canary"
    ROLL_BACK = "roll production back"
    WAIVE = "waive a step, with a reason"
    MANAGE_KEYS = "create and revoke API keys"
    MANAGE_MEMBERS = "invite people, give and take roles, deactivate members"
    MANAGE_POLICY = "change the policy and the preset"
    MANAGE_PROJECT = "rename the project, archive prompts"
    RECORD_VERDICT = "record the outcome of an evaluation"


_V, _A, _R, _L, _X = Role.VIEWER, Role.AUTHOR, Role.REVIEWER, Role.RELEASER, Role.ADMIN

TABLE: Mapping[Action, frozenset[Role]] = {
    Action.VIEW: frozenset(Role),
    Action.COMMENT: frozenset({_A, _R, _L, _X}),
    Action.EDIT_PROMPT: frozenset({_A, _X}),
    Action.EDIT_TEXT: frozenset({_A}),
    Action.SUBMIT: frozenset({_A, _R, _L}),
    Action.WITHDRAW: frozenset({_A, _L, _X}),
    Action.EDIT_DATASETS: frozenset({_A, _R}),
    Action.MARK: frozenset({_A, _R, _L}),
    Action.TEST_CONNECTION: frozenset({_A, _R, _L, _X}),
    Action.EVALUATE_CANDIDATE: frozenset({_A, _R, _L}),
    Action.REVIEW: frozenset({_R}),
    Action.START_ROLLOUT: frozenset({_L}),
    Action.ADVANCE: frozenset({_L}),
    Action.HOLD: frozenset({_A, _R, _L, _X}),
    Action.ROLL_BACK: frozenset({_R, _L, _X}),
    Action.WAIVE: frozenset({_X}),
    Action.MANAGE_KEYS: frozenset({_X}),
    Action.MANAGE_MEMBERS: frozenset({_X}),
    Action.MANAGE_POLICY: frozenset({_X}),
    Action.MANAGE_PROJECT: frozenset({_X}),
    Action.RECORD_VERDICT: frozenset(),
}

SYSTEM_ACTORS: Mapping[str, frozenset[Action]] = {
    "gate": frozenset({Action.RECORD_VERDICT}),
    # It asks the golden cases once more where staging sees too few calls.
    "watcher": frozenset(
        {
            *(Action.ADVANCE, Action.HOLD, Action.ROLL_BACK),
            *(Action.RECORD_VERDICT, Action.EVALUATE_CANDIDATE),
        }
    ),
    # Somebody at the server's shell: may stop things, never move them forward.
    "operator": frozenset(
        {Action.HOLD, Action.ROLL_BACK, Action.MANAGE_KEYS, Action.EVALUATE_CANDIDATE}
    ),
    "set-up": frozenset({Action.MANAGE_MEMBERS, Action.MANAGE_POLICY, Action.MANAGE_PROJECT}),
    # A key with the `ci` scope.
    "ci-key": frozenset({Action.EVALUATE_CANDIDATE}),
    # A key with the `stop` scope.
    "stop-key": frozenset({Action.HOLD, Action.ROLL_BACK}),
}


def allowed(action: Action, roles: frozenset[Role]) -> bool:
    """May somebody holding `roles` do `action`?"""
    return bool(TABLE[action] & roles)


def roles_for(action: Action) -> list[Role]:
    """Return the roles that may do `action`, in the order of the table of roles."""
    return [role for role in Role if role in TABLE[action]]
