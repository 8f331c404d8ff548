"""Answer a proposed looser policy: a second admin confirms or declines it."""

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.lock import locked
from registry.projects.models import PolicyProposal, PolicyRevision, Project
from registry.projects.policies import check_allowed, current_policy, put_in_force, read_policy

State = PolicyProposal.State


def pending_proposal(project: Project) -> PolicyProposal | None:
    """Return the proposal that waits for an answer, if any."""
    waiting = project.policy_proposals.filter(state=State.PENDING)
    return waiting.select_related("proposed_by", "base").first()


def confirm_proposal(proposal: PolicyProposal, *, actor: Actor, reason: str = "") -> PolicyRevision:
    """Put the proposed policy in force.

    Raises NotPermitted, or Refused for the proposer and when it was answered or overtaken.
    """
    with transaction.atomic():
        project, proposal = _waiting(proposal, actor)
        if proposal.proposed_by == actor.person:
            raise Refused("You proposed this; another admin confirms it.")
        if proposal.base != current_policy(project)[0]:
            raise Refused("The policy has changed since this was proposed; propose it again.")
        policy = read_policy(proposal.document)
        check_allowed(project, policy)
        why = f"{proposal.reason} Confirmed by {actor.name}. {reason}".strip()
        # Answered first: a new revision overtakes every proposal that still waits.
        _answer(proposal, State.CONFIRMED, actor)
        revision = put_in_force(project, policy, actor=actor, reason=why, by=proposal.proposed_by)
        proposal.revision = revision
        proposal.save(update_fields=["revision"])
    return revision


def decline_proposal(proposal: PolicyProposal, *, actor: Actor, reason: str) -> PolicyProposal:
    """Say no to a proposal, or withdraw one's own; the policy stays as it is.

    Raises NotPermitted, or Refused when it was answered already.
    """
    with transaction.atomic():
        project, proposal = _waiting(proposal, actor)
        own = proposal.proposed_by == actor.person
        _answer(proposal, State.WITHDRAWN if own else State.DECLINED, actor)
        record(
            "policy.withdrawn" if own else "policy.declined",
            proposal,
            actor=actor,
            project=project,
            reason=reason,
        )
    return proposal


def _waiting(proposal: PolicyProposal, actor: Actor) -> tuple[Project, PolicyProposal]:
    """Return project and proposal as they are now, locked. Raises unless it can be answered."""
    require(actor, Action.MANAGE_POLICY, proposal.project)
    project = locked(proposal.project)
    now = PolicyProposal.objects.select_related("proposed_by", "base").get(pk=proposal.pk)
    if now.state != State.PENDING:
        raise Refused(f"This proposal is {now.state} already.")
    return project, now


def _answer(proposal: PolicyProposal, state: str, actor: Actor) -> None:
    proposal.state, proposal.answered_by = state, actor.person
    proposal.answered_at = database_now()
    proposal.save(update_fields=["state", "answered_by", "answered_at"])
