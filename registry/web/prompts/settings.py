"""Change what people read about a prompt, and archive it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.prompts.edit import archive_prompt, edit_prompt, last_history, unarchive_prompt
from registry.prompts.models import Prompt
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt
from registry.web.prompts.forms import PromptForm
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.typed import number_of


@needs(Action.EDIT_PROMPT)
def prompt_settings(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the form, or keep what was typed."""
    prompt = find_prompt(request, name)
    now = {
        "title": prompt.title,
        "description": prompt.description,
        "tags": ", ".join(prompt.tags),
    }
    form = PromptForm(request.POST or None, initial=now)
    status = 200
    if form.is_valid():
        try:
            edit_prompt(
                prompt,
                title=form.cleaned_data["title"],
                description=form.cleaned_data["description"],
                tags=form.tag_list(),
                seen=number_of(request, "seen") or 0,
                actor=request.actor,
                reason=f"Edited by {request.user}.",
            )
        except ContentError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, "Saved. The old words stay in the history.")
            return redirect(prompt_url(prompt))
    if form.errors and status == 200:
        status = 400
    return _answer(request, prompt, form, status)


@needs(post=Action.MANAGE_PROJECT)
def prompt_archive(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Archive the prompt, or bring it back."""
    prompt = find_prompt(request, name)
    if prompt.archived_at:
        unarchive_prompt(prompt, actor=request.actor, reason=f"Brought back by {request.user}.")
        messages.success(request, f"{prompt.name} is back in the lists.")
    else:
        archive_prompt(prompt, actor=request.actor, reason=f"Archived by {request.user}.")
        messages.success(request, f"{prompt.name} is archived; what it serves stays served.")
    return redirect(prompt_url(prompt))


def _answer(request: ProjectRequest, prompt: Prompt, form: PromptForm, status: int) -> HttpResponse:
    context = {
        "project": request.project,
        "prompt": prompt,
        "form": form,
        "seen": last_history(prompt),
        "no_archive": why_not(request.actor, Action.MANAGE_PROJECT, request.project),
    }
    title = f"Settings of {prompt.name}"
    return page(request, "registry/prompt_settings.html", context, title=title, status=status)
