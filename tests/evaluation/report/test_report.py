"""The report of a run: boxes with their bars, answers with their scores, what is in doubt."""

from collections import Counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.offline.judging.marks import mark
from evaluation.offline.models import Judgement, Run
from evaluation.offline.report import RunReport, case_lines, report
from evaluation.offline.report.boxes import Box
from evaluation.offline.report.drawing import drawn
from evaluation.offline.report.falls import most_fallen
from evaluation.offline.report.judges import standings
from evaluation.offline.report.trend import trend_of
from registry.prompts.models import Prompt
from tests.evaluation.report.conftest import Model, finish, judge, queued
from tests.stages import World


def box(found: RunReport, title: str) -> Box:
    return next(one for one in found.boxes if one.title == title)


def test_a_line_reaches_to_what_lies_farthest_out_and_the_bar_bounds_what_does_not_pass() -> None:
    # Farthest out: the lower bound at -0.08. The line reaches 1.25 times as far: 0.1.
    found = drawn(-0.02, same=0, bar=-0.05, lower=-0.08, upper=0.04, words="")
    assert (found.figure.at, found.low, found.high) == (40, 10, 70)
    assert (found.forbidden_from, found.forbidden_width) == (0, 25)
    ratio = drawn(1.1, same=1, bar=1.2, more_is_worse=True, words="")
    assert ratio.bar is not None
    assert (ratio.bar.at, ratio.figure.at) == (90, 70)
    assert (ratio.forbidden_from, ratio.forbidden_width) == (90, 10)
    assert ratio.bar.anchor == "end"


def test_a_tiny_difference_does_not_look_like_a_large_one() -> None:
    assert drawn(0.001, same=0, bar=None, least_reach=0.05, words="").figure.at < 51
    assert drawn(0, same=0, bar=None, words="").figure.at == 50


def test_quality_that_fell_is_not_kept_and_an_adviser_blocks_nothing(
    shop: World, prompt: Prompt, model: Model
) -> None:
    model.answer = lambda text, query: f"{'please' if 'please' in text else ''} order {query}"
    model.score = lambda material: 2 if "please" in material["ANSWER"] else 4
    found = report(finish(queued(shop, prompt)))
    assert found.headline.startswith("Blocked: ")
    quality = box(found, "Quality")
    faithful, relevant = quality.rows
    assert (quality.tone, faithful.tone, relevant.tone) == ("bad", "bad", "")
    assert faithful.value == "0.40 vs 0.80"
    assert "only advises" in relevant.note
    drawing = faithful.drawing
    assert drawing is not None
    assert drawing.bar is not None
    assert drawing.figure.at < drawing.bar.at < 50
    assert "the bar is −0.050" in drawing.words
    assert box(found, "Fixed rules").tone == "good"
    assert box(found, "Fixed rules").rows[0].value == "24 of 24 cases"
    assert box(found, "Latency").tone == "good"


def test_the_cases_whose_score_fell_most_come_first(
    shop: World, prompt: Prompt, model: Model
) -> None:
    bad = {"Question 3?": 1, "Question 9?": 2}
    model.answer = lambda text, query: f"{'please' if 'please' in text else ''} order {query}"
    model.score = lambda m: bad.get(m["QUESTION"], 4) if "please" in m["ANSWER"] else 4
    run = finish(queued(shop, prompt))
    assert [fall.words for fall in most_fallen(run)] == [
        "faithfulness 0.20, was 0.80",
        "faithfulness 0.40, was 0.80",
    ]
    assert [fall.case_id for fall in most_fallen(run)] == ["q03", "q09"]


def test_each_case_shows_both_answers_by_words_with_scores_and_reasoning(
    shop: World, prompt: Prompt, model: Model
) -> None:
    model.answer = lambda text, query: f"Your order is {'late' if 'please' in text else 'here'}."
    run = finish(queued(shop, prompt))
    (line,) = case_lines(run, ["q05"])
    changed = {piece.op: piece.text.strip() for piece in line.difference if piece.op != "equal"}
    assert changed == {"delete": "here", "insert": "late"}
    faithful = line.judges[0]
    assert (faithful.label, faithful.candidate.words) == ("faithfulness v1", "4 of 5")
    assert faithful.candidate.rows[0].reasoning == "It deserves a 4."
    assert not line.disagreed


