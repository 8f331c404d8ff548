"""What every provider of models offers: one question, one answer, three kinds of trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class ModelRequest:
    """One question. `messages` are `{"role", "content"}`, `params` such as temperature.

    `case` ({"id", "inputs", "query", "context", "reference", "tags"}) is what a simulated
    model may look at; a real provider never sends it. `may_adapt` lets the provider leave
    out what a model does not take, such as a schema for its answer; a prompt is asked as it is.
    """

    model: str
    messages: Sequence[Mapping[str, str]]
    params: Mapping[str, Any] = field(default_factory=dict)
    case: Mapping[str, Any] | None = None
    may_adapt: bool = False


@dataclass(frozen=True)
class Usage:
    """Tokens of one call. `cached_tokens` are those of the input that cost less."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True)
class ModelResponse:
    """One answer. `latency_ms` is the time of this attempt alone.

    `model` is the id that the provider says it used. `simulated` marks an answer that no
    model gave: wherever it is shown, it is shown as such. `free_text` says that a
    `response_format` was asked for which this provider cannot force, so that words may stand
    around what was wanted.
    """

    text: str
    finish_reason: str | None
    latency_ms: float
    model: str
    usage: Usage | None = None
    simulated: bool = False
    free_text: bool = False


class Provider(Protocol):
    """Anything that answers. It makes one attempt; whoever calls decides about another."""

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Return the answer. Raises RateLimited, Transient or Refused."""
        ...


class ProviderError(Exception):
    """No answer. The message is for people and never holds a key."""


class RateLimited(ProviderError):
    """Too many questions; ask again after `retry_after` seconds (None: not told)."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Transient(ProviderError):
    """It may work the next time: a timeout, a dropped connection, an error of the provider."""


class Refused(ProviderError):
    """It will not work however often it is tried: wrong key, unknown model, bad request.

    `about` is what the provider named, for machines alone: it is never shown or kept.
    """

    def __init__(self, message: str, status: int | None = None, about: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.about = about
