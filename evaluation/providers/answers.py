"""Reading what an OpenAI-compatible endpoint sent back."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from evaluation.providers.base import (
    ModelResponse,
    ProviderError,
    RateLimited,
    Refused,
    Transient,
    Usage,
)
from registry.domain.strict_json import made_storable

MAX_REASON = 200
MAX_ABOUT = 4000
MOST_TOKENS = 2**31 - 1  # more no column holds


def read_answer(body: bytes, *, model: str, latency_ms: float) -> ModelResponse:
    """Return the first choice of a chat completion. Raises Transient for anything else.

    A refusal of the model is its answer, with the finish reason “refusal”. Characters that
    a database cannot hold (NUL, half of a pair) become the replacement character.
    """
    try:
        data = json.loads(body)
        choice = data["choices"][0]
        message = choice["message"]
        refusal = message.get("refusal")
        text = refusal or _text(message.get("content"))
        finish_reason = "refusal" if refusal else choice.get("finish_reason")
        answered_by = data.get("model") or model
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Transient("The provider sent an answer that is no chat completion.") from None
    return ModelResponse(
        text=made_storable(str(text)),
        finish_reason=made_storable(str(finish_reason))[:30] if finish_reason else None,
        latency_ms=latency_ms,
        model=made_storable(str(answered_by))[:100],
        usage=_usage(data.get("usage")),
    )


def read_error(
    status: int, headers: Mapping[str, str], body: bytes, *, secret: str
) -> ProviderError:
    """Return the error that a status other than 200 stands for, in words without a key."""
    code, said = _said(body, secret)
    if status in (401, 403):  # such answers quote a part of the key
        return Refused(
            f"The provider refused the key (status {status}). Check the key of this connection.",
            status,
        )
    if status == 429 and code != "insufficient_quota":
        return RateLimited(f"The provider asks to wait (status 429).{said}", _retry_after(headers))
    if status == 429:
        return Refused("The quota of this connection is used up. Raise it or wait.", status)
    if status == 408 or status >= 500:
        return Transient(f"The provider has trouble (status {status}).{said}")
    if 300 <= status < 400:
        return Refused(
            f"The provider answered with a redirect (status {status}), which is not followed. "
            "Correct the address of this connection.",
            status,
        )
    if status == 404:
        return Refused(f"The provider knows no such model or address (status 404).{said}", status)
    about = body[:MAX_ABOUT].decode(errors="replace").lower()
    return Refused(f"The provider refused the request (status {status}).{said}", status, about)


def _text(content: Any) -> str:
    """Return the text of a message: a string, nothing, or a list of parts."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part["text"] for part in content if part.get("type") == "text")


def _usage(usage: Any) -> Usage | None:
    try:
        asked, answered = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    if not (0 <= asked <= MOST_TOKENS and 0 <= answered <= MOST_TOKENS):
        return None
    try:
        cached = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
    except (TypeError, ValueError, AttributeError, OverflowError):
        cached = 0
    return Usage(asked, answered, min(max(cached, 0), asked))


def _said(body: bytes, secret: str) -> tuple[str, str]:
    """Return the provider's error code, and its message ready to append, the key cut out."""
    try:
        error = json.loads(body)["error"]
        code, message = error.get("code"), error.get("message")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "", ""
    if not isinstance(message, str):
        return str(code), ""
    line = " ".join(made_storable(message).split())
    if secret:
        line = line.replace(secret, "[key]")
    return str(code), f" It says: {line[:MAX_REASON]}"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `retry-after-ms` or `Retry-After` (a number or a date)."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            seconds = _until(value)
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - datetime.now(UTC)).total_seconds()
