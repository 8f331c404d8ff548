"""API keys: made, shown once, recognised, revoked. A key can never edit, approve or promote."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project
from registry.release.models_serving import LabelName
from registry.release.wire import next_generation
from registry.runtime.key_format import SCOPES, digest_of, new_key, public_id_of, well_formed
from registry.runtime.models import ApiKey

NAME_LENGTH = 100


@dataclass(frozen=True)
class NewKey:
    """A key just made, and the only time that its secret can be seen."""

    key: ApiKey
    secret: str

    @property
    def langfuse_pair(self) -> tuple[str, str]:
        """The (public key, secret key) that a Langfuse SDK is given."""
        return f"pk-pcms-{self.key.public_id}", self.secret


@transaction.atomic
def create_key(
    project: Project,
    *,
    name: str,
    scopes: Collection[str],
    labels: Collection[str],
    actor: Actor,
    expires_at: datetime | None = None,
    replaces: ApiKey | None = None,
) -> NewKey:
    """Make a key of `project` that may do `scopes` and read `labels`.

    `replaces` names the key whose place it takes; use `registry.runtime.replace_key` for that.
    Raises NotPermitted, or Refused naming the field.
    """
    require(actor, Action.MANAGE_KEYS, project)
    name = _readable_name(name)
    scopes = _known(scopes, SCOPES, "scopes", "what the key may do")
    needs_labels = "read" in scopes
    labels = _known(labels, LabelName.values, "labels", "labels to read") if needs_labels else []
    if expires_at is not None and expires_at <= database_now():
        raise Refused("The key would have expired already. Choose a later day.", field="expires")
    secret = new_key(scopes)
    key = ApiKey.objects.create(
        project=project,
        public_id=public_id_of(secret),
        name=name,
        sha256=digest_of(secret),
        scopes=scopes,
        labels=labels,
        created_by=actor.person,
        expires_at=expires_at,
        replaces=replaces,
    )
    record("api_key.created", key, actor=actor, project=project, after=described(key))
    next_generation("key")
    return NewKey(key, secret)


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: Actor, reason: str) -> ApiKey:
    """Make `key` worthless from the commit on. Raises NotPermitted, or Refused if it is already."""
    require(actor, Action.MANAGE_KEYS, key.project)
    rows = ApiKey.objects.select_for_update(of=("self",))
    key = rows.select_related("project").get(pk=key.pk)
    if key.revoked_at is not None:
        raise Refused(f"The key {key} was revoked before. Nothing is left to do.")
    key.revoked_at = database_now()
    key._change_reason = reason  # type: ignore[attr-defined]
    key.save(update_fields=["revoked_at"])
    record(
        "api_key.revoked",
        key,
        actor=actor,
        project=key.project,
        reason=reason,
        before=described(key),
    )
    next_generation("key")
    return key


@transaction.atomic
def end_keys(project: Project, *, actor: Actor, reason: str) -> None:
    """Revoke every live key of `project`, which may have been hidden in this transaction."""
    for key in _not_ended().filter(project=project):
        revoke_key(key, actor=actor, reason=reason)
    next_generation("key")  # without a key too: what was hidden must be forgotten


def authenticate(secret: str) -> ApiKey | None:
    """Return the live key that `secret` is, or None whatever is wrong with it.

    A malformed key costs no query.
    """
    if not well_formed(secret):
        return None
    return live_keys().select_related("project").filter(sha256=digest_of(secret)).first()


def live_keys() -> QuerySet[ApiKey]:
    """Return the keys that are neither revoked nor expired, by the database's clock."""
    return _not_ended().filter(project__hidden_at=None)


def _not_ended() -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)


def _readable_name(name: str) -> str:
    """Return the name of a key, in one line."""
    name = " ".join(name.split())
    if not name:
        raise Refused("Name the application that will use the key.", field="name")
    if len(name) > NAME_LENGTH:
        raise Refused(f"Use at most {NAME_LENGTH} characters for the name.", field="name")
    if not name.isprintable():
        raise Refused("The name holds a character that cannot be shown.", field="name")
    return name


def _known(chosen: Collection[str], known: Collection[str], field: str, what: str) -> list[str]:
    """Return `chosen` in the order of `known`, or refuse."""
    strange = sorted(set(chosen) - set(known))
    if strange:
        raise Refused(
            f"There is no {strange[0][:40]!r} here. Choose from {', '.join(known)}.", field=field
        )
    if not chosen:
        raise Refused(f"Choose {what}: at least one of {', '.join(known)}.", field=field)
    return [word for word in known if word in chosen]


def described(key: ApiKey) -> dict[str, str]:
    """Return what the audit trail says of a key."""
    told = {
        "key": key.public_id,
        "scopes": " ".join(key.scopes),
        "labels": " ".join(key.labels),
        "expires": key.expires_at.isoformat() if key.expires_at else "never",
    }
    return told | ({"replaces": key.replaces.public_id} if key.replaces else {})
