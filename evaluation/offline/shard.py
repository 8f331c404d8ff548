"""Work through one shard: threads ask the models, this thread writes what comes back.

The threads do nothing but the call. Whoever drives a `ShardWork` owns the database: it renews
the lease and writes rows in groups. A call that depends on a row starts only when that row is
written. When the work must stop, calls that are open are waited for and written: they are paid.
"""

import random
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from uuid import UUID

from evaluation.offline.budget import Budget
from evaluation.offline.counts import Paid, added_up
from evaluation.offline.jobs import Desk, Job, Row
from evaluation.offline.lanes import Call, Lane
from evaluation.offline.leases import BEAT_SECONDS, renew, write
from evaluation.offline.models import CaseResult, Judgement
from evaluation.offline.pending import Pending
from evaluation.offline.reuse import Copy
from evaluation.providers.base import ModelResponse, ProviderError, Refused
from evaluation.providers.retry import ask_again
from registry.domain.template import TemplateError

WRITE_SECONDS = 0.05  # rows that come within this are written together


class RunStops(Exception):
    """Going on makes no sense; the message says why and what to do."""


@dataclass
class Errors:
    """The cases that the verdict will lack, by their keys, and how many it may lack."""

    allowed: int
    cases: set[int]

    def too_many(self) -> str:
        """Return why there can be no verdict any more, or ""."""
        if len(self.cases) <= self.allowed:
            return ""
        return f"{len(self.cases)} cases gave no full result, too many for a verdict."


