"""Replace a key by a new one: both are live until the old one is revoked or ends."""

from datetime import datetime

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.runtime.keys import NewKey, create_key, described, live_keys
from registry.runtime.models import ApiKey


@transaction.atomic
def replace_key(
    key: ApiKey,
    *,
    actor: Actor,
    reason: str,
    expires_at: datetime | None = None,
    old_ends_at: datetime | None = None,
) -> NewKey:
    """Make a key with the name, scopes and labels of `key`, which lives on beside it.

    `expires_at` ends the new key. `old_ends_at` ends the old one unless it ends sooner;
    without it somebody revokes the old one. Raises NotPermitted, or Refused when `key` is
    not live, or when another key of this rotation is: there are never three.
    """
    require(actor, Action.MANAGE_KEYS, key.project)
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("project").get(pk=key.pk)
    if fault := why_not_replace(key):
        raise Refused(fault)
    if old_ends_at is not None and old_ends_at <= database_now():
        raise Refused("The old key would have ended already. Choose a later day.", field="old_ends")
    before = described(key)
    if old_ends_at is not None and (key.expires_at is None or old_ends_at < key.expires_at):
        key.expires_at = old_ends_at
        key._change_reason = reason  # type: ignore[attr-defined]
        key.save(update_fields=["expires_at"])
    record(
        "api_key.replaced",
        key,
        actor=actor,
        project=key.project,
        reason=reason,
        before=before,
        after=described(key),
    )
    return create_key(
        key.project,
        name=key.name,
        scopes=key.scopes,
        labels=key.labels,
        actor=actor,
        expires_at=expires_at,
        replaces=key,
    )


def why_not_replace(key: ApiKey) -> str:
    """Return the sentence that says why `key` cannot be replaced now; empty when it can."""
    live = live_keys().filter(project=key.project)
    if not live.filter(pk=key.pk).exists():
        return f"The key {key} has ended. Make a new key instead."
    if newer := live.filter(replaces=key).first():
        return (
            f"{newer} takes its place already. Switch the application over, or revoke that one "
            "to begin again."
        )
    if older := live.filter(pk=key.replaces_id or 0).first():
        return f"It still takes the place of {older}. Revoke that one first."
    return ""
