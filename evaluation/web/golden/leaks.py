"""What a page says about secrets and personal data in cases: a warning, never a refusal."""

from collections.abc import Iterable
from dataclasses import dataclass

from evaluation.offline.cases import NewCase
from evaluation.offline.golden.leaks import CaseLeak, find_leaks

MOST = 10


@dataclass(frozen=True)
class Warned:
    """The first finds, and how many there are in how many cases."""

    first: list[CaseLeak]
    total: int
    cases: int

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.total - len(self.first)


def warned_of(cases: Iterable[NewCase]) -> Warned | None:
    """Return what to warn of, or None."""
    found = find_leaks(cases)
    if not found:
        return None
    return Warned(found[:MOST], len(found), len({leak.case_id for leak in found}))


def leak_words(case: NewCase) -> str:
    """Return one sentence that warns of what a case seems to hold, or ""."""
    warned = warned_of([case])
    if warned is None:
        return ""
    finds = dict.fromkeys(f"{leak.finding.kind} in {leak.field}" for leak in warned.first)
    return f"Look again at {case.case_id}: it seems to hold {', '.join(finds)}."
