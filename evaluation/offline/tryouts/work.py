"""Work on a try-out: ask what was not asked yet, write each answer as it arrives."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from uuid import UUID

import structlog

from evaluation.offline.leases import LeaseLost
from evaluation.offline.models import CaseResult, TryOut, TryOutAnswer
from evaluation.offline.requests import Asker
from evaluation.offline.tryouts.calls import ERROR_LENGTH, Calls, Later, NoAnswer
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.leases import claim, finish, hand_back, renew, write
from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, ModelResponse
from evaluation.providers.prices import cost_of
from registry.audit.clock import database_now
from registry.domain.content import Content, ContentError
from registry.domain.errors import Refused
from registry.domain.template import TemplateError

BEAT_SECONDS = 1.0  # a cancel is noticed so soon
Arm = CaseResult.Arm
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """What one side is asked for one case; without a request, why it cannot be."""

    number: int
    arm: str
    request: ModelRequest | None
    trouble: str = ""


def work_on_try_out(pk: int, *, stop: Callable[[], bool] = lambda: False) -> bool:
    """Work on it if nobody does; return whether some of it is left for another turn.

    `stop` is asked often: once it says True, open calls are waited for and the rest is
    handed back. Safe to call any number of times, by any number of workers.
    """
    token = claim(pk)
    if token is None:
        return False
    try_out = TryOut.objects.select_related("baseline", "prompt").get(pk=pk)
    try:
        return not _ask_or_say_why(try_out, token, stop)
    except LeaseLost:
        log.info("try-out cancelled or taken over", try_out=pk)
        return False


def _ask_or_say_why(try_out: TryOut, token: UUID, stop: Callable[[], bool]) -> bool:
    """Ask everything; end the try-out with the reason if it cannot be asked. Raises LeaseLost.

    Returns whether nothing is left; what is left is handed back.
    """
    try:
        whole = _ask_all(try_out, token, stop)
    except (Refused, ContentError, TemplateError) as reason:
        finish(try_out.pk, token, error=str(reason))
        return True
    if whole:
        finish(try_out.pk, token)
    else:
        hand_back(try_out.pk, token)
    return whole


def _ask_all(try_out: TryOut, token: UUID, stop: Callable[[], bool]) -> bool:
    """Ask everything at once; return whether nothing is left. Raises LeaseLost, Refused."""
    connection = connections.get(try_out.connection)
    assert try_out.started_at is not None  # set by the claim
    calls = Calls(connection, elapsed=(database_now() - try_out.started_at).total_seconds())
    pool = ThreadPoolExecutor(connection.at_once)
    flying: dict[Future[ModelResponse], Question] = {}
    left = False
    try:
        for question in _questions(try_out, connection):
            if question.request:
                flying[pool.submit(calls.ask, question.request)] = question
            else:
                write(try_out, token, _no_answer(try_out, question, question.trouble))
        while flying:
            done, _ = wait(flying, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                answer = _answer(try_out, connection, flying.pop(future), future)
                if answer:
                    write(try_out, token, answer)
                left = left or answer is None
            renew(try_out.pk, token)
            if stop():
                calls.leave()
        return not left
    finally:
        calls.leave()
        pool.shutdown(wait=False, cancel_futures=True)


def _questions(try_out: TryOut, connection: connections.Connection) -> Iterator[Question]:
    """Yield what has no answer yet, both sides of a case together."""
    contents = {Arm.CANDIDATE.value: Content.from_fields(**try_out.content)}
    if try_out.baseline:
        contents[Arm.BASELINE.value] = try_out.baseline.as_content()
    askers = {arm: Asker(content, connection) for arm, content in contents.items()}
    done = set(try_out.answers.values_list("number", "arm"))
    for number, stored in enumerate(try_out.cases):
        case = TryCase.from_document(stored).row()
        for arm, asker in askers.items():
            if (number, arm) in done:
                continue
            try:
                yield Question(number, arm, asker.question(case))
            except TemplateError as error:
                yield Question(number, arm, None, f"It was not asked. {error}")


def _answer(
    try_out: TryOut,
    connection: connections.Connection,
    question: Question,
    future: Future[ModelResponse],
) -> TryOutAnswer | None:
    """Return the unsaved row of what came; None when it is left for another worker."""
    try:
        response = future.result()
    except NoAnswer as error:
        return _no_answer(try_out, question, str(error))
    except Later:
        return None
    usage = response.usage
    return TryOutAnswer(
        try_out=try_out,
        number=question.number,
        arm=question.arm,
        output=response.text,
        finish_reason=response.finish_reason or "",
        latency_ms=response.latency_ms,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        cost=cost_of(connection, response.model, usage),
        model=response.model,
    )


def _no_answer(try_out: TryOut, question: Question, why: str) -> TryOutAnswer:
    return TryOutAnswer(
        try_out=try_out, number=question.number, arm=question.arm, error=why[:ERROR_LENGTH]
    )
