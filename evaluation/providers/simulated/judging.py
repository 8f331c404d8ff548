"""The simulated judge: a score worked out from the fenced material, always the same.

It reads the request that a real judge gets and nothing else. By its criterion it looks at one
of three things: whether the sentences of the answer stand in the context, whether the words of
the reference stand in the answer, or whether the answer takes up the question. It follows no
order, so no answer can talk it into a score. It measures nothing: it shows how judges work.
"""

import json
import math
import re
from collections.abc import Mapping

from evaluation.domain.judge.contract import SCHEMA_NAME
from evaluation.domain.judge.fence import read_fenced
from evaluation.providers.base import ModelRequest
from evaluation.providers.simulated.phrases import PHRASES
from evaluation.providers.simulated.reading import sentences

_STEM = 5  # letters: “delivered” and “delivery” count as one word
_CLAIMLESS = {
    phrase.lower()
    for say in PHRASES.values()
    for phrase in vars(say).values()
    if isinstance(phrase, str)
}
_CLAIMS = {phrase.lower() for say in PHRASES.values() for phrase in (say.guess, say.refund)}
_EMPTY = {"about", "also", "have", "here", "that", "their", "them", "then", "there", "this", "your"}
_CRITERION = re.compile(r"^Criterion\n(.*?)\n\nScores\n", re.DOTALL | re.MULTILINE)


def is_for_a_judge(request: ModelRequest) -> bool:
    """Whether the request asks for a judge's score."""
    wanted = request.params.get("response_format")
    form = wanted.get("json_schema") if isinstance(wanted, Mapping) else None
    return isinstance(form, Mapping) and form.get("name") == SCHEMA_NAME


def judge(request: ModelRequest) -> str:
    """Return the score and the reasoning as the contract wants them."""
    material = read_fenced(request.messages)
    criterion = _criterion(request)
    if "CONTEXT" in material and "context" in criterion:
        score, why = _support(material)
    elif "REFERENCE" in material and "reference" in criterion:
        score, why = _closeness(material)
    else:
        score, why = _response(material)
    return json.dumps({"reasoning": f"Simulated: {why}", "score": score}, ensure_ascii=False)


def _support(material: Mapping[str, str]) -> tuple[int, str]:
    """Score how many of the answer's claims share at least half of their words with the facts."""
    facts = _stems(" ".join(material.get(n, "") for n in ("CONTEXT", "QUESTION", "INPUTS")))
    claims = [line for line in sentences(material["ANSWER"]) if not _is_claimless(line)]
    loose = [line for line in claims if not _stands_in(line, facts)]
    if not claims:
        return 5, "the answer claims nothing."
    if not loose:
        return 5, f"all {len(claims)} claims share their words with the context."
    score = 5 - math.ceil(4 * len(loose) / len(claims))
    return score, (
        f"{len(loose)} of {len(claims)} claims share too few words with the context: "
        f"“{loose[0][:120]}”"
    )


def _closeness(material: Mapping[str, str]) -> tuple[int, str]:
    wanted, given = _stems(material["REFERENCE"]), _stems(material["ANSWER"])
    share = len(wanted & given) / len(wanted) if wanted else 1.0
    return _points(share), f"{share:.0%} of the words of the reference stand in the answer."


def _response(material: Mapping[str, str]) -> tuple[int, str]:
    """Score by the question's words in the answer; a point less for each two stock sentences."""
    asked = _stems(material.get("QUESTION", "") or material.get("INPUTS", ""))
    lines = sentences(material["ANSWER"])
    taken_up = asked & _stems(material["ANSWER"])
    if not lines or (asked and not taken_up):
        return 1, "no word of the question stands in the answer."
    padding = sum(line.lower() in _CLAIMLESS for line in lines)
    share = min(1.0, 2 * len(taken_up) / len(asked)) if asked else 1.0
    score = max(2, _points(share) - padding // 2)
    return score, (
        f"{len(taken_up)} of {len(asked)} words of the question stand in the answer; "
        f"{padding} of its {len(lines)} sentences are stock."
    )


def _points(share: float) -> int:
    """Return 1 to 5 for a share of 0 to 1, in even steps."""
    return min(5, 1 + int(share * 5))


def _criterion(request: ModelRequest) -> str:
    """Return the criterion, the one part of the instructions that the author wrote."""
    found = _CRITERION.search(request.messages[0]["content"])
    return found[1].lower() if found else ""


def _is_claimless(sentence: str) -> bool:
    """Is this a stock phrase, or too short to claim anything?"""
    low = sentence.lower().lstrip("- ")
    return low not in _CLAIMS and (low in _CLAIMLESS or len(_stems(low)) < 2)


def _stands_in(sentence: str, facts: set[str]) -> bool:
    words = _stems(sentence)
    return 2 * len(words & facts) >= len(words)


def _stems(text: str) -> set[str]:
    """Return the words that carry meaning, cut to their beginning, and every number."""
    found = set(re.findall(r"\w{4,}|\d+", text.lower()))
    return {word[:_STEM] for word in found - _EMPTY}
