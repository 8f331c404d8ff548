"""Secrets and personal data in cases: golden cases are often made of what people wrote."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evaluation.domain.checks.pii import find_pii
from evaluation.offline.cases import NewCase
from registry.domain.secrets import Finding, find_secrets


@dataclass(frozen=True)
class CaseLeak:
    """What seems to stand in a field of a case; the finding shows only its first characters."""

    case_id: str
    field: str
    finding: Finding


def find_leaks(cases: Iterable[NewCase]) -> list[CaseLeak]:
    """Return what looks like a secret or like data about a person, case by case."""
    return [
        CaseLeak(case.case_id, field, finding)
        for case in cases
        for field, text in _texts(case)
        for finding in (*find_secrets(text), *find_pii(text))
    ]


def _texts(case: NewCase) -> Iterator[tuple[str, str]]:
    """Yield each field that holds text, in words, and the text."""
    yield "query", case.query
    for name, value in case.inputs.items():
        # With its name, as some secrets are known by it.
        yield f"variable {name}", f"{name}: {value}"
    for passage in case.context:
        yield "context", passage
    yield "reference", case.reference
    for message in case.messages:
        yield "messages", message["content"]
