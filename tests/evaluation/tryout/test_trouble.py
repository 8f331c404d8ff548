"""Trouble on the way: limits, timeouts, refusals, workers that die, stop, or never come."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from evaluation.offline.models import TryOut
from evaluation.offline.tryouts import calls, leases, look_after
from evaluation.offline.tryouts.cancel import cancel_try_out
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.look_after import take_up_try_outs
from evaluation.offline.tryouts.work import work_on_try_out
from evaluation.providers.base import RateLimited, Refused, Transient
from evaluation.providers.retry import RetryRules
from registry.audit.clock import database_now
from tests.evaluation.offline.conftest import Model, echo
from tests.evaluation.tryout.conftest import NORTHWIND, Start, done, said
from tests.stages import World

Answer = Callable[[str, str], str]
OURS = "Answer for Northwind."


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of milliseconds instead of seconds."""
    rules = RetryRules(attempts=2, first_wait=0.01, longest_wait=0.02, rate_limit_seconds=30.0)
    monkeypatch.setattr(calls, "RULES", rules)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The try-outs for which the reconciler woke a worker."""
    found: list[int] = []
    monkeypatch.setattr(look_after, "wake", lambda rows, task: found.extend(rows))
    return found


def failing(error: Exception, times: int = 1_000) -> Answer:
    """A model that fails our text so often and answers everything else."""
    left = [times]

    def answer(prompt: str, query: str) -> str:
        if prompt == OURS and left[0] > 0:
            left[0] -= 1
            raise error
        return echo(prompt, query)

    return answer


@pytest.mark.parametrize(
    "error", [RateLimited("Wait (status 429).", 0.05), Transient("It did not answer in time.")]
)
def test_passing_trouble_is_asked_again(start: Start, answers: Model, error: Exception) -> None:
    answers.answer = failing(error, times=2)
    assert said(done(start())) == f"{OURS} / Where is it?"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RateLimited("Asks to wait (status 429).", 60), "Wait a minute and try again"),
        (Transient("It did not answer in time."), "somebody must look at the connection model"),
        (Refused("No such model (status 404).", 404), "Correct it under “Model”"),
        (Refused("The key was refused. Check the key.", 401), "Check the key."),
    ],
)
def test_lasting_trouble_is_said_with_what_to_do_and_the_other_side_still_answers(
    start: Start, answers: Model, error: Exception, words: str
) -> None:
    answers.answer = failing(error)
    try_out = done(start())
    assert said(try_out).startswith(str(error))
    assert words in said(try_out)
    assert said(try_out, "baseline").endswith("/ Where is it?")
    assert try_out.state == TryOut.State.DONE


def test_what_a_dead_worker_left_is_taken_up_and_no_answer_is_asked_twice(
    start: Start, answers: Model, woken: list[int]
) -> None:
    try_out = start("Answer for {{company}}.", NORTHWIND, TryCase(inputs={"company": "Contoso"}))

    def dies(prompt: str, query: str) -> str:
        if "Contoso" in prompt:
            raise SystemExit
        return echo(prompt, query)

    answers.answer = dies
    with pytest.raises(SystemExit):
        work_on_try_out(try_out.pk)
    kept = set(try_out.answers.values_list("number", "arm"))
    assert not work_on_try_out(try_out.pk)  # its lease still holds
    take_up_try_outs()
    assert woken == []
    lease_runs_out(try_out)
    take_up_try_outs()
    assert woken == [try_out.pk]
    answers.answer, answers.asked = echo, []
    assert done(try_out).state == TryOut.State.DONE
    assert len(answers.asked) == 4 - len(kept)
    assert try_out.answers.count() == 4


def test_one_that_kills_its_workers_ends_and_says_so(
    start: Start, answers: Model, woken: list[int]
) -> None:
    def dies(prompt: str, query: str) -> str:
        raise SystemExit

    answers.answer = dies
    try_out = start()
    for _ in range(leases.ATTEMPTS):
        take_up_try_outs()
        with pytest.raises(SystemExit):
            work_on_try_out(try_out.pk)
        lease_runs_out(try_out)
    assert woken == [try_out.pk] * leases.ATTEMPTS
    take_up_try_outs()
    try_out.refresh_from_db()
    assert (try_out.state, len(woken)) == (TryOut.State.ERRORED, leases.ATTEMPTS)
    assert "stopped 3 times" in try_out.error


def test_one_that_no_worker_took_for_ten_minutes_ends_unasked(
    start: Start, answers: Model, woken: list[int]
) -> None:
    try_out = start()
    take_up_try_outs()
    assert woken == [try_out.pk]
    long_ago = database_now() - timedelta(minutes=11)
    TryOut.objects.filter(pk=try_out.pk).update(created_at=long_ago)
    take_up_try_outs()
    assert woken == [try_out.pk]
    assert done(try_out).error.startswith("No worker took it within 10 minutes")
    assert answers.asked == []


def test_a_cancel_in_the_middle_keeps_what_was_answered_and_asks_nothing_more(
    start: Start, shop: World, answers: Model
) -> None:
    try_out = start()

    def cancels(prompt: str, query: str) -> str:
        if prompt == OURS:
            time.sleep(0.3)
        return echo(prompt, query)

    answers.answer = cancels
    asked_to_stop: list[bool] = []

    def cancel_once() -> bool:
        if not asked_to_stop:
            asked_to_stop.append(True)
            cancel_try_out(try_out, actor=shop.actor("ana"))
        return False

    assert not work_on_try_out(try_out.pk, stop=cancel_once)
    try_out.refresh_from_db()
    assert try_out.state == TryOut.State.CANCELLED
    assert list(try_out.answers.values_list("arm", flat=True)) == ["baseline"]


def test_a_worker_that_stops_hands_the_rest_back_without_blame(
    start: Start, answers: Model
) -> None:
    answers.answer = failing(RateLimited("Wait.", 0.05), times=1)
    try_out = start()
    assert work_on_try_out(try_out.pk, stop=lambda: True)
    try_out.refresh_from_db()
    assert (try_out.state, try_out.attempts, try_out.lease_token) == ("running", 0, None)
    assert try_out.answers.get().arm == "baseline"
    assert done(try_out).state == TryOut.State.DONE
    assert try_out.answers.count() == 2


def test_a_connection_that_is_gone_ends_it_with_the_cure(start: Start, answers: Model) -> None:
    try_out = start()
    TryOut.objects.filter(pk=try_out.pk).update(connection="gone")
    ended = done(try_out)
    assert (ended.state, ended.finished_at is None) == (TryOut.State.ERRORED, False)
    assert "There is no connection “gone”" in ended.error


def lease_runs_out(try_out: TryOut) -> None:
    """Let ten seconds pass for the lease."""
    TryOut.objects.filter(pk=try_out.pk).update(lease_until=database_now() - timedelta(seconds=1))
