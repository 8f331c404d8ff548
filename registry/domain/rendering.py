"""Fill a whole prompt: every text of it parsed once, then rendered as often as needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.domain.content import Content, Message, Placeholder
from registry.domain.template import (
    Problem,
    Template,
    TemplateError,
    Value,
    compile,
    parse,
    refuse_unknown,
)

Rendered = str | list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class PlacedProblem:
    """A broken `{{` and the text it stands in ("message 2 (user)")."""

    place: str
    problem: Problem

    def __str__(self) -> str:
        at = f"line {self.problem.line}, column {self.problem.column}"
        return f"In {self.place}, {at}: {self.problem.message}"


def problems(content: Content) -> list[PlacedProblem]:
    """Return every broken `{{` of the prompt; an empty list means it can be filled."""
    return [
        PlacedProblem(place, problem)
        for place, text in content.parts()
        for problem in parse(text).errors
    ]


def used_variables(content: Content) -> tuple[str, ...]:
    """Return the variables that the texts use, each once, in order of first use."""
    return tuple(dict.fromkeys(n for _, text in content.parts() for n in parse(text).names))


@dataclass(frozen=True)
class Prepared:
    """A prompt parsed once. Make one with `prepare`, then call `render` for each case."""

    kind: str
    templates: tuple[Template | Placeholder, ...]
    roles: tuple[str, ...]
    optional: Mapping[str, Value]
    known: frozenset[str]

    @property
    def needed(self) -> frozenset[str]:
        """The variables that the texts use and that have no value to stand in for them."""
        used = {n for t in self.templates if isinstance(t, Template) for n in t.names}
        return frozenset(used - self.optional.keys())

    def render(
        self,
        values: Mapping[str, Value],
        inserted: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    ) -> Rendered:
        """Return the text, or the list of messages, with the values put in.

        `inserted` gives the application's own messages for each placeholder; they are not
        parsed, and a placeholder that is not given disappears.
        Raises TemplateError for a missing or unknown variable or placeholder.
        """
        refuse_unknown(values, self.known)
        inserted = inserted or {}
        names = {item.name for item in self.templates if isinstance(item, Placeholder)}
        if unknown := sorted(set(inserted) - names):
            raise TemplateError(f"The prompt has no placeholder {', '.join(unknown)}.")
        messages: list[dict[str, str]] = []
        for role, item in zip(self.roles, self.templates, strict=True):
            if isinstance(item, Placeholder):
                messages.extend(dict(message) for message in inserted.get(item.name, ()))
                continue
            text = compile(item, values, optional=self.optional, known=self.known)
            messages.append({"role": role, "content": text})
        return messages[0]["content"] if self.kind == "text" else messages


def prepare(content: Content) -> Prepared:
    """Parse all texts of a prompt. Raises TemplateError if a `{{` is broken."""
    if broken := problems(content):
        raise TemplateError(str(broken[0]))
    items = content.messages if content.kind == "chat" else (Message("", content.text),)
    return Prepared(
        kind=content.kind,
        templates=tuple(i if isinstance(i, Placeholder) else parse(i.content) for i in items),
        roles=tuple("" if isinstance(i, Placeholder) else i.role for i in items),
        optional={
            v.name: "" if v.default is None else v.default
            for v in content.variables
            if not v.required
        },
        known=frozenset(used_variables(content)) | {v.name for v in content.variables},
    )
