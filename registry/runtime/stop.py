"""Stop what goes wrong in production, by a key with the scope stop: it can only go back."""

from datetime import datetime

from django.db import transaction

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.prompts.models import Prompt, Version
from registry.release.labels import lock_prompt, version_at
from registry.release.rollback import roll_back, under_way
from registry.runtime.models import ApiKey


@transaction.atomic
def stop(
    prompt: Prompt,
    *,
    key: ApiKey,
    reason: str,
    now: datetime,
    bad: Version | None = None,
    to: Version | None = None,
) -> Version | None:
    """Roll `prompt` back and return what production serves afterwards.

    `bad` is the version that the caller complains of: with it, an alarm that fires twice
    does not go back twice. `to` picks the version to return to. Raises Refused.
    """
    prompt = lock_prompt(prompt)
    if bad is not None and not _serves(prompt, bad):
        raise Refused(
            f"{bad.semver} is neither in production nor being rolled out, so nothing was changed."
        )
    return roll_back(
        prompt,
        actor=Actor.system("stop-key"),
        reason=f"{reason} (API key {key})",
        now=now,
        to=to,
    )


def _serves(prompt: Prompt, version: Version) -> bool:
    running = under_way(prompt)
    treatment = running.version if running else None
    return version in (treatment, version_at(prompt, "production"))
