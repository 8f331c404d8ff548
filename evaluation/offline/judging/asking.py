"""What a judge version is asked about one answer, and the row that its answer becomes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.domain.judge import (
    BrokenAnswer,
    Material,
    Score,
    build,
    read_score,
    response_format,
    value_of,
)
from evaluation.domain.judge.rubric import CONTEXT, REFERENCE
from evaluation.offline.models import Case, CaseResult, Judge, Judgement, JudgeVersion
from evaluation.offline.render import values_of
from evaluation.offline.requests import digest_of
from evaluation.providers.base import ModelRequest, ModelResponse
from evaluation.providers.connections import Connection
from registry.domain.template import as_text

ASKS = 3  # the first time, and twice more after an answer that broke the contract
_CODE_BYTES = 16
_ERROR_LENGTH = 300
_KEPT = 20_000  # characters of a broken answer


@dataclass(frozen=True)
class JudgeQuestion:
    """A request, whether its context was cut, and the digest of what is sent."""

    request: ModelRequest
    context_truncated: bool
    digest: str


class JudgeAsker:
    """Puts answers to one judge version. Safe to share between threads.

    Whose connection it is asked through (`version.connection`) is the caller's to look up.
    """

    def __init__(self, version: JudgeVersion, connection: Connection) -> None:
        self.version = version
        self.connection = connection

    def applies(self, case: Case) -> bool:
        """Whether the case holds what this judge needs; without it there is no score."""
        return holds(case, self.version.needs)

    def question(self, case: Case, output: str, ask: int = 1) -> JudgeQuestion:
        """Return the question about `output`; each one differs, so no cache can answer it."""
        built = build(
            self.version.prompt,
            self.material(self.version, case, output),
            code=secrets.token_hex(_CODE_BYTES),
            context_tokens=self.version.context_tokens,
            ask=ask,
        )
        params = {
            "temperature": 0,
            "max_tokens": self.version.max_tokens,
            "response_format": response_format(),
        }
        request = ModelRequest(self.version.model, built.messages, params, may_adapt=True)
        return JudgeQuestion(request, built.context_truncated, digest_of(request))

    def read(self, response: ModelResponse) -> Score | BrokenAnswer:
        """Return the score in a response, or what is wrong with it."""
        return read_score(response.text, response.finish_reason, enclosed=response.free_text)

    def judgement(
        self,
        result: CaseResult,
        question: JudgeQuestion,
        response: ModelResponse,
        *,
        ask: int,
        calls: int = 1,
    ) -> Judgement:
        """Return the unsaved row of a response; the caller adds `run` or `replay`, and `cost`.

        Its `last` is False when the judge is to be asked again.
        """
        read = self.read(response)
        usage = response.usage
        row = self._row(result, question, ask=ask, calls=calls)
        row.finish_reason = response.finish_reason or ""
        row.latency_ms, row.model = response.latency_ms, response.model
        row.input_tokens = usage.input_tokens if usage else None
        row.output_tokens = usage.output_tokens if usage else None
        if isinstance(read, Score):
            row.score, row.reasoning = read.score, read.reasoning
            row.value = value_of(read.score, self.version.scale)
        else:
            row.last = ask >= ASKS
            row.error, row.answer = read.reason[:_ERROR_LENGTH], response.text[:_KEPT]
        return row

    def no_judgement(
        self, result: CaseResult, question: JudgeQuestion, why: str, *, ask: int, calls: int = 1
    ) -> Judgement:
        """Return the unsaved row of a call that brought no answer: there will be no score."""
        row = self._row(result, question, ask=ask, calls=calls)
        row.error = why[:_ERROR_LENGTH]
        return row

    def _row(
        self, result: CaseResult, question: JudgeQuestion, *, ask: int, calls: int
    ) -> Judgement:
        return Judgement(
            result=result,
            judge=self.version,
            ask=ask,
            calls=calls,
            context_truncated=question.context_truncated,
            request_digest=question.digest,
        )

    @staticmethod
    def material(version: JudgeVersion, case: Case, output: str) -> Material:
        """Return what is shown of a case: to the judge, and to people who mark for it."""
        values = {name: as_text(name, value) for name, value in values_of(case).items()}
        question = values.pop("query", "")
        values.pop("context", None)
        # Whether a claim stands in the context is no matter of what a good answer would be.
        is_faithfulness = version.judge.kind == Judge.Kind.FAITHFULNESS
        shows_reference = REFERENCE in version.needs or not is_faithfulness
        return Material(
            answer=output,
            question=question,
            inputs=values,
            context=_context_of(case) if CONTEXT in version.needs else (),
            reference=case.reference if shows_reference else "",
        )


def holds(case: Case, needs: Sequence[str]) -> bool:
    """Whether the case holds everything in `needs`: context, reference."""
    given = {CONTEXT: bool(_context_of(case)), REFERENCE: bool(case.reference.strip())}
    return all(given[need] for need in needs)


def _context_of(case: Case) -> list[str]:
    """Return the passages of a case: its own, else what it gives for a variable `context`."""
    given = list(case.context) or [str(case.inputs.get("context", ""))]
    return [passage for passage in given if passage.strip()]
