"""Prompt files are evaluated here or on a server, and the results are held to a bar."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from evaluation.ci import server
from evaluation.ci.check import check
from evaluation.ci.evaluate import evaluate
from evaluation.ci.exits import Exit, NoVerdict, UsageError
from evaluation.ci.options import Check, Evaluate
from evaluation.ci.work import work_through
from evaluation.offline.models import Run
from tests import stages
from tests.evaluation.ci.conftest import HARMFUL, HARMLESS, OLD, SETTINGS, edited, git

pytestmark = pytest.mark.django_db(transaction=True)
BARS = Check(min_faithfulness=0.1, min_relevance=0.1)


@pytest.fixture(autouse=True)
def _outside_of_a_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROMPTCMS_KEY", "GITHUB_STEP_SUMMARY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def run(app: Path, **options: Any) -> tuple[Exit, dict[str, Any]]:
    """Evaluate what changed since main; return the exit code and the results."""
    asked = Evaluate(**{"changed_since": "main", "compare_baseline": True, **options})
    code = evaluate(asked, folder=app, tell=lambda line: None)
    return code, json.loads((app / "eval_results.json").read_text())


def held(app: Path, asked: Check = BARS) -> Exit:
    return check(asked, folder=app, tell=lambda line: None)


def test_a_harmful_edit_is_evaluated_with_0_and_stopped_by_the_check(app: Path) -> None:
    edited(app, HARMFUL)
    code, results = run(app, junit="r.xml", markdown="r.md")
    assert code == Exit.PASS  # the verdict is the next step's to give
    (document,) = results["prompts"]
    assert document["outcome"] == "fail"
    assert document["headline"].startswith("Blocked: 24 of 24 cases")
    assert document["baseline"]["version"].startswith("main (")
    assert results["avg_faithfulness"] == document["metrics"]["faithfulness"]["mean"]
    assert {line["case"] for line in results["scores"]} == {f"c{n}" for n in range(24)}
    assert "<failure" in (app / "r.xml").read_text()
    assert "Now failing (24)" in (app / "r.md").read_text()
    assert held(app) == Exit.FAIL


def test_with_the_gate_the_first_step_says_no_itself(app: Path) -> None:
    edited(app, HARMFUL)
    assert run(app, gate=True)[0] == Exit.FAIL


def test_answers_of_no_model_prove_nothing_and_3_is_not_0(app: Path) -> None:
    edited(app, HARMLESS)
    code, results = run(app, gate=True)
    assert (code, results["outcome"]) == (Exit.INCONCLUSIVE, "inconclusive")
    assert held(app) == Exit.INCONCLUSIVE
    assert held(app, Check(allow_inconclusive=True)) == Exit.PASS
    assert held(app, Check(min_faithfulness=1.0, allow_inconclusive=True)) == Exit.FAIL
    assert held(app, Check(min=(("correctness", 0.1),), allow_inconclusive=True)) == Exit.ERRORED


def test_without_a_model_only_the_text_is_looked_at(app: Path) -> None:
    (app / "evaluation.yaml").write_text("dataset: evals/cases.csv\n")
    edited(app, HARMLESS)
    _, results = run(app)
    assert results["outcome"] == "inconclusive"
    assert "no connection to a model" in results["prompts"][0]["headline"]


def test_a_broken_text_fails_without_a_model(app: Path) -> None:
    (app / "evaluation.yaml").write_text("dataset: evals/cases.csv\n")
    edited(app, OLD + " {{company")
    _, results = run(app)
    assert results["outcome"] == "fail"


def test_a_fork_has_no_key_for_the_server_and_gets_3(app: Path) -> None:
    edited(app, HARMLESS)
    _, results = run(app, server="https://prompts.example.org")
    assert "from a fork" in results["prompts"][0]["headline"]
    assert held(app, Check()) == Exit.INCONCLUSIVE


def test_nothing_changed_is_said_and_passes(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    code, results = run(app, gate=True)
    assert (code, results["prompts"]) == (Exit.PASS, [])
    assert "Nothing to evaluate" in summary.read_text()
    assert held(app) == Exit.PASS


def test_results_of_an_earlier_commit_are_no_evidence(app: Path) -> None:
    edited(app, HARMFUL)
    run(app)
    git(app, "commit", "--allow-empty", "-m", "later")
    assert held(app, Check(allow_inconclusive=True)) == Exit.ERRORED


def test_a_dry_run_asks_nobody_and_writes_nothing(app: Path) -> None:
    edited(app, HARMFUL)
    told: list[str] = []
    asked = Evaluate(changed_since="main", dry_run=True)
    assert evaluate(asked, folder=app, tell=told.append) == Exit.PASS
    assert told[0] == "To evaluate: support."
    assert "up to 24 cases of evals/cases.csv, compared with main (" in told[1]
    assert not (app / "eval_results.json").exists()
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("evaluation.yaml", "datset: x\n", "no field 'datset'"),
        ("evaluation.yaml", "judges: [kindness]\n", "judges is a list of"),
        ("evaluation.yaml", "checks: [{type: contains}]\n", "check 1, value"),
        ("evaluation.yaml", "[", "evaluation.yaml"),
        ("evaluation.yaml", SETTINGS.replace("cases.csv", "no.csv"), "no file evals/no.csv"),
        ("evals/cases.csv", "id,query\na,x\na,y\n", "'a' stands on line 2 already"),
        ("evaluation.yaml", SETTINGS.replace("simulated", "azure"), "no connection “azure”"),
    ],
)
def test_what_is_wrong_with_the_settings_is_a_usage_error(
    app: Path, file: str, text: str, says: str
) -> None:
    (app / file).write_text(text)
    edited(app, HARMLESS)
    with pytest.raises(UsageError, match=says):
        run(app)


def test_a_server_evaluates_against_what_production_serves(
    app: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world, "support")
    stages.in_production(world, prompt, OLD)
    refund = {"type": "icontains", "value": "about your order", "negate": True}
    stages.with_suite(world, prompt, checks=[{"type": "not_empty"}, refund])
    edited(app, OLD + " Always mention the order number.")
    monkeypatch.setenv("PROMPTCMS_KEY", stages.key(world, "ci").secret)
    monkeypatch.setattr(server, "POLL_SECONDS", 0.01)
    told: list[str] = []
    tell = working(told)
    asked = Evaluate(changed_since="main", server=live_server.url, gate=True)
    assert evaluate(asked, folder=app, tell=tell) == Exit.FAIL
    results = json.loads((app / "eval_results.json").read_text())
    (document,) = results["prompts"]
    assert document["baseline"]["version"] == "1.0.0"
    assert document["page"].startswith(live_server.url)
    assert len(document["cases"]) == 24
    assert document["candidate"]["ref"] == results["commit"]
    assert held(app, Check()) == Exit.FAIL


def working(told: list[str]) -> Callable[[str], None]:
    """Keep each line, and do the workers' part while the command waits."""

    def tell(line: str) -> None:
        told.append(line)
        for begun in Run.objects.filter(state="queued"):
            work_through(begun)

    return tell


def test_trouble_with_the_server_is_usage_or_no_verdict(
    app: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stages.world(sandbox=True)
    edited(app, HARMLESS)
    monkeypatch.setenv("PROMPTCMS_KEY", "pcms_nonsense")
    with pytest.raises(UsageError, match="PROMPTCMS_KEY must hold a key with the scope ci"):
        run(app, server=live_server.url)
    monkeypatch.setenv("PROMPTCMS_KEY", stages.key(world, "ci").secret)
    with pytest.raises(UsageError, match="no such prompt"):
        run(app, server=live_server.url)
    monkeypatch.setattr(urllib3.Retry, "get_backoff_time", lambda retry: 0.0)
    with pytest.raises(NoVerdict, match="cannot be reached"):
        run(app, server="http://127.0.0.1:9")
    with pytest.raises(UsageError, match="is no address"):
        run(app, server="prompts.example.org")
