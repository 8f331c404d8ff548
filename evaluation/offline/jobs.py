"""What a run asks for: an answer to a case, and a judge's score of an answer.

A job knows its question and the row that comes of it; `after` names the jobs that depend on
that row and start once it is written. How and when it is asked is the matter of `shard`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from evaluation.offline.judging.asking import JudgeAsker, JudgeQuestion
from evaluation.offline.models import Case, CaseResult, Judgement, Run
from evaluation.offline.requests import Asker, digest_of
from evaluation.offline.results import answered, no_answer
from evaluation.offline.reuse import Copy, Earlier
from evaluation.providers.base import ModelRequest, ModelResponse
from evaluation.providers.connections import Connection
from evaluation.providers.prices import cost_of

Row = CaseResult | Judgement
Arm = CaseResult.Arm


class Job(Protocol):
    """One question and the row that comes of it."""

    @property
    def case(self) -> Case:
        """The case it is about."""
        ...

    @property
    def connection(self) -> Connection:
        """Whom it is put to."""
        ...

    @property
    def decides(self) -> bool:
        """Does the verdict lack something without it?"""
        ...

    def question(self) -> ModelRequest:
        """Return the request. Raises TemplateError when a value is missing."""
        ...

    def row(self, request: ModelRequest, response: ModelResponse, calls: int) -> Row:
        """Return the unsaved row of an answer that came with the last of `calls`."""
        ...

    def no_row(self, why: str, calls: int) -> Row:
        """Return the unsaved row of a question without an answer; `why` is a sentence."""
        ...

    def after(self, row: Row) -> Iterator["Job | Copy"]:
        """Yield what may be done now that `row` is written."""
        ...


@dataclass(frozen=True)
class Judging:
    """A judge of the run. Only a `gating` one decides."""

    asker: JudgeAsker
    gating: bool


@dataclass(frozen=True)
class Desk:
    """What the questions of a run are made of. `askers` by arm; `earlier` has answers to reuse."""

    run: Run
    connection: Connection
    askers: Mapping[str, Asker]
    judges: tuple[Judging, ...] = ()
    earlier: Earlier | None = None

    def answers(self, case: Case, arm: str, repeat: int) -> "AnswerJob":
        """Return the job of one answer."""
        return AnswerJob(self, case, arm, repeat)

    def judgings(self, result: CaseResult, given: Mapping[int, int | None]) -> Iterator["JudgeJob"]:
        """Yield what judges are still to say of `result`, a written answer.

        `given` says of each judge version how often it was asked; None: it needs no more.
        """
        for judge in self.judges:
            asked = given.get(judge.asker.version.pk, 0)
            if asked is not None and not result.error and judge.asker.applies(result.case):
                yield JudgeJob(self, judge, result, ask=asked + 1)

    def beside(self, candidate: CaseResult) -> "AnswerJob | Copy":
        """Return how the baseline's answer beside a written one of the candidate is come by."""
        if self.earlier and (source := self.earlier.beside(candidate)):
            return source
        return self.answers(candidate.case, Arm.BASELINE.value, candidate.repeat)


@dataclass(frozen=True)
class AnswerJob:
    """One answer of one arm to one case."""

    desk: Desk
    case: Case
    arm: str
    repeat: int
    decides: bool = True

    @property
    def connection(self) -> Connection:
        """The run's."""
        return self.desk.connection

    def question(self) -> ModelRequest:
        """Return the request. Raises TemplateError when a value is missing."""
        return self.desk.askers[self.arm].question(self.case)

    def row(self, request: ModelRequest, response: ModelResponse, calls: int) -> CaseResult:
        """Return the answer with its checks made."""
        cost = cost_of(self.connection, response.model, response.usage)
        row = answered(self.desk.run, self.case, self.arm, response, calls, cost)
        row.repeat = self.repeat
        row.request_digest = digest_of(request)
        return row

    def no_row(self, why: str, calls: int) -> CaseResult:
        """Return the row that says why there is no answer."""
        row = no_answer(self.desk.run, self.case, self.arm, why, calls)
        row.repeat = self.repeat
        return row

    def after(self, row: Row) -> Iterator[Job | Copy]:
        """Yield the judges' questions, and the baseline's where it waited for the candidate."""
        assert isinstance(row, CaseResult)
        yield from self.desk.judgings(row, {})
        if self.desk.earlier and self.arm == Arm.CANDIDATE:
            yield self.desk.beside(row)


@dataclass
class JudgeJob:
    """One time of asking one judge about one written answer."""

    desk: Desk
    judge: Judging
    result: CaseResult
    ask: int = 1
    _asked: JudgeQuestion | None = None

    @property
    def case(self) -> Case:
        """The case of the answer."""
        return self.result.case

    @property
    def connection(self) -> Connection:
        """The judge's own."""
        return self.judge.asker.connection

    @property
    def decides(self) -> bool:
        """Only a gating judge does."""
        return self.judge.gating

    def question(self) -> ModelRequest:
        """Return the request; the same one however often it is sent."""
        return self._question.request

    @property
    def _question(self) -> JudgeQuestion:
        if self._asked is None:
            output = self.result.output
            self._asked = self.judge.asker.question(self.case, output, self.ask)
        return self._asked

    def row(self, request: ModelRequest, response: ModelResponse, calls: int) -> Judgement:
        """Return the score, or what was wrong with the answer."""
        asker = self.judge.asker
        row = asker.judgement(self.result, self._question, response, ask=self.ask, calls=calls)
        row.run = self.desk.run
        row.cost = cost_of(self.connection, response.model, response.usage)
        return row

    def no_row(self, why: str, calls: int) -> Judgement:
        """Return the row that says why there is no score."""
        asker = self.judge.asker
        row = asker.no_judgement(self.result, self._question, why, ask=self.ask, calls=calls)
        row.run = self.desk.run
        return row

    def after(self, row: Row) -> Iterator[Job | Copy]:
        """Yield the next time of asking, when the answer broke the contract."""
        if isinstance(row, Judgement) and not row.last:
            yield JudgeJob(self.desk, self.judge, self.result, self.ask + 1)
