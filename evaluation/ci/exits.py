"""What a command says by its exit code. Nothing but a pass is ever 0."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of both commands."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    INCONCLUSIVE = 3
    ERRORED = 4
    INTERRUPTED = 130


OF_OUTCOME = {
    "pass": Exit.PASS,
    "fail": Exit.FAIL,
    "inconclusive": Exit.INCONCLUSIVE,
    "error": Exit.ERRORED,
}
# From the one that weighs least: what several prompts come to together.
WEIGHT = ("pass", "inconclusive", "error", "fail")


class UsageError(Exception):
    """What was asked for cannot be done as it was written; says what to write instead."""


class NoVerdict(Exception):
    """Nothing can be said of the prompts; says why and what to do."""


def worst(outcomes: list[str]) -> str:
    """Return the outcome that decides for all; "pass" for none at all."""
    return max(outcomes, key=WEIGHT.index, default="pass")
