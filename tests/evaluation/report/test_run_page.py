"""The page of a run: what a product manager reads first, and what they can do there."""

import pytest

from evaluation.offline.behaviour import behaviour_of
from evaluation.offline.models import Candidate, JudgeMark, Replay, Run
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.report.conftest import (
    MENTIONS_ORDER,
    Model,
    browser,
    finish,
    judge,
    judged_by,
    queued,
    text_of,
)
from tests.stages import World


@pytest.fixture
def run(shop: World, prompt: Prompt, model: Model) -> Run:
    """A run in which the answers to two questions lost their order."""
    lost = ("Question 2?", "Question 7?")
    model.answer = lambda text, query: (
        "I cannot say." if "please" in text and query in lost else f"Your order. {query}"
    )
    return finish(queued(shop, prompt))


def page(run: Run, **asked: str) -> str:
    return f"/projects/shop/runs/{run.pk}" + "".join(f"?{k}={v}" for k, v in asked.items())


def test_the_verdict_leads_and_the_four_boxes_follow(shop: World, run: Run) -> None:
    seen = text_of(browser(shop, "vic").get(page(run)))
    assert "Blocked: 2 of 24 cases that passed in production's version now fail." in seen
    for title in ("Fixed rules not kept", "Quality kept", "Latency kept", "Cost not looked at"):
        assert title in seen
    assert "22 of 24 cases" in seen
    assert 'aria-label="faithfulness: +0.000 against production' in seen
    assert "Now failing (2)" in seen


def test_one_case_is_shown_alone_with_both_answers_marked_by_words(shop: World, run: Run) -> None:
    seen = text_of(browser(shop, "vic").get(page(run, case="q07")))
    assert "q07 in run" in seen
    assert "<ins>I cannot say" in seen
    assert "It deserves a 4." in seen
    assert "q02" not in seen
    assert browser(shop, "vic").get(page(run, case="nobody")).status_code == 404


def test_what_cannot_be_done_is_not_offered(shop: World, run: Run) -> None:
    may = {name: text_of(browser(shop, name).get(page(run, case="q07"))) for name in ("ana", "vic")}
    for words in ("Keep my mark", "Ask the judge again", "Add as a golden case"):
        assert words in may["ana"]
        assert words not in may["vic"]
    assert 'class="button primary" href="/projects/shop/prompts/support/system/edit' in may["ana"]
    assert "Edit the prompt" not in may["vic"]


def mark_form(run: Run, shop: World, case: str, **typed: str) -> dict[str, object]:
    result = run.results.get(case__case_id=case, arm="candidate", repeat=1)
    version = judge(shop, "faithfulness").pk
    return {"judge": version, "result": result.pk, "score": "2", "note": "Unkind.", **typed}


def test_a_wrong_score_is_marked_beside_the_judge_and_the_verdict_stays(
    shop: World, run: Run
) -> None:
    lea, before = browser(shop, "lea"), Run.objects.values().get(pk=run.pk)
    answer = lea.post(page(run) + "/mark", mark_form(run, shop, "q07"))
    assert answer.url == page(run, case="q07")  # type: ignore[attr-defined]
    kept = JudgeMark.objects.get()
    assert (kept.score, kept.blind, kept.person) == (2, False, shop.person("lea"))
    seen = text_of(lea.get(answer.url))  # type: ignore[attr-defined]
    assert "judge disagreed" in seen
    assert "lea would have given 2." in seen
    assert Run.objects.values().get(pk=run.pk) == before


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"score": ""}, "Choose a score from 1 to 5."),
        ({"score": "9"}, "Choose a score from 1 to 5."),
        ({"note": "x" * 2001}, "The note is longer than 2,000 characters."),
    ],
)
def test_a_mark_that_cannot_be_taken_keeps_what_was_typed(
    shop: World, run: Run, typed: dict[str, str], words: str
) -> None:
    form = mark_form(run, shop, "q07", **typed)
    answer = browser(shop, "rui").post(page(run) + "/mark", form)
    assert answer.status_code == 422
    seen = text_of(answer)
    assert words in seen
    assert str(form["note"]) in seen
    assert not JudgeMark.objects.exists()


