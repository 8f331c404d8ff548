"""Which alphabet an answer is written in: what can be told of its language without guessing.

English and German share an alphabet, so this check cannot tell one from the other; a judge
can. Chinese, Japanese and Korean are told apart by the scripts that make them up.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import re2

from evaluation.domain.checks.base import (
    CheckError,
    Finding,
    Kind,
    Output,
    Test,
)

USUAL_SHARE = 0.7
"""A Greek answer may name English products; an English one has no Greek at all."""

_KANA = r"\p{Hiragana}\p{Katakana}ー"
SCRIPTS: dict[str, str] = {
    "Latin": r"\p{Latin}",
    "Cyrillic": r"\p{Cyrillic}",
    "Greek": r"\p{Greek}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Armenian": r"\p{Armenian}",
    "Georgian": r"\p{Georgian}",
    "Devanagari": r"\p{Devanagari}",
    "Bengali": r"\p{Bengali}",
    "Tamil": r"\p{Tamil}",
    "Telugu": r"\p{Telugu}",
    "Thai": r"\p{Thai}",
    "Ethiopic": r"\p{Ethiopic}",
    "Chinese": r"\p{Han}",
    "Japanese": rf"\p{{Han}}{_KANA}",
    "Korean": r"\p{Hangul}",
}
"""The names of the scripts that can be asked for, and the characters of each."""

_OF = {name: re2.compile(f"[{signs}]") for name, signs in SCRIPTS.items()}
_KANA_SIGN = re2.compile(f"[{_KANA}]")


def share_of(script: str, text: str) -> float | None:
    """Return the share (0 to 1) of the letters of `text` in `script`; None without letters.

    Chinese characters without any kana are no Japanese.
    """
    letters = {sign: times for sign, times in Counter(text).items() if sign.isalpha()}
    if not letters:
        return None
    if script == "Japanese" and not any(map(_KANA_SIGN.match, letters)):
        return 0.0
    written = sum(times for sign, times in letters.items() if _OF[script].match(sign))
    return written / sum(letters.values())


def _language(data: Mapping[str, Any]) -> tuple[str, Test]:
    script, least = data.get("script"), data.get("share", USUAL_SHARE)
    if not isinstance(script, str) or script not in SCRIPTS:
        raise CheckError("script", f"Choose one of {', '.join(SCRIPTS)}.")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 < least <= 1:
        raise CheckError("share", "Write a share above 0 and at most 1, such as 0.7.")

    def test(output: Output) -> Finding:
        share = share_of(script, output.text)
        if share is None:
            return Finding(False, "The answer has no letters.")
        fact = f"{share:.0%} of the letters are {script}; the rule says at least {least:.0%}."
        return Finding(share >= least, fact)

    return f"is written in {script} (at least {least:.0%} of the letters)", test


KINDS = {"language": Kind("is written in a script", ("script", "share"), _language)}
