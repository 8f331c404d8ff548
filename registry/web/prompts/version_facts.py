"""What the record of a version says beside its text: scores, pins, where it came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from evaluation.offline.models import Snapshot
from registry.prompts.models import Version
from registry.release.models import LabelEvent, Verdict


@dataclass(frozen=True)
class Fact:
    """One line of a record: a name, words, and where they lead ("" for nowhere)."""

    name: str
    words: str
    link: str = ""


@dataclass(frozen=True)
class Origin:
    """Where an adopted version came from, as far as it was told."""

    source: str
    author: str
    at: datetime | None
    labels: str


def scores(verdict: Verdict) -> list[Fact]:
    """Return the figures of a verdict against production's version, in words."""
    metrics: Mapping[str, Any] = verdict.metrics
    return [Fact(*pair) for pair in _score_words(metrics)]


def pins(verdict: Verdict, version: Version) -> list[Fact]:
    """Return what a verdict rests on: baseline, cases, checks, connection, policy, run."""
    project, stored = version.prompt.project, verdict.pins
    found = [Fact("Text judged", f"digest {verdict.digest}")]
    if stored.get("baseline"):
        rows = Version.objects.filter(prompt=version.prompt_id, digest=stored["baseline"])
        baseline = rows.only("major", "minor", "patch").first()
        number = f"{baseline.semver}, " if baseline else ""
        found.append(Fact("Against", f"{number}digest {stored['baseline']}"))
    if stored.get("snapshot"):
        snapshots = Snapshot.objects.filter(dataset__project=project, digest=stored["snapshot"])
        snapshot = snapshots.select_related("dataset").first()
        name = f"{snapshot.dataset.name}, snapshot {snapshot.number}, " if snapshot else ""
        found.append(Fact("Golden cases", f"{name}digest {stored['snapshot']}"))
    if stored.get("checks"):
        found.append(Fact("Checks", f"digest {stored['checks']}"))
    if stored.get("connection"):
        found.append(Fact("Model connection", str(stored["connection"])))
    if stored.get("policy"):
        link = reverse("policy_revision", args=[project.slug, stored["policy"]])
        found.append(Fact("Policy", f"revision {stored['policy']}", link))
    if stored.get("run"):
        link = reverse("run", args=[project.slug, stored["run"]])
        found.append(Fact("Run", f"{stored['run']}, attempt {stored.get('attempt', 1)}", link))
    return found


def origin_of(version: Version) -> Origin | None:
    """Return where an adopted version came from; None for one that was written here."""
    told = version.origin
    if not told:
        return None
    try:
        at = datetime.fromisoformat(str(told.get("at") or ""))
    except ValueError:
        at = None
    return Origin(
        source=str(told.get("source") or "another place"),
        author=str(told.get("author") or ""),
        at=at if at and at.tzinfo else None,
        labels=", ".join(str(label) for label in told.get("labels") or []),
    )


def replaced_version(version: Version) -> Version | None:
    """Return what production served before it first served `version`; else what it was judged by.

    Falls back to the version it was edited from.
    """
    first = (
        LabelEvent.objects.filter(version_after=version, name="production")
        .select_related("version_before")
        .order_by("at", "id")
        .first()
    )
    old = first.version_before if first else version.release.baseline
    return old or version.base


def _score_words(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, figures in metrics.items():
        mean, n = figures.get("mean"), figures.get("n", 0)
        if mean is None:
            continue
        theirs = figures.get("baseline_mean")
        if name == "pass_rate":
            yield "Fixed rules", f"{round(mean * n)} of {n} cases" + _beside(theirs, n)
        elif name == "latency_ms":
            words = f"{mean:,.0f} ms on average"
            yield "Time to answer", words + (f"; before: {theirs:,.0f} ms" if theirs else "")
        elif name.endswith("_ratio"):
            title = name.removesuffix("_ratio").replace("_", " ").capitalize()
            yield f"{title}, compared", _ratio_words(mean)
        else:
            words = f"{mean:.2f} over {n} cases"
            before = f"; before: {theirs:.2f}" if theirs is not None else ""
            yield name.replace("_", " ").capitalize(), words + before


def _beside(theirs: float | None, n: int) -> str:
    return f"; before: {round(theirs * n)} of {n}" if theirs is not None else ""


def _ratio_words(mean: float) -> str:
    percent = round((mean - 1) * 100)
    if percent == 0:
        return "the same as production's version"
    return f"{abs(percent)} % {'more' if percent > 0 else 'less'} than production's version"
