"""The report of a run as a whole; its figures are computed when they are asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from evaluation.domain.gate.compare import Pair, pair
from evaluation.offline.groups import GROUPS, grouped
from evaluation.offline.models import Run
from evaluation.offline.outcomes import NOT_RUN, outcomes_of
from evaluation.offline.report.boxes import Box, boxes_of
from evaluation.offline.report.cases import CaseLine, case_lines

SHOWN = 20  # cases of a group that a page opens with
State = Run.State
HEADLINES = {
    State.PASSED: "Passed: ",
    State.FAILED: "Blocked: ",
    State.INCONCLUSIVE: "Undecided: ",
    State.ERRORED: "No verdict: ",
    State.CANCELLED: "",
}
OUTCOMES = {
    State.PASSED: "pass",
    State.FAILED: "fail",
    State.INCONCLUSIVE: "inconclusive",
    State.ERRORED: "error",
    State.CANCELLED: "error",
}


@dataclass(frozen=True)
class Group:
    """The cases of one kind; `ids` in their order."""

    key: str
    title: str
    ids: tuple[str, ...]


@dataclass
class RunReport:
    """The report of a run."""

    run: Run

    @property
    def finished(self) -> bool:
        """Has the run ended?"""
        return self.run.state not in Run.OPEN

    @property
    def outcome(self) -> str:
        """pass, fail, inconclusive or error; "" while it is open."""
        return OUTCOMES.get(State(self.run.state), "")

    @property
    def headline(self) -> str:
        """The verdict in words, or how far it is."""
        run = self.run
        said = run.reasons[0] if run.reasons else ""
        if not self.finished:
            return self._so_far(said)
        opening = HEADLINES[State(run.state)]
        return said if said.startswith(opening.strip() or said) else opening + said

    def _so_far(self, said: str) -> str:
        """Say how far an open run is; `said` is why it was asked to end."""
        run = self.run
        if run.ending:
            return f"Ending as soon as its open calls are in, since they are paid for. {said}"
        if run.state == State.QUEUED:
            return "Waiting for a worker."
        how_far = f"{self.done:,} of {run.total:,} answers are in."
        if run.look > 1:
            many = len(run.again) or run.snapshot.case_count
            return f"Second look at {many:,} case{'' if many == 1 else 's'}: {how_far}"
        return how_far

    @cached_property
    def done(self) -> int:
        """How many answers are in, of both versions."""
        return self.run.results.count()

    @cached_property
    def groups(self) -> list[Group]:
        """The groups that hold cases, the worst first; none while the run is open.

        A run that ended without a verdict is sorted by what is in.
        """
        if not self.finished:
            return []
        members = self.run.groups or grouped(_complete(pair(*outcomes_of(self.run))))
        return [Group(key, GROUPS[key], tuple(members[key])) for key in GROUPS if key in members]

    def lines(self, ids: Sequence[str]) -> list[CaseLine]:
        """Return the cases `ids` with the answers of both versions, in that order."""
        return case_lines(self.run, ids)

    @property
    def boxes(self) -> list[Box]:
        """Fixed rules, quality, latency and cost, once there are figures."""
        return boxes_of(self.run)


def report(run: Run) -> RunReport:
    """Return the report of `run`."""
    return RunReport(run)


def _complete(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield the pairs that have every answer."""
    for one in pairs:
        arms = [one.candidate, *([one.baseline] if one.baseline else [])]
        if not any(arm.error == NOT_RUN for arm in arms):
            yield one
