"""Try it through the doors of the editor: start, look, cancel, keep as a case."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, latest_snapshot
from evaluation.offline.models import Dataset, TryOut
from registry.projects.members import set_roles
from registry.prompts.models import Prompt
from registry.runtime.heartbeat import beat
from tests.evaluation.offline.conftest import MODEL, Model, evaluated_with
from tests.evaluation.tryout.conftest import done
from tests.stages import World

EDIT = "/projects/shop/prompts/support/system/edit"
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@dataclass
class Panel:
    """One person's panel in the editor."""

    client: Client
    sent: dict[str, Any] = field(default_factory=dict)

    def page(self) -> Any:
        """Open the editor."""
        return self.client.get(EDIT)

    def start(self, text: str = "Answer for {{company}}.", **fields: Any) -> Any:
        """Press “Try it”."""
        return self.client.post(f"{EDIT}/try", {"text": text, "try_connection": MODEL, **fields})

    def started(self, *args: Any, **fields: Any) -> TryOut:
        """Press “Try it”, which works."""
        answer = self.start(*args, **fields)
        assert answer.status_code == 200, answer.content
        return TryOut.objects.first()  # type: ignore[return-value]

    def look(self, try_out: TryOut, stamp: str = "") -> dict[str, Any]:
        """Ask how far it is."""
        answer = self.client.get(f"/projects/shop/try-outs/{try_out.pk}", {"stamp": stamp})
        return dict(json.loads(answer.content))

    def keep(self, try_out: TryOut, **fields: Any) -> tuple[int, str]:
        """Press “Save the case”; return the status and what was said."""
        wanted = {"keep_number": "0", "keep_id": "new-one", **fields}
        answer = self.client.post(f"/projects/shop/try-outs/{try_out.pk}/case", wanted)
        return answer.status_code, answer.json()["message"]


def panel_of(shop: World, name: str) -> Panel:
    client = Client()
    client.force_login(shop.person(name))
    return Panel(client)


@pytest.fixture
def ana(shop: World, prompt: Prompt, answers: Model) -> Panel:
    return panel_of(shop, "ana")


@pytest.fixture
def golden(shop: World, prompt: Prompt, dataset: Dataset, answers: Model) -> Dataset:
    """Twenty-four cases and one that is held out."""
    evaluated_with(shop, prompt, dataset)
    cases = [NewCase("secret-one", query="Hidden?", tags=("holdout",))]
    cases += [
        NewCase(f"q{n}", query=f"Question {n}?", inputs={"company": "Northwind"}) for n in (1, 2)
    ]
    add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="Hold one out.")
    return dataset


def test_a_golden_case_is_answered_by_both_texts_side_by_side(ana: Panel, golden: Dataset) -> None:
    begun = ana.start(try_case=["q1", "q2"]).json()
    assert (begun["running"], begun["stamp"]) == (True, "queued-0")
    shown = ana.look(done(TryOut.objects.get()))
    assert not shown["running"]
    assert shown["headline"] == "2 of 2 answers differ from production's."
    html = shown["html"]
    assert html.count("<h4>Production, 1.0.0") == 2
    assert "0.1 s · 7 tokens in, 3 out · cost unknown · small" in html
    assert "Question 2?" in html
    assert "imulated" not in html
    assert ana.look(TryOut.objects.get(), stamp=shown["stamp"])["html"] == ""


def test_the_words_that_only_one_answer_has_are_marked(ana: Panel, golden: Dataset) -> None:
    start = "You are the support agent of {{company}}. Answer the question in a"
    try_out = ana.started(f"{start} terse way.", try_case="q1")
    html = ana.look(done(try_out))["html"]
    assert '<mark class="only-here">terse</mark>' in html
    assert '<mark class="only-here">friendly</mark>' in html
    same = ana.started(f"{start} friendly way.", try_case="q1")
    assert "The same answer, word for word." in ana.look(done(same))["html"]


