"""The pages of golden cases as people use them."""

import io
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset, latest_snapshot
from evaluation.offline.golden.compare import cases_in
from evaluation.offline.models import CaseResult, Dataset, Run
from evaluation.offline.submit import submit
from tests import stages
from tests.evaluation.golden.conftest import browser
from tests.stages import World

ROWS = {
    f"{kind}-{end}": n for kind in "vpc" for end, n in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
}


def said(response: HttpResponse) -> str:
    """What the page says, in one line."""
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def place(name: str, dataset: Dataset, *more: object, **query: str) -> str:
    return reverse(name, args=["shop", dataset.pk, *more], query=query)


def seen(page: HttpResponse) -> str:
    """The mark that a form carries."""
    source = page.content.decode()
    return source.partition('name="seen" value="')[2].partition('"')[0]


def test_cases_are_found_by_words_in_any_field_and_by_tag(ana: Client, dataset: Dataset) -> None:
    for query, found in (
        ({"q": "überall"}, ["ärger"]),
        ({"q": "MONDAY"}, ["kind"]),
        ({"q": "basic"}, ["angry"]),
        ({"tag": "smoke"}, ["angry", "secret"]),
        ({"q": "money", "tag": "holdout"}, []),
        ({"v": "1", "after": "2"}, ["secret", "ärger"]),
    ):
        rows = ana.get(place("dataset", dataset, **query)).context["shown"].rows
        assert [row.case_id for row in rows] == found
    assert ana.get(place("dataset", dataset, v="7")).status_code == 404
    assert ana.get(place("dataset", dataset, v="9" * 18)).status_code == 404
    assert ana.get(place("dataset", dataset, after="9" * 18)).status_code == 200


def test_a_case_is_changed_by_its_form_and_the_snapshot_saved_with_a_reason(
    ana: Client, dataset: Dataset
) -> None:
    page = place("case_edit", dataset, id="angry", tag="smoke")
    form = {
        **ROWS,
        "seen": seen(ana.get(page)),
        "query": "Money back, now!",
        "tags": "smoke, vip",
        "v-TOTAL_FORMS": 2,
        "v-0-name": "plan",
        "v-0-kind": "text",
        "v-0-value": "pro",
        "v-1-name": "seats",
        "v-1-kind": "number",
        "v-1-value": "3",
        "p-TOTAL_FORMS": 2,
        "p-0-text": "Refunds take 5 days.",
        "c-TOTAL_FORMS": 1,
        "c-0-type": "contains",
        "c-0-text": "5 days",
    }
    wrong = ana.post(page, form | {"v-1-value": "three", "do": "keep"})
    assert (wrong.status_code, "Write a number" in said(wrong)) == (400, True)
    assert "Money back, now!" in wrong.content.decode()
    more = ana.post(page, form | {"add": "p"})
    assert (more.status_code, b'name="p-2-text"' in more.content) == (200, True)
    kept = ana.post(page, form | {"do": "next"})
    assert kept.url == place("case_edit", dataset) + "?tag=smoke&id=secret"

    listed = ana.get(place("dataset_edit", dataset))
    assert "1 changed: this waits for v2" in said(listed)
    assert "query, variables, context, tags, checks" in said(listed)
    assert "1 of your changes is in no snapshot yet" in said(ana.get(place("dataset", dataset)))
    refused = ana.post(place("dataset_edit", dataset), {"do": "save", "reason": ""})
    assert refused.status_code == 400
    ana.post(place("dataset_edit", dataset), {"do": "save", "reason": "Customers shout."})
    latest = latest_snapshot(dataset)
    assert latest is not None
    assert cases_in(latest)[0] == NewCase(
        "angry",
        query="Money back, now!",
        inputs={"plan": "pro", "seats": 3},
        context=("Refunds take 5 days.",),
        tags=("smoke", "vip"),
        checks=({"type": "contains", "value": "5 days"},),
    )
    changed = said(ana.get(place("dataset_compare", dataset, 1, 2)))
    assert "From v1 to v2: 1 changed, 3 the same." in changed
    assert "Customers shout." in changed


