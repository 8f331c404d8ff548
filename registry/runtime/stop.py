"""Stop what goes wrong in production, by a key with the scope stop: it can only go back."""

from datetime import datetime

from registry.audit.actor import Actor
from registry.prompts.models import Prompt, Version
from registry.release.rollback import roll_back
from registry.runtime.models import ApiKey


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
    return roll_back(
        prompt,
        actor=Actor.system("stop-key"),
        reason=f"{reason} (API key {key})",
        now=now,
        to=to,
        bad=bad,
    )
