"""Work through one shard: threads ask the models, this thread writes what comes back.

The threads do nothing but the call. Waiting for another try takes no thread. Whoever runs
`ShardWork` owns the database: it renews the lease, runs the checks, writes each result.
"""

import heapq
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from uuid import UUID

from evaluation.offline.leases import BEAT_SECONDS, renew, write_results
from evaluation.offline.models import Case, CaseResult, Run
from evaluation.offline.requests import Asker
from evaluation.offline.results import answered, no_answer
from evaluation.providers.base import ModelRequest, ModelResponse, ProviderError, Refused
from evaluation.providers.connections import Connection
from evaluation.providers.retry import Tries, ask_again
from registry.domain.template import TemplateError


class RunStops(Exception):
    """Going on makes no sense; the message says why and what to do."""


@dataclass(frozen=True)
class Job:
    """One case for one arm, and what its call has been through. Times are monotonic seconds."""

    case: Case
    arm: str
    request: ModelRequest | None = None
    tries: Tries = field(default_factory=Tries)
    started: float = 0.0

    @property
    def calls(self) -> int:
        """How many calls were made for it so far, this one included."""
        return self.tries.failed + self.tries.limited + 1


class ShardWork:
    """The loop over the jobs of a shard, while its lease is held."""

    def __init__(
        self,
        run: Run,
        shard: int,
        token: UUID,
        jobs: Iterator[Job],
        askers: dict[str, Asker],
        connection: Connection,
        may_err: int,
    ) -> None:
        self._run, self._shard, self._token = run, shard, token
        self._jobs, self._askers, self._connection = jobs, askers, connection
        self._flying: dict[Future[ModelResponse], Job] = {}
        self._waiting: list[tuple[float, int, Job]] = []  # a heap by the time to ask again
        self._finished: list[CaseResult] = []
        self._renewed = time.monotonic()
        self._errors, self._may_err = 0, may_err

    def drive(self, stop: Callable[[], bool]) -> bool:
        """Work until nothing is left (True), or `stop` says so and no call is open (False).

        Raises LeaseLost and RunStops.
        """
        pool = ThreadPoolExecutor(self._connection.at_once)
        try:
            while True:
                stopping = stop()
                if not stopping:
                    self._launch(pool)
                if not self._flying and (stopping or not self._waiting):
                    return not stopping or self._nothing_left()
                self._collect()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _nothing_left(self) -> bool:
        return not self._waiting and next(self._jobs, None) is None

    def _launch(self, pool: ThreadPoolExecutor) -> None:
        """Fill the free threads: first with what waited long enough, then with new jobs."""
        ask = self._connection.provider.complete
        while len(self._flying) < self._connection.at_once:
            job = self._next_job()
            if job is None:
                break
            try:
                request = job.request or self._askers[job.arm].question(job.case)
            except TemplateError as error:
                self._give_up(job, str(error))
                continue
            started = job.started or time.monotonic()
            job = replace(job, request=request, started=started)
            self._flying[pool.submit(ask, request)] = job
        self._write()

    def _next_job(self) -> Job | None:
        if self._waiting and self._waiting[0][0] <= time.monotonic():
            return heapq.heappop(self._waiting)[2]
        return next(self._jobs, None)

    def _collect(self) -> None:
        """Wait for answers until the next beat is due, and write what came."""
        pause = self._renewed + BEAT_SECONDS - time.monotonic()
        if self._waiting:
            pause = min(pause, self._waiting[0][0] - time.monotonic())
        pause = max(0.0, pause)
        if not self._flying:
            time.sleep(pause)
        done, _ = wait(self._flying, timeout=pause, return_when=FIRST_COMPLETED)
        for future in done:
            self._take(future)
            if self._is_beat_due():
                self._write()
        self._write()
        if self._is_beat_due():
            renew(self._shard, self._token)
            self._renewed = time.monotonic()

    def _is_beat_due(self) -> bool:
        return time.monotonic() >= self._renewed + BEAT_SECONDS

    def _take(self, future: Future[ModelResponse]) -> None:
        """Make a result of an answer; after trouble, ask again later or give up."""
        job = self._flying.pop(future)
        try:
            response = future.result()
        except Refused as error:
            raise RunStops(str(error)) from None
        except ProviderError as error:
            self._again_or_not(job, error)
        else:
            self._finished.append(answered(self._run, job.case, job.arm, response, job.calls))

    def _again_or_not(self, job: Job, error: ProviderError) -> None:
        now = time.monotonic()
        again = ask_again(error, job.tries, elapsed=now - job.started, draw=random.random())
        if again is None:
            self._give_up(job, str(error))
        else:
            later = replace(job, tries=again.tries)
            heapq.heappush(self._waiting, (now + again.wait, id(later), later))

    def _give_up(self, job: Job, why: str) -> None:
        """Keep the case as one without an answer; too many of them end the run."""
        self._finished.append(no_answer(self._run, job.case, job.arm, why, job.calls))
        self._errors += 1
        if self._errors > self._may_err:
            self._write()
            raise RunStops(
                f"{self._errors} cases gave no answer, too many for a verdict. The last one: {why}"
            )

    def _write(self) -> None:
        if self._finished:
            write_results(self._shard, self._token, self._finished)
            self._finished = []
            self._renewed = time.monotonic()