def test_the_values_of_the_preview_are_tried_as_it_shows_them(
    ana: Panel, golden: Dataset, answers: Model
) -> None:
    done(
        ana.started(
            "To {{company}} on {{plan}}.", try_typed="yes", case="q1", **{"value:plan": "pro"}
        )
    )
    assert answers.asked[0] == ("To Northwind on pro.", "Question 1?")
    refused = ana.start("To {{company}} on {{plan}}.", try_typed="yes", case="q1")
    assert refused.status_code == 422
    assert "The preview has no value for {{plan}}" in refused.json()["message"]
    held_out = ana.start(try_case="secret-one")
    assert (held_out.status_code, TryOut.objects.count()) == (409, 1)
    assert "held out" in held_out.json()["message"]


def test_what_cannot_be_read_is_refused_with_the_cure_and_nothing_is_queued(
    ana: Panel, golden: Dataset
) -> None:
    for fields, words in (
        ({"text": ""}, "The prompt is empty"),
        ({"config_temperature": "warm"}, "number"),
        ({"try_case": "q99"}, "There is no golden case q99"),
        ({"try_case": [f"q{n}" for n in range(9)]}, "at most 5"),
        ({"try_case": "q1", "try_connection": "http://evil.example"}, "There is no connection"),
        ({}, "Choose a golden case"),
    ):
        answer = ana.start(**fields)
        assert answer.status_code in (409, 422), fields
        assert answer.json()["message"].startswith("Nothing was sent. "), fields
        assert words in answer.json()["message"]
    assert not TryOut.objects.exists()


def test_what_no_database_can_keep_is_refused_in_words(ana: Panel, golden: Dataset) -> None:
    assert ana.start(try_case="q1\x00").status_code == 409
    shown = ana.client.post(f"{EDIT}/meaning", {"text": "Hello.", "case": "q1\x00"})
    assert shown.status_code == 200
    try_out = done(ana.started(try_case="q1"))
    for name in ("keep_reason", "keep_reference", "keep_tags", "keep_id"):
        status, said = ana.keep(try_out, **{name: "a\x00b"})
        assert status == 422, (name, said)
    assert ana.keep(try_out, keep_reason="It was angry.")[0] == 200


def test_answers_errors_and_inputs_show_as_text(ana: Panel, golden: Dataset, shop: World) -> None:
    case = NewCase(NASTY, query=NASTY, inputs={"company": NASTY}, context=(NASTY,))
    add_snapshot(golden, cases=[case], actor=shop.actor("ana"), reason="Nasty.")
    try_out = done(ana.started(try_case=NASTY))
    try_out.answers.filter(arm="baseline").update(error=NASTY)
    html = ana.look(try_out)["html"]
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "<script>alert" not in ana.page().content.decode()


def test_a_long_answer_is_folded(ana: Panel, golden: Dataset, answers: Model) -> None:
    answers.answer = lambda prompt, query: "word " * 6_000
    html = ana.look(done(ana.started(try_case="q1")))["html"]
    assert '<details class="tried-long"><summary>word word' in html
    assert "10000 more characters are not shown here." in html


def test_the_wait_is_explained_with_and_without_a_worker(ana: Panel, golden: Dataset) -> None:
    try_out = ana.started(try_case="q1")
    assert "none is running, so nothing is asked yet" in ana.look(try_out)["headline"]
    beat("worker")
    assert ana.look(try_out)["headline"] == "Waiting for a worker."
    cancelled = ana.client.post(f"/projects/shop/try-outs/{try_out.pk}/cancel").json()
    assert (cancelled["running"], cancelled["headline"]) == (False, "Cancelled.")


def test_nobody_but_its_person_sees_or_cancels_a_try_out(
    ana: Panel, golden: Dataset, shop: World
) -> None:
    try_out = ana.started(try_case="q1")
    set_roles(
        shop.project,
        person=shop.person("rui"),
        roles=["author"],
        actor=shop.actor("ada"),
        reason="Writes too.",
    )
    rui = panel_of(shop, "rui")
    address = f"/projects/shop/try-outs/{try_out.pk}"
    assert rui.client.get(address).status_code == 404
    assert rui.client.post(f"{address}/cancel").status_code == 404
    assert rui.client.post(f"{address}/case").status_code == 404
    assert ana.client.get(address).status_code == 200
    assert TryOut.objects.get().state == TryOut.State.QUEUED


