"""Static checks: what can be said of a prompt's text at once, without asking any model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.domain.checks import Outcome, Result, Severity
from evaluation.domain.static.patch import patch_checks
from evaluation.domain.static.text import text_checks
from registry.domain.content import Content
from registry.domain.semver import Risk
from registry.domain.template import Value

__all__ = ["StaticReport", "static_checks"]


@dataclass(frozen=True)
class StaticReport:
    """What the static checks found. `outcome` is pass or fail, there is no doubt in text."""

    results: tuple[Result, ...]

    @property
    def outcome(self) -> Outcome:
        """Fail as soon as one rule that can block is broken."""
        return Outcome.FAIL if self._broken(Severity.BLOCKER) else Outcome.PASS

    @property
    def reasons(self) -> tuple[str, ...]:
        """The broken rules as sentences, those that block first."""
        blocking = self._broken(Severity.BLOCKER)
        opening = [] if blocking else [f"All {self._looked} checks of the text hold."]
        return (*opening, *blocking, *self._broken(Severity.WARNING))

    @property
    def _looked(self) -> int:
        return sum(result.outcome is Outcome.PASS for result in self.results)

    def _broken(self, severity: Severity) -> list[str]:
        return [
            result.reason
            for result in self.results
            if result.severity is severity and result.outcome in (Outcome.FAIL, Outcome.ERROR)
        ]


def static_checks(
    old: Content | None,
    new: Content,
    risk: Risk,
    cases: Sequence[Mapping[str, Value]] = (),
    *,
    meaning_confirmed: bool = False,
) -> StaticReport:
    """Check the text of `new`; for a PATCH also that it is one, compared with `old`.

    `old` is what production serves now. `cases` are the values that each golden case gives;
    those the prompt has no variable for are left out. `meaning_confirmed` says that a
    reviewer read a MINOR wording as unchanged in meaning, so only its shape is compared, and
    new personal data only warns: the reviewer saw it.
    """
    weight = Severity.BLOCKER if risk is Risk.PATCH else Severity.WARNING
    personal = Severity.WARNING if meaning_confirmed else weight
    results = text_checks(old, new, cases, notes=weight, personal=personal)
    if risk is Risk.PATCH and old is not None:
        results += patch_checks(old, new, cases, meaning_confirmed=meaning_confirmed)
    return StaticReport(tuple(results))
