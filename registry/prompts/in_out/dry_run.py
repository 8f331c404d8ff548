"""What would come of an import: for each prompt its name, what is wrong, what to look at."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import OuterRef, Subquery

from registry.domain.content import Content, digest
from registry.domain.fields import ContentError
from registry.domain.secrets import find_secrets
from registry.domain.template import parse
from registry.domain.variables import Variable
from registry.projects.models import Project
from registry.prompts.about import TITLE_LENGTH, checked_description, checked_tags, checked_title
from registry.prompts.create import NAME, check_name
from registry.prompts.in_out.braces import SHOWN, Spelling, convert, defaults, find_spellings
from registry.prompts.in_out.candidates import Candidate
from registry.prompts.in_out.names import free_name, proposed_name
from registry.prompts.models import Alias, Prompt, Version
from registry.prompts.spent_names import spent_names

ALIAS_LENGTH = 300
_TEMPLATE_PROBLEMS = 3


@dataclass(frozen=True)
class Choice:
    """What the person decided for one row; None where they have not yet."""

    name: str | None = None
    take: bool | None = None
    convert: frozenset[str] = frozenset()

    @classmethod
    def read(cls, stored: Any) -> "Choice":
        """Return a stored choice; what is no choice is none."""
        if not isinstance(stored, dict):
            return cls()
        return cls(stored.get("name"), stored.get("take"), frozenset(stored.get("convert") or ()))

    def stored(self) -> dict[str, Any]:
        """Return the choice as JSON."""
        return {"name": self.name, "take": self.take, "convert": sorted(self.convert)}


@dataclass(frozen=True)
class Row:
    """One prompt of the report. `key` names it in the form and among the choices."""

    key: str
    candidate: Candidate
    name: str
    alias: str
    take: bool
    exists: str
    content: Content | None
    spellings: tuple[Spelling, ...]
    converted: frozenset[str]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    variables: tuple[str, ...] = field(default=())

    @property
    def stops(self) -> bool:
        """Does it keep everything from being imported?"""
        return self.take and bool(self.problems)

    @property
    def title(self) -> str:
        """Return the title it gets: its own, else the old name where that was no name of ours."""
        old = self.candidate
        is_title = not old.made_up and not NAME.fullmatch(old.name) and old.name.isprintable()
        return old.title or (old.name[:TITLE_LENGTH] if is_title else "")


def dry_run(
    project: Project, candidates: Sequence[Candidate], choices: Mapping[str, Choice]
) -> list[Row]:
    """Return a row for each candidate, in their order; nothing is written."""
    names = _names(candidates, choices)
    asked = {*names, *(candidate.name for candidate in candidates)}
    existing = _existing(project, asked)
    aliases = set(
        Alias.objects.filter(project=project, name__in=asked).values_list("name", flat=True)
    )
    aliases |= spent_names(project, asked)
    given: set[str] = set()
    rows: list[Row] = []
    for number, (candidate, name) in enumerate(zip(candidates, names, strict=True)):
        choice = choices.get(str(number), Choice())
        content, problems = _content(candidate, choice.convert)
        row = Row(
            key=str(number),
            candidate=candidate,
            name=name,
            alias="",
            take=False,
            exists=_exists(name, existing[name], content) if name in existing else "",
            content=content,
            spellings=tuple(_spellings(candidate))[:SHOWN],
            converted=choice.convert,
            problems=(*candidate.problems, *problems),
            notes=(*candidate.notes, *_template_notes(content)),
            variables=_variables(content),
        )
        row = replace(row, take=not row.exists if choice.take is None else choice.take)
        if row.take:
            row = _named(row, existing, aliases, given)
            given |= {row.name, row.alias} - {""}
        rows.append(row)
    return rows


def _names(candidates: Sequence[Candidate], choices: Mapping[str, Choice]) -> list[str]:
    """Return the chosen name of each row, else one that fits and that no row before it has."""
    names: list[str] = []
    used: set[str] = set()
    for number, candidate in enumerate(candidates):
        old = candidate.name
        wanted = old if NAME.fullmatch(old) else proposed_name(old)
        name = choices.get(str(number), Choice()).name or free_name(wanted, used)
        names.append(name)
        used.add(name)
    return names


def _existing(project: Project, names: Collection[str]) -> dict[str, str | None]:
    """Return which of `names` are prompts of the project, with the newest version's digest."""
    newest = Version.objects.filter(prompt=OuterRef("pk")).order_by("-revision")
    rows = Prompt.objects.filter(project=project, name__in=names)
    return dict(rows.values_list("name", Subquery(newest.values("digest")[:1])))