def test_a_new_case_is_kept_and_a_taken_id_keeps_what_was_typed(
    ana: Client, dataset: Dataset
) -> None:
    page = place("case_new", dataset)
    assert 'value="seats"' in ana.get(page).content.decode()
    taken = ana.post(page, {**ROWS, "case_id": "kind", "query": "Typed?", "do": "keep"})
    assert taken.status_code == 400
    assert "has a case kind already" in said(taken)
    assert "Typed?" in taken.content.decode()
    empty = ana.post(page, {**ROWS, "case_id": "new", "do": "keep"})
    assert "The case is empty" in said(empty)
    ana.post(page, {**ROWS, "case_id": "a/b?c&d", "query": "Typed?", "do": "keep"})
    again = ana.get(place("case_edit", dataset, id="a/b?c&d"))
    assert "it waits for v2" in said(again)


def test_somebody_elses_change_is_shown_beside_what_was_typed(
    shop: World, ana: Client, dataset: Dataset
) -> None:
    page = place("case_edit", dataset, id="kind")
    form = {**ROWS, "query": "Mine?", "seen": seen(ana.get(page)), "do": "keep"}
    rui = browser(shop, "rui")
    rui.post(page, form | {"query": "Theirs?"})
    rui.post(place("dataset_edit", dataset), {"do": "save", "reason": "Mine."})
    clash = ana.post(page, form)
    assert clash.status_code == 409
    assert "Somebody else changed this case" in said(clash)
    assert "Theirs?" in said(clash)
    assert "Mine?" in clash.content.decode()
    assert ana.post(page, form | {"seen": seen(clash)}).status_code == 302


def test_ticked_cases_and_all_that_fit_change_at_once(ana: Client, dataset: Dataset) -> None:
    page = place("dataset_edit", dataset)
    ana.post(page, {"do": "tag", "case": ["kind", "ärger"], "tags": "calm, short"})
    ana.post(place("dataset_edit", dataset, tag="smoke"), {"do": "remove", "all": "on"})
    shown = said(ana.get(page))
    assert "2 changed, 2 taken out" in shown
    nothing = said(ana.post(page, {"do": "tag", "tags": "x"}, follow=True))
    assert "Nothing was ticked" in nothing
    odd = said(ana.post(page, {"do": "tag", "tags": "<", "case": ["kind"]}, follow=True))
    assert "needs plain letters" in odd
    ana.post(page, {"do": "undo", "case": ["secret", "a\x00b"]})
    assert "2 changed, 1 taken out" in said(ana.get(page))
    ana.post(page, {"do": "discard"})
    assert "Open a case to change it" in said(ana.get(page))


def test_before_an_import_one_sees_what_either_way_would_change(
    ana: Client, dataset: Dataset
) -> None:
    page = place("import_cases", dataset)
    ana.post(page, {"do": "upload", "text": "id,query\nkind,Where?\nnew,New?\n"})
    shown = said(ana.get(page))
    assert "only these cases 1 changed, 1 added, 3 taken out" in shown
    assert "the same id is replaced 1 changed, 1 added" in shown
    ana.post(page, {"do": "import", "mode": "add"})
    latest = latest_snapshot(dataset)
    assert latest is not None
    assert [case.query for case in cases_in(latest)] == [
        *("Money back!", "Where?", "What is hidden?", "Überall Ärger?", "New?"),
    ]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_an_exported_file_is_imported_as_the_same_snapshot(
    ana: Client, dataset: Dataset, form: str
) -> None:
    answer = ana.get(place("dataset_export", dataset, form, v="1"))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="refunds-v1.{form}"'
    file = io.BytesIO(answer.getvalue())
    file.name = f"refunds.{form}"
    page = place("import_cases", dataset)
    ana.post(page, {"do": "upload", "file": file})
    refused = ana.post(page, {"do": "import"})
    assert "These are exactly the cases of v1" in said(refused)
    assert ana.get(place("dataset_export", dataset, "exe")).status_code == 404


