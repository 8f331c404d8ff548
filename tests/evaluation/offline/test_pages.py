"""The pages of datasets, suites and runs, as the people of a project use them."""

from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from evaluation.offline.models import Dataset, Run, Suite
from evaluation.offline.submit import submit
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Model, evaluated_with, finish
from tests.registry.web.reading import buttons
from tests.stages import World


def browser(shop: World, name: str) -> Client:
    client = Client()
    client.force_login(shop.person(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(response: HttpResponse) -> str:
    """What the page says, and its source for what is no text."""
    source = response.content.decode()
    return " ".join(unescape(f"{strip_tags(source)} {source}").split())


@pytest.fixture
def ana(shop: World) -> Client:
    return browser(shop, "ana")


def file_of(text: str, name: str = "cases.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def test_a_file_is_kept_mapped_looked_at_and_taken(shop: World, ana: Client) -> None:
    made = ana.post(reverse("new_dataset", args=["shop"]), {"name": "Truth"})
    dataset = Dataset.objects.get()
    page = reverse("import_cases", args=["shop", dataset.pk])
    assert made.url == page
    rows = "Type,Question,Best Answer\nx,Why is the sky blue?,Because.\nx,How?,So.\n"
    ana.post(page, {"do": "upload", "file": file_of(rows)})
    seen = text_of(ana.get(page))
    assert "all 2 rows can be taken" in seen
    assert "Why is the sky blue?" in seen
    taken = ana.post(page, {"do": "import", "column-0": "tags", "reason": "From the paper."})
    assert taken.url == reverse("dataset", args=["shop", dataset.pk])
    cases = dataset.snapshots.get().cases
    assert [(c.query, c.reference, c.tags) for c in cases.all()] == [
        ("Why is the sky blue?", "Because.", ["x"]),
        ("How?", "So.", ["x"]),
    ]
    assert "2 cases in v1" in text_of(ana.get(taken.url))
    ana.post(page, {"do": "upload", "text": "id,query\ncase-0002,How now?\nnew,New?\n"})
    ana.post(page, {"do": "import", "mode": "add"})
    newest = dataset.snapshots.first()
    assert (newest.number, [c.query for c in newest.cases.all()]) == (
        2,
        ["Why is the sky blue?", "How now?", "New?"],
    )


def test_faults_are_listed_by_line_and_the_file_stays(ana: Client, dataset: Dataset) -> None:
    page = reverse("import_cases", args=["shop", dataset.pk])
    ana.post(page, {"do": "upload", "text": "id,query\n1,a\n1,b\n,\n3\n"})
    answer = ana.post(page, {"do": "import"})
    assert answer.status_code == 400
    assert "Line 3: The id '1' stands on line 2 already." in text_of(answer)
    assert "Line 5: 1 cells under 2 columns" in text_of(answer)
    assert dataset.snapshots.count() == 1
    assert "3 rows" not in text_of(ana.get(page))
    ana.post(page, {"do": "discard"})
    assert "Choose a file" in text_of(ana.get(page))


def test_a_file_that_cannot_be_read_is_a_field_error_and_pasted_text_stays(
    ana: Client, dataset: Dataset
) -> None:
    page = reverse("import_cases", args=["shop", dataset.pk])
    for given, said in (
        ({"file": SimpleUploadedFile("a.csv", b"id\n\xff\n")}, "Line 2 is not UTF-8"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * (10 * 2**20 + 1))}, "the limit is 10 MiB"),
        ({"text": "[" * 5000}, "nested too deeply"),
        ({"text": "id,query\n1,a\x00b"}, "NUL"),
        ({}, "Choose a file, or paste its text."),
    ):
        answer = ana.post(page, {"do": "upload", **given})
        assert answer.status_code == 400
        assert said.lower() in text_of(answer).lower()
    assert "[[[[[" in text_of(ana.post(page, {"do": "upload", "text": "[" * 5000}))


def test_the_suite_is_set_by_rows_and_a_wrong_row_keeps_what_was_typed(
    ana: Client, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    page = reverse("suite", args=["shop", prompt.name])
    assert "Nothing is set yet" in text_of(ana.get(page))
    form = {
        "dataset": dataset.pk,
        "connection": MODEL,
        "c-TOTAL_FORMS": 3,
        "c-INITIAL_FORMS": 0,
        "c-0-type": "contains_any",
        "c-0-text": "order\nticket",
        "c-1-type": "char_length",
        "c-1-max": "600",
        "c-1-severity": "warning",
        "c-2-type": "regex",
        "c-2-text": "(?=never)",
    }
    wrong = ana.post(page, form)
    assert wrong.status_code == 400
    assert "This pattern is not supported" in text_of(wrong)
    assert "(?=never)" in text_of(wrong)
    assert not Suite.objects.exists()
    more = ana.post(page, form | {"add": "1"})
    assert 'name="c-3-type"' in more.content.decode()
    ana.post(page, form | {"c-2-DELETE": "on", "c-2-text": "sorry", "c-2-type": "icontains"})
    suite = Suite.objects.get()
    assert (suite.connection, suite.checks) == (
        MODEL,
        [
            {"type": "contains_any", "values": ["order", "ticket"]},
            {"type": "char_length", "max": 600, "severity": "warning"},
        ],
    )
    again = text_of(ana.get(page))
    assert "order ticket" in again
    assert "2 checks look at each answer" in again


def test_the_report_leads_with_the_verdict_and_shows_both_answers(
    shop: World, ana: Client, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(
        shop, prompt, dataset, {"type": "contains", "value": "order number", "negate": True}
    )
    base = prompt.versions.get()
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=base)
    submit(version, actor=shop.actor("ana"), reason="Try it.")
    run = Run.objects.get()
    page = reverse("run", args=["shop", run.pk])
    assert 'id="run-progress"' in text_of(ana.get(page))
    progress = ana.get(reverse("run_progress", args=["shop", run.pk])).json()
    assert not progress["finished"]
    assert (progress["headline"], progress["total"]) == ("Waiting for a worker.", 48)
    assert progress["words"]["cases"] == "0 of 24"
    finish(run)
    seen = text_of(ana.get(page))
    assert "Blocked: 24 of 24 cases that passed in production's version now fail." in seen
    assert "Now failing (24)" in seen
    assert "Always mention the order number." in seen
    assert "Question 1?" in seen
    assert 'id="run-progress"' not in seen
    alone = text_of(ana.get(page, {"group": "now_failing"}))
    assert "Question 24?" in alone
    listed = text_of(ana.get(reverse("admin:evaluation_run_changelist")))
    assert "support/system 1.1.0" in listed


def test_a_run_is_cancelled_by_who_may_submit_and_seen_by_members_only(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    submit(version, actor=shop.actor("ana"), reason="")
    run = Run.objects.get()
    page, end = (reverse(name, args=["shop", run.pk]) for name in ("run", "run_cancel"))
    assert browser(shop, "vic").get(page).status_code == 200
    assert browser(shop, "vic").post(end).status_code == 403
    assert browser(shop, "oto").get(page).status_code == 404
    assert browser(shop, "oto").post(end).status_code == 404
    assert Client().get(page).status_code == 302
    stages.world("other")
    assert browser(shop, "rui").get(reverse("run", args=["other", run.pk])).status_code == 404
    assert browser(shop, "rui").post(end).status_code == 302
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert "Evaluate again" in text_of(browser(shop, "ana").get(page))
    assert browser(shop, "rui").post(end).status_code == 409


def test_lists_hold_only_what_is_in_the_persons_projects(
    shop: World, dataset: Dataset, prompt: Prompt
) -> None:
    for name in ("admin:evaluation_dataset_changelist", "admin:evaluation_run_changelist"):
        for person in ("vic", "oto"):
            assert browser(shop, person).get(reverse(name)).status_code == 200
    page = reverse("admin:evaluation_dataset_changelist")
    assert "Questions" in text_of(browser(shop, "vic").get(page))
    assert "Questions" not in text_of(browser(shop, "oto").get(page))
    assert (
        browser(shop, "oto").get(reverse("dataset", args=["shop", dataset.pk])).status_code == 404
    )


def test_the_report_of_a_first_version_speaks_of_one_version(
    shop: World, ana: Client, dataset: Dataset, answers: Model
) -> None:
    prompt = stages.prompt_named(shop, "support/first")
    evaluated_with(shop, prompt, dataset, {"type": "not_empty"})
    submit(stages.saved(shop, prompt), actor=shop.actor("ana"), reason="Try it.")
    run = Run.objects.get()
    page = reverse("run", args=["shop", run.pk])
    assert "both versions" not in text_of(ana.get(page))
    finish(run)
    seen = text_of(ana.get(page))
    assert "Passing (24)" in seen
    assert "Both versions" not in seen


def test_a_failed_version_is_offered_for_another_try_only_once_something_changed(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model, ana: Client
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    served = prompt.versions.get(revision=1).as_content().text
    before = served.replace("{{company}}", "Northwind")
    answers.answer = lambda text, _: text if text == before else "I cannot help."
    submit(version, actor=shop.actor("ana"), reason="Try it.")
    assert finish(Run.objects.get()).state == Run.State.FAILED
    page = reverse("version", args=["shop", prompt.name, version.semver])
    assert "Evaluate again" not in buttons(ana.get(page))
    assert "Withdraw" in buttons(ana.get(page))

    evaluated_with(shop, prompt, dataset, {"type": "not_empty"})
    assert "Evaluate again" in buttons(ana.get(page))
