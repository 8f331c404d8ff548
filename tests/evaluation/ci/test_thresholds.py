"""What `check` says of written results; nothing but a pass is 0."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.ci.main import main
from evaluation.ci.options import Check
from evaluation.ci.thresholds import held, outcome_of

BARS = Check(min_faithfulness=0.75, min_relevance=0.80)


def run(outcome: str = "pass", **metrics: float | None) -> dict[str, Any]:
    return {
        "prompt": "support/system",
        "outcome": outcome,
        "reasons": [f"It is a {outcome}."],
        "metrics": {name: {"n": 40, "mean": mean} for name, mean in metrics.items()},
        "cases": [],
    }


def results(*runs: dict[str, Any], commit: str = "abc") -> dict[str, Any]:
    return {"schema": 1, "commit": commit, "prompts": list(runs)}


def outcome(given: dict[str, Any], asked: Check = BARS, commit: str = "abc") -> str:
    return outcome_of(
        held(given, asked, commit=commit), allow_inconclusive=asked.allow_inconclusive
    )


def test_means_at_the_bar_pass_and_below_it_fail() -> None:
    assert outcome(results(run(faithfulness=0.75, relevance=0.80))) == "pass"
    assert outcome(results(run(faithfulness=0.749, relevance=0.80))) == "fail"
    said = [f.sentence for f in held(results(run(faithfulness=0.7, relevance=0.9)), BARS)]
    assert said[0] == "support/system: faithfulness is 0.700; at least 0.75 is required."


def test_a_metric_that_is_named_and_not_there_is_no_verdict() -> None:
    assert outcome(results(run(faithfulness=0.9))) == "error"
    unscored = run(faithfulness=0.9, relevance=None)
    assert outcome(results(unscored)) == "error"
    unscored["metrics"]["relevance"] = {"n": 0, "mean": 0.9}
    assert outcome(results(unscored)) == "error"


@pytest.mark.parametrize("said", ["fail", "inconclusive", "error"])
def test_good_means_do_not_outweigh_the_gate(said: str) -> None:
    assert outcome(results(run(said, faithfulness=0.9, relevance=0.9))) == said


def test_only_the_undecided_may_be_let_through() -> None:
    lenient = Check(min_faithfulness=0.75, allow_inconclusive=True)
    assert outcome(results(run("inconclusive", faithfulness=0.9)), lenient) == "pass"
    assert outcome(results(run("inconclusive", faithfulness=0.7)), lenient) == "fail"
    assert outcome(results(run("error")), lenient) == "error"


def test_one_prompt_that_fails_fails_all() -> None:
    both = results(run(faithfulness=0.9, relevance=0.9), run("fail", faithfulness=0.9))
    assert outcome(both) == "fail"


def test_results_of_another_commit_are_no_evidence() -> None:
    good = results(run(faithfulness=0.9, relevance=0.9), commit="abc")
    assert outcome(good, commit="abc") == "pass"
    assert outcome(good, commit="def") == "error"
    assert outcome({**good, "schema": 2}) == "error"
    assert outcome({}) == "error"


def test_nothing_changed_passes_and_says_so() -> None:
    found = held(results(), BARS, commit="abc")
    assert [f.outcome for f in found] == ["pass"]
    assert "nothing to evaluate" in found[0].sentence


def test_latency_and_cost_are_bars_too() -> None:
    asked = Check(max_p95_ms=900, max_cost_ratio=1.1)
    slow = run(latency_p95_ms=900.1, cost_ratio=1.0)
    dear = run(latency_p95_ms=900, cost_ratio=1.11)
    assert outcome(results(run(latency_p95_ms=900, cost_ratio=1.1)), asked) == "pass"
    assert outcome(results(slow), asked) == "fail"
    assert outcome(results(dear), asked) == "fail"
    assert outcome(results(run(latency_p95_ms=900)), asked) == "error"  # the cost is unknown


def test_the_script_exits_by_the_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_SHA", "abc")
    assert main(["check"]) == 4
    for said, code in (("pass", 0), ("fail", 1), ("inconclusive", 3), ("error", 4)):
        Path("eval_results.json").write_text(json.dumps(results(run(said))))
        assert main(["check"]) == code
    Path("eval_results.json").write_text("[")
    assert main(["check"]) == 4
    assert "cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--min-faithfulness", "75"])
    assert stopped.value.code == 2
