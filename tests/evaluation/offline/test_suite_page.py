"""The evaluation page of a prompt and of a project, as people fill them in."""

from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from evaluation.offline.datasets import create_dataset
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset, Judge, JudgeVersion, Suite, SuiteDefaults
from evaluation.offline.suites import set_suite
from evaluation.providers import connections
from evaluation.providers.connections import SIMULATED, Connection
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Model, echo
from tests.stages import World

ROWS = {"c-TOTAL_FORMS": 1, "c-INITIAL_FORMS": 0, "c-0-type": "not_empty"}


def browser(shop: World, name: str) -> Client:
    client = Client()
    client.force_login(shop.person(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(response: HttpResponse) -> str:
    """What the page says."""
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.fixture
def ana(shop: World) -> Client:
    return browser(shop, "ana")


@pytest.fixture
def page(prompt: Prompt) -> str:
    return reverse("suite", args=["shop", prompt.name])


def judge_fields(judge: Judge, **typed: Any) -> dict[str, Any]:
    return {f"judge-{judge.pk}-{name}": value for name, value in typed.items()}


def made(shop: World, kind: str = "relevance") -> JudgeVersion:
    text = JudgeText(connection=SIMULATED, model="")
    return create_judge(
        shop.project, name=kind, kind=kind, text=text, actor=shop.actor("ana"), reason="."
    )


def test_a_built_in_judge_is_made_and_chosen_with_one_click_and_kept_by_save(
    shop: World, ana: Client, page: str, dataset: Dataset, answers: Model
) -> None:
    typed = {"dataset": dataset.pk, "connection": MODEL, **ROWS}
    assert "This project has no judge yet" in text_of(ana.get(page))
    clicked = ana.post(page, typed | {"make_judge": "relevance"})
    assert clicked.status_code == 200
    version = JudgeVersion.objects.get()
    assert (version.connection, version.model) == (MODEL, "small")
    assert not Suite.objects.exists()  # chosen, and not saved for the person
    chosen = clicked.context["parts"].judges
    assert [row.version.value() for row in chosen.rows()] == [str(version.pk)]
    own = {"judges-from": "own"} | judge_fields(
        version.judge, version=version.pk, role="blocks", margin="0.05", least="0.8"
    )
    assert ana.post(page, typed | own).status_code == 302
    assert Suite.objects.get().judges == [
        {"version": version.pk, "gating": True, "margin": 0.05, "min_mean": 0.8}
    ]
    seen = text_of(ana.get(page))
    assert "relevance scores it against production's" in seen
    assert "with 24 cases this gate can detect a drop of" in seen


def test_a_judge_needs_a_connection_and_the_name_of_a_model_where_none_is_listed(
    ana: Client, page: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Connection(MODEL, Model(echo))
    monkeypatch.setattr(connections, "get", lambda name: known)
    monkeypatch.setattr(connections, "names", lambda: [MODEL])
    typed = {"dataset": dataset.pk, "connection": "", "make_judge": "relevance", **ROWS}
    without = ana.post(page, typed)
    assert without.status_code == 400
    assert "Choose a model connection first" in text_of(without)
    unnamed = ana.post(page, typed | {"connection": MODEL})
    assert "Name the model that judges" in text_of(unnamed)
    assert not Judge.objects.exists()
    ana.post(page, typed | {"connection": MODEL, "judge_model": "large"})
    assert JudgeVersion.objects.get().model == "large"
    assert (
        ana.post(page, typed | {"connection": MODEL, "make_judge": "nonsense"}).status_code == 400
    )


def test_a_bar_is_typed_in_words_kept_shown_as_the_prompts_and_given_back(
    ana: Client, page: str, dataset: Dataset
) -> None:
    typed = {"dataset": dataset.pk, "connection": SIMULATED, **ROWS}
    assert "as built in: at most 20 % longer than production's" in text_of(ana.get(page))
    own = {
        "max_latency_ratio-from": "own",
        "max_latency_ratio": "50",
        "max_cost_ratio-from": "off",
        "reuse_baseline-from": "no",
        "max_calls-from": "own",
        "max_calls": "500",
    }
    assert ana.post(page, typed | own).status_code == 302
    suite = Suite.objects.get()
    assert suite.thresholds == {
        "max_latency_ratio": 1.5,
        "max_cost_ratio": None,
        "reuse_baseline": False,
    }
    assert suite.budget == {"max_calls": 500}
    assert "4 set here, the others taken over" in text_of(ana.get(page))
    ana.post(page, typed | {"reason": "As all."})
    suite.refresh_from_db()
    assert (suite.thresholds, suite.budget) == ({}, {})
    seen = text_of(ana.get(page))
    assert "all taken over from the project" in seen
    ana.post(page, typed | {"max_latency_ratio-from": "own", "max_latency_ratio": "80"})
    seen = text_of(ana.get(page))
    assert "Lets more through: Answer time: at most 80 % longer" in seen


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"max_latency_ratio-from": "own"}, "Give a number, or take the value over."),
        ({"max_latency_ratio-from": "own", "max_latency_ratio": "much"}, "Enter a number."),
        ({"max_latency_ratio-from": "own", "max_latency_ratio": "-1"}, "from 0 to 900"),
        ({"max_latency_ratio-from": "own", "max_latency_ratio": "nan"}, "Enter a number."),
        ({"max_latency_ratio-from": "sideways"}, "Select a valid choice"),
        ({"max_calls-from": "off"}, "Select a valid choice"),
        ({"connection": "nowhere"}, "Select a valid choice"),
        ({"dataset": ""}, "This field is required"),
        ({"judges-from": "sideways"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    ana: Client, page: str, dataset: Dataset, wrong: dict[str, str], says: str
) -> None:
    typed = {"dataset": dataset.pk, "connection": SIMULATED, "reason": "By hand.", **ROWS}
    answer = ana.post(page, typed | wrong)
    assert answer.status_code == 400
    assert says in text_of(answer)
    assert "Not saved" in text_of(answer)
    assert "By hand." in answer.content.decode()
    assert not Suite.objects.exists()


def test_the_project_says_it_once_and_every_prompt_shows_from_where_it_comes(
    shop: World, ana: Client, page: str, prompt: Prompt, dataset: Dataset
) -> None:
    version = made(shop)
    project_page = reverse("suite_defaults", args=["shop"])
    assert "No prompt is evaluated yet" in text_of(ana.get(project_page))
    said = {
        "connection": SIMULATED,
        "max_latency_ratio-from": "own",
        "max_latency_ratio": "30",
        "max_cost_month-from": "own",
        "max_cost_month": "50",
        **judge_fields(version.judge, version=version.pk, role="shown", margin="0.03"),
    }
    assert ana.post(project_page, said).status_code == 302
    row = SuiteDefaults.objects.get()
    assert row.budget == {"max_cost_month": 50}
    ana.post(page, {"dataset": dataset.pk, "connection": "", **ROWS})
    assert Suite.objects.get().judges is None
    seen = text_of(ana.get(page))
    assert "as the project: simulated" in seen
    assert "as the project: at most 30 % longer" in seen
    assert "as built in: at most 10 % dearer" in seen
    assert "What the project says: relevance v1 is only shown." in seen
    assert "nothing: all of it is taken over" in text_of(ana.get(project_page))
    assert ana.post(project_page, said | {"max_cost_month": "-4"}).status_code == 400


def test_who_may_only_look_sees_the_values_and_changes_nothing(
    shop: World, page: str, dataset: Dataset
) -> None:
    project_page = reverse("suite_defaults", args=["shop"])
    for address in (page, project_page):
        seen = browser(shop, "vic").get(address)
        assert seen.status_code == 200
        assert "edit golden datasets, suites and judges" in text_of(seen)
        assert browser(shop, "vic").post(address, {"make_judge": "relevance"}).status_code == 403
        assert browser(shop, "oto").get(address).status_code == 404
        assert browser(shop, "rui").get(address).status_code == 200
    assert not Judge.objects.exists()


def test_the_page_costs_the_same_queries_however_many_judges_datasets_and_runs_there_are(
    shop: World, ana: Client, page: str, prompt: Prompt, dataset: Dataset
) -> None:
    def keep(*judges: JudgeVersion) -> None:
        set_suite(
            prompt,
            dataset=dataset,
            checks=[{"type": "not_empty"}],
            connection=SIMULATED,
            judges=[{"version": version.pk} for version in judges],
            actor=shop.actor("ana"),
            reason="Count.",
        )

    first = made(shop)
    keep(first)
    ana.get(page)
    with CaptureQueriesContext(database) as few:
        ana.get(page)
    queries = len(few)
    others = [made(shop, kind) for kind in ("faithfulness", "correctness")]
    create_dataset(shop.project, name="Another", actor=shop.actor("ana"))
    keep(first, *others)
    with CaptureQueriesContext(database) as many:
        ana.get(page)
    assert 0 < len(many) <= queries + 1, [q["sql"][:90] for q in many]


def test_a_version_says_beside_submit_what_its_evaluation_takes(
    shop: World, ana: Client, page: str, prompt: Prompt, dataset: Dataset
) -> None:
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    address = reverse("version", args=["shop", prompt.name, version.semver])
    assert "evaluation takes" not in text_of(ana.get(address))
    ana.post(page, {"dataset": dataset.pk, "connection": SIMULATED, **ROWS})
    assert "Its evaluation takes about 48 calls, no cost (simulated)" in text_of(ana.get(address))
