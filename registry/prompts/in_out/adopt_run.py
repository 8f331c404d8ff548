"""What would come of an adoption: for each prompt its name, versions and labels here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry.domain.fields import ContentError
from registry.domain.secrets import find_secrets
from registry.projects.models import Project
from registry.prompts.about import TAG_LENGTH, TAGS, checked_description, checked_title
from registry.prompts.create import NAME, check_name
from registry.prompts.in_out import langfuse, own_export
from registry.prompts.in_out.dry_run import ALIAS_LENGTH, Choice
from registry.prompts.in_out.files import TextFile
from registry.prompts.in_out.history import History, PastVersion
from registry.prompts.in_out.names import free_name, proposed_name
from registry.prompts.models import Alias, Prompt
from registry.prompts.spent_names import spent_names

PROMPTS = 1000


@dataclass(frozen=True)
class AdoptRow:
    """One prompt of the report. `empty` is the prompt of that name here, without versions."""

    key: str
    history: History
    name: str
    title: str
    take: bool
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    empty: Prompt | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def stops(self) -> bool:
        """Does it keep everything from being adopted?"""
        return self.take and bool(self.problems)

    @property
    def labels(self) -> list[tuple[str, PastVersion]]:
        """Return the labels that are set, each with its version."""
        by_revision = {version.revision: version for version in self.history.versions}
        return [(n, by_revision[r]) for n, r in self.history.labels.items() if r in by_revision]


def read_histories(files: Sequence[TextFile]) -> list[History]:
    """Return the prompts in an export of Langfuse, or of promptcms. Raises ExportError."""
    read = [file for file in files if not file.ignored]
    if own_export.is_export(read):
        histories = own_export.read_export(read)
    else:
        if other := next((file for file in read if file.ending != "json"), None):
            raise langfuse.ExportError(
                f"{other.name} is no export with a history. Give the JSON of Langfuse's API, or "
                "the zip that another project exported. Plain prompt files belong on “Import”."
            )
        histories = langfuse.read_export(read)
    if len(histories) > PROMPTS:
        raise langfuse.ExportError(
            f"{len(histories):,} prompts; at most {PROMPTS:,} are adopted at once. Export fewer."
        )
    return histories


def adopt_run(
    project: Project, histories: Sequence[History], choices: Mapping[str, Choice]
) -> list[AdoptRow]:
    """Return a row for each history, in their order; nothing is written."""
    names = _names(histories, choices)
    asked = {*names, *(h.old_name for h in histories), *(a for h in histories for a in h.aliases)}
    here = Prompt.objects.filter(project=project, name__in=asked).prefetch_related("labels")
    existing = {prompt.name: prompt for prompt in here}
    written = set(
        Prompt.objects.filter(pk__in=[p.pk for p in here], versions__isnull=False)
        .values_list("name", flat=True)
        .distinct()
    )
    rows = Alias.objects.filter(project=project, name__in=asked)
    taken = {*existing, *rows.values_list("name", flat=True)}
    taken |= spent_names(project, asked)
    result: list[AdoptRow] = []
    given: set[str] = set()
    for number, (history, name) in enumerate(zip(histories, names, strict=True)):
        choice = choices.get(str(number), Choice())
        row = AdoptRow(
            key=str(number),
            history=history,
            name=name,
            title=history.title or ("" if NAME.fullmatch(history.old_name) else history.old_name),
            take=choice.take is not False,
            empty=existing.get(name) if name not in written else None,
            problems=(*history.problems, *_secrets(history)),
            notes=history.notes,
        )
        if row.take:
            row = _checked(row, taken - ({name} if row.empty else set()), given)
            given |= {row.name, *row.aliases}
        result.append(row)
    return result


def _names(histories: Sequence[History], choices: Mapping[str, Choice]) -> list[str]:
    names: list[str] = []
    for number, history in enumerate(histories):
        old = history.old_name
        wanted = old if NAME.fullmatch(old) else proposed_name(old)
        names.append(choices.get(str(number), Choice()).name or free_name(wanted, names))
    return names


def _checked(row: AdoptRow, taken: set[str], given: set[str]) -> AdoptRow:
    """Check name, kind and what people read; say which other names it keeps."""
    history = row.history
    problems, notes = list(row.problems), list(row.notes)
    try:
        check_name(row.name)
        checked_title(row.title)
        checked_description(history.description)
    except ContentError as error:
        problems.append(error.message)
    if row.name in taken:
        problems.append(
            f"{row.name} exists here and has versions, or is or was a name of a prompt. Only a new "
            "prompt takes over a history: choose another name, or leave it out."
        )
    elif row.name in given:
        problems.append(f"Two rows are named {row.name}. Choose another name for one.")
    if row.empty and row.empty.kind != history.kind:
        problems.append(
            f"{row.name} is a {row.empty.kind} prompt here and a {history.kind} prompt there. "
            "Choose another name."
        )
    if row.empty and row.empty.archived_at:
        problems.append(f"{row.name} is archived here. Take it out of the archive first.")
    aliases = []
    for old in dict.fromkeys((history.old_name, *history.aliases)):
        if old == row.name:
            continue
        if old in taken or old in given:
            notes.append(f"It cannot also be fetched as “{old[:80]}”: that name is taken.")
        elif len(old) > ALIAS_LENGTH or not old.isprintable():
            notes.append(
                f"It cannot also be fetched as “{old[:80]}”: that name is longer than "
                f"{ALIAS_LENGTH} letters or holds signs that cannot be shown."
            )
        else:
            aliases.append(old)
    tags = tuple(dict.fromkeys(t.strip() for t in history.tags if 0 < len(t) <= TAG_LENGTH))[:TAGS]
    if set(tags) != {tag.strip() for tag in history.tags}:
        notes.append(f"Only {TAGS} tags of at most {TAG_LENGTH} letters are taken over.")
    return replace(
        row, tags=tags, aliases=tuple(aliases), problems=tuple(problems), notes=tuple(notes)
    )


def _secrets(history: History) -> list[str]:
    """Return a sentence for each secret that a version holds."""
    return [
        f"Version {version.revision}, line {found.line} of {place}: this looks like a secret "
        f"({found.kind}, {found.redacted}). A version is kept for ever: leave the prompt out, or "
        "take the secret out of the export."
        for version in history.versions
        for place, text in version.content.parts()
        for found in find_secrets(text)
    ]
