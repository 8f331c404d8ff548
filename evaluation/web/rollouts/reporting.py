"""Does what comes in tell the truth: shares, arms, and who fetches and may report?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from evaluation.domain.watch.answer import Answer
from registry.prompts.models import Prompt
from registry.runtime.callers import DAY, Caller, callers_of, listed
from registry.templatetags.times import age_words

SKEWED = 6.9  # the logarithm of an e-value of 1000: the ratio is not chance
WRONG_ARM = 0.01


@dataclass(frozen=True)
class Check:
    """One check of what comes in: its name, what was found, and whether it is well."""

    name: str
    words: str
    tone: str
    word: str


def checks_of(answer: Answer | None, prompt: Prompt | None, *, now: datetime) -> list[Check]:
    """Return what was found about the calls that came in, and about who fetches `prompt` now."""
    found = [*_shares(answer)] if answer else []
    if prompt is not None:
        found.append(_reporting(callers_of(prompt, now=now, within=DAY), now))
    return found


def _shares(answer: Answer) -> Iterator[Check]:
    if answer.ratio is not None and answer.ratio_wanted is not None:
        words = f"{answer.ratio:.2f} % of calls, wanted {answer.ratio_wanted:g} %"
        bad = answer.ratio_evidence > SKEWED
        tone, word = ("bad", "not chance") if bad else ("good", "as it should be")
        yield Check("Share", words, tone, word)
    if answer.misassigned is not None:
        bad = answer.misassigned > WRONG_ARM
        words = f"{answer.misassigned * 100:.2g} % of calls got the version of the other side"
        tone, word = ("bad", "too many") if bad else ("good", "fine")
        yield Check("Wrong side", words, tone, word)


def _reporting(callers: list[Caller], now: datetime) -> Check:
    """Say how many of the clients that fetch hold a key with which they may report."""
    following = [caller for caller in callers if caller.follows]
    if not following:
        return Check("Clients", "Nobody fetched it in the last day", "warn", "nobody")
    silent = [caller.name for caller in following if "ingest" not in caller.key.scopes]
    count = len(following)
    words = f"{count - len(silent)} of {count} client{'s' if count > 1 else ''} may report"
    if silent:
        return Check("Clients", f"{words}; not {listed(silent)}: no ingest scope", "warn", "some")
    last = max(caller.last_fetch_at for caller in following)
    age = age_words(last, now)
    ago = age if age == "just now" else f"{age} ago"
    return Check("Clients", f"{words}; last fetch {ago}", "good", "all")
