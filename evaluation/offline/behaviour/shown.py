"""What is shown of how two versions behave: counts in words, cases with both answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.offline.behaviour.sources import Lack, Source
from evaluation.offline.models import Run
from evaluation.offline.report import RuleLine
from registry.domain.diff.segments import Segment
from registry.prompts.models import Version

# What changed comes first; with the words for one case and for more.
GROUPS = {
    "now_failing": ("now fails", "now fail"),
    "now_passing": ("now passes", "now pass"),
    "no_result": ("without a result", "without a result"),
    "still_failing": ("still fails", "still fail"),
    "same": ("same", "same"),
}
TONES = {
    "now_failing": "bad",
    "now_passing": "good",
    "no_result": "warn",
    "still_failing": "warn",
    "same": "",
}


@dataclass(frozen=True)
class Answer:
    """What one version said: the start of its text, or why there is none (`error`)."""

    text: str
    left_out: int  # characters after it
    error: str
    passed: bool
    simulated: bool
    model: str = ""
    latency_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class BehaviourCase:
    """One golden case: both answers, their difference by words, and the rules that tell more.

    `rules` are those that either answer broke; `kept` counts the others.
    """

    case_id: str
    group: str
    query: str
    inputs: Mapping[str, Any]
    old: Answer
    new: Answer
    difference: tuple[Segment, ...]
    why: str
    rules: tuple[RuleLine, ...]
    kept: int

    @property
    def title(self) -> str:
        """What happened to this case, in words."""
        return GROUPS[self.group][0]

    @property
    def tone(self) -> str:
        """The colour that goes with the words."""
        return TONES[self.group]

    @property
    def identical(self) -> bool:
        """Do both answers say the same, as far as they are shown?"""
        return not (self.old.error or self.new.error) and self.old.text == self.new.text


@dataclass(frozen=True)
class Behaviour:
    """The answers of `old` and `new`, or in `lacking` why there are none and what to do.

    `counts` and `held_out` are cases by group, the first with the second. `rest` counts cases
    that are neither shown nor held out.
    """

    old: Version | None = None
    new: Version | None = None
    cases: tuple[BehaviourCase, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    held_out: Mapping[str, int] = field(default_factory=dict)
    source: Source | None = None
    lack: Lack | None = None

    @classmethod
    def nothing(cls, sentence: str) -> "Behaviour":
        """Return that there are no answers, and why."""
        return cls(lack=Lack(sentence))

    @property
    def lacking(self) -> str:
        """Why there are no answers, or "" when there are."""
        return self.lack.sentence if self.lack else ""

    @property
    def now_failing(self) -> int:
        """How many cases pass with the old version and fail with the new one."""
        return self.counts.get("now_failing", 0)

    @property
    def now_passing(self) -> int:
        """How many cases fail with the old version and pass with the new one."""
        return self.counts.get("now_passing", 0)

    @property
    def still_failing(self) -> int:
        """How many cases fail with both."""
        return self.counts.get("still_failing", 0)

    @property
    def same(self) -> int:
        """How many cases pass with both."""
        return self.counts.get("same", 0)

    @property
    def no_result(self) -> int:
        """How many cases lack a full result of either."""
        return self.counts.get("no_result", 0)

    @property
    def total(self) -> int:
        """How many cases were compared."""
        return sum(self.counts.values())

    @property
    def rest(self) -> int:
        """How many cases could be shown and are not."""
        return self.total - self.hidden - len(self.cases)

    @property
    def phrases(self) -> list[tuple[str, str]]:
        """The counts in words, what changed first: `2 now fail`, `37 same`; each with its tone."""
        return _phrases(self.counts)

    @property
    def hidden(self) -> int:
        """How many cases are counted and never shown."""
        return sum(self.held_out.values())

    @property
    def hidden_phrases(self) -> list[str]:
        """The counts of the cases that are never shown, in words."""
        return [words for _, words in _phrases(self.held_out)]

    @property
    def run(self) -> Run | None:
        """The run that holds the new version's answers."""
        return self.source.new.run if self.source else None

    @property
    def old_run(self) -> Run | None:
        """The run that holds the old version's answers, where it is another one."""
        return None if self.source is None or self.source.together else self.source.old.run

    @property
    def simulated(self) -> bool:
        """Was no model asked?"""
        return self.source is not None and (
            self.source.old.run.simulated or self.source.new.run.simulated
        )

    @property
    def unfinished(self) -> bool:
        """Is an answer taken from a run that gave no verdict?"""
        return self.source is not None and not self.source.rank[0]


def _phrases(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [
        (TONES[key], f"{counts[key]:,} {words[counts[key] != 1]}")
        for key, words in GROUPS.items()
        if counts.get(key)
    ]
