"""Where a call is counted: which version, as which arm, in which segment.

What a batch needs is read with a fixed number of queries, whatever its size.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from django.db.models import Q

from evaluation.online.intake.observation import COMPILE, Observation
from evaluation.online.models import Series
from registry.domain.semver import Version as Semver
from registry.domain.strict_json import made_storable
from registry.prompts.models import Alias, Prompt, Version
from registry.release.models import Segment

SETTLED = timedelta(seconds=60)  # by then every client has heard of a change
INT = 2**31 - 1
BIGINT = 2**63 - 1
STAGING = "staging"
PRODUCTION = "production"

Arm = Series.Arm


class Spot(NamedTuple):
    """What a series is, in the order in which series are made."""

    prompt: int
    version: int
    segment: int  # 0 outside of any
    arm: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment with what is needed of its rollout. `slow_over` is milliseconds."""

    id: int
    prompt: int
    rollout: int | None
    epoch: int
    control: int | None
    treatment: int | None
    percent: int
    started_at: datetime
    ended_at: datetime | None
    salt: str | None
    slow_over: float | None

    def covers(self, at: datetime) -> bool:
        """Was it open at `at`?"""
        return self.started_at <= at and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is counted. `named` says that the call itself named rollout and epoch."""

    spot: Spot
    stretch: Stretch | None
    named: bool = False

    def misassigned(self, bucket: int, at: datetime) -> bool:
        """Is a call with this bucket in the wrong arm, although its client must have known?"""
        if self.stretch is None or at - self.stretch.started_at <= SETTLED:
            return False
        treated = bucket < self.stretch.percent * 100
        return treated != (self.spot.arm == Arm.TREATMENT)


class NowhereError(Exception):
    """There is no such prompt or version: `field`, `message`, and the word it counts under."""

    def __init__(self, field: str, message: str, outcome: str) -> None:
        super().__init__(message)
        self.field, self.message, self.outcome = field, message, outcome


class Map:
    """The prompts, versions and segments that one batch speaks of."""

    def __init__(
        self,
        prompts: dict[str, int],
        versions: dict[tuple[int, str | int], int],
        stretches: Iterable[Stretch],
    ) -> None:
        self._prompts, self._versions = prompts, versions
        self._of_prompt: dict[int, list[Stretch]] = {}
        self._of_rollout: dict[tuple[int, int], list[Stretch]] = {}
        for stretch in stretches:
            self._of_prompt.setdefault(stretch.prompt, []).append(stretch)
            if stretch.rollout is not None:
                key = (stretch.prompt, stretch.rollout)
                self._of_rollout.setdefault(key, []).append(stretch)
        self._named: dict[tuple[object, ...], Place] = {}

    @classmethod
    def load(cls, project: int, observations: Collection[Observation]) -> Self:
        """Read what these observations need: four queries."""
        prompts = _prompts(project, {o.prompt for o in observations})
        ids = set(prompts.values())
        versions = _versions(ids, {o.version for o in observations})
        rollouts = {o.rollout for o in observations if o.rollout and o.rollout <= BIGINT}
        times = [o.at for o in observations]
        return cls(prompts, versions, _stretches(ids, rollouts, times) if ids else ())

    def place(self, of: Observation) -> Place:
        """Return where `of` is counted. Raises NowhereError."""
        if of.rollout is None or of.epoch is None:
            return self._find(of)
        key = (of.prompt, of.version, of.label, of.exact, of.rollout, of.epoch)
        if of.error_type == COMPILE:
            return self._find(of)
        place = self._named.get(key)
        if place is None:
            place = self._find(of)
            if place.named:  # then it does not depend on the time
                self._named[key] = place
        return place

    def _find(self, of: Observation) -> Place:
        prompt = self._prompts.get(of.prompt)
        if prompt is None:
            text = f"There is no prompt {of.prompt[:80]!r} in the project of this key."
            raise NowhereError("prompt", f"{text} Check the name, and the key.", "unknown_prompt")
        version = self._versions.get((prompt, _written(of.version)))
        if version is None:
            text = f"{of.prompt[:80]} has no version {str(of.version)[:40]!r}."
            raise NowhereError(
                "version",
                f"{text} Send the number that came with the prompt, such as 2.4.0.",
                "unknown_version",
            )
        named = self._by_epoch(prompt, of)
        stretch = named or self._by_time(prompt, of.at)
        if stretch and of.error_type == COMPILE and of.variant == Arm.TREATMENT:
            version = stretch.treatment or version
        arm = _arm(of, version, stretch)
        outside = arm == Arm.OTHER or (arm == Arm.STAGING and not _tries(stretch, version))
        inside = None if outside else stretch
        spot = Spot(prompt, version, inside.id if inside else 0, arm)
        return Place(spot, inside, named is not None and inside is not None)

    def _by_epoch(self, prompt: int, of: Observation) -> Stretch | None:
        """Return the segment that the client knew of: the last one up to the epoch it says."""
        if of.rollout is None or of.epoch is None:
            return None
        known = self._of_rollout.get((prompt, of.rollout), ())
        past = [stretch for stretch in known if stretch.epoch <= of.epoch]
        return max(past, key=lambda stretch: (stretch.epoch, stretch.id), default=None)

    def _by_time(self, prompt: int, at: datetime) -> Stretch | None:
        open_then = (s for s in self._of_prompt.get(prompt, ()) if s.covers(at))
        return max(open_then, key=lambda stretch: stretch.id, default=None)


def _arm(of: Observation, version: int, stretch: Stretch | None) -> str:
    """Return as which arm the version was served. Labels but production are no random share."""
    if of.label == STAGING:
        return Arm.STAGING
    if of.exact or of.label not in ("", PRODUCTION) or stretch is None:
        return Arm.OTHER
    if _tries(stretch, version):
        if stretch.percent:
            return Arm.TREATMENT
        return Arm.OTHER if of.label else Arm.STAGING  # while it soaks, only staging serves it
    return Arm.CONTROL if version == stretch.control else Arm.OTHER


def _tries(stretch: Stretch | None, version: int) -> bool:
    return stretch is not None and stretch.rollout is not None and version == stretch.treatment


def _written(version: str | int) -> str | int:
    """Return a number without its v; a revision as it is."""
    return version.removeprefix("v") if isinstance(version, str) else version


def _prompts(project: int, names: set[str]) -> dict[str, int]:
    """Return the prompts by the names they are asked for: a name wins over an old name."""
    names = {name for name in names if made_storable(name) == name}
    old = Alias.objects.filter(project=project, name__in=names)
    found = dict(old.values_list("name", "prompt_id"))
    found.update(
        Prompt.objects.filter(project=project, name__in=names).values_list("name", "pk"),
    )
    return found


def _versions(prompts: set[int], asked: set[str | int]) -> dict[tuple[int, str | int], int]:
    numbers = [number for text in asked if isinstance(text, str) and (number := _number(text))]
    revisions = [n for n in asked if isinstance(n, int) and 0 < n <= INT]
    wanted = Q(revision__in=revisions) | Q(
        major__in={n.major for n in numbers},
        minor__in={n.minor for n in numbers},
        patch__in={n.patch for n in numbers},
    )
    rows = Version.objects.filter(wanted, prompt__in=prompts)
    found: dict[tuple[int, str | int], int] = {}
    for pk, prompt, revision, major, minor, patch in rows.values_list(
        "pk", "prompt_id", "revision", "major", "minor", "patch"
    ):
        found[prompt, revision] = pk
        found[prompt, f"{major}.{minor}.{patch}"] = pk
    return found


def _number(text: str) -> Semver | None:
    try:
        return Semver.parse(text)
    except ValueError:
        return None


def _stretches(prompts: set[int], rollouts: set[int], times: Collection[datetime]) -> list[Stretch]:
    when = Q(started_at__lte=max(times)) & (Q(ended_at=None) | Q(ended_at__gte=min(times)))
    rows = Segment.objects.filter(when | Q(rollout__in=rollouts), prompt__in=prompts)
    fields = (
        *("id", "prompt_id", "rollout_id", "epoch", "control_id", "treatment_id", "percent"),
        *("started_at", "ended_at", "rollout__salt", "rollout__watch__slow_over"),
    )
    return [Stretch(*row) for row in rows.values_list(*fields)]
