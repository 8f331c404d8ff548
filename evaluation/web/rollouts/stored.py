"""Read the answer that the watcher stored: of a look, a verdict, or a comparison."""

from collections.abc import Mapping
from typing import Any

from evaluation.domain.watch.ab import Comparison
from evaluation.domain.watch.answer import Answer, Says


def answer_of(document: Mapping[str, Any]) -> Answer | None:
    """Return the stored answer; None where there is none.

    A comparison (an A/B test) becomes an answer whose metrics say better, worse or same.
    """
    if document.get("says"):
        return Answer.from_document(document)
    if not document.get("headline"):
        return None
    found = Comparison.from_document(document)
    reasons = [found.warning, found.headline, *found.reasons]
    return Answer(
        says=Says.HELD if found.warning else Says.UNDECIDED,
        reasons=tuple(reason for reason in reasons if reason),
        metrics=found.metrics,
        ratio=found.ratio,
        ratio_wanted=found.ratio_wanted,
        ratio_evidence=1e3 if found.warning else 0.0,
    )
