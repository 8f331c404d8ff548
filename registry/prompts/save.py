"""Save a version: text, config and number, frozen for ever. Saving never serves anything."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain import risk, semver
from registry.domain.content import Content, ContentError, digest
from registry.domain.errors import Refused
from registry.domain.leaks import find_leaks
from registry.domain.lifecycle import Clearance
from registry.domain.merge import content_marks
from registry.domain.roles import Action
from registry.domain.secrets import find_secrets
from registry.domain.semver import Bump
from registry.projects.access import require
from registry.projects.models import Person
from registry.prompts.models import Draft, Prompt, Version
from registry.release.comments import carry_comments
from registry.release.entry import write_entry
from registry.release.labels import has_held, lock_prompt
from registry.release.models import Contributor, Release
from registry.release.planned import brought_up_to_date


@transaction.atomic
def save_version(
    prompt: Prompt,
    *,
    content: Content,
    bump: Bump,
    base: Version | None,
    reason: str,
    actor: Actor,
    save_token: UUID | None = None,
    contributors: Iterable[Person] = (),
    draft: Draft | None = None,
) -> Version:
    """Freeze `content` under the next free number after `base` and return the version.

    The same `save_token` gives the same version, so a double click saves one. `draft` is
    put away. Raises ContentError naming the field, or Refused.
    """
    require(actor, Action.EDIT_TEXT, prompt.project)
    if actor.person is None:
        raise Refused("A version has an author: sign in as a person to save one.")
    prompt = lock_prompt(prompt)
    if save_token and (saved := Version.objects.filter(save_token=save_token).first()):
        if (saved.prompt_id, saved.author_id) != (prompt.pk, actor.person.pk):
            raise Refused("This page saved something else before. Reload it, then save again.")
        return saved
    _check(prompt, content, bump, base, reason)
    version = _insert(prompt, content, bump, base, reason.strip(), actor.person, save_token)
    _name_contributors(version, base, {actor.person, *contributors})
    Release.objects.create(version=version, prompt=prompt, changed_at=database_now())
    if version.answers is not None:
        carry_comments(version.answers, version)
    if draft is not None:
        Draft.objects.filter(pk=draft.pk).update(discarded_at=database_now(), saved_as=version)
    write_entry(prompt)
    merged = draft.sources if draft else ()
    brought_up_to_date(version, merged=merged, actor=actor, now=database_now())
    record(
        "version.saved",
        version,
        actor=actor,
        project=prompt.project,
        reason=version.change_reason,
        after={"version": version.semver, "bump": bump.value, "digest": version.digest},
    )
    return version


def lowest_bump(base: Version | None, content: Content) -> risk.Floor | None:
    """Return the smallest honest bump of `content` over `base` with reasons; None without one."""
    return risk.floor(base.as_content(), content) if base else None


def _check(prompt: Prompt, content: Content, bump: Bump, base: Version | None, reason: str) -> None:
    """Raise unless this may become the next version of `prompt`."""
    if prompt.archived_at:
        raise Refused(f"{prompt} is archived. Take it out of the archive to edit it.")
    if content.kind != prompt.kind:
        raise ContentError("kind", f"{prompt} is a {prompt.kind} prompt. Make a new prompt.")
    if not reason.strip():
        raise ContentError("reason", "Say in one sentence why you make this change.")
    if "\x00" in reason or any("\ud800" <= c <= "\udfff" for c in reason):
        raise ContentError("reason", "The reason holds a character that cannot be stored.")
    for found in find_secrets(reason):
        raise ContentError("reason", f"This looks like a secret ({found.kind}). Take it out first.")
    _check_texts(content)
    if base is None:
        return
    if base.prompt_id != prompt.pk:
        raise Refused("A version starts from a version of the same prompt.")
    if digest(content) == base.digest:
        raise Refused(f"Nothing has changed since {base.semver}, so there is nothing to save.")
    floor = risk.floor(base.as_content(), content)
    if bump < floor.bump:
        raise ContentError(
            "bump", f"This is at least {floor.bump.value}: {' '.join(floor.reasons)}"
        )


def _check_texts(content: Content) -> None:
    """Raise ContentError for what must never freeze: a secret, or a merge nobody finished."""
    for leak in find_leaks(content):
        line = f"line {leak.finding.line} of {leak.place}" if leak.in_text else leak.place
        raise ContentError(
            leak.field,
            f"{line[0].upper()}{line[1:]} looks like a secret ({leak.finding.kind}). A saved "
            "version is kept for ever: take it out first.",
        )
    for place, number in content_marks(content):
        raise ContentError(
            "content",
            f"Line {number} of {place} is a mark of a merge. Keep one of the two parts and "
            "delete the marks.",
        )


def _insert(
    prompt: Prompt,
    content: Content,
    bump: Bump,
    base: Version | None,
    reason: str,
    author: Person,
    save_token: UUID | None,
) -> Version:
    """Insert the row under the next revision and the next free number."""
    rows = list(prompt.versions.values_list("major", "minor", "patch", "revision"))
    taken = {semver.Version(*row[:3]) for row in rows}
    after = semver.Version(base.major, base.minor, base.patch) if base else None
    number = semver.next_free(after, bump, taken)
    return Version.objects.create(
        prompt=prompt,
        revision=max((row[3] for row in rows), default=0) + 1,
        major=number.major,
        minor=number.minor,
        patch=number.patch,
        bump=bump.value,
        base=base,
        content=content.body,
        config=dict(content.config),
        output_schema=content.output_schema,
        variables=content.declared(),
        author=author,
        change_reason=reason,
        digest=digest(content),
        answers=base if _was_sent_back(base) else None,
        save_token=save_token,
    )


def inherited_contributors(base: Version | None) -> set[int]:
    """Return the ids of those who wrote the base, none once it held production.

    Each version already names those of its own bases, so one step back is enough.
    """
    if base is None or has_held(base, "production"):
        return set()
    return set(base.contributors.values_list("person_id", flat=True))


def _was_sent_back(base: Version | None) -> bool:
    """Had a reviewer asked for changes to the base? Read now, whatever the caller knew."""
    sent_back = Release.objects.filter(version=base, state=Clearance.CHANGES_REQUESTED)
    return base is not None and sent_back.exists()


def _name_contributors(version: Version, base: Version | None, people: set[Person]) -> None:
    """Write who cannot sign."""
    ids = {person.pk for person in people} | inherited_contributors(base)
    Contributor.objects.bulk_create(
        [Contributor(version=version, person_id=pk) for pk in sorted(ids)]
    )
