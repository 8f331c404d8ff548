"""Take in the spans of one request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evaluation.online.intake.observation import Observation, Rejection, Score
from evaluation.online.intake.record import record
from evaluation.online.intake.scores import record_scores
from evaluation.online.otlp.observe import told_by
from evaluation.online.otlp.spans import Span
from registry.projects.models import Project

DOOR = "otlp"
AT_ONCE = 1000  # calls in one transaction
SHOWN = 3  # messages that are sent back


@dataclass(slots=True)
class Taken:
    """What became of a request. `rejected` counts spans; `messages` say why, each once."""

    rejected: int = 0
    messages: list[str] = field(default_factory=list)
    errors_in: frozenset[int] = frozenset()

    @property
    def message(self) -> str:
        """The reasons in one text, or "" when everything was taken."""
        more = len(self.messages) - SHOWN
        return " ".join([*self.messages[:SHOWN], *([f"And {more} more."] if more > 0 else [])])

    def add(self, rejections: Sequence[Rejection], *, spans: bool = True) -> None:
        """Note why some were not taken; a score is no span."""
        self.rejected += len(rejections) if spans else 0
        known = dict.fromkeys([*self.messages, *(one.message for one in rejections)])
        self.messages = list(known)


def take_spans(project: Project, spans: Sequence[Span], *, now: datetime) -> Taken:
    """Count the calls and scores that `spans` tell of; the other spans are passed over."""
    told = [told_by(span) for span in spans]
    calls = [one.call for one in told if one.call]
    faults = [one.fault for one in told if one.fault]
    scores = [score for one in told for score in one.scores]
    taken = Taken()
    _take_calls(project, calls, faults, now, taken)
    _take_scores(project, scores, now, taken)
    return taken


def _take_calls(
    project: Project,
    calls: Sequence[Observation],
    faults: Sequence[str],
    now: datetime,
    taken: Taken,
) -> None:
    refused = [Rejection(len(calls) + n, "", text) for n, text in enumerate(faults)]
    for start in range(0, len(calls) or bool(refused), AT_ONCE):
        batch = calls[start : start + AT_ONCE]
        result = record(project, batch, now=now, door=DOOR, refused=refused)
        taken.add(result.rejected)
        taken.errors_in |= result.errors_in
        refused = []


def _take_scores(project: Project, scores: Sequence[Score], now: datetime, taken: Taken) -> None:
    for start in range(0, len(scores), AT_ONCE):
        batch = scores[start : start + AT_ONCE]
        result = record_scores(project, batch, now=now, door=DOOR)
        taken.add(result.rejected, spans=False)
