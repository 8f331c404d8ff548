"""Make a link that lets somebody in, and take it back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.domain.roles import Action
from registry.projects.invitations import invite, revoke_invitation
from registry.projects.models import Invitation
from registry.web.forms.people import InviteForm
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.signin import recent_sign_in


@needs(Action.MANAGE_MEMBERS)
@recent_sign_in
def invitation_new(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the form; after it the link, this once."""
    form = InviteForm(request.POST or None, initial={"roles": ["viewer"]})
    context = {"project": request.project, "form": form}
    if form.is_valid():
        new = invite(
            request.project,
            actor=request.actor,
            reason=f"Invited by {request.user}.",
            **form.cleaned_data,
        )
        address = request.build_absolute_uri(reverse("invitation", args=[new.token]))
        context |= {"link": address, "invitation": new.invitation}
        return page(request, "registry/projects/invited.html", context, title="Pass on this link")
    status = 400 if form.errors else 200
    title = f"Invite somebody to {request.project}"
    return page(request, "registry/projects/invite.html", context, title=title, status=status)


@needs(post=Action.MANAGE_MEMBERS)
def invitation_revoke(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """End a link that was not used."""
    invitation = Invitation.objects.filter(project=request.project, pk=pk).first()
    if invitation is None:
        raise Http404("There is no such invitation.")
    reason = f"Revoked by {request.user}."
    revoke_invitation(invitation, actor=request.actor, reason=reason)
    messages.success(request, "The link does not work any more.")
    return redirect("members", slug)
