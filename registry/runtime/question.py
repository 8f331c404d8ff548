"""What a client asks for, read from the query string of its request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from registry.runtime.answers import Problem

LABELS = ("production", "staging", "canary")
UNIT_LENGTH = 1000
Semver = tuple[int, int, int]

_MOST_PARAMETERS = 20  # more than any address takes, so that the strange one can be named
_PARAMETERS = ("label", "version", "unit")
_SEMVER = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """A label, or an exact version; `unit` is "" for a random choice, None for none."""

    label: str = ""
    semver: Semver | None = None
    unit: str | None = None

    @property
    def asked(self) -> str:
        """The label, or the version as 2.4.0."""
        return ".".join(map(str, self.semver)) if self.semver else self.label


def read_query(query: str) -> Question:
    """Return what `query` (without its question mark) asks for. Raises Problem.

    Nothing asked means the label production. A label such as `v2.4.0` means that version.
    """
    if not query:
        return Question(label="production")
    given = parameters(query, _PARAMETERS)
    label, version, unit = (given.get(name) for name in _PARAMETERS)
    if label is not None and version is not None:
        raise _bad("Ask for a label or for a version, not for both.", "version")
    if unit is not None and len(unit) > UNIT_LENGTH:
        raise _bad(f"A unit has at most {UNIT_LENGTH} characters. Send a hash of it.", "unit")
    exact = _SEMVER.fullmatch(version if version is not None else label or "")
    if exact is None:
        if version is not None:
            raise _bad(f"{version[:40]!r} is no version. Write it like 2.4.0.", "version")
        return Question(label=label or "production", unit=unit)
    if unit is not None:
        raise _bad("A unit chooses within a label; an exact version leaves no choice.", "unit")
    major, minor, patch = (int(part) for part in exact.groups())
    return Question(semver=(major, minor, patch))


def parameters(query: str, known: Sequence[str]) -> dict[str, str]:
    """Return the parameters, each known and given once: a typo must not mean production.

    Raises Problem (400) naming the parameter.
    """
    words = ", ".join(known) or "none"
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise _bad(
            f"The address cannot be read. Its parameters: {words}, each at most once, "
            "percent-encoded as UTF-8."
        ) from None
    given = dict(pairs)
    strange = next((name for name in given if name not in known), None)
    if strange is not None:
        raise _bad(f"There is no parameter {strange[:40]!r} here. Known: {words}.", strange[:40])
    if len(given) != len(pairs):
        raise _bad("A parameter is given twice. Give each once.", pairs[-1][0])
    return given


def _bad(message: str, field: str = "") -> Problem:
    return Problem(400, "bad_request", message, field)
