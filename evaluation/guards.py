"""What the database itself keeps in this app, whatever code runs (see `promptcms.guards`)."""

from promptcms.guards import Operation, Rule, fixed_columns, frozen, undeletable

_SEALED = "(SELECT s.sealed FROM evaluation_snapshot s WHERE s.id = NEW.snapshot_id)"
_FINISHED = (
    "(SELECT r.state FROM evaluation_run r WHERE r.id = NEW.run_id) "
    "IN ('passed', 'failed', 'inconclusive', 'errored', 'cancelled')"
)
_PROMPT_OF_VERSION = "(SELECT v.prompt_id FROM registry_version v WHERE v.id = NEW.version_id)"
_PROMPT_OF_CANDIDATE = (
    "(SELECT c.prompt_id FROM evaluation_candidate c WHERE c.id = NEW.candidate_id)"
)
_PROJECT_OF_PROMPT = "(SELECT p.project_id FROM registry_prompt p WHERE p.id = NEW.prompt_id)"
_PROJECT_OF_DATASET = "(SELECT d.project_id FROM evaluation_dataset d WHERE d.id = NEW.dataset_id)"
_PROJECT_OF_SNAPSHOT = (
    "(SELECT d.project_id FROM evaluation_snapshot s "
    "JOIN evaluation_dataset d ON d.id = s.dataset_id WHERE s.id = NEW.snapshot_id)"
)
# What a finished run says, and what it is said to rest on.
_OUTCOME = (
    *("state", "reasons", "metrics", "groups", "look", "repeats", "again", "total"),
    *("calls", "cost", "unpriced_calls", "started_at", "finished_at"),
)
_WRITES: tuple[Operation, ...] = ("INSERT", "UPDATE")

RULES = (
    *frozen("evaluation_case", what="A case of a snapshot"),
    Rule(
        "case_joins_open_snapshot",
        "evaluation_case",
        "INSERT",
        _SEALED,
        "A sealed snapshot takes no more cases: make the next one.",
    ),
    Rule(
        "snapshot_stays_sealed",
        "evaluation_snapshot",
        "UPDATE",
        "OLD.sealed",
        "A sealed snapshot is never changed.",
    ),
    undeletable("evaluation_snapshot", what="A snapshot"),
    *frozen("evaluation_caseresult", what="The result of a case"),
    Rule(
        "result_joins_open_run",
        "evaluation_caseresult",
        "INSERT",
        _FINISHED,
        "A finished run takes no more results.",
    ),
    *frozen("evaluation_candidate", what="A candidate"),
    *frozen("evaluation_judgeversion", what="A version of a judge"),
    *frozen("evaluation_judgement", what="What a judge said"),
    *frozen("evaluation_judgemark", what="A mark"),
    undeletable("evaluation_judge", what="A judge"),
    Rule(
        "judgement_joins_open_run",
        "evaluation_judgement",
        "INSERT",
        # One of neither would be counted with the run's own, finished or not.
        "(NEW.run_id IS NULL) = (NEW.replay_id IS NULL) OR NEW.run_id IS NOT NULL "
        f"AND ({_FINISHED} OR NEW.run_id IS DISTINCT FROM "
        "(SELECT c.run_id FROM evaluation_caseresult c WHERE c.id = NEW.result_id))",
        "A judge scores the answers of its own run, while it is open; or those of a replay.",
    ),
    undeletable("evaluation_run", what="A run"),
    fixed_columns(
        "evaluation_run",
        [
            *("prompt_id", "version_id", "candidate_id", "baseline_id", "snapshot_id", "attempt"),
            *("resumes_id", "baseline_run_id", "anchor_run_id", "risk", "policy_id", "connection"),
            *("simulated", "checks", "smoke", "judges", "thresholds", "budget"),
        ],
        what="A run",
    ),
    Rule(
        "run_in_its_project",
        "evaluation_run",
        "INSERT",
        f"COALESCE({_PROMPT_OF_VERSION}, {_PROMPT_OF_CANDIDATE}) "
        "IS DISTINCT FROM NEW.prompt_id "
        f"OR {_PROJECT_OF_SNAPSHOT} IS DISTINCT FROM {_PROJECT_OF_PROMPT}",
        "A run judges a version of its prompt on cases of its project.",
    ),
    *(
        Rule(
            f"suite_in_its_project_{operation.lower()}",
            "evaluation_suite",
            operation,
            f"{_PROJECT_OF_DATASET} IS DISTINCT FROM {_PROJECT_OF_PROMPT}",
            "A suite uses a dataset of its prompt's project.",
        )
        for operation in _WRITES
    ),
    Rule(
        "run_ends_once",
        "evaluation_run",
        "UPDATE",
        "OLD.state IN ('passed', 'failed', 'inconclusive', 'errored', 'cancelled') "
        f"AND ({' OR '.join(f'NEW.{c} IS DISTINCT FROM OLD.{c}' for c in _OUTCOME)})",
        "A finished run keeps its outcome.",
    ),
    fixed_columns("evaluation_watch", ["rollout_id", "guardrails"], what="A watch"),
    Rule(
        "watch_measures_slow_by_one_bound",
        "evaluation_watch",
        "UPDATE",
        "OLD.slow_over IS NOT NULL AND NEW.slow_over IS DISTINCT FROM OLD.slow_over",
        "How slow is slow is fixed once for a rollout.",
    ),
    undeletable("evaluation_watch", what="A watch"),
    *frozen("evaluation_historicaldataset", what="The history of a dataset"),
    *frozen("evaluation_historicalsuite", what="The history of a suite"),
    *frozen("evaluation_historicalsuitedefaults", what="The history of a project's suites"),
)
