"""Autosave of what is being typed, putting a draft aside, and taking it back."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.prompts.drafts import discard_draft, live_draft, save_draft
from registry.prompts.drafts_discarded import take_back
from registry.prompts.models import Draft
from registry.web.editor.newer import newer_notice, newer_versions
from registry.web.editor.page import Form
from registry.web.editor.reading import draft_fields
from registry.web.editor.sent import form_sent, number, somebody_else
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt


@needs(post=Action.EDIT_TEXT)
def keep_draft(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Store what was typed; answers JSON with the new `rev` or a `message` why not."""
    prompt = find_prompt(request, name)
    form = form_sent(request, prompt)
    if refusal := somebody_else(request, form):
        return JsonResponse({"message": refusal}, status=409)
    try:
        draft = store(request, form)
    except Stale as error:
        return JsonResponse({"message": str(error)}, status=409)
    except ContentError as error:
        return JsonResponse({"message": error.message, "field": error.field}, status=422)
    saved_at = timezone.localtime(draft.updated_at)
    newer = newer_versions(prompt, form.seen, base=form.base, person=request.user)
    banner = newer_notice(request, prompt, form.base, newer)
    return JsonResponse({"rev": draft.rev, "saved_at": f"{saved_at:%H:%M:%S}", "newer": banner})


def store(request: ProjectRequest, form: Form) -> Draft:
    """Store the form as the person's draft. Raises Stale or ContentError."""
    draft = live_draft(form.prompt, request.user)
    if draft is None:
        draft = Draft(prompt=form.prompt, person=request.user, base=form.base)
    fields = draft_fields(form.typed)
    return save_draft(draft, fields=fields, expected_rev=form.rev, actor=request.actor)


@needs(post=Action.EDIT_TEXT)
def discard(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Put the draft aside and go to the prompt, or start anew from the `base` asked for."""
    prompt = find_prompt(request, name)
    draft = live_draft(prompt, request.user)
    if draft is not None:
        discard_draft(draft, actor=request.actor)
    base = request.POST.get("base", "")
    if base:
        place = reverse("editor", args=[slug, name])
        return redirect(f"{place}?{urlencode({'base': base})}")
    context = {"draft": draft, "prompt": prompt, "project": request.project}
    said = render_to_string("registry/editor/_discarded.html", context, request=request)
    messages.success(request, said)
    return redirect("prompt", slug, name)


@needs(post=Action.EDIT_TEXT)
def take_back_draft(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Go on with a draft that was put aside; what is being written now is put aside instead."""
    prompt = find_prompt(request, name)
    rows = Draft.objects.filter(prompt=prompt, person=request.user)
    draft = rows.filter(pk=number(request.POST.get("draft", ""))).first()
    if draft is None:
        raise Refused("There is no such draft of yours any more. Open the editor again.")
    draft.prompt = prompt
    had_another = live_draft(prompt, request.user)
    take_back(draft, actor=request.actor)
    aside = " What you had begun since is put aside instead." if had_another else ""
    messages.success(request, f"Your draft is back.{aside}")
    return redirect("editor", slug, name)