def _named(
    row: Row, existing: Mapping[str, Any], aliases: Collection[str], given: Collection[str]
) -> Row:
    """Check the name of a row that is taken; its old name becomes an alias where it is free."""
    problems, notes = list(row.problems), list(row.notes)
    try:
        check_name(row.name)
    except ContentError as error:
        problems.append(f"The name {row.name[:80]!r} cannot be used. {error.message}")
    if row.name in existing or row.name in aliases:
        problems.append(
            f"{row.name} exists already in this project, now or from before. Choose another name, "
            "or leave it out."
        )
    elif row.name in given:
        problems.append(f"Two rows are named {row.name}. Choose another name for one.")
    old = row.candidate.name
    alias = old if old.strip() and old != row.name and not row.candidate.made_up else ""
    if alias in existing or alias in aliases or alias in given:
        notes.append(f"It cannot also be fetched as “{alias}”: that name is taken.")
        alias = ""
    elif len(alias) > ALIAS_LENGTH or not alias.isprintable():
        alias = ""
    return replace(row, alias=alias, problems=tuple(problems), notes=tuple(notes))


def _exists(name: str, newest: str | None, content: Content | None) -> str:
    """Say in words how the prompt compares with the one that is here."""
    if newest is None:
        return f"{name} exists already, without a text"
    same = content is not None and newest == digest(content)
    return f"{name} exists already, with {'the same' if same else 'another'} text"


def _content(
    candidate: Candidate, chosen: frozenset[str]
) -> tuple[Content | None, tuple[str, ...]]:
    """Return the content with the chosen spellings converted, or why it cannot be kept."""
    if candidate.problems:
        return None, ()
    problems = [
        f"Line {found.line} of {place} looks like a secret ({found.kind}, {found.redacted}). A "
        "version is kept for ever: take it out of the file, or leave this prompt out."
        for place, text in _texts(candidate.body)
        for found in find_secrets(text)
    ]
    try:
        content = Content.from_fields(
            candidate.kind,
            _converted(candidate.body, chosen),
            candidate.config,
            candidate.output_schema,
            _declared(candidate, chosen),
        )
        checked_title(candidate.title)
        checked_description(candidate.description)
        checked_tags(candidate.tags)
    except ContentError as error:
        return None, (*problems, error.message)
    # A text that holds a secret is not shown either.
    return None if problems else content, tuple(problems)


def _texts(body: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of a body as it was found, whether or not it can be kept."""
    if isinstance(body, str):
        yield "the text", body
    elif isinstance(body, list):
        for number, message in enumerate(body, 1):
            if isinstance(message, dict) and isinstance(message.get("content"), str):
                yield f"message {number}", message["content"]


def _spellings(candidate: Candidate) -> list[Spelling]:
    """Return the variables that are written another way, over all messages."""
    return find_spellings("\n".join(text for _, text in _texts(candidate.body)))


def _converted(body: Any, chosen: frozenset[str]) -> Any:
    if isinstance(body, str):
        return convert(body, chosen)
    return [
        {**item, "content": convert(item["content"], chosen)}
        if isinstance(item, dict) and isinstance(item.get("content"), str)
        else item
        for item in body
    ]


def _declared(candidate: Candidate, chosen: frozenset[str]) -> Any:
    """Return the declared variables, and those that got a default by their spelling."""
    declared = candidate.variables
    if not isinstance(declared, list | tuple):
        return declared
    names = {v.get("name") for v in declared if isinstance(v, dict)}
    added: dict[str, Variable] = {}
    for _, text in _texts(candidate.body):
        for name, default in defaults(text, chosen):
            if name not in names:
                added.setdefault(name, Variable(name, required=False, default=default))
    return [*declared, *added.values()]


def _variables(content: Content | None) -> tuple[str, ...]:
    if content is None:
        return ()
    return tuple(dict.fromkeys(n for _, text in content.parts() for n in parse(text).names))


def _template_notes(content: Content | None) -> Iterator[str]:
    """Yield what the static checks will stop at: it can be saved, but not submitted."""
    if content is None:
        return
    for place, text in content.parts():
        for problem in parse(text).errors[:_TEMPLATE_PROBLEMS]:
            yield f"Line {problem.line} of {place}: {problem.message} Correct it before you submit."
