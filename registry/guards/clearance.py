"""May it ship: evidence, signatures and waivers that no code can go round."""

from promptcms.guards import Rule, edges, fixed_columns, undeletable
from registry.domain.lifecycle import CLEARANCE_EDGES

_CLEARANCE = {old.value: frozenset(s.value for s in new) for old, new in CLEARANCE_EDGES.items()}

# The author counts by the version itself too: a row made past the use-case names nobody.
_IS_CONTRIBUTOR = (
    "(EXISTS (SELECT 1 FROM registry_contributor c "
    "WHERE c.version_id = NEW.version_id AND c.person_id = NEW.{column}) "
    "OR EXISTS (SELECT 1 FROM registry_version v "
    "WHERE v.id = NEW.version_id AND v.author_id = NEW.{column}))"
)
_PROJECT_OF_VERSION = (
    "(SELECT {field} FROM registry_version v JOIN registry_prompt p ON p.id = v.prompt_id "
    "JOIN registry_project j ON j.id = p.project_id WHERE v.id = NEW.version_id)"
)
_BUMP = "(SELECT v.bump FROM registry_version v WHERE v.id = NEW.version_id)"
_HAS_PASSED = (
    "EXISTS (SELECT 1 FROM registry_verdict d JOIN registry_version v ON v.id = d.version_id "
    "WHERE d.id = NEW.verdict_id AND d.version_id = NEW.version_id "
    "AND d.outcome = 'pass' AND d.digest = v.digest AND (d.kind = 'gate' OR (d.kind = 'static' "
    "AND (NEW.risk IN ('FIRST', 'PATCH') "
    f"OR {_PROJECT_OF_VERSION.format(field='j.sandbox')}))))"
)
_ACCEPTED = (
    "EXISTS (SELECT 1 FROM registry_approval a WHERE a.version_id = NEW.version_id "
    "AND a.verdict_id = NEW.verdict_id AND a.decision = 'accept_undecided')"
)
_APPROVALS_GIVEN = (
    "(SELECT COUNT(DISTINCT a.approver_id) FROM registry_approval a "
    "JOIN registry_version v ON v.id = a.version_id "
    "WHERE a.version_id = NEW.version_id AND a.decision = 'approve' "
    "AND a.verdict_id IS NOT DISTINCT FROM NEW.verdict_id AND a.digest = v.digest)"
)
# By the policy pinned at submit; one where nothing is pinned.
_APPROVALS_NEEDED = (
    "COALESCE((SELECT CASE WHEN NEW.risk = '' THEN 1 ELSE CAST(jsonb_path_query_first("
    "p.document, CAST('$.risks.' || NEW.risk || '.approvals' AS jsonpath)) AS integer) END "
    "FROM registry_policyrevision p WHERE p.id = NEW.policy_id), 1)"
)
_MEANING_CONFIRMED = (
    "EXISTS (SELECT 1 FROM registry_meaningconfirmation m "
    "WHERE m.version_id = NEW.version_id AND m.against_id = NEW.baseline_id)"
)


def _waived(step: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM registry_waiver w "
        f"WHERE w.version_id = NEW.version_id AND w.step = '{step}' AND w.attempt = NEW.attempt)"
    )


