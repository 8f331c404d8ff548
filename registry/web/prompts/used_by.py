"""The section "Used by" of a prompt: each caller, and whether it gets on with what it is served."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from registry.domain.supply import Needs, shortfall
from registry.prompts.models import Prompt, Version
from registry.release.models import Label, LabelEvent
from registry.release.models_serving import LabelName
from registry.runtime.callers import Caller, callers_of, listed, needs_of, variables_words
from registry.runtime.client_header import client_words
from registry.runtime.models import Fetcher

HOLDERS = 20
LINES_SHOWN = 10
PROCESSES_SHOWN = 100

Served = Mapping[str, tuple[Version, Needs]]


@dataclass(frozen=True)
class Line:
    """One caller: `details` in brackets after its name, and what does not fit, if anything."""

    caller: Caller
    details: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class ProcessRow:
    """One process of a caller, for the table."""

    caller: Caller
    row: Fetcher

    @property
    def client(self) -> str:
        """The client's name."""
        return client_words(self.row.client)


class NeededSince:
    """Since when production needs a variable; one query, and only if somebody asks."""

    def __init__(self, prompt: Prompt) -> None:
        """Remember the prompt."""
        self._prompt = prompt

    def of(self, version: Version, name: str) -> Version:
        """Return the first of the versions that needed `name`, back from `version`."""
        first = version
        for held, needs in self._held:
            if needs is None or name not in needs.needed:
                break
            first = held
        return first

    @cached_property
    def _held(self) -> list[tuple[Version, Needs | None]]:
        moves = LabelEvent.objects.filter(prompt=self._prompt, name=LabelName.PRODUCTION)
        last = moves.select_related("version_after__prompt").order_by("-id")[:HOLDERS]
        return [(move.version_after, needs_of(move.version_after)) for move in last]


def used_by(prompt: Prompt, *, now: datetime) -> dict[str, Any]:
    """Return what the section shows: a line for each caller, faults first, and its processes."""
    callers = callers_of(prompt, now=now)
    served = _served(prompt) if callers else {}
    processes = [ProcessRow(caller, row) for caller in callers for row in caller.rows]
    processes.sort(key=lambda shown: shown.row.last_fetch_at, reverse=True)
    needed = NeededSince(prompt)
    lines = [_line(caller, served, needed) for caller in callers]
    lines.sort(key=lambda line: not line.faults)
    return {
        "callers": lines[:LINES_SHOWN],
        "more_callers": lines[LINES_SHOWN:],
        "caller_count": len(lines),
        "fault_count": sum(bool(line.faults) for line in lines),
        "processes": processes[:PROCESSES_SHOWN],
        "process_count": len(processes),
    }


def _served(prompt: Prompt) -> Served:
    """Return the version behind each label, with what it needs."""
    labels = Label.objects.filter(prompt=prompt).select_related("version__prompt")
    served = {
        label.name: (label.version, needs)
        for label in labels
        if (needs := needs_of(label.version)) is not None
    }
    if LabelName.PRODUCTION in served:
        served.setdefault(LabelName.CANARY, served[LabelName.PRODUCTION])
    return served


def _line(caller: Caller, served: Served, needed: NeededSince) -> Line:
    faults = tuple(dict.fromkeys(_faults(caller, served, needed)))
    words = [client_words(caller.client)]
    if caller.processes > 1:
        words.append(f"{caller.processes} processes")
    if caller.follows and not faults:
        told = bool(caller.given())
        words.append("all variables" if told else "does not say which variables it sends")
    return Line(caller, ", ".join(words), faults)


def _faults(caller: Caller, served: Served, needed: NeededSince) -> Iterator[str]:
    """Yield what the versions it asks for need and do not get, then what they do not know."""
    unknown: defaultdict[frozenset[str], dict[str, None]] = defaultdict(dict)
    for label in caller.labels:
        if label not in served:
            continue
        version, needs = served[label]
        short = shortfall(caller.given(label), needs)
        if missing := short.never | short.sometimes:
            who = "does not send" if short.never else "some of its processes do not send"
            yield f"{who} {_missing_words(version, missing, needed)}"
        if short.unknown:
            unknown[short.unknown][version.semver] = None
    for names, semvers in unknown.items():
        does = "does" if len(semvers) == 1 else "do"
        yield f"sends {variables_words(names)}, which {listed(list(semvers))} {does} not know"


def _missing_words(version: Version, names: Iterable[str], needed: NeededSince) -> str:
    """Return `{{a}}, needed since 1.0.0, nor {{b}}, needed since 2.0.0`."""
    groups: defaultdict[Version, list[str]] = defaultdict(list)
    for name in names:
        groups[needed.of(version, name)].append(name)
    oldest_first = sorted(groups, key=lambda first: (first.major, first.minor, first.patch))
    return ", nor ".join(
        f"{variables_words(groups[first])}, needed since {first.semver}" for first in oldest_first
    )
