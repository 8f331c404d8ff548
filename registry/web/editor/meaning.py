"""What a change means, worked out from what is typed: figures, problems, size, road, preview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.audit.actor import Actor
from registry.domain import risk
from registry.domain.content import Content
from registry.domain.diff import compare
from registry.domain.fields import ContentError
from registry.domain.lifecycle import Clearance
from registry.domain.merge import content_marks
from registry.domain.rendering import used_variables
from registry.domain.semver import Bump, Risk, next_free
from registry.domain.semver import Version as Number
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import production_of
from registry.web.compare.words import summary_words
from registry.web.editor.cases import Cases, cases_of
from registry.web.editor.newer import newer_versions
from registry.web.editor.preview import Shown, preview, values_for
from registry.web.editor.problems import Found, problems_of
from registry.web.editor.reading import Read, read
from registry.web.editor.road import Ahead, road_ahead
from registry.web.editor.typed import Typed

COMPARING = 0.05  # seconds, so that the answer comes while somebody types
CHARACTERS_A_TOKEN = 4  # the usual rule of thumb for English; marked as an estimate


@dataclass(frozen=True)
class Question:
    """What is asked: the typed form over its base, seen by `actor`."""

    prompt: Prompt
    base: Version | None
    typed: Typed
    actor: Actor
    seen: int = 0
    case_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """A variable of the preview: what was typed for it, and what fills it otherwise."""

    name: str
    declared: bool
    typed: str
    filled: str


@dataclass(frozen=True)
class Meaning:
    """The answer; `changes`, `floor` and `ahead` are empty while the form cannot be read."""

    question: Question
    production: Version | None
    errors: Mapping[str, str]
    unchanged: bool
    is_marked: bool
    changes: list[str]
    problems: list[Found]
    floor: Bump
    reasons: tuple[str, ...]
    bump: Bump
    numbers: dict[str, str]
    ahead: Ahead | None
    counts: str
    values: list[Value]
    shown: list[Shown]
    cases: Cases
    newer: list[Version]

    @property
    def untouched(self) -> bool:
        """Is it a new prompt in which nobody has written a word yet?"""
        typed = self.question.typed
        said = [typed.text, *(message.text for message in typed.messages)]
        return self.question.base is None and not any(text.strip() for text in said)

    @property
    def blocking(self) -> list[Found]:
        """Problems that keep this from being saved."""
        return [problem for problem in self.problems if problem.blocks]

    @property
    def hints(self) -> list[Found]:
        """Problems that may be meant so."""
        return [problem for problem in self.problems if not problem.blocks]

    def context(self) -> dict[str, Any]:
        """Return what the page's templates show."""
        return {
            "meaning": self,
            "base": self.question.base,
            "production": self.production,
            "newer": self.newer,
            "bumps": self._choices(),
            "bump": self.bump.value,
            "numbers": self.numbers,
            "number": self.numbers[self.bump.value],
            "counts": self.counts,
            "variables": self.values,
            "shown": self.shown,
            "cases": self.cases.offered(),
            "case_id": self.question.case_id,
        }

    def for_script(self) -> dict[str, Any]:
        """Return what the page's script needs to know."""
        return {
            "floor": self.floor.value,
            "numbers": self.numbers,
            "counts": self.counts,
            "variables": [
                {"name": v.name, "declared": v.declared, "filled": v.filled} for v in self.values
            ],
        }

    def _choices(self) -> list[dict[str, Any]]:
        return [
            {"name": b.value, "number": self.numbers[b.value], "too_low": b < self.floor}
            for b in Bump
        ]


def meaning_of(question: Question) -> Meaning:
    """Work out what the typed form means. A few queries; well under 150 ms for 32 KiB."""
    prompt, base = question.prompt, question.base
    found = read(question.typed)
    old = base.as_content() if base else None
    production = production_of(prompt)
    is_marked = found.content is not None and bool(content_marks(found.content))
    # Marks of a merge are no words of the prompt: they say nothing about the change.
    readable = None if is_marked else found.content
    floor = risk.floor(old, readable) if old and readable else None
    lowest = floor.bump if floor else (Bump.PATCH if base else Bump.MAJOR)
    bump = max(lowest, _chosen(question.typed.bump, lowest))
    cases = cases_of(prompt)
    ahead = None
    if readable:
        size = _risk(readable, bump, base, production)
        ahead = road_ahead(
            prompt, readable, risk=size, base=base, actor=question.actor, cases=cases
        )
    texts = _texts(question.typed, found)
    given = values_for(texts, cases.values(question.case_id), question.values) if texts else {}
    return Meaning(
        question=question,
        production=production,
        errors=found.errors,
        unchanged=old is not None and old == found.content,
        is_marked=is_marked,
        changes=_changes(old, readable),
        problems=problems_of(texts) if texts else [],
        floor=lowest,
        reasons=tuple(floor.reasons) if floor else (),
        bump=bump,
        numbers=_numbers(prompt, base),
        ahead=ahead,
        counts=_counts(texts, old),
        values=_values(texts, question, given) if texts else [],
        shown=preview(texts, given) if texts else [],
        cases=cases,
        newer=newer_versions(prompt, question.seen, base=base, person=question.actor.person),
    )


def _risk(content: Content, bump: Bump, base: Version | None, production: Version | None) -> Risk:
    """Return the risk that picks the road; `bump` is known to honour the floor over the base."""
    if production is not None and production == base:
        return Risk(bump.value)
    sent_back = base is not None and base.release.state == Clearance.CHANGES_REQUESTED
    return risk.risk_of(
        production.as_content() if production else None,
        content,
        bump,
        answered=base.release.risk if base and sent_back else "",
    )


def _changes(old: Content | None, new: Content | None) -> list[str]:
    """Return what changed in words; a text rewritten whole is counted roughly, but at once."""
    if old is None or new is None:
        return []
    return summary_words(compare(old, new, seconds=COMPARING))


def _texts(typed: Typed, found: Read) -> Content | None:
    """Return the content, or its texts alone while another field cannot be read."""
    if found.content is not None:
        return found.content
    try:
        return Content.from_fields(typed.kind, typed.body)
    except ContentError:
        return None


def _numbers(prompt: Prompt, base: Version | None) -> dict[str, str]:
    """Return the next free number for each bump."""
    taken = {Number(*row) for row in prompt.versions.values_list("major", "minor", "patch")}
    after = Number(base.major, base.minor, base.patch) if base else None
    return {bump.value: str(next_free(after, bump, taken)) for bump in Bump}


def _counts(content: Content | None, old: Content | None) -> str:
    """Return characters and tokens in words; tokens are an estimate and say so."""
    if content is None:
        return ""
    size = _characters(content)
    words = f"{size:,} characters, about {_tokens(size):,} tokens (estimate)"
    if old is None:
        return words
    difference = _tokens(size) - _tokens(_characters(old))
    return f"{words}, {difference:+,} against the base" if difference else words


def _characters(content: Content) -> int:
    return sum(len(text) for _, text in content.parts())


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_A_TOKEN)


def _values(content: Content, question: Question, given: Mapping[str, str]) -> list[Value]:
    """Return a row for each variable that the texts use, in order of first use."""
    declared = {variable.name for variable in content.variables}
    declared |= {row.name.strip() for row in question.typed.variables}
    return [
        Value(name, name in declared, question.values.get(name, ""), given.get(name, ""))
        for name in used_variables(content)
    ]


def _chosen(text: str, otherwise: Bump) -> Bump:
    try:
        return Bump(text)
    except ValueError:
        return otherwise
