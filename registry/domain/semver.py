"""Version numbers, and the words for how large a change is.

A *bump* is what an author asks for against the base; it gives the number. A *risk* is
the change against what production serves now; it picks the road to production.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_NUMBER = re.compile(r"v?(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


class _Ordered(StrEnum):
    """A word that compares by its place in the list, not by its letters."""

    def _place(self) -> int:
        return list(type(self)).index(self)

    def _other(self, other: str) -> int:
        return type(self)(other)._place()

    def __lt__(self, other: str) -> bool:
        return self._place() < self._other(other)

    def __le__(self, other: str) -> bool:
        return self._place() <= self._other(other)

    def __gt__(self, other: str) -> bool:
        return self._place() > self._other(other)

    def __ge__(self, other: str) -> bool:
        return self._place() >= self._other(other)


class Bump(_Ordered):
    """How large the author says the change is: PATCH < MINOR < MAJOR."""

    PATCH = "PATCH"
    MINOR = "MINOR"
    MAJOR = "MAJOR"


class Risk(_Ordered):
    """How large the change is for production: FIRST (it serves nothing yet) is the lowest."""

    FIRST = "FIRST"
    PATCH = "PATCH"
    MINOR = "MINOR"
    MAJOR = "MAJOR"


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """A number like 2.4.0, ordered as numbers (2.10.0 after 2.9.0)."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2.4.0` or `v2.4.0`. Raises ValueError with a sentence for a person."""
        found = _NUMBER.fullmatch(text)
        if found is None:
            raise ValueError(f"{text[:40]!r} is no version number. Write it like 2.4.0.")
        return cls(*(int(part) for part in found.groups()))

    def bumped(self, bump: Bump) -> "Version":
        """Return the number that follows this one by `bump`."""
        if bump is Bump.MAJOR:
            return Version(self.major + 1, 0, 0)
        if bump is Bump.MINOR:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


FIRST_VERSION = Version(1, 0, 0)


def parse(text: str) -> Version:
    """Read `2.4.0` or `v2.4.0`. Raises ValueError with a sentence for a person."""
    return Version.parse(text)


def next_free(base: Version | None, bump: Bump, taken: Collection[Version]) -> Version:
    """Return the first number after `base` by `bump` that is not `taken`.

    Without a base it is 1.0.0, or the next free MAJOR number.
    """
    used = frozenset(taken)
    candidate = FIRST_VERSION if base is None else base.bumped(bump)
    step = Bump.MAJOR if base is None else bump
    while candidate in used:
        candidate = candidate.bumped(step)
    return candidate
