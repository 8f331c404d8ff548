"""Who uses a prompt, and whom a version would break: in words, before somebody confirms.

A caller is one key with one client. What it supplies is known only if its client says so.
A word of warning never stops anybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from registry.domain.content import ContentError
from registry.domain.rendering import prepare
from registry.domain.supply import AT_ONCE, Given, Needs, shortfall
from registry.domain.template import TemplateError
from registry.prompts.models import Prompt, Version
from registry.release.labels import version_at
from registry.release.models_serving import LabelName
from registry.runtime.client_header import client_words
from registry.runtime.models import ApiKey, Fetcher

LATELY = timedelta(days=7)
DAY = timedelta(days=1)
ROWS = 1000
NAMES_SHOWN = 5


@dataclass(frozen=True)
class Caller:
    """A key with one client, and the rows of its processes, the latest first.

    `name` is the key's name, with the client's where a key has several.
    """

    key: ApiKey
    client: str
    rows: tuple[Fetcher, ...]
    name: str

    @property
    def last_fetch_at(self) -> datetime:
        """When it last fetched."""
        return self.rows[0].last_fetch_at

    @property
    def processes(self) -> int:
        """How many processes seem to run."""
        since = self.last_fetch_at - AT_ONCE
        return len({row.process for row in self.rows if row.last_fetch_at >= since})

    @property
    def labels(self) -> list[str]:
        """What it asks for: labels, exact versions."""
        return sorted({row.label for row in self.rows}, key=_label_order)

    @property
    def follows(self) -> bool:
        """Does it follow a label? An exact version goes on being what it was."""
        return any(row.label in LabelName.values for row in self.rows)

    def given(self, *labels: str) -> list[Given]:
        """Return what its processes supply under these labels, or under any; known ones only."""
        return [
            Given(frozenset(row.variables), row.last_fetch_at)
            for row in self.rows
            if row.variables is not None and row.label in (labels or LabelName.values)
        ]


def callers_of(prompt: Prompt, *, now: datetime, within: timedelta = LATELY) -> list[Caller]:
    """Return who fetched `prompt` with a key that is still live, the latest first; one query."""
    live = Q(key__expires_at=None) | Q(key__expires_at__gt=now)
    rows = (
        Fetcher.objects.filter(live, prompt=prompt, last_fetch_at__gt=now - within)
        .filter(key__revoked_at=None)
        .select_related("key", "version")
        .defer("version__content", "version__config", "version__output_schema")
        .order_by("-last_fetch_at", "-pk")[:ROWS]
    )
    groups: defaultdict[tuple[int, str], list[Fetcher]] = defaultdict(list)
    for row in rows:
        groups[row.key_id, row.client].append(row)
    names = [found[0].key.name for found in groups.values()]
    return [
        Caller(
            key=found[0].key,
            client=client,
            rows=tuple(found),
            name=_name(found[0].key.name, client, several=names.count(found[0].key.name) > 1),
        )
        for (_, client), found in groups.items()
    ]


def warnings_of(version: Version, *, now: datetime) -> list[str]:
    """Return a sentence for each caller of the last 7 days that `version` would break.

    What production breaks already is no news. Callers that do not say what they supply are
    named if it needs more than production does.
    """
    return warnings_among(callers_of(version.prompt, now=now), version)


def warnings_among(callers: Sequence[Caller], version: Version) -> list[str]:
    """Return the warnings of `warnings_of` about these callers."""
    needs = needs_of(version) if callers else None
    if needs is None:
        return []
    production = version_at(version.prompt, "production")
    now = needs_of(production) if production else None
    return [
        *(sentence for caller in callers for sentence in _broken(caller, version, needs, now)),
        *(_unsaid(callers, version, needs.needed - now.needed) if now else ()),
    ]


def fetched_lately(prompt: Prompt, *, now: datetime) -> str:
    """Return `3 callers fetched it in the last day: …`, by their keys; "" when nobody did."""
    callers = callers_of(prompt, now=now, within=DAY)
    if not callers:
        return ""
    count = "1 caller" if len(callers) == 1 else f"{len(callers)} callers"
    names = list(dict.fromkeys(caller.key.name for caller in callers))
    keys = "with the key" if len(names) == 1 else "with the keys"
    who = f": {listed(names)}" if len(names) == len(callers) else f", {keys} {listed(names)}"
    return f"{count} fetched it in the last day{who}."


def needs_of(version: Version) -> Needs | None:
    """Return what `version` needs; None for an adopted text that nobody can fill."""
    try:
        prepared = prepare(version.as_content())
    except (ContentError, TemplateError):
        return None
    return Needs(prepared.needed, prepared.known)


def variables_words(names: Iterable[str]) -> str:
    """Return `{{a}}, {{b}} and {{c}}` in alphabetical order."""
    return listed([f"{{{{{name}}}}}" for name in sorted(names)])


def listed(words: Sequence[str]) -> str:
    """Return `a, b and c`; of many the first ones and how many more."""
    if len(words) > NAMES_SHOWN:
        rest = len(words) - NAMES_SHOWN
        return f"{', '.join(words[:NAMES_SHOWN])} and {rest} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def noted(reason: str, warnings: Sequence[str]) -> str:
    """Return the reason with the first of what was shown before the click, for the trail."""
    if not warnings:
        return reason
    more = f" And {len(warnings) - NAMES_SHOWN} more." if len(warnings) > NAMES_SHOWN else ""
    return f"{reason} (Warned: {' '.join(warnings[:NAMES_SHOWN])}{more})"


def _broken(caller: Caller, version: Version, needs: Needs, now: Needs | None) -> Iterator[str]:
    """Yield what of `version` is not met by what `caller` supplies, and is by production `now`."""
    short = shortfall(caller.given(), needs)
    short = short.besides(now) if now else short
    if short.never:
        yield f"{caller.name} does not send {variables_words(short.never)}."
    if short.sometimes:
        names = variables_words(short.sometimes)
        yield f"Some processes of {caller.name} do not send {names}."
    if short.lately:
        names = variables_words(short.lately)
        yield f"{caller.name} sends {names} by now; an earlier process of the last 7 days did not."
    if short.unknown:
        names = variables_words(short.unknown)
        yield f"{caller.name} sends {names}, which {version.semver} does not know."


def _unsaid(callers: Sequence[Caller], version: Version, more: frozenset[str]) -> Iterator[str]:
    """Yield who cannot be judged, if `version` needs `more` than what production serves."""
    silent = [caller.name for caller in callers if caller.follows and not caller.given()]
    if more and silent:
        do, they = ("does", "it sends") if len(silent) == 1 else ("do", "they send")
        say = f"{do} not say which variables {they}"
        yield f"{version.semver} needs {variables_words(more)} too; {listed(silent)} {say}."


def _name(key: str, client: str, *, several: bool) -> str:
    return f"{key} ({client_words(client)})" if several else key


def _label_order(label: str) -> tuple[int, str]:
    known = LabelName.values
    return (known.index(label) if label in known else len(known), label)
