"""A try-out as the panel shows it: how far it is in words, each case with both answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from evaluation.offline.models import CaseResult, TryOut, TryOutAnswer
from evaluation.offline.tasks import WORKER
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.leases import OPEN
from evaluation.web.tryout.marks import Marked, Words, marked
from registry.runtime.heartbeat import last_beat

Arm, State = CaseResult.Arm, TryOut.State
_CUT_SHORT = {
    "length": "cut off at the limit of tokens",
    "content_filter": "stopped by the provider's filter",
    "refusal": "the model refused",
}


@dataclass(frozen=True)
class Side:
    """One answer with its figures in words; without a row none has come."""

    arm: str
    title: str
    row: TryOutAnswer | None
    words: Words

    @property
    def facts(self) -> list[str]:
        """Time, tokens, cost and model; what is not known is called so."""
        row = self.row
        if row is None or row.error:
            return []
        time = f"{row.latency_ms / 1000:.1f} s" if row.latency_ms is not None else "time unknown"
        tokens = "tokens unknown"
        if row.input_tokens is not None and row.output_tokens is not None:
            tokens = f"{row.input_tokens:,} tokens in, {row.output_tokens:,} out"
        cost = f"cost {row.cost:f}" if row.cost is not None else "cost unknown"
        return [time, tokens, cost, *([row.model] if row.model else [])]

    @property
    def cut_short(self) -> str:
        """Why the answer is not whole, in words; "" when it is."""
        return _CUT_SHORT.get(self.row.finish_reason, "") if self.row else ""


@dataclass(frozen=True)
class CaseShown:
    """One case with its answers; `number` counts from 0 as in the rows."""

    number: int
    case: TryCase
    sides: tuple[Side, ...]
    compared: str

    @property
    def complete(self) -> bool:
        """Has every side answered, or failed to?"""
        return all(side.row for side in self.sides)

    @property
    def stamp(self) -> str:
        """Changes when the case has to be drawn anew."""
        return "".join("1" if side.row else "0" for side in self.sides)

    @property
    def answered(self) -> list[Side]:
        """The sides with an answer, which can become a reference."""
        return [side for side in self.sides if side.row and not side.row.error]


class Shown:
    """All of it at the moment `now`; figures are asked for when they are needed."""

    def __init__(self, try_out: TryOut, now: datetime) -> None:
        self.try_out, self._now = try_out, now

    @property
    def running(self) -> bool:
        """Is there more to come?"""
        return self.try_out.state in OPEN

    @property
    def seconds(self) -> float:
        """How long it has been waited for, or took."""
        end = self.try_out.finished_at or self._now
        return max(0.0, round((end - self.try_out.created_at).total_seconds(), 1))

    @cached_property
    def answers(self) -> dict[tuple[int, str], TryOutAnswer]:
        """What came so far."""
        return {(row.number, row.arm): row for row in self.try_out.answers.all()}

    @property
    def total(self) -> int:
        """How many answers there will be."""
        return len(self.try_out.cases) * (2 if self.try_out.baseline_id else 1)

    @property
    def stamp(self) -> str:
        """Changes with whatever there is to see."""
        return f"{self.try_out.state}-{len(self.answers)}"

    @property
    def headline(self) -> str:
        """How far it is, and what to do when that is not far."""
        state = State(self.try_out.state)
        if state is State.QUEUED:
            return self._waiting()
        if state is State.ERRORED:
            return self.try_out.error
        if state is State.CANCELLED:
            asked = self.try_out.cancel_requested_at is not None
            return "Cancelled." if asked else "Ended: you asked something newer since."
        failed = sum(1 for row in self.answers.values() if row.error)
        none = f" {failed} gave none." if failed else ""
        if state is State.DONE:
            return f"{self._in_all()}{none}"
        lease = self.try_out.lease_until
        if lease is not None and lease < self._now:
            return "The worker stopped in the middle. Another one goes on within seconds." + none
        return f"{len(self.answers)} of {self.total} answers are in.{none}"

    def _in_all(self) -> str:
        """Say how many answers are other than production's."""
        texts = {key: row.output for key, row in self.answers.items() if not row.error}
        numbers = range(len(self.try_out.cases))
        pairs = [
            (texts[number, Arm.CANDIDATE.value], texts[number, Arm.BASELINE.value])
            for number in numbers
            if (number, Arm.CANDIDATE.value) in texts and (number, Arm.BASELINE.value) in texts
        ]
        if not pairs:
            return f"{len(texts)} of {self.total} answers are in."
        other = sum(1 for ours, theirs in pairs if ours != theirs)
        if len(pairs) == 1:
            return "The answer differs from production's." if other else "Production says the same."
        if not other:
            return f"All {len(pairs)} answers are the same as production's."
        return f"{other} of {len(pairs)} answers differ from production's."

    def _waiting(self) -> str:
        alive, _ = last_beat(WORKER)
        if alive:
            return "Waiting for a worker."
        return (
            "Waiting for a worker: none is running, so nothing is asked yet. It goes on by itself "
            "once whoever runs the server starts one (celery -A promptcms.celery worker)."
        )

    def cases(self) -> Iterator[CaseShown]:
        """Yield each case with what came for it."""
        for number, stored in enumerate(self.try_out.cases):
            ours = self.answers.get((number, Arm.CANDIDATE.value))
            theirs = self.answers.get((number, Arm.BASELINE.value))
            words = marked(_text(ours), _text(theirs))
            sides = [Side(Arm.CANDIDATE.value, "Your text", ours, words.ours)]
            if baseline := self.try_out.baseline:
                title = f"Production, {baseline.semver}"
                sides.append(Side(Arm.BASELINE.value, title, theirs, words.theirs))
            case = TryCase.from_document(stored)
            yield CaseShown(number, case, tuple(sides), _compared(words, ours, theirs))


def _text(row: TryOutAnswer | None) -> str | None:
    return None if row is None or row.error else row.output


def _compared(words: Marked, ours: TryOutAnswer | None, theirs: TryOutAnswer | None) -> str:
    """Say how the two answers differ, where both are there."""
    return "" if _text(ours) is None or _text(theirs) is None else words.said
