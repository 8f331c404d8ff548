"""What the database itself keeps in this app, whatever code runs (see `promptcms.guards`)."""

from promptcms.guards import Rule, fixed_columns, frozen, undeletable

_SEALED = "(SELECT s.sealed FROM evaluation_snapshot s WHERE s.id = NEW.snapshot_id)"
_FINISHED = (
    "(SELECT r.state FROM evaluation_run r WHERE r.id = NEW.run_id) "
    "IN ('passed', 'failed', 'inconclusive', 'errored', 'cancelled')"
)

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
    undeletable("evaluation_run", what="A run"),
    fixed_columns(
        "evaluation_run",
        ["prompt_id", "version_id", "baseline_id", "snapshot_id", "attempt"],
        what="A run",
    ),
    Rule(
        "run_ends_once",
        "evaluation_run",
        "UPDATE",
        "OLD.state IN ('passed', 'failed', 'inconclusive', 'errored', 'cancelled') "
        "AND NEW.state IS DISTINCT FROM OLD.state",
        "A finished run keeps its outcome.",
    ),
    *frozen("evaluation_historicaldataset", what="The history of a dataset"),
    *frozen("evaluation_historicalsuite", what="The history of a suite"),
)
