"""The editor's page."""

import sys

from django.db.models import Max
from django.http import HttpResponse

from registry.domain.roles import Action
from registry.prompts.drafts import open_draft
from registry.prompts.models import Draft, Prompt
from registry.web.editor.page import Form, editor_page
from registry.web.editor.save import save
from registry.web.editor.typed import stored_in
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts import find
from registry.web.session import keeps_what_was_typed


@keeps_what_was_typed
@needs(Action.EDIT_TEXT)
def editor(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the person's draft, or save what was typed as a version."""
    prompt = find.find_prompt(request, name)
    if request.method == "POST":
        return save(request, prompt)
    asked = request.GET.get("base", "")
    base = find.find_version(request, name, asked) if asked else None
    draft = open_draft(prompt, actor=request.actor, base=base)
    form = Form(
        prompt=prompt,
        base=draft.base,
        typed=stored_in(draft, prompt.kind),
        person=request.user.pk,
        rev=draft.rev,
        seen=min(_newest_seen(draft), _seen_before(request, prompt)),
        draft_saved_at=draft.updated_at if draft.pk else None,
        other_base=base if base != draft.base else None,
    )
    return editor_page(request, form)


def _seen_before(request: ProjectRequest, prompt: Prompt) -> int:
    """Return the revision before `?onto=2.4.1`, which the draft is to be brought onto.

    The banner then offers to merge it, as if it had been saved since. Raises Http404.
    """
    asked = request.GET.get("onto", "")
    if not asked:
        return sys.maxsize
    return find.find_version(request, prompt.name, asked).revision - 1


def _newest_seen(draft: Draft) -> int:
    """Return the newest revision that existed when the draft was begun; 0 before the first."""
    rows = draft.prompt.versions.all()
    if draft.pk:
        rows = rows.filter(created_at__lte=draft.created_at)
    newest: int | None = rows.aggregate(newest=Max("revision"))["newest"]
    return newest or 0