def test_secrets_and_personal_data_are_warned_of_and_never_shown_whole(
    ana: Client, dataset: Dataset
) -> None:
    leaky = "id,query,var:plan\n1,Write to jo.doe@gmail.com,AKIAQWERTZUIOPASDFGH\n2,fine,x\n"
    page = place("import_cases", dataset)
    ana.post(page, {"do": "upload", "text": leaky})
    shown = said(ana.get(page))
    assert "2 places in 1 case look like secrets or personal data" in shown
    assert "1, query: an email address" in shown
    assert "1, variable plan: an AWS access key id" in shown
    form = {**ROWS, "case_id": "leaky", "query": "I am jo.doe@gmail.com", "do": "keep"}
    kept = said(ana.post(place("case_new", dataset), form, follow=True))
    assert "it seems to hold an email address in query" in kept
    assert "1 place in 1 case looks like" in kept


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbfid,query\n1,a\n1,b\n", "Line 3: The id '1' stands on line 2 already."),
        (b"query\n" + b"a\n" * 10_001, "10,001 rows; a dataset holds at most 10,000 cases."),
        (b"id,query\n1," + b"x" * 2**20 + b"\n", "query is 1024 KiB long"),
        ("id,query\n1,a\n".encode("utf-16"), "This looks like UTF-16."),
        (b"id,query\n1,a\x00b\n", "NUL"),
    ],
)
def test_a_hard_file_is_refused_in_words(
    ana: Client, dataset: Dataset, data: bytes, words: str
) -> None:
    page = place("import_cases", dataset)
    ana.post(page, {"do": "upload", "file": SimpleUploadedFile("a.csv", data)})
    given = ana.post(page, {"do": "upload", "file": SimpleUploadedFile("a.csv", data)})
    answer = given if given.status_code == 400 else ana.post(page, {"do": "import"})
    assert (answer.status_code, words in said(answer)) == (400, True)
    assert dataset.snapshots.count() == 1


def test_a_run_gives_a_new_case_that_starts_from_what_it_answered(shop: World) -> None:
    world = stages.world("sand", sandbox=True)
    prompt = stages.prompt_named(world)
    stages.with_suite(world, prompt)
    submit(stages.saved(world, prompt), actor=world.actor("ana"), reason="Look.")
    run = Run.objects.get()
    dataset = run.snapshot.dataset
    case = run.snapshot.cases.get(case_id="case-03")
    result = CaseResult.objects.create(run=run, case=case, arm="candidate", output="Day 3.")
    page = reverse("case_from_result", args=["sand", result.pk])
    ana, form = browser(world, "ana"), {**ROWS, "dataset": dataset.pk, "reason": "A good one."}
    assert 'value="case-03-2"' in ana.get(page).content.decode()
    assert "Day 3.</textarea>" not in ana.get(page).content.decode()
    assert "Day 3.</textarea>" in ana.get(page, {"reference": "answer"}).content.decode()
    taken = ana.post(page, form | {"case_id": "case-03", "query": "Typed?"})
    assert (taken.status_code, "Typed?" in taken.content.decode()) == (400, True)
    theirs = create_dataset(shop.project, name="Theirs", actor=shop.actor("ana"))
    foreign = ana.post(page, form | {"case_id": "x", "query": "?", "dataset": theirs.pk})
    assert foreign.status_code == 400
    done = ana.post(page, form | {"case_id": "late", "query": "Late?", "reference": "Day 3."})
    assert done.url == reverse("run", args=["sand", run.pk])
    latest = latest_snapshot(dataset)
    assert latest is not None
    assert cases_in(latest)[-1] == NewCase("late", query="Late?", reference="Day 3.")
    assert browser(shop, "ana").get(page).status_code == 200
    assert browser(shop, "vic").get(page).status_code == 403
    foreign_page = reverse("case_from_result", args=["shop", result.pk])
    assert browser(shop, "ana").get(foreign_page).status_code == 404


def test_pages_ask_the_database_equally_often_however_many_cases_there_are(
    shop: World, ana: Client, dataset: Dataset
) -> None:
    def asked(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ana.get(place(name, dataset, q="e")).status_code == 200
        return len(queries)

    ana.post(place("dataset_edit", dataset), {"do": "tag", "case": "kind", "tags": "new"})
    few = {name: asked(name) for name in ("dataset", "dataset_edit")}
    many = [NewCase(f"n{n}", query=f"Question {n}?") for n in range(300)]
    add_snapshot(dataset, cases=many, actor=shop.actor("ana"), reason="Many.")
    ana.post(place("dataset_edit", dataset), {"do": "tag", "all": "on", "tags": "new"})
    assert {name: asked(name) for name in few} == few


def test_a_viewer_reads_and_exports_and_is_offered_no_edit(shop: World, dataset: Dataset) -> None:
    vic = browser(shop, "vic")
    assert "Edit cases" not in said(vic.get(place("dataset", dataset)))
    whole = vic.get(place("case", dataset, id="kind"))
    assert "It left on Monday." in said(whole)
    assert vic.get(place("dataset_export", dataset, "json")).status_code == 200
    assert vic.get(place("dataset_edit", dataset)).status_code == 403
    assert vic.get(place("case", dataset, id="nowhere")).status_code == 404
