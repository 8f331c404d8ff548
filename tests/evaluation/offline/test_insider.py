"""What somebody inside might try, so that a gate which should stop them looks away."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evaluation.offline import submit as submit_module
from evaluation.offline.candidates import submit_candidate
from evaluation.offline.conclude import cancel
from evaluation.offline.connection_tests import start_test
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.judging.replays import start
from evaluation.offline.judging.replays.start import start_replay
from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.models import (
    Judgement,
    Replay,
    Run,
    RunShard,
    Snapshot,
    Spend,
    Suite,
    SuiteDefaults,
)
from evaluation.offline.run import work
from evaluation.offline.standards import keep_standard
from evaluation.offline.submit import submit
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.start import start_try_out
from registry.audit.clock import database_now
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance
from registry.prompts.queries import production_of
from registry.release.models import EvaluationStandard, Release
from registry.release.review import accept_undecided
from tests import stages
from tests.evaluation.offline.conftest import (
    MENTIONS_COMPANY,
    MODEL,
    Bench,
    finish,
    golden,
    scored,
)
from tests.evaluation.providers.mock_endpoint import completion


def broken_off(bench: Bench, run: Run) -> Run:
    """Answer a few questions of a run, then let Ana cancel it."""
    turns = iter([False] * 3)
    work(RunShard.objects.get(run=run).pk, stop=lambda: next(turns, True))
    assert 0 < run.results.count() < 48
    cancel(run, actor=bench.shop.actor("ana"), reason="It goes badly.")
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    return run


def test_other_pins_in_between_do_not_make_a_cancelled_run_forget_its_answers(
    bench: Bench,
) -> None:
    first = broken_off(bench, bench.queued())
    assert first.version
    bench.suite(checks=[MENTIONS_COMPANY, {"type": "not_empty"}])
    cancel(bench.again(first.version), actor=bench.shop.actor("ana"), reason="Only to forget.")
    bench.suite()
    third = bench.again(first.version)
    assert third.resumes == first
    assert third.results.count() == first.results.count()


def test_a_new_number_does_not_make_a_cancelled_run_forget_its_answers(bench: Bench) -> None:
    first = broken_off(bench, bench.queued())
    second = bench.queued()
    assert second.version != first.version
    assert second.resumes == first
    assert second.results.count() == first.results.count()


def test_answers_of_production_are_not_chosen_among_those_that_candidates_drew(
    bench: Bench,
) -> None:
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(100), actor=ana, reason="More.")
    content = stages.text(stages.MINOR_TEXT + " Be brief.")
    drawn = submit_candidate(bench.prompt, content, actor=ana, reason="A draw.", fresh=True)
    assert finish(drawn).state == Run.State.PASSED
    assert bench.queued().baseline_run is None
    again = submit_candidate(
        bench.prompt, stages.text(stages.MINOR_TEXT + " Be kind."), actor=ana, reason="Saves calls."
    )
    assert again.baseline_run == drawn  # what decides nothing may go by it


def test_one_text_under_two_numbers_is_not_drawn_twice_at_once(bench: Bench) -> None:
    first = bench.queued()
    with pytest.raises(Refused, match=r"is being evaluated as 1\.1\.0"):
        bench.queued()
    assert finish(first).state == Run.State.PASSED


def test_a_patch_is_not_cleared_by_taking_the_connection_away_for_a_moment(bench: Bench) -> None:
    base = production_of(bench.prompt)
    version = stages.saved(bench.shop, bench.prompt, stages.PATCH_TEXT, base=base)
    bench.suite(connection="")
    submit(version, actor=bench.shop.actor("ana"), reason="Only a typo.")
    release = Release.objects.get(version=version)
    assert (release.risk, release.state) == ("PATCH", Clearance.CLEARED)  # and says: not checked
    bench.suite()
    with pytest.raises(Stale, match="its model connection changed"):
        stages.started(bench.shop, version)


def test_what_failed_is_not_undecided_once_nothing_can_be_looked_at(bench: Bench) -> None:
    bench.scores = lambda fenced: scored(2 if "order number" in fenced["ANSWER"] else 4)
    run = finish(bench.queued())
    assert run.version
    assert run.state == Run.State.FAILED
    bench.suite(connection="")
    with pytest.raises(Refused, match="does not undo that. No model connection is chosen"):
        bench.again(run.version)
    assert Release.objects.get(version=run.version).state == Clearance.FAILED


@pytest.mark.parametrize("said", ["\\u0000", "\\ud800"])
def test_characters_that_no_database_holds_end_no_run(bench: Bench, said: str) -> None:
    """Escaped in JSON they come to light behind the provider: in a judge's words, in a check's."""
    bench.says = lambda prompt, query: completion(f'{{"Northwind": "{said}"}}')
    bench.scores = lambda fenced: completion(f'{{"reasoning": "So{said}so.", "score": 4}}')
    bench.suite(checks=[MENTIONS_COMPANY, {"type": "json_path", "path": "$.Northwind"}])
    run = finish(bench.queued())
    assert run.state == Run.State.PASSED, run.reasons
    assert set(run.judgements.values_list("reasoning", flat=True)) == {"So\ufffdso."}
    reasons = {check["reason"] for row in run.results.all() for check in row.checks}
    assert not any(letter in reason for reason in reasons for letter in ("\0", "\ud800"))


def test_a_judge_whose_wrong_answer_holds_half_a_character_is_only_wrong(bench: Bench) -> None:
    bench.scores = lambda fenced: completion('{"reasoning": "x", "score": 5, "k\\ud800": 1}')
    run = finish(bench.queued())
    assert run.state == Run.State.ERRORED
    assert "has a key" in run.judgements.filter(last=True).latest("id").error


def test_a_score_of_neither_run_nor_replay_is_never_slipped_in(bench: Bench) -> None:
    run = finish(bench.queued())
    result = run.results.first()
    assert result
    score = Judgement(result=result, judge=bench.judge, ask=9, score=5, value=1.0, reasoning="Ok.")
    with pytest.raises(IntegrityError, match="A judge scores"), transaction.atomic():
        score.save(force_insert=True)
    score.replay = start_replay(
        bench.judge, results=[result], actor=bench.shop.actor("rui"), reason="Look again."
    )
    score.save(force_insert=True)


def replayed(bench: Bench, run: Run) -> Replay:
    """Have every answer of the run scored again, and do what a worker does."""
    replay = start_replay(
        bench.judge,
        results=list(run.results.all()),
        actor=bench.shop.actor("rui"),
        reason="Once more.",
    )
    work_on_replay(replay.pk)
    replay.refresh_from_db()
    return replay


def test_asking_a_judge_again_spends_no_more_than_the_month_allows(bench: Bench) -> None:
    run = finish(bench.queued())
    spent = Spend.objects.get().cost
    assert spent == run.cost == Decimal("0.096")
    SuiteDefaults.objects.create(project=bench.shop.project, budget={"max_cost_month": 0.13})
    replay = replayed(bench, run)
    assert replay.state == "errored"
    assert replay.error.startswith("The project's monthly budget of 0.13 US dollars is used up.")
    assert 0 < replay.judgements.count() < 48
    assert spent < Spend.objects.get().cost <= Decimal("0.13")
    SuiteDefaults.objects.update(budget={"max_cost_month": float(spent)})
    with pytest.raises(Refused, match="monthly budget"):
        replayed(bench, run)
    SuiteDefaults.objects.update(budget={})
    assert replayed(bench, run).state == "done"


def test_a_spent_month_allows_no_try_out_and_no_test_of_the_connection(bench: Bench) -> None:
    def try_out() -> object:
        return start_try_out(
            bench.prompt,
            content=stages.text(stages.MINOR_TEXT),
            cases=[TryCase.typed({"company": "Northwind"}, says="Where is it?")],
            connection=MODEL,
            actor=bench.shop.actor("ana"),
        )

    def test() -> object:
        return start_test(bench.shop.project, connection=MODEL, actor=bench.shop.actor("ana"))

    finish(bench.queued())
    assert all([try_out(), test()])
    SuiteDefaults.objects.create(project=bench.shop.project, budget={"max_cost_month": 0.09})
    for ask in (try_out, test):
        with pytest.raises(Refused, match="monthly budget"):
            ask()


def test_nobody_has_any_number_of_answers_scored_again_within_an_hour(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "AN_HOUR", 100)
    run = finish(bench.queued())
    assert [replayed(bench, run).state for _ in range(2)] == ["done", "done"]
    with pytest.raises(Refused, match="Within an hour you had 96 answers scored again"):
        replayed(bench, run)


def in_production_by_its_own_verdict(bench: Bench) -> None:
    """Let a version serve that was cleared by a run."""
    run = finish(bench.queued())
    assert run.version
    now = database_now() - timedelta(minutes=stages.road_minutes(run.version))
    rollout = stages.started(bench.shop, run.version, now=now)
    while rollout.ended_at is None:
        rollout, now = stages.next_step(bench.shop, rollout, now)


LAX: dict[str, Any] = {
    "a check taken out": {"checks": [{"type": "not_empty"}]},
    "a judge that only advises": {"gating": False},
    "a wider margin": {"margin": 0.5},
    "a bar no longer looked at": {
        "thresholds": {"max_latency_ratio": None, "max_cost_ratio": None}
    },
}


def set_by(bench: Bench, who: str, how: dict[str, Any]) -> None:
    judge = {"version": bench.judge.pk, "gating": True, "margin": 0.03}
    judge |= {name: how[name] for name in ("gating", "margin") if name in how}
    more = {name: how[name] for name in ("checks", "thresholds") if name in how}
    bench.suite(judges=[judge], actor=bench.shop.actor(who), **more)


@pytest.mark.parametrize("how", LAX.values(), ids=LAX)
def test_whoever_writes_a_version_does_not_clear_it_by_asking_less(
    bench: Bench, how: dict[str, Any]
) -> None:
    in_production_by_its_own_verdict(bench)
    set_by(bench, "ana", how)
    run = finish(bench.queued(stages.MINOR_TEXT + " Also thank them."))
    assert run.version
    release = Release.objects.get(version=run.version)
    assert (run.state, release.state) == (Run.State.INCONCLUSIVE, Clearance.UNDECIDED)
    assert run.reasons[0].startswith("It asks less than production's own verdict did, and ana")
    accept_undecided(
        run.version,
        seen_digest=run.version.digest,
        seen_verdict=release.verdict_id,
        actor=bench.shop.actor("rui"),
        comment="The bar was too high.",
    )
    assert Release.objects.get(version=run.version).state == Clearance.CLEARED


def test_a_case_that_is_in_the_way_is_not_taken_out_by_whoever_writes_the_version(
    bench: Bench,
) -> None:
    in_production_by_its_own_verdict(bench)
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(25)[1:], actor=ana, reason="q01 is odd.")
    run = finish(bench.queued(stages.MINOR_TEXT + " Also thank them."))
    assert run.state == Run.State.INCONCLUSIVE
    assert "1 golden case taken out or changed." in run.reasons[0]


def test_a_higher_bar_and_one_that_somebody_else_lowered_clear_as_ever(bench: Bench) -> None:
    in_production_by_its_own_verdict(bench)
    add_snapshot(bench.dataset, cases=golden(26), actor=bench.shop.actor("ana"), reason="More.")
    bench.suite(checks=[MENTIONS_COMPANY, {"type": "not_empty"}])
    assert finish(bench.queued(stages.MINOR_TEXT + " Thank them.")).state == Run.State.PASSED
    set_by(bench, "rui", {"margin": 0.5, "checks": [{"type": "not_empty"}]})
    assert finish(bench.queued(stages.MINOR_TEXT + " Be kind.")).state == Run.State.PASSED


def test_one_case_under_many_ids_is_one_case(bench: Bench) -> None:
    ana = bench.shop.actor("ana")
    same = [replace(case, query="Question 1?") for case in golden(40)]
    others = [replace(case, case_id=f"o{case.case_id}") for case in golden(9)[1:]]
    add_snapshot(bench.dataset, cases=[*same, *others], actor=ana, reason="So many.")
    version = stages.saved(
        bench.shop, bench.prompt, stages.MINOR_TEXT, base=production_of(bench.prompt)
    )
    submit(version, actor=ana, reason="Try it.")
    release = Release.objects.get(version=version)
    assert release.state == Clearance.UNDECIDED
    assert release.verdict
    assert "Only 9 of the 48 cases of Questions ask something" in release.verdict.reasons[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_snapshot_made_during_a_submit_is_not_forgotten(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a version judged by the cases before it would ship as if there were no others."""

    def freeze() -> None:
        ana = bench.shop.actor("ana")
        add_snapshot(bench.dataset, cases=golden(30), actor=ana, reason="Harder ones.")
        connection.close()

    other = Thread(target=freeze)

    def late(suite: Suite, snapshot: Snapshot) -> None:
        other.start()
        other.join(2)  # it waits for the submit, or was faster
        keep_standard(suite, snapshot)

    monkeypatch.setattr(submit_module, "keep_standard", late)
    bench.queued()
    other.join(20)
    newest = bench.dataset.snapshots.get(number=2)
    assert EvaluationStandard.objects.get().pins["snapshot"] == newest.digest
