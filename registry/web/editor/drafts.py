"""Autosave of what is being typed, and putting a draft aside."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from registry.domain.errors import Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.prompts.drafts import discard_draft, live_draft, save_draft
from registry.prompts.models import Draft
from registry.web.editor.meaning import newer_versions
from registry.web.editor.page import Form
from registry.web.editor.reading import draft_fields
from registry.web.editor.views import form_sent
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt


@needs(post=Action.EDIT_TEXT)
def keep_draft(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Store what was typed; answers JSON with the new `rev` or a `message` why not."""
    prompt = find_prompt(request, name)
    form = form_sent(request, prompt)
    draft = live_draft(prompt, request.user)
    if draft is None:
        draft = Draft(prompt=prompt, person=request.user, base=form.base)
    try:
        save_draft(
            draft, fields=draft_fields(form.typed), expected_rev=form.rev, actor=request.actor
        )
    except Stale as error:
        return JsonResponse({"message": str(error)}, status=409)
    except ContentError as error:
        return JsonResponse({"message": error.message, "field": error.field}, status=422)
    saved_at = timezone.localtime(draft.updated_at)
    newer = newer_notice(request, form)
    return JsonResponse({"rev": draft.rev, "saved_at": f"{saved_at:%H:%M:%S}", "newer": newer})


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
    messages.success(request, "The draft was discarded.")
    return redirect("prompt", slug, name)


def newer_notice(request: ProjectRequest, form: Form) -> str:
    """Return the banner that names the versions saved since the editor was opened."""
    context = {
        "project": request.project,
        "prompt": form.prompt,
        "base": form.base,
        "newer": newer_versions(form.prompt, form.seen),
    }
    return render_to_string("registry/editor/_newer.html", context, request=request).strip()
