"""Trying the checks of a form on an output: what is said, what is refused, what stays hidden."""

from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from evaluation.domain.checks import KINDS
from evaluation.domain.checks.guide import GUIDE
from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import CaseResult, Dataset, Suite
from evaluation.web.check_rows import CheckForm, Checks, initial_row
from registry.prompts.models import Prompt
from tests import stages
from tests.stages import World

ADDRESS = "/projects/shop/checks/trial"


@pytest.fixture
def shop(db: None) -> World:
    """A sandbox project with its five people."""
    return stages.world(sandbox=True)


def browser(shop: World, name: str) -> Client:
    client = Client()
    client.force_login(shop.person(name))
    return client


@pytest.fixture
def ana(shop: World) -> Client:
    return browser(shop, "ana")


def rows(*checks: dict[str, Any]) -> dict[str, Any]:
    """The rows of a form as a browser sends them."""
    found: dict[str, Any] = {"c-TOTAL_FORMS": len(checks), "c-INITIAL_FORMS": 0}
    for number, check in enumerate(checks):
        found |= {f"c-{number}-{name}": value for name, value in check.items()}
    return found


def said(response: HttpResponse) -> tuple[str, str]:
    """The line of an answer, and the text of its list."""
    body = response.json()
    return body["said"], " ".join(unescape(strip_tags(body["html"])).split())


def test_every_check_says_what_it_sees_the_bad_news_first_and_nothing_is_saved(
    ana: Client,
) -> None:
    form = rows(
        {"type": "contains", "text": "refund"},
        {"type": "contains", "text": "guarantee", "negate": "on"},
        {"type": "regex", "text": "(?=never)"},
        {"type": "latency_ms", "max": "2000"},
        {"type": "is_json", "severity": "warning", "tags": "api"},
        {"type": "is_json", "DELETE": "on"},
        {"type": ""},
    )
    answer = ana.post(ADDRESS, form | {"trial-output": "A refund, no guarantee."})
    line, verdicts = said(answer)
    assert line == "1 fails, 1 cannot be looked at, 1 is not readable, 1 is skipped, 1 passes."
    assert "passed Check 1: contains “refund” The answer contains “refund”." in verdicts
    assert "failed Check 2: not: contains “guarantee”" in verdicts
    assert "not readable Check 3 This pattern is not supported" in verdicts
    assert "error Check 4: comes within 2,000 ms How long the answer took is not known" in verdicts
    assert "skipped Check 5: is JSON (only warns)" in verdicts
    assert "Check 6" not in verdicts
    assert not Suite.objects.exists()


def test_figures_and_tags_count_when_they_are_given(ana: Client) -> None:
    form = rows(
        {"type": "latency_ms", "max": "2000"},
        {"type": "cost", "max": "0.002"},
        {"type": "token_length", "max": "100"},
        {"type": "is_json", "tags": "api, other"},
    )
    known = {"latency_ms": "850.5", "cost": "0.001", "tokens": "40", "tags": "api, smoke"}
    sent = {f"trial-{name}": value for name, value in known.items()}
    assert said(ana.post(ADDRESS, form | sent | {"trial-output": "{}"}))[0] == "4 pass."
    cut = ana.post(ADDRESS, form | sent | {"trial-output": "{}", "trial-finish_reason": "length"})
    assert said(cut)[0] == "1 fails, 4 pass."
    assert "The answer was cut off" in said(cut)[1]


def test_a_form_without_checks_says_the_next_step(ana: Client) -> None:
    assert said(ana.post(ADDRESS, rows({"type": ""})))[0].startswith("There is no check yet.")
    assert said(ana.post(ADDRESS, {}))[0].startswith("There is no check yet.")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("output", "x" * 200_001, "At most 200,000 characters"),
        ("output", "a\x00b", "Null characters"),
        ("latency_ms", "soon", "latency ms: Enter a number"),
        ("cost", "nan", "cost: Enter a number"),
        ("tokens", "-1", "greater than or equal to 0"),
    ],
)
def test_an_output_that_cannot_be_tried_is_refused_in_words(
    ana: Client, field: str, value: str, words: str
) -> None:
    answer = ana.post(ADDRESS, rows({"type": "is_json"}) | {f"trial-{field}": value})
    assert answer.status_code == 422
    assert words in said(answer)[0]


def test_what_an_output_holds_is_shown_as_text(ana: Client) -> None:
    form = rows({"type": "contains", "text": "<script>"})
    answer = ana.post(ADDRESS, form | {"trial-output": "<script>alert(1)</script>"})
    assert "&lt;script&gt;" in answer.json()["html"]
    assert "<script" not in answer.json()["html"]


def _answered(shop: World, prompt: Prompt) -> dict[str, CaseResult]:
    """Run a version on a case that may be seen and one that is held out."""
    dataset = Dataset.objects.get(suites__prompt=prompt)
    values = {"company": "Lumen"}
    cases = [NewCase(f"q{n}", query=f"Where is {n}?", inputs=values) for n in range(20)]
    cases.append(NewCase("seen", query="How?", inputs=values, tags=("api",)))
    cases.append(NewCase("secret", query="Why?", inputs=values, tags=("holdout",)))
    add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="One is held out.")
    version = stages.evaluated(shop, stages.saved(shop, prompt))
    rows = CaseResult.objects.filter(run__version=version, arm="candidate")
    return {row.case.case_id: row for row in rows}


def test_answers_of_the_last_run_are_offered_but_never_those_of_held_out_cases(
    shop: World, ana: Client
) -> None:
    prompt = stages.prompt_named(shop)
    stages.with_suite(shop, prompt)
    answers = _answered(shop, prompt)
    seen, secret = answers["seen"], answers["secret"]
    page = ana.get(reverse("suite", args=["shop", prompt.name])).content.decode()
    assert f"/projects/shop/checks/answers/{seen.pk}" in page
    assert f"/projects/shop/checks/answers/{secret.pk}" not in page
    got = ana.get(f"/projects/shop/checks/answers/{seen.pk}").json()
    assert (got["output"], got["tags"], got["latency_ms"]) == (seen.output, "api", seen.latency_ms)
    assert ana.get(f"/projects/shop/checks/answers/{secret.pk}").status_code == 404
    assert ana.get(f"/projects/shop/checks/answers/{2**70}").status_code == 404


def test_who_may_only_look_is_offered_no_trial(shop: World) -> None:
    prompt = stages.prompt_named(shop)
    address = reverse("suite", args=["shop", prompt.name])
    assert "Try on this output" in browser(shop, "ana").get(address).content.decode()
    assert "Try on this output" not in browser(shop, "vic").get(address).content.decode()
    assert browser(shop, "vic").post(ADDRESS, rows()).status_code == 403


@pytest.mark.parametrize("name", KINDS)
def test_the_example_of_every_type_goes_through_its_row_and_back(name: str) -> None:
    check = {"type": name, **GUIDE[name].example, "negate": True, "tags": ["api"]}
    row = initial_row(check)
    form = Checks(rows(row), prefix="c")
    assert form.is_valid(), form.errors
    assert form.checks == [check]


@pytest.mark.parametrize("value", ["5", "null", '"5"', '{"a": 1}', "two words", " x "])
def test_a_text_at_a_place_in_json_stays_a_text(value: str) -> None:
    check = {"type": "json_path", "path": "$.a", "value": value}
    form = CheckForm(initial_row(check))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["check"] == check
