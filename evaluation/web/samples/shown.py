"""Which samples a page shows: of which rollout, version and arm, in what order, from where on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from evaluation.online.models import Sample, Series
from registry.domain.fields import whole_number
from registry.prompts.models import Prompt

A_PAGE = 20
BESIDE = 5  # of either arm where they stand beside each other
LOOKED_AT = 2_000  # the newest samples that fit: enough for the worst of 14 days
WORST, NEWEST = "worst", "newest"
ARMS = (Series.Arm.TREATMENT, Series.Arm.CONTROL, Series.Arm.STAGING)


@dataclass(frozen=True)
class Asked:
    """What the address asks for; "" and 0: everything. `by` names a score, `after` is a place."""

    version: str = ""
    arm: str = ""
    rollout: int = 0
    order: str = ""
    by: str = ""
    after: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str] | QueryDict) -> "Asked":
        """Read an address; nonsense is left out."""

        def text(name: str) -> str:
            return str(query.get(name, ""))[:100]

        return cls(
            version=text("version"),
            arm=text("arm") if text("arm") in ARMS else "",
            rollout=whole_number(text("rollout")) or 0,
            order=text("order") if text("order") in (WORST, NEWEST) else "",
            by=text("by"),
            after=whole_number(text("after")) or 0,
        )

    def query(self, **changed: Any) -> str:
        """Return the query string of the same with something changed."""
        kept = {**vars(self), "after": 0, **changed}
        return "?" + urlencode({name: value for name, value in kept.items() if value})

    @property
    def sides(self) -> bool:
        """Are both arms of one rollout to stand beside each other?"""
        return bool(self.rollout) and not (self.arm or self.version) and self.order != NEWEST


@dataclass(frozen=True)
class Fact:
    """What the order of a sample rests on."""

    pk: int
    arm: str
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Side:
    """Some samples of one arm. `n` answers fit, `scored` have the score; `mean` is theirs."""

    arm: str
    samples: list[Sample]
    n: int
    scored: int
    mean: float | None


@dataclass(frozen=True)
class Shown:
    """What a page shows: either `sides` or `samples`. `by` is the score it is ordered by."""

    asked: Asked
    by: str
    names: list[str]
    n: int
    sides: list[Side]
    samples: list[Sample]
    following: int | None = None
    previous: int | None = None


def shown(prompt: Prompt, asked: Asked) -> Shown:
    """Return what the page of `prompt` shows, with two or three queries."""
    facts = [Fact(*row) for row in _fitting(prompt, asked)]
    names = _names(facts)
    by = asked.by if asked.by in names else (names[0] if names else "")
    asked = replace(asked, by=by if asked.by else "")
    if asked.sides:
        arms = [arm for arm in ARMS if any(fact.arm == arm for fact in facts)]
        return Shown(asked, by, names, len(facts), [_side(facts, arm, by) for arm in arms], [])
    if asked.order != NEWEST:
        facts = sorted(facts, key=lambda fact: fact.scores.get(by, 2.0))
    end = asked.after + A_PAGE
    return Shown(
        asked,
        by,
        names,
        len(facts),
        [],
        _rows(facts[asked.after : end]),
        following=end if end < len(facts) else None,
        previous=max(0, asked.after - A_PAGE) if asked.after else None,
    )


def _fitting(prompt: Prompt, asked: Asked) -> "QuerySet[Any, Any]":
    rows = Sample.objects.filter(prompt=prompt)
    if asked.arm:
        rows = rows.filter(series__arm=asked.arm)
    if asked.rollout:
        rows = rows.filter(series__segment__rollout=asked.rollout)
    if asked.version:
        numbers = [whole_number(part) for part in asked.version.split(".")]
        major, minor, patch = (*numbers, None, None, None)[:3]
        if major is None or minor is None or patch is None or max(major, minor, patch) > 2**31 - 1:
            return rows.none()
        rows = rows.filter(version__major=major, version__minor=minor, version__patch=patch)
    return rows.values_list("pk", "series__arm", "scores")[:LOOKED_AT]


def _names(facts: Sequence[Fact]) -> list[str]:
    """Return the names of scores, those that most samples have first."""
    counts: dict[str, int] = {}
    for fact in facts:
        for name in fact.scores:
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _side(facts: Sequence[Fact], arm: str, by: str) -> Side:
    """Return the worst of the treatment; of another arm those nearest to its middle."""
    mine = [fact for fact in facts if fact.arm == arm]
    values = [fact.scores[by] for fact in mine if by in fact.scores]
    middle = median(values) if values else 0.0
    start = 0.0 if arm == Series.Arm.TREATMENT else middle
    nearest = sorted(mine, key=lambda fact: abs(fact.scores.get(by, 9.0) - start))
    return Side(
        arm, _rows(nearest[:BESIDE]), len(mine), len(values), fmean(values) if values else None
    )


def _rows(facts: Sequence[Fact]) -> list[Sample]:
    """Return the samples in the order of `facts`; one query."""
    found = Sample.objects.select_related("version", "series").in_bulk([fact.pk for fact in facts])
    return [found[fact.pk] for fact in facts if fact.pk in found]
