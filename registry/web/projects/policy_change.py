"""Change the policy or the preset of a project, and answer a proposed change."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.models import PolicyProposal
from registry.projects.policies import (
    PolicyChange,
    change_policy,
    change_preset,
    current_policy,
    other_admins,
)
from registry.projects.proposals import confirm_proposal, decline_proposal
from registry.web.forms.fields import add_refusal
from registry.web.forms.policy import PolicyForm
from registry.web.forms.project import PresetForm
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.signin import recent_sign_in


@needs(Action.MANAGE_POLICY)
@recent_sign_in
def policy_edit(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the policy as a form, or put it in force or propose it."""
    project = request.project
    revision, current = current_policy(project)
    form = PolicyForm(
        request.POST or None, policy=current, seen=revision.number, sandbox=project.sandbox
    )

    def act() -> PolicyChange:
        return change_policy(
            project,
            policy=form.policy(),
            actor=request.actor,
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["seen"],
        )

    if form.is_valid() and _changed(request, form, act):
        return redirect("policy", slug)
    return _form_page(request, "policy_edit", form, f"Change the policy of {project}")


@needs(Action.MANAGE_POLICY)
@recent_sign_in
def policy_preset(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the presets, or change to another one."""
    project = request.project
    chosen = request.GET.get("preset", project.preset)
    form = PresetForm(request.POST or None, initial={"preset": chosen})

    def act() -> PolicyChange:
        return change_preset(project, actor=request.actor, **form.cleaned_data)

    if form.is_valid() and _changed(request, form, act):
        return redirect("policy", slug)
    return _form_page(request, "policy_preset", form, f"Change the preset of {project}")


@needs(post=Action.MANAGE_POLICY)
@recent_sign_in
def policy_confirm(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Put a proposal of another admin in force."""
    revision = confirm_proposal(_proposal(request, pk), actor=request.actor)
    messages.success(request, f"Policy revision {revision.number} is in force.")
    return redirect("policy", slug)


@needs(post=Action.MANAGE_POLICY)
def policy_decline(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Say no to a proposal, or take one's own back."""
    reason = f"Answered by {request.user}."
    answered = decline_proposal(_proposal(request, pk), actor=request.actor, reason=reason)
    messages.success(request, f"The proposal is {answered.state}; the policy stays as it is.")
    return redirect("policy", slug)


def _changed(request: ProjectRequest, form: forms.Form, act: Callable[[], PolicyChange]) -> bool:
    """Do it and say what became of it; False with the reason in the form when refused."""
    try:
        change = act()
    except Refused as refused:
        add_refusal(form, refused)
        return False
    if change.revision:
        said = f"Policy revision {change.revision.number} is in force for what is submitted now."
    else:
        names = ", ".join(str(p) for p in other_admins(request.project, request.actor))
        said = f"This asks for less than today, so a second admin confirms it first: {names}."
    messages.success(request, said)
    return True


def _form_page(
    request: ProjectRequest, template: str, form: forms.Form, title: str
) -> HttpResponse:
    context = {
        "project": request.project,
        "form": form,
        "others": other_admins(request.project, request.actor),
    }
    status = 400 if form.errors else 200
    return page(request, f"registry/projects/{template}.html", context, title=title, status=status)


def _proposal(request: ProjectRequest, pk: int) -> PolicyProposal:
    found = PolicyProposal.objects.filter(project=request.project, pk=pk)
    proposal = found.select_related("project").first()
    if proposal is None:
        raise Http404("There is no such proposal.")
    return proposal
