"""Checks of how an answer ended: the reason the model gave for stopping."""

from collections.abc import Mapping
from typing import Any

from evaluation.domain.checks.base import Check, CheckError, Finding, Kind, Output, Test, short

CUT_OFF = {
    "length": "The answer was cut off: it reached the largest number of tokens.",
    "content_filter": "The answer was stopped by the provider's content filter.",
    "refusal": "The model refused to answer.",
}


def _finish_reason(data: Mapping[str, Any]) -> tuple[str, Test]:
    wanted = data.get("value", "stop")
    if not isinstance(wanted, str) or not wanted:
        raise CheckError("value", "Write a finish reason such as stop.")

    def test(output: Output) -> Finding:
        given = output.finish_reason or "no reason given"
        return Finding(given == wanted, f"The answer ended with {short(given)}.")

    return f"ends because of {short(wanted)}", test


def _complete(output: Output) -> Finding:
    fact = CUT_OFF.get(output.finish_reason or "")
    return Finding(fact is None, fact or "The answer is complete.")


COMPLETE = Check(
    key="complete", type="complete", label="is a complete answer", test=_complete, builtin=True
)
"""Looked at in every run: an answer cut off in the middle is a failure, not an error."""

KINDS = {"finish_reason": Kind("ended for a reason", ("value",), _finish_reason)}