def test_the_panel_offers_cases_but_none_that_is_held_out(ana: Panel, golden: Dataset) -> None:
    page = ana.page().content.decode()
    assert 'name="try_case" value="q1" autocomplete="off" checked' in page
    assert "secret-one" not in page
    assert '<option value="model" selected>model</option>' in page
    assert "simulated (no model is asked)" in page


def test_without_golden_cases_the_panel_says_the_next_step(ana: Panel) -> None:
    page = ana.page().content.decode()
    assert "Nobody has chosen golden cases for this prompt." in page
    assert 'href="/projects/shop/prompts/support/system/evaluation"' in page
    assert 'name="try_typed" value="yes" autocomplete="off" checked' in page


def test_simulated_answers_are_called_so_everywhere(
    ana: Panel, golden: Dataset, prompt: Prompt, shop: World
) -> None:
    try_out = done(ana.started(try_case="q1", try_connection="simulated"))
    html = ana.look(try_out)["html"]
    assert html.count('<span class="chip warn">simulated</span>') == 2
    assert "No model is asked" in html
    assert "Your text (simulated)" in html


def test_what_was_tried_becomes_a_case_of_the_next_snapshot(ana: Panel, golden: Dataset) -> None:
    try_out = done(
        ana.started(try_typed="yes", try_says="Where is it?", **{"value:company": "Contoso"})
    )
    status, said = ana.keep(
        try_out, keep_id="contoso", keep_tags="smoke, refund", keep_reference="candidate"
    )
    assert (status, said.split(";")[0]) == (200, "Saved. v3 of Questions has 4 cases")
    snapshot = latest_snapshot(golden)
    assert snapshot is not None
    case = snapshot.cases.get(case_id="contoso")
    assert (case.inputs, case.query, case.tags) == (
        {"company": "Contoso"},
        "Where is it?",
        ["smoke", "refund"],
    )
    assert case.reference == "Answer for Contoso. / Where is it?"
    assert ana.keep(try_out, keep_id="contoso")[0] == 422
    assert "has a case contoso already" in ana.keep(try_out, keep_id="contoso")[1]
    assert "Give the case an id" in ana.keep(try_out, keep_id=" ")[1]
    assert ana.keep(try_out, keep_number="7")[0] == 422
    assert golden.snapshots.count() == 3


def test_without_a_dataset_a_case_is_not_kept_and_the_next_step_is_said(ana: Panel) -> None:
    try_out = done(ana.started(try_typed="yes", **{"value:company": "Contoso"}))
    assert "Choose one on its evaluation page" in ana.look(try_out)["html"]
    status, said = ana.keep(try_out)
    assert (status, said) == (
        409,
        "This prompt has no golden dataset. Choose one on its evaluation page.",
    )
    empty = done(ana.started("Be kind.", try_typed="yes"))
    assert ana.keep(empty)[0] == 409


def test_the_panel_costs_the_same_queries_however_many_cases_there_are(
    ana: Panel, golden: Dataset, shop: World, django_assert_num_queries: Any
) -> None:
    ana.page()  # whoever looks first at a snapshot counts what its cases hold
    with CaptureQueriesContext(connection) as few:
        ana.page()
    queries = len(few)  # read now: the next request forgets them
    cases = [NewCase(f"c{n}", query="Why?", inputs={"company": "N"}) for n in range(300)]
    add_snapshot(golden, cases=cases, actor=shop.actor("ana"), reason="Many.")
    ana.page()
    with django_assert_num_queries(queries):
        page = ana.page().content.decode()
    assert page.count('name="try_case"') == 200
    assert "The first 200 cases are offered here" in page
