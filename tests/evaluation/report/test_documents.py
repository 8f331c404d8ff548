"""The twins of a report: JSON, JUnit, CSV and Markdown say the same as the page."""

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest

from evaluation.offline.documents import (
    cases_of,
    csv_of,
    document_of,
    head_of,
    json_of,
    junit_of,
    markdown_of,
)
from evaluation.offline.models import Run
from registry.prompts.models import Prompt
from tests.evaluation.report.conftest import Model, browser, finish, queued
from tests.stages import World

FORMULA = '=cmd|"x" | **bold** <b>'


@pytest.fixture
def run(shop: World, prompt: Prompt, model: Model) -> Run:
    """A run in which the answer to question 2 lost its order, and that to 3 has no score."""

    def answer(text: str, query: str) -> str:
        lost = "please" in text and query == "Question 2?"
        return FORMULA if lost else f"Your order. {query}\x0b"

    model.answer = answer
    model.score = lambda material: 99 if material["QUESTION"] == "Question 3?" else 4
    return finish(queued(shop, prompt))


def test_the_json_holds_everything_and_streams_the_same_as_it_gathers(run: Run) -> None:
    found = document_of(run)
    assert json.loads("".join(json_of(head_of(run), cases_of(run)))) == found
    assert (found["schema"], found["prompt"], found["outcome"]) == (1, "support/system", "fail")
    assert found["candidate"]["version"] == "1.1.0"
    assert found["baseline"]["version"] == "1.0.0"
    assert found["snapshot"]["number"] == 1
    assert {"faithfulness", "relevance", "pass_rate", "latency_ratio"} <= found["metrics"].keys()
    second = found["cases"][1]
    assert (second["id"], second["group"]) == ("q02", "now_failing")
    assert second["candidate"][0]["output"] == FORMULA
    assert second["scores"]["faithfulness"]["candidate"]["scores"] == [4, 4, 4]
    assert found["cases"][2]["scores"]["faithfulness"]["candidate"]["value"] is None
    assert found["usage"]["input_tokens"] > 0


def test_junit_keeps_failures_errors_and_the_gate_apart(run: Run) -> None:
    root = ElementTree.fromstring("".join(junit_of([(head_of(run), cases_of(run))])))
    suite = root.find("testsuite")
    assert suite is not None
    tests = {(one.get("classname"), one.get("name")): one for one in suite}
    broken = tests["support/system.q02", "contains “order”"]
    assert [kind.tag for kind in broken] == ["failure"]
    assert [kind.tag for kind in tests["support/system.q03", "faithfulness"]] == ["error"]
    assert list(tests["support/system.q01", "contains “order”"]) == []
    assert [kind.tag for kind in tests["support/system.gate", "verdict"]] == ["failure"]
    counted = [sum(kind.tag == name for one in suite for kind in one) for name in KINDS]
    assert [int(suite.get(name, "")) for name in ("failures", "errors")] == counted


KINDS = ("failure", "error")


def test_what_the_baseline_breaks_too_fails_nobodys_build() -> None:
    rule: dict[str, Any] = {"label": "has an order", "only_warns": False}
    failed = {"outcome": "fail", "reason": "It has none."}
    head = {"prompt": "p", "outcome": "pass", "headline": "Passed", "metrics": {}, "seconds": None}
    cases = [
        {
            "id": "q1",
            "why": "",
            "scores": {},
            "candidate": [{"error": "", "latency_ms": 1}],
            "rules": [{**rule, "candidate": failed, "baseline": failed}],
        }
    ]
    root = ElementTree.fromstring("".join(junit_of([(head, cases)])))
    assert root.find("testsuite").get("failures") == "0"  # type: ignore[union-attr]
    assert root.find(".//skipped") is not None


def test_the_csv_has_a_row_per_case_that_no_spreadsheet_runs(run: Run) -> None:
    text = "".join(csv_of(head_of(run), cases_of(run)))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 24
    assert rows[1]["candidate_output"] == f"'{FORMULA}"
    assert (rows[0]["candidate_faithfulness"], rows[2]["candidate_faithfulness"]) == ("0.8", "")
    assert (rows[1]["candidate_passed"], rows[1]["baseline_passed"]) == ("no", "yes")


def test_the_markdown_leads_with_the_verdict_and_names_what_fails_now(run: Run) -> None:
    text = markdown_of([(head_of(run), cases_of(run))])
    first, _, verdict = text.splitlines()[:3]
    assert first == "### ❌ support/system 1.1.0 against 1.0.0"
    assert verdict.startswith("**Blocked: 1 of 24 cases")
    assert "- q02: In 3 of 3 answers: The answer does not contain “order”." in text
    assert "| faithfulness | 23 |" in text
    assert "Questions v1, 24 cases" in text


def test_somebodys_words_stay_words_in_markdown() -> None:
    head: dict[str, Any] = {
        "prompt": "p",
        "candidate": {"version": None, "ref": "<b>x</b>"},
        "baseline": None,
        "outcome": "fail",
        "headline": "**a** | b",
        "reasons": [],
        "simulated": False,
        "metrics": {},
        "groups": {},
        "snapshot": {"dataset": "d", "number": 1, "cases": 1},
        "usage": {"calls": 2},
        "cost": 0.5,
        "unpriced_calls": 1,
        "seconds": None,
    }
    text = markdown_of([(head, [])])
    assert r"\<b\>x" in text
    assert r"\*\*a\*\* \| b" in text
    assert "2 calls, $0.5000 and 1 calls of unknown cost" in text
    assert markdown_of([]) == "Nothing was evaluated.\n"


@pytest.mark.parametrize(
    ("kind", "start"), [("json", b"{"), ("csv", b"\xef\xbb\xbf"), ("xml", b"<?xml"), ("md", b"###")]
)
def test_each_form_is_downloaded_by_members_only(
    shop: World, run: Run, kind: str, start: bytes
) -> None:
    address = f"/projects/shop/runs/{run.pk}/report.{kind}"
    answer = browser(shop, "vic").get(address)
    assert b"".join(answer.streaming_content).startswith(start)  # type: ignore[attr-defined]
    assert f'run-{run.pk}.{kind}"' in answer.headers["Content-Disposition"]
    assert browser(shop, "oto").get(address).status_code == 404
    assert browser(shop, "vic").get(address.replace(kind, "exe")).status_code == 404
