"""What an SDK asks for: a label, a revision, or an exact version written like 2.4.0."""

import re
from dataclasses import dataclass

from django.http import QueryDict

from registry.domain.semver import Version as Semver
from registry.runtime.answers import Problem

_WHOLE = re.compile(r"[0-9]+")
_LARGEST_DIGITS = 9  # a larger number cannot be asked of a database; no revision has one


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the three is set; `revision` 0 is one that no version has."""

    label: str = ""
    semver: Semver | None = None
    revision: int | None = None


def read_asked(query: QueryDict) -> Asked:
    """Return what the query asks for; nothing asked means production. Raises Problem (400).

    Parameters that Langfuse knows and we do not (`resolve`) are passed over, as SDKs send
    what they like.
    """
    label, version = only(query, "label"), only(query, "version")
    if label is not None and version is not None:
        raise Problem(400, "bad_request", "Ask for a label or for a version, not for both.")
    if version is None:
        return read_label(label or "production")
    if _WHOLE.fullmatch(version):
        return Asked(revision=int(version) if len(version) <= _LARGEST_DIGITS else 0)
    try:
        return Asked(semver=Semver.parse(version))
    except ValueError:
        raise Problem(
            400,
            "bad_request",
            f"{version[:40]!r} is no version. Write the revision, like 12, or the number, like "
            "2.4.0.",
        ) from None


def read_label(label: str) -> Asked:
    """Return what a label asks for: `v2.4.0` and `2.4.0` are that version."""
    try:
        return Asked(semver=Semver.parse(label))
    except ValueError:
        return Asked(label=label)


def only(query: QueryDict, name: str) -> str | None:
    """Return the parameter, or None unless it was sent. Raises Problem if it was sent twice."""
    given = query.getlist(name)
    if len(given) > 1:
        raise Problem(400, "bad_request", f"The parameter {name} is given twice. Give it once.")
    return given[0] if given else None