class ShardWork:
    """The loop over the calls of a shard, while its lease is held."""

    def __init__(
        self, desk: Desk, shard: int, token: UUID, pending: Pending, budget: Budget, errors: Errors
    ) -> None:
        self._desk, self._shard, self._token = desk, shard, token
        self._budget, self._errors = budget, errors
        self._lanes = {desk.connection.name: Lane(desk.connection, pending.fresh)}
        for judge in desk.judges:
            connection = judge.asker.connection
            self._lanes.setdefault(connection.name, Lane(connection))
        self._landed: SimpleQueue[tuple[Call, Future[ModelResponse]]] = SimpleQueue()
        self._done: list[tuple[Job, Row]] = []
        self._paid: list[Paid] = []
        self._copies: list[Copy] = []
        self._open: set[Future[ModelResponse]] = set()
        self._reason = ""
        self._halting = False  # once it is, it stays so: what is taken back is not asked here again
        self._renewed = self._wrote = self._looked = time.monotonic()
        self._queue(pending.ready)

    def drive(self, stop: Callable[[], bool]) -> bool:
        """Work until nothing is left (True), or until `stop` or the run's end (False).

        Raises LeaseLost, and RunStops once the open calls are written.
        """
        try:
            while True:
                self._halting = self._halting or self._must_end() or stop()
                if self._halting:
                    self._recall()
                else:
                    self._launch()
                if self._flying:
                    self._collect()
                elif self._unwritten:
                    self._write()  # what depends on these rows may start
                elif self._halting or self._reason:
                    break
                elif all(lane.empty for lane in self._lanes.values()):
                    return True
                else:
                    self._collect()
        finally:
            for lane in self._lanes.values():
                lane.close()
        if self._reason:
            raise RunStops(self._reason)
        return False

    def _must_end(self) -> bool:
        self._reason = self._reason or self._budget.out_of_time
        return bool(self._reason) or self._budget.standing.ending

    @property
    def _flying(self) -> int:
        return sum(lane.flying for lane in self._lanes.values())

    @property
    def _unwritten(self) -> bool:
        return bool(self._done or self._copies)

    def _queue(self, jobs: Iterable[Job | Copy]) -> None:
        for job in jobs:
            if isinstance(job, Copy):
                self._copies.append(job)
            else:
                self._lanes[job.connection.name].add(job)

    def _launch(self) -> None:
        """Make every call that there is a place, a share of the rate and a budget for."""
        for lane in self._lanes.values():
            while (call := lane.next()) and self._start(lane, call):
                pass

    def _start(self, lane: Lane, call: Call) -> bool:
        """Make the call, or say that this lane has to wait."""
        try:
            request = call.prepare()
        except TemplateError as error:
            self._give_up(call, str(error), asked=0)
            return True
        if why := self._budget.refuses(lane.connection.name, call.worst):
            lane.put_back(call)
            if not self._flying:  # else an open call may turn out cheaper than was set aside
                self._reason = self._reason or why
            return False
        if pause := lane.connection.caller.wait(request):
            lane.put_back(call, pause=pause)
            return False
        self._budget.start(call.worst)
        lane.flying += 1
        future = lane.connection.caller.submit(lane.pool, request)
        self._open.add(future)
        future.add_done_callback(lambda future: self._landed.put((call, future)))
        return True

    def _recall(self) -> None:
        """Take back what is submitted and not yet asked."""
        for future in self._open:
            future.cancel()

    def _collect(self) -> None:
        """Take what has landed, waiting for it until something else is due; write in groups."""
        due = [self._renewed + BEAT_SECONDS]
        if not self._halting:
            due += [lane.opens_at for lane in self._lanes.values()]
        if self._unwritten:
            due.append(self._wrote + WRITE_SECONDS)
        pause = min(due) - time.monotonic()
        try:
            self._take(*self._landed.get(timeout=max(0.0, pause)))
            while True:
                self._take(*self._landed.get_nowait())
        except Empty:
            pass
        now = time.monotonic()
        if self._unwritten and now >= self._wrote + WRITE_SECONDS:
            self._write()
        elif now >= self._renewed + BEAT_SECONDS:
            self._budget.standing = renew(self._desk.run, self._shard, self._token)
            self._renewed = now
        if now >= self._looked + BEAT_SECONDS:  # others spend too, however busy it is here
            self._budget.look_at_months(self._desk.run.prompt.project)
            self._looked = now

    def _take(self, call: Call, future: Future[ModelResponse]) -> None:
        """Make a row of an answer; after trouble, ask again later or give up."""
        lane = self._lanes[call.job.connection.name]
        lane.flying -= 1
        self._open.discard(future)
        self._budget.land(call.worst)
        if future.cancelled():
            return  # it is asked by whoever goes on
        try:
            response = future.result()
        except Refused as error:
            self._reason = self._reason or str(error)
        except ProviderError as error:
            elapsed = time.monotonic() - call.started
            again = ask_again(error, call.tries, elapsed=elapsed, draw=random.random())
            if again is None:
                self._give_up(call, str(error), asked=call.paid_calls)
            else:
                call.tries = again.tries
                lane.later(call, again.wait)
        else:
            assert call.request is not None
            self._keep(call, call.job.row(call.request, response, call.calls), call.paid_calls)

    def _give_up(self, call: Call, why: str, *, asked: int) -> None:
        self._keep(call, call.job.no_row(why, call.calls), asked, answered=False)

    def _keep(self, call: Call, row: Row, asked: int, *, answered: bool = True) -> None:
        """Hold a row until it is written; too many that lack something end the run."""
        if not self._unwritten:
            self._wrote = time.monotonic()  # the first of a group: the others have so much time
        connection = call.job.connection.name
        self._lanes[connection].unwritten += 1
        paid = Paid(connection, asked, answered, row.input_tokens, row.output_tokens, row.cost)
        self._paid.append(paid)
        self._budget.note(asked, row.cost)
        self._done.append((call.job, row))
        final = not isinstance(row, Judgement) or row.last
        if row.error and final and call.job.decides:
            self._errors.cases.add(call.job.case.pk)
            if why := self._errors.too_many():
                self._reason = self._reason or f"{why} The last one: {_said(row)}"

    def _write(self) -> None:
        """Write what is done, what is taken over and what it cost; queue what depends on it."""
        taken = self._desk.earlier.take(self._copies) if self._desk.earlier else []
        rows = [row for _, row in self._done]
        results = [row for row in rows if isinstance(row, CaseResult)]
        judgements = [row for row in rows if isinstance(row, Judgement)]
        results += [one.result for one in taken]
        judgements += [score for one in taken for score in one.judgements]
        calls = added_up(self._paid)
        standing = write(self._desk.run, self._shard, self._token, results, judgements, calls)
        done, self._done, self._paid, self._copies = self._done, [], [], []
        for lane in self._lanes.values():
            lane.unwritten = 0
        self._renewed = time.monotonic()
        self._budget.written(standing)
        for job, row in done:
            self._queue(job.after(row))
        for one in taken:
            self._queue(self._desk.judgings(one.result, one.given))


def _said(row: Row) -> str:
    """Return why a row lacks what it is for, in a sentence that stands by itself."""
    if isinstance(row, CaseResult):
        return row.error
    why = re.sub("^It ", "Its answer ", row.error)  # of a judge that answered: “It is not JSON.”
    return f"the judge {row.judge.judge.name} gave no score. {why}"
