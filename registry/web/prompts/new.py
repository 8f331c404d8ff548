"""Make a prompt: one short form, then its editor."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.content import ContentError
from registry.domain.roles import Action
from registry.prompts.create import create_prompt
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.forms import NewPromptForm


@needs(Action.EDIT_PROMPT)
def new_prompt(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the form, or make the prompt and go to its editor."""
    form = NewPromptForm(request.POST or None)
    if form.is_valid():
        try:
            prompt = create_prompt(
                request.project,
                name=form.cleaned_data["name"],
                kind=form.cleaned_data["kind"],
                title=form.cleaned_data["title"],
                description=form.cleaned_data["description"],
                tags=form.tag_list(),
                actor=request.actor,
            )
        except ContentError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, f"{prompt.name} exists now. Write its first version.")
            return redirect("editor", slug, prompt.name)
    context = {"project": request.project, "form": form}
    status = 400 if form.errors else 200
    return page(request, "registry/new_prompt.html", context, title="New prompt", status=status)
