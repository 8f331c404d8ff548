"""Checks of figures that came with the answer: its tokens, its time, its cost.

A figure that is not known is an error, never a pass: a cached answer has no time, a model
without a price no cost.
"""

from collections.abc import Mapping
from typing import Any

from evaluation.domain.checks.base import (
    CannotCheckError,
    CheckError,
    Finding,
    Kind,
    Output,
    Test,
)
from evaluation.domain.checks.length import counted

MOST_COST = 1_000_000


def _tokens(output: Output) -> int:
    number = (output.usage or {}).get("output_tokens")
    if number is None:
        raise CannotCheckError("The provider did not say how many tokens the answer has.")
    return number


def _latency_ms(data: Mapping[str, Any]) -> tuple[str, Test]:
    most = _most(data, "Write a whole number of milliseconds, such as 2000.")
    if most != int(most):
        raise CheckError("max", "Write a whole number of milliseconds, such as 2000.")

    def test(output: Output) -> Finding:
        if output.latency_ms is None:
            raise CannotCheckError("How long the answer took is not known.")
        fact = f"The answer took {output.latency_ms:,.0f} ms; the rule says at most {most:,.0f}."
        return Finding(output.latency_ms <= most, fact)

    return f"comes within {most:,.0f} ms", test


def _cost(data: Mapping[str, Any]) -> tuple[str, Test]:
    most = _most(data, "Write an amount in US dollars, such as 0.002.")

    def test(output: Output) -> Finding:
        if output.cost is None:
            raise CannotCheckError("What the answer cost is not known: its model has no price.")
        fact = f"The answer cost ${_plain(output.cost)}; the rule says at most ${_plain(most)}."
        return Finding(output.cost <= most, fact)

    return f"costs at most ${_plain(most)}", test


def _most(data: Mapping[str, Any], cure: str) -> float:
    """Return the bound `max`; 0 is one. Raises CheckError with the `cure`."""
    value = data.get("max")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckError("max", cure)
    if not 0 <= value <= MOST_COST:
        raise CheckError("max", f"Write a number from 0 to {MOST_COST:,}.")
    return value


def _plain(amount: float) -> str:
    """Return an amount of dollars without an exponent and without needless zeros."""
    return f"{amount:.8f}".rstrip("0").rstrip(".")


KINDS = {
    "token_length": Kind("has a number of tokens", ("min", "max"), counted("token", _tokens)),
    "latency_ms": Kind("comes within a time", ("max",), _latency_ms),
    "cost": Kind("costs at most", ("max",), _cost),
}
