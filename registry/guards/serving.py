"""What is served: rollouts, segments, labels and their ledger."""

from promptcms.guards import Rule, edges, fixed_columns, undeletable
from registry.domain.lifecycle import ROLLOUT_EDGES

_ROLLOUT = {old.value: frozenset(s.value for s in new) for old, new in ROLLOUT_EDGES.items()}

_RELEASE_STATE = "(SELECT r.state FROM registry_release r WHERE r.version_id = NEW.version_id)"
_PROMPT_OF_VERSION = "(SELECT v.prompt_id FROM registry_version v WHERE v.id = NEW.version_id)"
_SERVES_ALREADY = (
    "EXISTS (SELECT 1 FROM registry_label l "
    "WHERE l.prompt_id = NEW.prompt_id AND l.name = 'production')"
)
_RISK = "(SELECT r.risk FROM registry_release r WHERE r.version_id = NEW.version_id)"
_HAS_HELD = (
    "EXISTS (SELECT 1 FROM registry_labelevent e WHERE e.prompt_id = NEW.prompt_id "
    "AND e.name = {label} AND e.version_after_id = NEW.version_id)"
)
_MAY_HOLD = (
    f"({_RELEASE_STATE} = 'cleared' OR {_HAS_HELD.format(label=repr('production'))} "
    f"OR (NEW.name = 'staging' AND ({_RELEASE_STATE} = 'in_review' "
    f"OR {_HAS_HELD.format(label=repr('staging'))})))"
)
# What stood where it came from stands here at once, unevaluated and marked so: only as the
# first holder of a label, never by a later move.
_IS_ADOPTED = (
    "EXISTS (SELECT 1 FROM registry_version v JOIN registry_adoption a "
    "ON a.prompt_id = v.prompt_id WHERE v.id = NEW.version_id AND v.origin IS NOT NULL)"
)
_HAS_SERVED = (
    "EXISTS (SELECT 1 FROM registry_label l WHERE l.prompt_id = NEW.prompt_id) "
    "OR EXISTS (SELECT 1 FROM registry_labelevent e WHERE e.prompt_id = NEW.prompt_id)"
)

