"""Trying unsaved text: what is asked, what is refused before, how an older one ends."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from evaluation.offline.models import CaseResult, Dataset, TryOut
from evaluation.offline.spend import Spent, spent_by
from evaluation.offline.tryouts import start as starting
from evaluation.offline.tryouts.cancel import cancel_try_out
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.look_after import forget_try_outs
from evaluation.offline.tryouts.start import TooOften, start_try_out
from evaluation.offline.tryouts.work import work_on_try_out
from evaluation.providers import connections
from evaluation.providers.entries import Price
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.conftest import Model
from tests.evaluation.tryout.conftest import NORTHWIND, Start, done, said
from tests.stages import World

BASELINE = CaseResult.Arm.BASELINE


def test_the_typed_text_and_production_answer_each_case_and_nothing_is_saved(
    start: Start, prompt: Prompt, answers: Model
) -> None:
    second = TryCase(id="q2", inputs={"company": "Contoso"}, query="And mine?")
    try_out = done(start("Answer for {{company}}.", NORTHWIND, second))
    assert try_out.state == TryOut.State.DONE
    assert said(try_out) == "Answer for Northwind. / Where is it?"
    assert said(try_out, number=1) == "Answer for Contoso. / And mine?"
    assert said(try_out, BASELINE, 1).startswith("You are the support agent of Contoso.")
    row = try_out.answers.get(arm=BASELINE, number=0)
    assert (row.latency_ms, row.input_tokens, row.output_tokens, row.cost) == (100, 7, 3, None)
    assert len(answers.asked) == 4
    assert prompt.versions.count() == 1


def test_what_the_answers_cost_is_kept_and_added_to_the_month(
    start: Start, prompt: Prompt, answers: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    million = Decimal(1_000_000)
    priced = Price("*", input=million, output=2 * million)  # a dollar a token, two for the answer
    known = connections.get("model")
    monkeypatch.setattr(connections, "get", lambda name: replace(known, prices=(priced,)))
    try_out = done(start())
    assert set(try_out.answers.values_list("cost", flat=True)) == {Decimal(7 + 2 * 3)}
    assert spent_by(prompt.project) == {"model": Spent(calls=2, unpriced=0, cost=Decimal(26))}


def test_without_a_version_in_production_only_the_typed_text_answers(
    shop: World, answers: Model
) -> None:
    fresh = stages.prompt_named(shop, "faq/tone")
    try_out = start_try_out(
        fresh,
        content=stages.text("Be kind."),
        cases=[TryCase.typed({}, says="Hello?")],
        connection="model",
        actor=shop.actor("ana"),
    )
    assert said(done(try_out)) == "Be kind. / Hello?"
    assert try_out.answers.count() == 1


def test_what_is_missing_is_said_before_anything_is_sent(
    start: Start, shop: World, answers: Model
) -> None:
    with pytest.raises(ContentError, match=r"no value for {{plan}}"):
        start("Your plan is {{plan}}.")
    with pytest.raises(ContentError, match="never closed"):
        start("Answer for {{company.")
    with pytest.raises(ContentError, match="seems to be a secret"):
        start("Use the key " + "AKIA" + "2B4D6F8H0J1L3N5P" + ".")
    with pytest.raises(Refused, match="Choose a golden case"):
        start(cases=())
    with pytest.raises(Refused, match="at most 5"):
        start(cases=[NORTHWIND] * 6)
    with pytest.raises(Refused, match="There is no connection “nowhere”"):
        start(connection="nowhere")
    with pytest.raises(NotPermitted, match="author"):
        start(actor=shop.actor("rui"))
    assert (TryOut.objects.count(), answers.asked) == (0, [])
    assert start(cases=[NORTHWIND] * 5).state == TryOut.State.QUEUED


def test_a_case_that_is_held_out_is_never_tried(start: Start, dataset: Dataset) -> None:
    case = dataset.snapshots.get().cases.first()
    assert case is not None
    assert TryCase.golden(case).id == "q01"
    case.tags = ["holdout"]
    with pytest.raises(Refused, match="held out"):
        TryCase.golden(case)
    with pytest.raises(Refused, match="held out"):
        start(cases=[TryCase(inputs=case.inputs, tags=case.tags)])


def test_a_value_that_only_production_lacks_is_said_in_its_place(
    start: Start, answers: Model
) -> None:
    try_out = done(start("Be kind.", TryCase(query="Hello?")))
    assert said(try_out) == "Be kind. / Hello?"
    assert "No value was given for {{company}}" in said(try_out, BASELINE)
    assert (try_out.state, len(answers.asked)) == (TryOut.State.DONE, 1)


def test_a_newer_try_out_ends_the_older_one_of_the_same_person_and_prompt(
    start: Start, answers: Model
) -> None:
    old = start("The old text for {{company}}.")
    new = start("The new text for {{company}}.")
    assert not work_on_try_out(old.pk)
    old.refresh_from_db()
    assert (old.state, old.cancel_requested_at) == (TryOut.State.CANCELLED, None)
    assert answers.asked == []
    assert done(new).state == TryOut.State.DONE


def test_a_person_tries_so_often_within_an_hour_and_is_told_when_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "AN_HOUR", 2)
    first, _ = start(), start()
    with pytest.raises(TooOften, match=r"2 times within an hour.* Try again in 60 min"):
        start()
    TryOut.objects.filter(pk=first.pk).update(created_at=database_now() - timedelta(hours=2))
    assert start().pk


def test_only_its_own_person_cancels_it_and_once_is_enough(
    start: Start, shop: World, answers: Model
) -> None:
    try_out = start()
    with pytest.raises(NotPermitted):
        cancel_try_out(try_out, actor=shop.actor("vic"))
    cancel_try_out(try_out, actor=shop.actor("ana"))
    assert try_out.state == TryOut.State.CANCELLED
    ended = try_out.finished_at
    cancel_try_out(try_out, actor=shop.actor("ana"))
    assert try_out.finished_at == ended
    assert not work_on_try_out(try_out.pk)
    assert answers.asked == []


def test_try_outs_are_forgotten_with_their_answers_after_a_week(
    start: Start, answers: Model
) -> None:
    done(start())
    now = database_now()
    assert forget_try_outs(now + timedelta(days=6)) == 0
    assert forget_try_outs(now + timedelta(days=8)) == 3
    assert not TryOut.objects.exists()