def test_marks_and_questions_of_others_are_refused(shop: World, run: Run, model: Model) -> None:
    form = mark_form(run, shop, "q07")
    for name, status in (("vic", 403), ("oto", 404)):
        assert browser(shop, name).post(page(run) + "/mark", form).status_code == status
        assert browser(shop, name).post(page(run) + "/judge-again", form).status_code == status
    rui = browser(shop, "rui")
    for wrong in ({"judge": 10**30}, {"judge": "x"}, {"result": 10**30}, {"result": ""}):
        assert rui.post(page(run) + "/mark", {**form, **wrong}).status_code == 422
    for case in ("no", "", "\0"):
        answer = rui.post(page(run) + "/judge-again", {**form, "case": case})
        assert answer.status_code in (400, 422)
    assert not JudgeMark.objects.exists()


def test_the_judge_is_asked_again_about_both_answers_outside_of_the_verdict(
    shop: World, run: Run
) -> None:
    rui = browser(shop, "rui")
    form = {"judge": judge(shop, "relevance").pk, "case": "q07"}
    answer = rui.post(page(run) + "/judge-again", form)
    assert answer.url == page(run, case="q07")  # type: ignore[attr-defined]
    replay = Replay.objects.get()
    both = set(run.results.filter(case__case_id="q07").values_list("pk", flat=True))
    assert set(replay.results) == both
    assert "is being asked again" in text_of(rui.get(answer.url))  # type: ignore[attr-defined]


def test_a_candidate_from_ci_has_a_report_of_its_own(shop: World, run: Run, prompt: Prompt) -> None:
    made = Candidate.objects.create(prompt=prompt, content={}, digest="d" * 64, ref="abc1234")
    fields = {
        name: getattr(run, name)
        for name in ("prompt", "baseline", "snapshot", "risk", "policy", "connection", "judges")
    }
    theirs = Run.objects.create(
        **fields, candidate=made, state=Run.State.INCONCLUSIVE, reasons=["Too few cases."]
    )
    seen = text_of(browser(shop, "ana").get(page(theirs)))
    assert "Undecided: Too few cases." in seen
    assert "candidate abc1234 of support/system, from CI" in seen
    assert "a key for CI" in seen
    listed = text_of(browser(shop, "ana").get("/evaluation/run/"))
    assert "support/system: candidate abc1234" in listed
    found = text_of(browser(shop, "ana").get("/search", {"q": "support/system"}))
    assert "support/system: candidate abc1234" in found


def test_an_open_run_says_how_far_it_is_and_may_be_cancelled(
    shop: World, prompt: Prompt, model: Model
) -> None:
    run = queued(shop, prompt)
    seen = text_of(browser(shop, "ana").get(page(run)))
    assert "Waiting for a worker." in seen
    assert "0 of 24" in seen
    assert "Cancel the run" in seen
    assert 'data-url="' + page(run) + '/progress"' in seen
    assert "Cancel the run" not in text_of(browser(shop, "vic").get(page(run)))


def test_markup_and_hidden_characters_in_answers_are_text(
    shop: World, prompt: Prompt, model: Model
) -> None:
    model.answer = lambda text, query: "<script>alert(1)</script> order \u202e"
    run = finish(queued(shop, prompt))
    source = browser(shop, "vic").get(page(run, case="q01")).content.decode()
    assert "<script>alert(1)" not in source
    assert "&lt;script&gt;alert(1)" in source
    assert 'class="hidden-char"' in source


def test_the_first_version_is_held_to_absolute_bars(
    shop: World, model: Model, dataset: object
) -> None:
    prompt = stages.prompt_named(shop, "support/first")
    judged_by(shop, prompt, dataset, checks=[MENTIONS_ORDER], min_mean=0.75)  # type: ignore[arg-type]
    run = finish(queued(shop, prompt, stages.FIRST_TEXT))
    seen = text_of(browser(shop, "ana").get(page(run)))
    assert "nothing was in production" in seen
    assert "at least 0.75" in seen
    assert "Production's version" not in seen


def test_a_chance_flip_that_the_second_look_cleared_is_none_on_the_review_either(
    shop: World, prompt: Prompt, model: Model
) -> None:
    slips = iter(["I cannot say."])
    model.answer = lambda text, query: (
        next(slips, "Your order.") if "please" in text and query == "Question 2?" else "Your order."
    )
    run = finish(queued(shop, prompt))
    assert (run.look, run.state) == (2, Run.State.PASSED)
    behaviour = behaviour_of(run.baseline, run.version)
    assert (behaviour.now_failing, behaviour.same) == (0, 24)
