"""Start a rollout on what its traffic can show: the way that every door takes."""

from datetime import datetime

from django.db import transaction

from evaluation.online.traffic import proposal
from evaluation.online.watch.begin import begin
from registry.audit.actor import Actor
from registry.domain.roles import Action
from registry.projects.access import require
from registry.prompts.models import Version
from registry.release.may_go import send_back_if_approver_left
from registry.release.models import Rollout
from registry.release.rollout import start


def start_rollout(
    version: Version,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    supersede: bool = False,
    percent: int | None = None,
    attended: bool | None = None,
) -> Rollout:
    """Start shipping `version`, with the first share and the mode that its traffic asks for.

    `percent` (of the first stage) and `attended` win over what is proposed. The guardrails are
    fixed with it. Raises NotPermitted, Refused or Stale, as `registry.release.rollout.start`.
    """
    require(actor, Action.START_ROLLOUT, version.prompt.project)
    send_back_if_approver_left(version)  # before the transaction, which a refusal takes back
    options = proposal(version, now=now).options(percent=percent, attended=attended)
    with transaction.atomic():
        rollout = start(
            version, actor=actor, reason=reason, now=now, supersede=supersede, options=options
        )
        begin(rollout, now=now)
    return rollout
