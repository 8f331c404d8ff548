"""A model that is none: answers made from the prompt's orders and the case, always the same.

It lets a project run whole without a key. It reads the orders in a prompt (see the table in
`instructions`), so an edit that drops “never promise a refund” or changes “at most 50
words” changes its answers, and with them the verdict. Asked as a judge, it scores (see `judging`).
Every answer says that it is simulated.
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from evaluation.providers.base import ModelRequest, ModelResponse, Usage
from evaluation.providers.simulated.compose import answer
from evaluation.providers.simulated.judging import is_for_a_judge, judge
from evaluation.providers.simulated.reading import read
from evaluation.providers.simulated.structured import as_json, pick

CHARACTERS_A_TOKEN = 4
FAST_MODELS = ("mini", "nano", "small", "haiku", "flash", "lite")


class Simulated:
    """A provider without a model. Safe to share between threads.

    `pace` is the share of the simulated time that a call really takes: 0 answers at once,
    1 as slowly as a model would.
    """

    def __init__(self, *, pace: float = 0.0) -> None:
        self._pace = pace

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Return the answer for this prompt and case; the same question, the same answer."""
        text, finish_reason = _cut(_compose(request), request.params)
        sent = "".join(message["content"] for message in request.messages)
        usage = Usage(_tokens(sent), _tokens(text))
        latency = _latency_ms(request, sent, usage)
        if self._pace:
            time.sleep(latency / 1000 * self._pace)
        return ModelResponse(
            text=text,
            finish_reason=finish_reason,
            latency_ms=latency,
            model=request.model,
            usage=usage,
            simulated=True,
        )


def _compose(request: ModelRequest) -> str:
    if is_for_a_judge(request):
        return judge(request)
    reading = read(request)
    wanted = request.params.get("response_format")
    wanted = wanted if isinstance(wanted, Mapping) else {}
    if reading.wishes.as_json or wanted.get("type") in ("json_object", "json_schema"):
        return as_json(reading, _schema(wanted))
    if reading.wishes.labels:
        return pick(reading.wishes.labels, reading)
    return answer(reading)


def _schema(wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of `{"type": "json_schema", "json_schema": {"schema": …}}`."""
    outer = wanted.get("json_schema")
    inner = outer.get("schema") if isinstance(outer, Mapping) else None
    return inner if isinstance(inner, Mapping) else None


def _cut(text: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Cut the answer at the largest number of tokens, as a model would."""
    limit = params.get("max_completion_tokens") or params.get("max_tokens")
    if isinstance(limit, int) and 0 < limit < _tokens(text):
        return text[: limit * CHARACTERS_A_TOKEN], "length"
    return text, "stop"


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_A_TOKEN)


def _latency_ms(request: ModelRequest, sent: str, usage: Usage) -> float:
    """Return a time that grows with the tokens, spread by ± 8 % from call to call."""
    fast = any(part in request.model.lower() for part in FAST_MODELS)
    whole = 180 + 0.15 * usage.input_tokens + (6 if fast else 12) * usage.output_tokens
    case = str((request.case or {}).get("id", ""))
    drawn = hashlib.sha256(f"{case}\n{sent}".encode()).digest()[0] / 255
    return round(whole * (0.92 + 0.16 * drawn), 1)
