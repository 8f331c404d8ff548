"""The policy of a project: what is in force, what waits for a second admin, what was."""

from django.http import Http404, HttpResponse

from registry.domain.policy import Policy
from registry.domain.roles import Action
from registry.domain.watching_rules import sentences
from registry.projects.access import can
from registry.projects.models import PolicyRevision
from registry.projects.policies import current_policy, less_asked, other_admins
from registry.projects.proposals import pending_proposal
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.projects.policy_table import columns, rows
from registry.web.prompts.choices import why_not


@needs(Action.VIEW)
def policy(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the policy in force and its history."""
    project = request.project
    revision, current = current_policy(project)
    revisions = project.policy_revisions.select_related("created_by", "proposal__answered_by")
    context = {
        "place": "policy",
        "project": project,
        "revision": revision,
        "columns": columns(),
        "rows": rows(current),
        "watching": sentences(current.watching),
        "proposal": _proposal(request, current),
        "revisions": revisions.order_by("-number")[:50],
        "may_change": can(request.actor, Action.MANAGE_POLICY, project),
        "why_not": why_not(request.actor, Action.MANAGE_POLICY, project),
    }
    title = f"Policy of {project}"
    return page(request, "registry/projects/policy.html", context, title=title)


@needs(Action.VIEW)
def policy_revision(request: ProjectRequest, slug: str, number: int) -> HttpResponse:
    """Show one revision as it was."""
    found = PolicyRevision.objects.filter(project=request.project, number=number).first()
    if found is None:
        raise Http404("There is no such revision.")
    shown = Policy.from_document(found.document)
    context = {
        "project": request.project,
        "revision": found,
        "newest": current_policy(request.project)[0],
        "columns": columns(),
        "rows": rows(shown),
        "watching": sentences(shown.watching),
    }
    title = f"Policy of {request.project}, revision {number}"
    return page(request, "registry/projects/policy_revision.html", context, title=title)


def _proposal(request: ProjectRequest, current: Policy) -> dict[str, object] | None:
    """Return the waiting proposal with what it takes away and who may answer."""
    waiting = pending_proposal(request.project)
    if waiting is None:
        return None
    proposed = Policy.from_document(waiting.document)
    may = can(request.actor, Action.MANAGE_POLICY, request.project)
    own = waiting.proposed_by == request.user
    return {
        "row": waiting,
        "less": less_asked(proposed, current),
        "rows": rows(proposed),
        "watching": sentences(proposed.watching),
        "may_confirm": may and not own,
        "may_withdraw": may and own,
        "others": other_admins(request.project, request.actor) if own else [],
    }
