"""A span as both encodings give it, and what is wrong with a body that holds none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Value = str | int | float | bool
Attributes = dict[str, Value]

FAILED = 2  # the status code ERROR
LARGEST = 8 * 1024 * 1024  # bytes of a body, before it is inflated and after
MOST_PARTS = 250_000  # messages (or brackets) in one body: each takes memory, however short
MOST_SPANS = 20_000
EVENTS_READ = 100  # of one span


class UndecodableError(ValueError):
    """The body is not what it says it is; `str(error)` says what to send, for a person."""


class TooLargeError(ValueError):
    """The body is larger than is taken; `str(error)` says how large it may be, for a person."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An event of a span that says how good something was: attributes of `names.OF_EVENT`."""

    at: int
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Span:
    """One span: lower-case hexadecimal ids, times in nanoseconds since 1970 (0: not said).

    `attributes` holds only what `names.OF_SPAN` lists.
    """

    trace: str
    span: str
    start: int
    end: int
    failed: bool
    attributes: Attributes = field(default_factory=dict)
    evaluations: tuple[Evaluation, ...] = ()


def check_count(spans: Sequence[object]) -> None:
    """Raise TooLargeError when there are more spans than one request may hold."""
    if len(spans) > MOST_SPANS:
        raise TooLargeError(
            f"A request may hold {MOST_SPANS} spans. Set a smaller batch size in the exporter."
        )
