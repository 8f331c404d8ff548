"""The policy of a project: the one in force, and how it changes.

A stricter policy is in force at once. One that asks for less is a proposal until a second
admin confirms it, where there is one. Versions already submitted keep the revision that
they were submitted under.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.policy import Policy, PolicyError
from registry.domain.roles import Action, Role
from registry.projects.access import people_with, require
from registry.projects.create import checked_preset
from registry.projects.lock import locked
from registry.projects.models import Membership, Person, PolicyProposal, PolicyRevision, Project

STRICTNESS = ("solo", "team", "regulated")  # from the least to the most


@dataclass(frozen=True)
class PolicyChange:
    """What became of a change: in force as `revision`, or waiting as `proposal`."""

    revision: PolicyRevision | None
    proposal: PolicyProposal | None


def current_policy(project: Project) -> tuple[PolicyRevision, Policy]:
    """Return the revision in force and its policy."""
    revision = project.policy_revisions.order_by("-number")[0]
    return revision, Policy.from_document(revision.document)


def change_policy(
    project: Project, *, policy: Policy, actor: Actor, reason: str, seen: int | None = None
) -> PolicyChange:
    """Put `policy` in force, or propose it when it asks for less and a second admin exists.

    `seen` is the number of the revision that the change started from. Raises NotPermitted;
    Refused when the policy is below the floors of its preset, changes nothing, somebody
    changed the policy since `seen`, or the preset `solo` is chosen for several people.
    """
    require(actor, Action.MANAGE_POLICY, project)
    with transaction.atomic():
        project = locked(project)
        revision, current = current_policy(project)
        if seen is not None and seen != revision.number:
            raise Refused(
                f"Somebody changed the policy while you edited: it is at revision "
                f"{revision.number}. Look at it, then send your change again."
            )
        if policy.document() == current.document():
            raise Refused("This is the policy as it stands; nothing to change.")
        check_allowed(project, policy)
        if less_asked(policy, current) and other_admins(project, actor):
            return PolicyChange(None, _propose(project, revision, policy, actor, reason))
        return PolicyChange(put_in_force(project, policy, actor=actor, reason=reason), None)


def change_preset(project: Project, *, preset: str, actor: Actor, reason: str) -> PolicyChange:
    """Change the preset; approvals rise to what the new one asks for at least.

    Raises what `change_policy` raises.
    """
    preset = checked_preset(preset)
    revision, current = current_policy(project)
    floors = Policy.default(preset, sandbox=project.sandbox)
    risks = {
        risk: replace(rule, approvals=max(rule.approvals, floors.risks[risk].approvals))
        for risk, rule in current.risks.items()
    }
    policy = replace(current, preset=preset, risks=risks)
    return change_policy(project, policy=policy, actor=actor, reason=reason, seen=revision.number)


def read_policy(document: Mapping[str, Any]) -> Policy:
    """Return the policy of a document. Raises Refused, its `field` the risk that is wrong."""
    try:
        return Policy.from_document(document)
    except PolicyError as wrong:
        raise Refused(f"{wrong.field}: {wrong}", field=wrong.field) from None


def less_asked(policy: Policy, current: Policy) -> list[str]:
    """Return sentences about where `policy` asks for less than `current`, preset included."""
    found = policy.looser_than(current)
    if STRICTNESS.index(policy.preset) < STRICTNESS.index(current.preset):
        found.insert(0, f"The preset {policy.preset} asks for less than {current.preset}.")
    return found


def other_admins(project: Project, actor: Actor) -> list[Person]:
    """Return the active admins of `project` besides the actor."""
    return [person for person in people_with(project, Role.ADMIN) if person != actor.person]


def check_allowed(project: Project, policy: Policy) -> None:
    """Raise Refused unless `policy` keeps the floors and its preset fits the members."""
    below = [] if project.sandbox else policy.problems()
    if below:
        raise Refused("This is below what the preset asks for at least. " + " ".join(below))
    if policy.preset == "solo" and project.preset != "solo":
        people = Membership.objects.filter(project=project, person__is_active=True)
        count = people.values("person").distinct().count()
        if count > 1:
            raise Refused(
                f"The preset solo is for one person; {project} has {count}. Keep {project.preset}.",
                field="preset",
            )


def put_in_force(
    project: Project, policy: Policy, *, actor: Actor, reason: str, by: Person | None = None
) -> PolicyRevision:
    """Write the next revision, and the preset if it changed, for a verb that checked it.

    `by` is who wanted it, if that is not the actor. Call it with the project locked.
    """
    old, current = current_policy(project)
    revision = PolicyRevision.objects.create(
        project=project,
        number=old.number + 1,
        document=policy.document(),
        created_by=by or actor.person,
        reason=reason,
    )
    project.policy_proposals.filter(state=PolicyProposal.State.PENDING).update(
        state=PolicyProposal.State.OVERTAKEN, answered_at=database_now()
    )
    record(
        "policy.changed",
        revision,
        actor=actor,
        project=project,
        reason=reason,
        before={"revision": old.number, "preset": current.preset},
        after={"revision": revision.number, "preset": policy.preset},
    )
    if policy.preset != project.preset:
        _change_preset_of(project, policy.preset, actor, reason)
    return revision


def _propose(
    project: Project, base: PolicyRevision, policy: Policy, actor: Actor, reason: str
) -> PolicyProposal:
    if actor.person is None:
        raise Refused("A person proposes a looser policy, and another one confirms it.")
    if project.policy_proposals.filter(state=PolicyProposal.State.PENDING).exists():
        raise Refused("A proposal is waiting already; answer or withdraw it first.")
    proposal = PolicyProposal.objects.create(
        project=project,
        base=base,
        document=policy.document(),
        reason=reason,
        proposed_by=actor.person,
    )
    record(
        "policy.proposed",
        proposal,
        actor=actor,
        project=project,
        reason=reason,
        after={"base": base.number, "preset": policy.preset},
    )
    return proposal


def _change_preset_of(project: Project, preset: str, actor: Actor, reason: str) -> None:
    before, project.preset = project.preset, preset
    project._change_reason = reason
    project.save()
    record(
        "project.preset_changed",
        project,
        actor=actor,
        project=project,
        reason=reason,
        before={"preset": before},
        after={"preset": preset},
    )
