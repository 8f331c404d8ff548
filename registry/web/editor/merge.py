"""Bring a draft onto a version that a colleague saved meanwhile: merged, or as it is."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.prompts.drafts_merge import merge_draft, rebase_draft
from registry.prompts.models import Draft, Version
from registry.prompts.queries import find_version
from registry.web.editor.drafts import store
from registry.web.editor.sent import again, form_sent, somebody_else
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt
from registry.web.session import keeps_what_was_typed

SHOWN = 10  # conflicts in the message; the panel names every mark that is left

Act = Callable[[ProjectRequest, Draft, Version], None]


@keeps_what_was_typed
@needs(post=Action.EDIT_TEXT)
def merge(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Take over what the version `onto` changed, and mark what both changed."""
    return _bring(request, name, _merge)


@keeps_what_was_typed
@needs(post=Action.EDIT_TEXT)
def keep_mine(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Let the draft start from the version `onto`, its words untouched."""
    return _bring(request, name, _keep_mine)


def _bring(request: ProjectRequest, name: str, act: Act) -> HttpResponse:
    """Store what was typed, then bring it onto the version; a refusal shows the form again."""
    prompt = find_prompt(request, name)
    form = form_sent(request, prompt)
    if wrong := somebody_else(request, form):
        return again(request, form, {"content": wrong}, status=409)
    onto = find_version(prompt, request.POST.get("onto", ""))
    if onto is None:
        return again(request, form, {"content": "Choose a version of this prompt."})
    try:
        draft = store(request, form)
    except ContentError as error:
        return again(request, form, {error.field: error.message})
    except Stale as error:
        return again(request, form, {"content": str(error)}, status=409)
    try:
        act(request, draft, onto)
    except Refused as refusal:
        errors = {refusal.field or "content": str(refusal)}
        return again(request, form.stored_as(draft), errors, status=409)
    return redirect("editor", request.project.slug, name)


def _merge(request: ProjectRequest, draft: Draft, onto: Version) -> None:
    merged = merge_draft(draft, onto=onto, actor=request.actor)
    said = f"{onto.semver} by {onto.author} is merged into your draft, which starts from it now."
    undo = "Your draft as it was is kept below, under “Put aside”."
    if not merged.conflicts:
        messages.success(request, f"{said} Nothing clashed. {undo}")
        return
    count = len(merged.conflicts)
    messages.warning(
        request,
        f"{said} Look at {count} place{'' if count == 1 else 's'} where you clashed. {undo}",
    )
    for sentence in merged.conflicts[:SHOWN]:
        messages.warning(request, sentence)
    if count > SHOWN:
        messages.warning(request, f"And {count - SHOWN} more: the panel names every mark.")


def _keep_mine(request: ProjectRequest, draft: Draft, onto: Version) -> None:
    rebase_draft(draft, onto=onto, actor=request.actor)
    messages.success(
        request,
        f"Your draft starts from {onto.semver} now, its words untouched: what {onto.author} "
        "changed there is undone by it. Read below what that means.",
    )
