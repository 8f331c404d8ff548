"""The page of a project: what it serves, who works here, and what to do next."""

from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse

from registry.domain.roles import Action
from registry.projects.access import can
from registry.projects.members import members_of
from registry.projects.models import Project
from registry.projects.policies import current_policy
from registry.projects.proposals import pending_proposal
from registry.prompts.models import Prompt
from registry.release.models import Label
from registry.runtime.keys import live_keys
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

PROMPTS_SHOWN = 12


@needs(Action.VIEW)
def project(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the project."""
    shown = request.project
    prompts = Prompt.objects.filter(project=shown, archived_at=None)
    serving = Label.objects.filter(prompt=OuterRef("pk"), name="production")
    rows = prompts.annotate(
        number_of_versions=Count("versions"),
        served_label=Subquery(serving.values("pk")[:1]),
    ).order_by("name")[:PROMPTS_SHOWN]
    served = Label.objects.filter(pk__in=[row.served_label for row in rows if row.served_label])
    versions = {label.prompt_id: label.version for label in served.select_related("version")}
    members = members_of(shown)
    revision, _ = current_policy(shown)
    context = {
        "place": "project",
        "project": shown,
        "prompts": [(row, versions.get(row.pk)) for row in rows],
        "prompt_count": prompts.count(),
        "keys": live_keys().filter(project=shown).count(),
        "members": members,
        "revision": revision,
        "proposal": pending_proposal(shown),
        "offer_team": shown.preset == Project.Preset.SOLO and len(members) > 1,
        "may_write": can(request.actor, Action.EDIT_PROMPT, shown),
        "may_invite": can(request.actor, Action.MANAGE_MEMBERS, shown),
        "may_change_policy": can(request.actor, Action.MANAGE_POLICY, shown),
        "may_edit": can(request.actor, Action.MANAGE_PROJECT, shown),
    }
    return page(request, "registry/projects/project.html", context, title=shown.name)
