"""Why a candidate passes, in one sentence."""

from collections.abc import Sequence

from evaluation.domain.gate.compare import Pair
from evaluation.domain.gate.judges import Judged
from evaluation.domain.gate.words import cases


def praise(pairs: Sequence[Pair], judges: Sequence[Judged], *, compared: bool) -> str:
    """Return the sentence; `judges` are those that decide."""
    names = [judge.rule.name for judge in judges if judge.outcome]
    if not compared:
        text = f"Every rule holds as often as it must on {cases(len(pairs))}"
        return (
            f"{text}, and {_joined(names, 'reaches its', 'reach their')} minimum."
            if names
            else f"{text}."
        )
    good = f"{_joined(names, 'is', 'are')} as good as before" if names else ""
    passed = sum(pair.passed_before for pair in pairs)
    if not passed:
        text = "No case passed in production's version, and none got worse"
    else:
        text = f"All {cases(passed)} that passed in production's version still pass"
    return f"{text}, and {good}." if good else f"{text}."


def _joined(names: Sequence[str], one: str, several: str) -> str:
    """Return “a is”, “a and b are”, “a, b and c are”."""
    *first, last = names
    return f"{', '.join(first)} and {last} {several}" if first else f"{last} {one}"
