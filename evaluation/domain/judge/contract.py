"""What a judge must answer, and reading it: a score from 1 to 5 with its reasoning, or nothing.

A broken answer is never made to fit: it is not clamped, not taken for a low score and not for
a good one. Whoever asked asks again, or keeps the case as one without a score.
"""

import json
from dataclasses import dataclass
from typing import Any

from evaluation.domain.judge.scale import HIGHEST, LOWEST
from registry.domain.strict_json import made_storable

SCHEMA_NAME = "judge_score"
# Reasoning stands first: a score written before it would not rest on it.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string"},
        "score": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
    },
    "required": ["reasoning", "score"],
    "additionalProperties": False,
}
_SHOWN = 60  # characters of a wrong value inside a sentence
_CUT = "It was cut off at its largest number of tokens: allow this judge more in a new version."


@dataclass(frozen=True)
class Score:
    """What a judge gave: a whole number from 1 to 5, and why."""

    score: int
    reasoning: str


@dataclass(frozen=True)
class BrokenAnswer:
    """An answer that is no score; `reason` says in a sentence what is wrong with it."""

    reason: str


class _Broken(ValueError):
    """Inside this module: the answer breaks the contract; the message is a sentence."""


def response_format() -> dict[str, Any]:
    """Return what a provider is asked to force the answer into."""
    return {
        "type": "json_schema",
        "json_schema": {"name": SCHEMA_NAME, "strict": True, "schema": SCHEMA},
    }


def read_score(
    text: str, finish_reason: str | None, *, enclosed: bool = False
) -> Score | BrokenAnswer:
    """Return the score in `text`, or what is wrong with it.

    Accepted is only an answer that came to its end (“stop”) and is one JSON object with a
    text `reasoning` and a whole number `score` from 1 to 5, no key twice, no other key.
    `enclosed` is for a provider that cannot force a form: words or a code fence may stand
    around the one object, but no second one and no other brace before or after it.
    """
    try:
        _refuse_unfinished(finish_reason)
        return _score(_only_object(text, enclosed=enclosed))
    except _Broken as broken:
        return BrokenAnswer(made_storable(str(broken)))


def _refuse_unfinished(finish_reason: str | None) -> None:
    if finish_reason == "stop":
        return
    if finish_reason == "length":
        raise _Broken(_CUT)
    if finish_reason in ("refusal", "content_filter"):
        raise _Broken("The judge refused to score this answer.")
    said = f"with “{finish_reason[:_SHOWN]}”" if finish_reason else "without saying how"
    raise _Broken(f"It ended {said}, not with “stop”.")


def _only_object(text: str, *, enclosed: bool) -> dict[str, Any]:
    """Return the one JSON object that `text` is (or, enclosed, holds)."""
    stripped = text.strip(" \t\r\n")
    if not stripped:
        raise _Broken("It is empty.")
    start = stripped.find("{") if enclosed else 0
    if start < 0:
        raise _Broken("It holds no JSON object.")
    decoder = json.JSONDecoder(object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
    try:
        value, end = decoder.raw_decode(stripped, start)
    except _Broken:
        raise
    except (ValueError, RecursionError):
        raise _Broken("It is not JSON.") from None
    around = stripped[:start] + stripped[end:]
    if "{" in around or "}" in around:
        raise _Broken("It holds more than one object.")
    if around.strip(" \t\r\n") and not enclosed:
        raise _Broken("Something follows the JSON object.")
    if not isinstance(value, dict):
        raise _Broken("It is JSON, but no object.")
    return value


def _score(answer: dict[str, Any]) -> Score:
    if "score" not in answer:
        raise _Broken("It has no score.")
    score, reasoning = answer["score"], answer.get("reasoning")
    # bool is an int to Python: true must not become 1.
    if isinstance(score, bool) or not isinstance(score, int):
        raise _Broken(f"Its score {_shown(score)} is no whole number.")
    if not LOWEST <= score <= HIGHEST:
        raise _Broken(f"Its score {_shown(score)} is not from 1 to 5.")
    if not isinstance(reasoning, str) or not reasoning.strip():
        raise _Broken("It gives no reasoning.")
    if more := sorted(set(answer) - {"score", "reasoning"}):
        raise _Broken(f"It has a key {_shown(more[0])} that nobody asked for.")
    # What JSON escapes (NUL, half of a pair) comes to light only here; no database holds it.
    return Score(score, made_storable(reasoning.strip()))


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Broken("It gives a key twice.")
    return found


def _refuse_constant(name: str) -> Any:
    raise _Broken(f"It holds {name}, which is not JSON.")


def _shown(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…"
