"""The history of a prompt as another place kept it, and the numbers it gets here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from registry.domain import risk, semver
from registry.domain.content import Content
from registry.domain.semver import Bump

# The labels that can be taken over; `latest` is no label but a way of asking.
LABELS = ("production", "staging")
IGNORED_LABELS = ("latest",)


@dataclass(frozen=True)
class PastVersion:
    """One version: its number there is its revision here.

    `number`, `bump` and `base` are given by our own export; otherwise they are worked out.
    `origin` is kept with the version for ever (see `Version.origin`).
    """

    revision: int
    content: Content
    reason: str
    origin: Mapping[str, Any]
    number: semver.Version | None = None
    bump: Bump | None = None
    base: int | None = None
    answers: int | None = None

    @property
    def written_at(self) -> datetime | None:
        """Return when it was written there, None where that is not known."""
        try:
            moment = datetime.fromisoformat(str(self.origin.get("at", "")))
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class History:
    """A prompt with all its versions, the oldest first.

    `labels` points to revisions; `left_out` are labels that mean nothing here. `problems`
    keep the prompt out, `notes` are worth reading before it is adopted.
    """

    source: str
    old_name: str
    kind: str
    versions: tuple[PastVersion, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    owner: str = ""
    archived: bool = False
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def numbered(versions: Sequence[PastVersion]) -> tuple[PastVersion, ...]:
    """Give each version a semver: 1.0.0, then by the smallest honest bump over the one before."""
    result: list[PastVersion] = []
    for version in versions:
        if version.number is not None:
            result.append(version)
        elif not result:
            first = semver.FIRST_VERSION
            result.append(replace(version, number=first, bump=Bump.MAJOR, base=None))
        else:
            before = result[-1]
            bump = risk.floor(before.content, version.content).bump
            number = before.number.bumped(bump) if before.number else None
            changes = {"number": number, "bump": bump, "base": before.revision}
            result.append(replace(version, **changes))  # type: ignore[arg-type]
    return tuple(result)