CLEARANCE = (
    Rule(
        "release_starts_as_draft",
        "registry_release",
        "INSERT",
        "NEW.state <> 'draft' OR NEW.prompt_id IS DISTINCT FROM "
        "(SELECT v.prompt_id FROM registry_version v WHERE v.id = NEW.version_id)",
        "A release starts as a draft of its own prompt.",
    ),
    fixed_columns("registry_release", ["version_id", "prompt_id"], what="A release"),
    edges("registry_release", "state", _CLEARANCE, what="a release"),
    Rule(
        "release_needs_evidence",
        "registry_release",
        "UPDATE",
        "NEW.state IN ('in_review', 'cleared') "
        f"AND NOT ({_HAS_PASSED} OR {_ACCEPTED} OR {_waived('evaluation')})",
        "No gate passed: a version is cleared by a verdict, an acceptance or a waiver.",
    ),
    Rule(
        "release_major_needs_approval",
        "registry_release",
        "UPDATE",
        f"NEW.state = 'cleared' AND {_APPROVALS_GIVEN} < {_APPROVALS_NEEDED} "
        f"AND NOT {_waived('approval')}",
        "It is cleared only by the approval of as many people who did not write it as its "
        "policy asks for.",
    ),
    Rule(
        "release_in_its_project",
        "registry_release",
        "UPDATE",
        "(NEW.policy_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM registry_policyrevision r "
        "JOIN registry_prompt p ON p.project_id = r.project_id "
        "WHERE r.id = NEW.policy_id AND p.id = NEW.prompt_id)) "
        "OR (NEW.baseline_id IS NOT NULL AND NEW.prompt_id IS DISTINCT FROM "
        "(SELECT v.prompt_id FROM registry_version v WHERE v.id = NEW.baseline_id))",
        "A release is judged by the policy of its project, against a version of its prompt.",
    ),
    Rule(
        "release_keeps_its_pins",
        "registry_release",
        "UPDATE",
        "NEW.state <> 'evaluating' AND (NEW.policy_id IS DISTINCT FROM OLD.policy_id "
        "OR NEW.baseline_id IS DISTINCT FROM OLD.baseline_id OR NEW.attempt <> OLD.attempt)",
        "Policy, baseline and attempt of a release change only with a new evaluation.",
    ),
    Rule(
        "release_cleared_as_it_was_judged",
        "registry_release",
        "UPDATE",
        "NEW.state = 'cleared' AND (NEW.risk IS DISTINCT FROM OLD.risk "
        "OR (OLD.state = 'cleared' AND NEW.verdict_id IS DISTINCT FROM OLD.verdict_id) "
        f"OR (NEW.risk IN ('PATCH', 'MINOR') AND {_BUMP} = 'MAJOR') "
        f"OR (NEW.risk = 'PATCH' AND {_BUMP} = 'MINOR' AND NOT {_MEANING_CONFIRMED}))",
        "A release is cleared at the risk it was submitted with, and keeps its risk and verdict.",
    ),
    Rule(
        "approver_is_no_contributor",
        "registry_approval",
        "INSERT",
        _IS_CONTRIBUTOR.format(column="approver_id") + " OR NEW.digest IS DISTINCT FROM "
        "(SELECT v.digest FROM registry_version v WHERE v.id = NEW.version_id)",
        "A contributor cannot sign, and nobody signs another text than the one they saw.",
    ),
    Rule(
        "open_objection_blocks_approval",
        "registry_approval",
        "INSERT",
        "NEW.decision IN ('approve', 'accept_undecided') "
        "AND EXISTS (SELECT 1 FROM registry_comment c "
        "WHERE c.version_id = NEW.version_id AND c.blocking AND c.resolved_at IS NULL)",
        "A comment that blocks the approval is still open. Resolve it first.",
    ),
    Rule(
        "comment_starts_open_in_its_thread",
        "registry_comment",
        "INSERT",
        "NEW.resolved_at IS NOT NULL OR (NEW.reply_to_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM registry_comment c WHERE c.id = NEW.reply_to_id "
        "AND c.version_id = NEW.version_id AND c.reply_to_id IS NULL)) "
        "OR (NEW.carried_from_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM registry_comment c "
        "JOIN registry_version v ON v.answers_id = c.version_id "
        "WHERE c.id = NEW.carried_from_id AND v.id = NEW.version_id))",
        "A comment starts open; it answers one on the same version, or comes from the version "
        "that this one answers.",
    ),
    Rule(
        "objection_resolved_by_another",
        "registry_comment",
        "UPDATE",
        "NEW.blocking AND NEW.resolved_at IS NOT NULL AND (NEW.resolved_by_id IS NULL "
        f"OR {_IS_CONTRIBUTOR.format(column='resolved_by_id')})",
        "Who wrote a version does not resolve what blocks its approval.",
    ),
    Rule(
        "meaning_confirmed_by_another",
        "registry_meaningconfirmation",
        "INSERT",
        _IS_CONTRIBUTOR.format(column="person_id") + f" OR {_BUMP} = 'MAJOR' "
        "OR NEW.against_id = NEW.version_id OR NOT EXISTS (SELECT 1 FROM registry_version v "
        "JOIN registry_version a ON a.prompt_id = v.prompt_id "
        "WHERE v.id = NEW.version_id AND v.digest = NEW.digest AND a.id = NEW.against_id)",
        "Somebody who did not write it confirms that the meaning is unchanged; never of a MAJOR.",
    ),
    Rule(
        "waiver_in_bounds",
        "registry_waiver",
        "INSERT",
        f"{_PROJECT_OF_VERSION.format(field='j.preset')} = 'regulated' "
        f"OR (NEW.step = 'approval' AND {_PROJECT_OF_VERSION.format(field='j.preset')} <> 'solo') "
        f"OR ({_PROJECT_OF_VERSION.format(field='j.preset')} = 'team' "
        f"AND {_IS_CONTRIBUTOR.format(column='by_id')})",
        "This step cannot be waived by this person under the project's preset.",
    ),
    Rule(
        "waiver_of_what_waits",
        "registry_waiver",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM registry_release r WHERE r.version_id = NEW.version_id "
        "AND r.attempt = NEW.attempt AND ((NEW.step = 'evaluation' "
        "AND r.state IN ('evaluating', 'undecided')) "
        "OR (NEW.step = 'approval' AND r.state = 'in_review') "
        "OR (NEW.step IN ('soak', 'canary') AND r.state IN ('in_review', 'cleared'))))",
        "Only a step that the version waits for now is waived, never a failed check.",
    ),
    Rule(
        "verdict_of_its_digest",
        "registry_verdict",
        "INSERT",
        "NEW.digest IS DISTINCT FROM "
        "(SELECT v.digest FROM registry_version v WHERE v.id = NEW.version_id) "
        f"OR (NEW.simulated AND NEW.outcome = 'pass' "
        f"AND NOT {_PROJECT_OF_VERSION.format(field='j.sandbox')})",
        "A verdict belongs to the text it judged; a simulated one clears only in a sandbox.",
    ),
    Rule(
        "policy_numbered_in_turn",
        "registry_policyrevision",
        "INSERT",
        "NEW.number <> 1 + (SELECT COUNT(*) FROM registry_policyrevision r "
        "WHERE r.project_id = NEW.project_id)",
        "Revisions of a policy are numbered one after another.",
    ),
    fixed_columns("registry_project", ["sandbox"], what="A project"),
    fixed_columns("registry_prompt", ["project_id", "kind"], what="A prompt"),
    fixed_columns(
        "registry_apikey",
        ["project_id", "public_id", "sha256", "created_by_id", "replaces_id"],
        what="An API key",
    ),
    undeletable("registry_apikey", what="An API key (revoke instead)"),
    Rule(
        "apikey_stays_revoked",
        "registry_apikey",
        "UPDATE",
        "OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at",
        "A revoked key stays revoked.",
    ),
    Rule(
        "version_base_in_its_prompt",
        "registry_version",
        "INSERT",
        "NEW.base_id IS NOT NULL AND NEW.prompt_id IS DISTINCT FROM "
        "(SELECT v.prompt_id FROM registry_version v WHERE v.id = NEW.base_id)",
        "A version starts from a version of the same prompt.",
    ),
)
