"""One call as an application tells of it, and a score of one, before anything is looked up."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LATE = timedelta(hours=24)  # older than this is not taken
EARLY = timedelta(minutes=5)  # for clocks that are ahead
BUCKETS = 10_000
LONGEST_ID = 200
LONGEST_NAME = 300  # of a prompt: aliases are so long
LONGEST_SCORE = 64
MOST_SCORES = 20  # of one call
COMPILE = "compile"  # the error_type of a text that could not be filled

# The largest that is believed: beyond it something is measured in the wrong unit.
MOST_MS = 24 * 3600 * 1000.0
MOST_TOKENS = 100_000_000
MOST_DOLLARS = 10_000.0


@dataclass(frozen=True, slots=True)
class SampleText:
    """The text of a call, where its application attached it."""

    input: Any
    output: str
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One call.

    `source` is the door it came through, `id` its own within that (what is sent twice under one
    id counts once), `prompt` a name or an old name, `version` a number like 2.4.0 or a revision.
    `label` is "" if it is not known; `exact` says that the version was asked for by its number.
    `bucket` is 0 to 9999, `latency_ms` milliseconds, `cost` dollars, `scores` are 0 to 1. `trace`
    is what scores that know no call may name.
    """

    source: str
    id: str
    at: datetime
    prompt: str
    version: str | int
    label: str = ""
    exact: bool = False
    variant: str = ""
    rollout: int | None = None
    epoch: int | None = None
    bucket: int | None = None
    unit: str | None = None
    error: bool = False
    error_type: str = ""
    latency_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    scores: dict[str, float] = field(default_factory=dict)
    trace: str = ""
    sample: SampleText | None = None

    @property
    def failed(self) -> bool:
        """Whether the call counts as an error; a text that could not be filled does."""
        return self.error or self.error_type == COMPILE

    @property
    def tokens(self) -> int | None:
        """Input and output tokens together, or None if neither is known."""
        if self.input_tokens is None and self.output_tokens is None:
            return None
        return (self.input_tokens or 0) + (self.output_tokens or 0)


@dataclass(frozen=True, slots=True)
class Score:
    """One score that comes by itself, 0 to 1, under its own `id`.

    It says which call it is about: by the `key` of `evaluation.online.intake.keys.call_key`, or
    by `call`, the id of the call within the same family of doors, or, only knowing the trace,
    by `trace`. One that also says `prompt` and `version` is counted there if there is no call.
    """

    source: str
    id: str
    name: str
    value: float
    at: datetime
    call: str = ""
    trace: str = ""
    key: bytes = b""
    prompt: str = ""
    version: str | int = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one item of a batch was not taken. `outcome` is the word it is counted under."""

    index: int
    field: str
    message: str
    outcome: str = "invalid"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch.

    `left_out` are scores and samples that were not kept although their calls count. `errors_in`
    are rollouts whose treatment had new errors.
    """

    taken: int = 0
    again: int = 0
    rejected: tuple[Rejection, ...] = ()
    errors_in: frozenset[int] = frozenset()
    left_out: tuple[Rejection, ...] = ()


def fault_in_time(at: datetime, now: datetime) -> tuple[str, str, str] | None:
    """Return (field, message, outcome) if `at` is too old or lies ahead, or None."""
    if at < now - LATE:
        return (
            "ts",
            "It is older than 24 hours, and figures that old are closed. Send calls sooner, or "
            "check the clock of the machine.",
            "late",
        )
    if at > now + EARLY:
        return (
            "ts",
            "It lies more than 5 minutes ahead. Set the clock of the machine that sends it.",
            "early",
        )
    return None


def fault_in_values(of: Observation) -> tuple[str, str] | None:
    """Return (field, message) of the first value that cannot be right, or None."""
    if not of.id or len(of.id) > LONGEST_ID:
        return "id", f"Send an id of 1 to {LONGEST_ID} characters, new for each call."
    if of.bucket is not None and not 0 <= of.bucket < BUCKETS:
        return "bucket", f"A bucket is 0 to {BUCKETS - 1}."
    for name, value, most, unit in (
        ("latency_ms", of.latency_ms, MOST_MS, "milliseconds"),
        ("input_tokens", of.input_tokens, MOST_TOKENS, "tokens"),
        ("output_tokens", of.output_tokens, MOST_TOKENS, "tokens"),
        ("cost", of.cost, MOST_DOLLARS, "US dollars"),
    ):
        if value is not None and not 0 <= value <= most:  # NaN is neither
            return name, f"Send {unit}: 0 to {most:,.0f}."
    if len(of.scores) > MOST_SCORES:
        return "scores", f"Send at most {MOST_SCORES} scores with one call."
    for name, score in of.scores.items():
        if fault := fault_in_score(name, score):
            return f"scores.{name[:LONGEST_SCORE]}", fault
    return None


def fault_in_score(name: str, value: float) -> str | None:
    """Return what is wrong with a score's name or value, or None."""
    if not name.isprintable() or not 0 < len(name) <= LONGEST_SCORE:
        return f"The name of a score has 1 to {LONGEST_SCORE} printable characters."
    if not 0 <= value <= 1:  # NaN is neither
        return "A score is 0 to 1, higher is better. Divide it by its scale first."
    return None