def test_a_case_whose_scores_are_two_points_apart_is_in_doubt(
    shop: World, prompt: Prompt, model: Model
) -> None:
    # The first look cannot tell: half of the scores rise by a point and half fall.
    asked: Counter[str] = Counter()

    def score(material: dict[str, str]) -> int:
        if "please" not in material["ANSWER"]:
            return 4
        asked[material["QUESTION"]] += 1
        odd = int(material["QUESTION"][9:-1]) % 2
        first = asked[material["QUESTION"]] <= 2  # two judges
        return 5 if odd == first else 3

    model.answer = lambda text, query: f"{'please' if 'please' in text else ''} order {query}"
    model.score = score
    run = finish(queued(shop, prompt))
    assert run.look == 2
    first, second = case_lines(run, ["q01", "q02"])
    scores = first.judges[0].candidate
    assert scores.words == "5, 3 and 3 of 5"
    assert scores.disagreed == "The judge gave from 3 to 5 for this."
    assert len(first.more) == 2
    assert second.disagreed


def test_a_persons_mark_two_points_off_puts_a_case_in_doubt_and_one_point_does_not(
    shop: World, prompt: Prompt, model: Model
) -> None:
    run = finish(queued(shop, prompt))
    first, second = (line.candidate for line in case_lines(run, ["q01", "q02"]))
    assert first is not None
    assert second is not None
    faithful = judge(shop, "faithfulness").judge
    rui = shop.actor("rui")
    mark(faithful, result=first, score=2, blind=False, actor=rui, note="It invents a date.")
    mark(faithful, result=second, score=3, blind=False, actor=rui)
    doubted, sound = case_lines(run, ["q01", "q02"])
    assert doubted.disagreed
    assert not sound.disagreed
    assert doubted.judges[0].candidate.disagreed == "rui would have given 2."
    assert doubted.judges[0].candidate.marks[0].note == "It invents a date."
    assert not doubted.judges[1].candidate.marks  # it was about another judge


def test_any_number_of_cases_takes_the_same_queries(
    shop: World, prompt: Prompt, model: Model
) -> None:
    run = finish(queued(shop, prompt))
    run = Run.objects.select_related("snapshot").get(pk=run.pk)
    counts = []
    for ids in (["q01"], [f"q{n:02}" for n in range(1, 25)]):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(case_lines(run, ids)) == len(ids)
        counts.append(len(seen))
    assert counts[0] == counts[1] == 6


def test_a_broken_score_is_told_and_never_counts(shop: World, prompt: Prompt, model: Model) -> None:
    model.score = lambda m: 99 if m["QUESTION"] == "Question 7?" else 4
    run = finish(queued(shop, prompt))
    (line,) = case_lines(run, ["q07"])
    candidate = line.judges[0].candidate
    assert (candidate.words, candidate.value) == ("no score", None)
    assert candidate.error
    assert Judgement.objects.filter(run=run, result=line.candidate, last=False).exists()


def test_every_gate_says_how_far_its_judges_can_be_relied_on(
    shop: World, prompt: Prompt, model: Model
) -> None:
    run = finish(queued(shop, prompt))
    used = standings(run)
    assert [one.label for one in used] == ["faithfulness v1", "relevance v1"]
    assert [one.standing.flag for one in used] == ["not measured"] * 2
    assert [one.gating for one in used] == [True, False]


def test_the_trend_has_each_version_once_and_breaks_where_the_bar_changed(
    shop: World, prompt: Prompt, model: Model
) -> None:
    finish(queued(shop, prompt))
    trend = trend_of(prompt)
    assert trend.document() == {
        "labels": ["1.0.0", "1.1.0"],
        "names": ["fixed rules", "faithfulness", "relevance"],
        "lines": [[1.0, 1.0], [0.8, 0.8], [0.8, 0.8]],
    }
