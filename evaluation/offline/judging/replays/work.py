"""Work on a replay: ask the judge about each answer, write each score as it arrives."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction

from evaluation.offline import held
from evaluation.offline.budget import month_budget
from evaluation.offline.judging.asking import JudgeAsker, JudgeQuestion
from evaluation.offline.leases import LeaseLost
from evaluation.offline.models import CaseResult, Judgement, JudgeVersion, Replay
from evaluation.offline.spend import add_spend
from evaluation.offline.tryouts.calls import Calls, Later, NoAnswer
from evaluation.providers import connections
from evaluation.providers.base import ModelResponse
from evaluation.providers.prices import cost_of, most_cost_of
from evaluation.providers.retry import RetryRules
from registry.audit.clock import database_now
from registry.domain.errors import Refused

BEAT_SECONDS = 1.0  # a cancel is noticed so soon
LONGEST_SECONDS = 3600.0
RULES = RetryRules(rate_limit_seconds=LONGEST_SECONDS)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Asked:
    """One time of asking about one answer."""

    result: CaseResult
    question: JudgeQuestion
    ask: int
    worst: Decimal = Decimal(0)  # US dollars that it costs at most


def work_on_replay(pk: int, *, stop: Callable[[], bool] = lambda: False) -> bool:
    """Work on it if nobody does; return whether some of it is left for another turn.

    `stop` is asked often: once it says True, open calls are waited for and the rest is
    handed back. Safe to call any number of times, by any number of workers.
    """
    token = held.claim(Replay, pk)
    if token is None:
        return False
    replay = Replay.objects.select_related("judge__judge__project").get(pk=pk)
    try:
        return not _ask_or_say_why(replay, token, stop)
    except LeaseLost:
        log.info("replay cancelled or taken over", replay=pk)
        return False


def _ask_or_say_why(replay: Replay, token: UUID, stop: Callable[[], bool]) -> bool:
    """Ask everything; end the replay with the reason if it cannot be asked. Raises LeaseLost.

    Returns whether nothing is left; what is left is handed back.
    """
    try:
        whole = Work(replay, token).drive(stop)
    except Refused as reason:
        held.finish(Replay, replay.pk, token, error=str(reason))
        return True
    if whole:
        held.finish(Replay, replay.pk, token)
    else:
        held.hand_back(Replay, replay.pk, token)
    return whole


class Work:
    """The loop over the answers of one replay, while its lease is held."""

    def __init__(self, replay: Replay, token: UUID) -> None:
        self._replay, self._token = replay, token
        self._version: JudgeVersion = replay.judge
        self._connection = connections.get(self._version.connection)
        self._asker = JudgeAsker(self._version, self._connection)
        assert replay.started_at is not None  # set by the claim
        elapsed = (database_now() - replay.started_at).total_seconds()
        self._calls = Calls(self._connection, elapsed=elapsed, rules=RULES, longest=LONGEST_SECONDS)
        self._flying: dict[Future[ModelResponse], Asked] = {}
        self._again: deque[tuple[CaseResult, int]] = deque()
        self._project = self._version.judge.project
        self._budget = month_budget(self._project, self._connection)

    def drive(self, stop: Callable[[], bool]) -> bool:
        """Ask until nothing is left (True) or `stop` says so (False).

        Raises LeaseLost, or Refused once the month's money is used up.
        """
        pool = ThreadPoolExecutor(self._connection.at_once)
        waiting = _unscored(self._replay)
        left = False
        try:
            while True:
                if not left:
                    self._launch(pool, waiting)
                if not self._flying:
                    return not left
                left = self._collect() or left
                held.renew(Replay, self._replay.pk, self._token)
                self._budget.look_at_months(self._project)
                if stop() and not left:
                    self._calls.leave()
                    left = True
        finally:
            self._calls.leave()
            pool.shutdown(wait=False, cancel_futures=True)

    def _launch(self, pool: ThreadPoolExecutor, waiting: Iterator[tuple[CaseResult, int]]) -> None:
        """Fill the free threads; questions are built only when their turn comes."""
        while len(self._flying) < self._connection.at_once:
            following = self._again.popleft() if self._again else next(waiting, None)
            if following is None:
                return
            if not self._ask(pool, *following):
                self._again.appendleft(following)
                return

    def _ask(self, pool: ThreadPoolExecutor, result: CaseResult, ask: int) -> bool:
        """Ask; or return False while open calls may turn out cheaper than was set aside.

        Raises Refused when there are none.
        """
        question = self._asker.question(result.case, result.output, ask)
        worst = most_cost_of(self._connection, question.request) or Decimal(0)
        if why := self._budget.refuses(self._connection.name, worst):
            if not self._flying:
                raise Refused(why[0].upper() + why[1:])
            return False
        self._budget.start(worst)
        future = pool.submit(self._calls.ask, question.request)
        self._flying[future] = Asked(result, question, ask, worst)
        return True

    def _collect(self) -> bool:
        """Write what came; return whether something was left for another worker."""
        done, _ = wait(self._flying, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
        left = False
        for future in done:
            asked = self._flying.pop(future)
            self._budget.land(asked.worst)
            try:
                row = self._row(asked, future)
            except Later:
                left = True
                continue
            self._write(row)
            if not row.last:
                self._again.append((asked.result, asked.ask + 1))
        return left

    def _row(self, asked: Asked, future: Future[ModelResponse]) -> Judgement:
        """Return the unsaved row of what came. Raises Later."""
        try:
            response = future.result()
        except NoAnswer as error:
            row = self._asker.no_judgement(asked.result, asked.question, str(error), ask=asked.ask)
        else:
            row = self._asker.judgement(asked.result, asked.question, response, ask=asked.ask)
            row.cost = cost_of(self._connection, response.model, response.usage)
        row.replay = self._replay
        return row

    def _write(self, row: Judgement) -> None:
        """Write one row with what it cost, and renew the lease, together. Raises LeaseLost."""
        with transaction.atomic():
            held.renew(Replay, self._replay.pk, self._token, attempts=1)
            Judgement.objects.bulk_create([row], ignore_conflicts=True)
            add_spend(
                self._version.judge.project_id,
                self._connection.name,
                unpriced=int(bool(row.model) and row.cost is None),
                input_tokens=row.input_tokens or 0,
                output_tokens=row.output_tokens or 0,
                cost=row.cost or Decimal(0),
            )
        self._budget.spend(row.cost)


def _unscored(replay: Replay) -> Iterator[tuple[CaseResult, int]]:
    """Yield what has no standing score yet, with how often it will then have been asked."""
    asked: dict[int, int] = {}
    done = set()
    for result, ask, last in replay.judgements.values_list("result", "ask", "last"):
        asked[result] = max(ask, asked.get(result, 0))
        if last:
            done.add(result)
    rest = [pk for pk in replay.results if pk not in done]
    for start in range(0, len(rest), 100):
        part = rest[start : start + 100]
        found = CaseResult.objects.select_related("case").in_bulk(part)
        for pk in part:
            yield found[pk], asked.get(pk, 0) + 1
