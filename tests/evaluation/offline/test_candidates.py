"""Texts from CI: evaluated like versions, judged once, and nothing moves by them."""

from collections import Counter

import pytest

from evaluation.offline.candidates import submit_candidate
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Candidate, Run
from evaluation.offline.rules import rules_of
from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.prompts.queries import production_of
from registry.release.models import Verdict
from tests import stages
from tests.evaluation.offline.conftest import Bench, finish, golden, scored
from tests.evaluation.providers.mock_endpoint import status

CI = Actor.system("ci-key")
BROKEN_TEXT = stages.FIRST_TEXT + " The customer's plan is {{plan}}."  # no case gives a plan


def submitted(bench: Bench, body: str = stages.MINOR_TEXT, **more: object) -> Run:
    fields = {"actor": CI, "reason": "Asked by CI.", "ref": "abc123"} | more
    return submit_candidate(bench.prompt, stages.text(body), **fields)  # type: ignore[arg-type]


def test_a_candidate_is_evaluated_against_production_and_leaves_no_verdict(bench: Bench) -> None:
    before = Verdict.objects.count()
    run = finish(submitted(bench))
    assert (run.state, run.risk) == (Run.State.PASSED, "MINOR"), run.reasons
    assert (run.baseline, run.candidate.ref) == (production_of(bench.prompt), "abc123")
    assert run.calls == len(bench.server.asked) == 96
    assert any("checks of the text hold" in reason for reason in run.reasons)
    assert Verdict.objects.count() == before
    assert not bench.prompt.versions.filter(digest=run.candidate.digest).exists()


def test_a_worse_candidate_fails(bench: Bench) -> None:
    bench.scores = lambda fenced: scored(2 if "order number" in fenced["ANSWER"] else 4)
    assert finish(submitted(bench)).state == Run.State.FAILED


def test_a_text_that_fails_by_itself_asks_no_model(bench: Bench) -> None:
    run = submitted(bench, BROKEN_TEXT)
    assert (run.state, run.calls, run.shards.count()) == (Run.State.FAILED, 0, 0)
    assert "plan" in run.reasons[0]
    assert bench.server.asked == []


def test_the_same_text_on_the_same_pins_is_judged_once(bench: Bench) -> None:
    first = submitted(bench)
    assert submitted(bench) == first  # under way
    finish(first)
    assert submitted(bench, ref="another commit") == first
    assert Candidate.objects.count() == 1
    other = submitted(bench, margin=0.1)  # another bar is another question
    assert other != first
    assert other.judges[0]["margin"] == 0.1
    assert submitted(bench, repeat=2).repeats == 2


def test_who_wants_no_second_look_gets_none(bench: Bench) -> None:
    assert rules_of(submitted(bench), may_repeat=True).may_repeat
    once = submitted(bench, second_look=False)
    assert not rules_of(once, may_repeat=True).may_repeat


def test_after_an_error_a_candidate_goes_on_where_it_broke_off(bench: Bench) -> None:
    bench.scores = lambda fenced: status(401)
    run = finish(submitted(bench))
    assert run.state == Run.State.ERRORED
    kept = run.results.count()
    bench.scores = lambda fenced: scored(4)
    again = finish(submitted(bench))
    assert (again.resumes, again.state) == (run, Run.State.PASSED), again.reasons
    assert max(Counter(bench.answered).values()) == 1
    assert again.results.count() == 48 >= kept > 0


def test_a_fresh_baseline_is_asked_for_once_more_when_its_answers_were_taken_over(
    bench: Bench,
) -> None:
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(100), actor=ana, reason="Enough.")
    first = finish(submitted(bench, stages.FIRST_TEXT + " Be kind."))
    taken = finish(submitted(bench))
    assert (taken.baseline_run, submitted(bench)) == (first, taken)
    fresh = submitted(bench, fresh=True)
    assert fresh != taken
    assert fresh.baseline_run is None
    assert submitted(bench, fresh=True) == fresh


def test_who_may_not_ask_is_refused_and_so_is_what_cannot_be_evaluated(bench: Bench) -> None:
    with pytest.raises(NotPermitted):
        submitted(bench, actor=bench.shop.actor("vic"))
    assert submitted(bench, actor=bench.shop.actor("ana")).state == Run.State.QUEUED
    with pytest.raises(Refused, match="1 to 3"):
        submitted(bench, repeat=4)
    with pytest.raises(Refused, match="margin"):
        submitted(bench, margin=0.0)
    bare = stages.prompt_named(bench.shop, "support/bare")
    with pytest.raises(Refused, match="golden cases"):
        submit_candidate(bare, stages.text("Hello."), actor=CI, reason="Asked by CI.")
