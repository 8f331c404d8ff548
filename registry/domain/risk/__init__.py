"""The smallest honest bump for a change, with reasons that a product manager understands.

An author proposes a bump; the floor says what the change itself shows. What applications
rely on (variables, roles, messages, schema, kind, model), or more than half of the words,
is MAJOR. Words, numbers or parameters that can change an answer are MINOR. What cannot
change the meaning (punctuation, quotes, capitals, spacing, spelling, small words) is PATCH.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.domain.content import Content
from registry.domain.risk.reading import Reading, read
from registry.domain.risk.shape import Reason, outline, shape_reasons
from registry.domain.risk.word_lists import ENGLISH, known_language
from registry.domain.risk.wording import Wording, compare_wording, kept_words
from registry.domain.semver import Bump, Risk
from registry.domain.tokens import mostly_unspaced

__all__ = ["Floor", "floor", "risk_of", "words_changed_share"]

MAJOR_SHARE = 0.5
# A PATCH corrects little: more than a fifth of the words, and more than a handful, is MINOR.
PATCH_SHARE = 0.2
PATCH_WORDS = 5
SHOWN_REASONS = 6
NO_WORD_LIST = (
    "There is no word list for this language, so a corrected word cannot be told from a "
    "changed one."
)


@dataclass(frozen=True, slots=True)
class Floor:
    """The smallest honest bump and why, the weightiest reason first."""

    bump: Bump
    reasons: tuple[str, ...]


def floor(old: Content, new: Content) -> Floor:
    """Return the smallest honest bump from `old` to `new`. The same edit, the same answer."""
    reasons = [*shape_reasons(old, new), *_wording_reasons(old, new)]
    if not reasons:
        same = list(old.parts()) == list(new.parts())
        only = "Only punctuation, quotes, capitals, spacing or formatting changed."
        return Floor(Bump.PATCH, ("Nothing changed." if same else only,))
    bump = max(bump for bump, _ in reasons)
    ordered = sorted(reasons, key=lambda reason: reason[0], reverse=True)
    sentences = tuple(dict.fromkeys(sentence for _, sentence in ordered))
    if (more := len(sentences) - SHOWN_REASONS) > 0:
        rest = f"And {more} more change{'s' if more > 1 else ''}."
        sentences = (*sentences[:SHOWN_REASONS], rest)
    return Floor(bump, sentences)


def risk_of(
    production: Content | None,
    new: Content,
    bump: Bump,
    *,
    meaning_confirmed: bool = False,
    answered: str = "",
) -> Risk:
    """Return which road the new content takes.

    FIRST when production serves nothing yet, else the larger of the author's bump and the
    floor against what production serves now. `meaning_confirmed` says that somebody who did
    not write it read it as unchanged in meaning: MINOR becomes PATCH, MAJOR stays. `answered`
    is the risk of the version whose review the new content answers: what a reviewer sent back
    goes to a reviewer again, however small the answer is.
    """
    if production is None:
        return Risk.FIRST
    level = Risk(max(bump, floor(production, new).bump).value)
    if meaning_confirmed and level is Risk.MINOR:
        level = Risk.PATCH
    return max(level, Risk(answered)) if answered else level


def words_changed_share(old: Content, new: Content) -> float:
    """Return the share of words that came or went, 0 to 1.

    1 - kept / words of the longer text; order counts, punctuation and capitals do not.
    Scripts without spaces are counted by characters.
    """
    return _share(_readings(old, new))


def _readings(old: Content, new: Content) -> list[tuple[Reading, Reading]]:
    """Pair the texts: message by message where both have the same outline, else as a whole."""
    before = [text for _, text in old.parts()]
    after = [text for _, text in new.parts()]
    if old.kind != new.kind or outline(old) != outline(new):
        before, after = ["\n\n".join(before)], ["\n\n".join(after)]
    return [(read(a), read(b)) for a, b in zip(before, after, strict=True)]


def _share(readings: Sequence[tuple[Reading, Reading]]) -> float:
    """Return the share of words that came or went over all texts."""
    longer = max(sum(len(a.words) for a, _ in readings), sum(len(b.words) for _, b in readings))
    kept = sum(
        len(a.words) if a.words == b.words else kept_words(a.words, b.words) for a, b in readings
    )
    return 1 - kept / longer if longer else 0.0


def _wording_reasons(old: Content, new: Content) -> list[Reason]:
    """Return the reasons that lie in the words."""
    readings = _readings(old, new)
    language = known_language([word for pair in readings for side in pair for word in side.words])
    found = [compare_wording(a, b, language) for a, b in readings]
    meaning = [sentence for one in found for sentence in one.meaning]
    share = _share(readings)
    if not meaning:
        harmless = [(Bump.PATCH, s) for s in _harmless(readings, found)]
        if share > PATCH_SHARE and _count_changed(readings) > PATCH_WORDS:
            harmless.append(
                (Bump.MINOR, f"{share:.0%} of the words changed; a PATCH corrects few.")
            )
        return harmless
    reasons = [(Bump.MINOR, sentence) for sentence in meaning]
    if share > MAJOR_SHARE:
        unit = "characters" if any(mostly_unspaced(b.text) for _, b in readings) else "words"
        reasons.append((Bump.MAJOR, f"{share:.0%} of the {unit} changed, more than half."))
    if language is None and not any(compare_wording(a, b, ENGLISH).meaning for a, b in readings):
        reasons.append((Bump.MINOR, NO_WORD_LIST))
    return reasons


def _harmless(
    readings: Iterable[tuple[Reading, Reading]], found: Iterable[Wording]
) -> Iterator[str]:
    """Yield what changed without a change of meaning."""
    for one in found:
        yield from one.harmless
    for before, after in readings:
        if before.credits != after.credits:
            yield f"Only a credit changed: “{(before.credits or after.credits)[0]}”."
        elif before.links != after.links:
            gone = [link for link in before.links if link not in after.links]
            came = [link for link in after.links if link not in before.links]
            targets = f"{', '.join(gone or before.links)} → {', '.join(came or after.links)}"
            yield f"Only link targets changed: {targets}."


def _count_changed(readings: Iterable[tuple[Reading, Reading]]) -> int:
    """Return how many words of the longer side did not stay."""
    return sum(max(len(a.words), len(b.words)) - kept_words(a.words, b.words) for a, b in readings)
