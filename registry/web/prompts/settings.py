"""Change what people read about a prompt, its name and its owner; archive it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from registry.audit.clock import database_now
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.prompts.edit import archive_prompt, edit_prompt, last_history, unarchive_prompt
from registry.prompts.models import Alias, Prompt
from registry.prompts.rename import remove_alias, rename_prompt
from registry.release.models import Label
from registry.runtime.callers import fetched_lately, noted
from registry.runtime.keys import live_keys
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt
from registry.web.prompts.forms import AboutForm, RenameForm
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.typed import number_of, reason_of


@needs(Action.VIEW, post=Action.EDIT_PROMPT)
def prompt_settings(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the forms, or keep what was typed about it."""
    prompt = find_prompt(request, name)
    if request.method != "POST":
        return _answer(request, prompt)
    form = AboutForm.of(prompt, request.POST)
    status = 200
    if form.is_valid():
        try:
            edit_prompt(
                prompt,
                title=form.cleaned_data["title"],
                description=form.cleaned_data["description"],
                tags=form.tag_list(),
                owner=form.cleaned_data["owner"],
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
    return _answer(request, prompt, form=form, status=status)


@needs(post=Action.EDIT_PROMPT)
def prompt_rename(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Give it another name; the old one goes on being served."""
    prompt = find_prompt(request, name)
    form = RenameForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            reason = reason_of(request, f"Renamed by {request.user}.")
            renamed = rename_prompt(
                prompt,
                name=form.cleaned_data["new_name"],
                seen=request.POST.get("seen_name", ""),
                actor=request.actor,
                reason=noted(reason, _fetched(prompt)),
            )
        except ContentError as error:
            form.add_error("new_name" if error.field == "name" else "reason", error.message)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(
                request, f"It is called {renamed.name} now. {prompt.name} goes on being served."
            )
            return redirect(prompt_url(renamed))
    return _answer(request, prompt, rename=form, status=status)


@needs(post=Action.MANAGE_PROJECT)
def alias_remove(request: ProjectRequest, slug: str, name: str, pk: int) -> HttpResponse:
    """Stop serving it under an old name."""
    prompt = find_prompt(request, name)
    alias = Alias.objects.select_related("prompt__project").filter(prompt=prompt, pk=pk).first()
    if alias is None:
        raise Http404(f"{prompt} has no such old name; it was removed already.")
    reason = reason_of(request, f"Old name {alias.name} removed by {request.user}.")
    remove_alias(alias, actor=request.actor, reason=noted(reason, _fetched(prompt)))
    messages.success(request, f"{alias.name} is no longer served; {prompt.name} is.")
    return redirect("prompt_settings", slug, prompt.name)


@needs(post=Action.MANAGE_PROJECT)
def prompt_archive(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Archive the prompt, or bring it back."""
    prompt = find_prompt(request, name)
    if prompt.archived_at:
        unarchive_prompt(prompt, actor=request.actor, reason=f"Brought back by {request.user}.")
        messages.success(request, f"{prompt.name} is back in the lists.")
    else:
        reason = noted(f"Archived by {request.user}.", _fetched(prompt))
        archive_prompt(prompt, actor=request.actor, reason=reason)
        messages.success(request, f"{prompt.name} is archived; what it serves stays served.")
    return redirect(prompt_url(prompt))


def _fetched(prompt: Prompt) -> list[str]:
    """Return who fetched it in the last day, in a sentence, if anybody did."""
    said = fetched_lately(prompt, now=database_now())
    return [said] if said else []


def _answer(
    request: ProjectRequest,
    prompt: Prompt,
    *,
    form: AboutForm | None = None,
    rename: RenameForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, project = request.actor, request.project
    context = {
        "project": project,
        "prompt": prompt,
        "form": form or AboutForm.of(prompt),
        "rename": rename or RenameForm(),
        "aliases": Alias.objects.filter(prompt=prompt).order_by("name"),
        "seen": last_history(prompt),
        "labels": Label.objects.filter(prompt=prompt).order_by("name"),
        "fetched": fetched_lately(prompt, now=database_now()),
        "key_count": live_keys().filter(project=project).count(),
        "no_edit": why_not(actor, Action.EDIT_PROMPT, project),
        "no_archive": why_not(actor, Action.MANAGE_PROJECT, project),
    }
    title = f"Settings of {prompt.name}"
    return page(request, "registry/prompt_settings.html", context, title=title, status=status)