SERVING = (
    Rule(
        "adoption_before_anything_is_served",
        "registry_adoption",
        "INSERT",
        f"{_HAS_SERVED} OR EXISTS (SELECT 1 FROM registry_version v "
        "WHERE v.prompt_id = NEW.prompt_id)",
        "Only a new prompt without versions and labels takes over a history.",
    ),
    Rule(
        "adopted_version_in_an_adoption",
        "registry_version",
        "INSERT",
        "NEW.origin IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM registry_adoption a "
        f"WHERE a.prompt_id = NEW.prompt_id) OR {_HAS_SERVED} OR EXISTS "
        # An adoption writes its releases after its versions: later nobody adds another.
        "(SELECT 1 FROM registry_release r WHERE r.prompt_id = NEW.prompt_id))",
        "An adopted version comes with its adoption, before the prompt has a label.",
    ),
    Rule(
        "rollout_starts_cleared",
        "registry_rollout",
        "INSERT",
        f"NEW.state <> 'soaking' OR {_RELEASE_STATE} NOT IN ('in_review', 'cleared') "
        f"OR NEW.prompt_id IS DISTINCT FROM {_PROMPT_OF_VERSION} "
        f"OR ({_RISK} = 'FIRST' AND {_SERVES_ALREADY})",
        "Only a cleared version of the prompt, or one in review, starts a rollout.",
    ),
    edges("registry_rollout", "state", _ROLLOUT, what="a rollout"),
    fixed_columns(
        "registry_rollout",
        [
            *("prompt_id", "version_id", "kind", "mode", "salt", "plan", "policy_id"),
            *("production_before_id", "staging_before_id"),
        ],
        what="A rollout",
    ),
    Rule(
        "rollout_goes_on_cleared",
        "registry_rollout",
        "UPDATE",
        "NEW.state IN ('canary', 'complete') AND (NEW.state IS DISTINCT FROM OLD.state "
        f"OR NEW.percent IS DISTINCT FROM OLD.percent) AND {_RELEASE_STATE} <> 'cleared'",
        "Only a cleared version goes on to canary or production.",
    ),
    Rule(
        "rollout_held_goes_nowhere",
        "registry_rollout",
        "UPDATE",
        "OLD.held_reason <> '' AND NEW.state IN ('canary', 'complete') "
        "AND (NEW.state <> OLD.state OR NEW.percent > OLD.percent)",
        "A held rollout goes no further; resume it first.",
    ),
    Rule(
        "rollout_failed_goes_nowhere",
        "registry_rollout",
        "UPDATE",
        "NEW.state IN ('canary', 'complete') "
        "AND (NEW.state <> OLD.state OR NEW.percent > OLD.percent) "
        "AND EXISTS (SELECT 1 FROM registry_verdict f WHERE f.rollout_id = NEW.id "
        "AND f.kind IN ('soak', 'canary') AND f.outcome = 'fail')",
        "This rollout has failed on live traffic; it goes no further. Start another attempt.",
    ),
    Rule(
        "rollout_ab_ships_nothing",
        "registry_rollout",
        "UPDATE",
        "NEW.kind = 'ab' AND NEW.state = 'complete'",
        "An A/B test ships nothing: end it, then start a rollout of the winner.",
    ),
    fixed_columns(
        "registry_plannedstart",
        [*("prompt_id", "version_id", "not_before", "percent", "reason"), "planned_by_id"],
        what="A planned start",
    ),
    Rule(
        "planned_start_ends_once",
        "registry_plannedstart",
        "UPDATE",
        "OLD.state NOT IN ('waiting', 'rebase') AND NEW.state IS DISTINCT FROM OLD.state",
        "A planned start that has ended stays as it ended.",
    ),
    Rule(
        "segment_one_open",
        "registry_segment",
        "INSERT",
        "NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM registry_segment s "
        "WHERE s.prompt_id = NEW.prompt_id AND s.ended_at IS NULL)",
        "A prompt has one open segment; end it first.",
    ),
    Rule(
        "segment_ends_once",
        "registry_segment",
        "UPDATE",
        "OLD.ended_at IS NOT NULL",
        "A segment that has ended is never changed.",
    ),
    fixed_columns(
        "registry_segment",
        [
            *("prompt_id", "rollout_id", "kind", "epoch"),
            *("control_id", "treatment_id", "percent", "started_at"),
        ],
        what="A segment",
    ),
    undeletable("registry_segment", what="A segment"),
    Rule(
        "rollout_percent_never_falls",
        "registry_rollout",
        "UPDATE",
        "NEW.percent < OLD.percent AND NEW.state <> 'rolled_back'",
        "The percentage of a rollout never falls; roll back instead.",
    ),
    Rule(
        "label_made_legally",
        "registry_label",
        "INSERT",
        f"NEW.rev <> 1 OR NEW.prompt_id IS DISTINCT FROM {_PROMPT_OF_VERSION} "
        f"OR NOT ({_MAY_HOLD} OR {_IS_ADOPTED})",
        "Only a cleared version of the prompt may hold this label.",
    ),
    Rule(
        "label_moved_legally",
        "registry_label",
        "UPDATE",
        "NEW.prompt_id IS DISTINCT FROM OLD.prompt_id OR NEW.name IS DISTINCT FROM OLD.name "
        f"OR NEW.prompt_id IS DISTINCT FROM {_PROMPT_OF_VERSION} "
        "OR (NEW.version_id IS DISTINCT FROM OLD.version_id "
        f"AND (NEW.rev <> OLD.rev + 1 OR NOT {_MAY_HOLD}))",
        "Only a cleared version of the prompt may hold this label, one move a revision.",
    ),
    Rule(
        "ledger_tells_what_happened",
        "registry_labelevent",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM registry_label l WHERE l.id = NEW.label_id "
        "AND l.prompt_id = NEW.prompt_id AND l.name = NEW.name AND l.rev = NEW.rev "
        "AND l.version_id = NEW.version_after_id)",
        "The ledger takes only the move that the label has just made.",
    ),
)
