"""Labels: the pointers that decide what applications get. Nothing else writes them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.record import Entry, record, record_all
from registry.domain.errors import Refused, Stale
from registry.prompts.models import Prompt, Version
from registry.release.entry import write_entry
from registry.release.models import Label, LabelEvent, Rollout

_BATCH = 100


def lock_prompt(prompt: Prompt) -> Prompt:
    """Lock `prompt` until the transaction ends: the first lock of every change to what it serves.

    The order everywhere: the prompt, then the chain head, then the generation. `no_key`, and
    not the project with it: that would stop inserts that refer to them, and wait for one that
    holds the chain's head while we want it.
    """
    rows = Prompt.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("project").get(pk=prompt.pk)


def label_of(prompt: Prompt, name: str) -> Label | None:
    """Return the label of that name, or None while nothing holds it."""
    return Label.objects.select_related("version").filter(prompt=prompt, name=name).first()


def version_at(prompt: Prompt, name: str) -> Version | None:
    """Return the version that holds the label, or None."""
    label = label_of(prompt, name)
    return label.version if label else None


@transaction.atomic
def move_label(
    prompt: Prompt,
    name: str,
    version: Version,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    rollout: Rollout | None = None,
    expected_rev: int | None = None,
) -> Label:
    """Point the label at `version`, write its ledger row and its audit event.

    The caller has locked the prompt and asked for the role; the database refuses a version
    that is not cleared and has not held the label. `expected_rev` is the revision the person
    saw. No row is written when the label stands there already. Raises Stale or Refused.
    """
    label = label_of(prompt, name)
    if expected_rev is not None and (label.rev if label else 0) != expected_rev:
        raise Stale
    if label and label.version_id == version.pk:
        return label
    before = label.version if label else None
    try:
        with transaction.atomic():
            label = _write(prompt, name, version, label, now)
    except IntegrityError as refusal:
        raise Refused(sentence_of(refusal)) from refusal
    if name == "production":
        write_entry(prompt)  # before the chain's head is locked: it reads whole texts
    LabelEvent.objects.create(
        prompt=prompt,
        label=label,
        name=name,
        rev=label.rev,
        version_before=before,
        version_after=version,
        actor=actor.person,
        actor_name=actor.name,
        reason=reason,
        rollout=rollout,
        at=now,
    )
    record(
        "label.moved",
        version,
        actor=actor,
        project=prompt.project,
        reason=reason,
        before={"label": name, "version": before.semver if before else None},
        after={"label": name, "version": version.semver, "rev": label.rev},
    )
    return label


@transaction.atomic
def set_first_labels(
    placed: Sequence[tuple[Prompt, str, Version]], *, actor: Actor, reason: str, now: datetime
) -> None:
    """Point labels that nothing held yet, each with its ledger row and its audit event.

    As `move_label`, for many prompts of one project at once: an adoption. Raises Refused when
    a label is there already, or its version may not hold it.
    """
    try:
        with transaction.atomic():
            labels = Label.objects.bulk_create(
                [Label(prompt=p, name=name, version=v, moved_at=now) for p, name, v in placed],
                batch_size=_BATCH,
            )
    except IntegrityError as refusal:
        raise Refused(sentence_of(refusal)) from refusal
    LabelEvent.objects.bulk_create(
        [
            LabelEvent(
                prompt=label.prompt,
                label=label,
                name=label.name,
                rev=label.rev,
                version_after=label.version,
                actor=actor.person,
                actor_name=actor.name,
                reason=reason,
                at=now,
            )
            for label in labels
        ],
        batch_size=_BATCH,
    )
    entries = [
        Entry(
            "label.moved",
            label.version,
            before={"label": label.name, "version": None},
            after={"label": label.name, "version": label.version.semver, "rev": label.rev},
        )
        for label in labels
    ]
    if labels:
        record_all(entries, actor=actor, project=labels[0].prompt.project, reason=reason)


def _write(
    prompt: Prompt, name: str, version: Version, label: Label | None, now: datetime
) -> Label:
    if label is None:
        return Label.objects.create(prompt=prompt, name=name, version=version, moved_at=now)
    changed = Label.objects.filter(pk=label.pk, rev=label.rev).update(
        version=version, rev=label.rev + 1, moved_at=now
    )
    if not changed:
        raise Stale
    label.refresh_from_db()
    return label


def has_held(version: Version, name: str) -> bool:
    """Has `version` ever held the label?"""
    return LabelEvent.objects.filter(
        prompt_id=version.prompt_id, name=name, version_after=version
    ).exists()
