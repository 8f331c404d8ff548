"""The editor's page and the saving of a version."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.domain.semver import Bump
from registry.prompts.drafts import live_draft, open_draft
from registry.prompts.models import Draft, Prompt, Version
from registry.prompts.save import save_version
from registry.web.editor.page import Form, editor_page
from registry.web.editor.problems import unsavable
from registry.web.editor.reading import read
from registry.web.editor.typed import stored_in, typed_in
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts import find

REASON_LENGTH = 2_000  # characters


@needs(Action.EDIT_TEXT)
def editor(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show the person's draft, or save what was typed as a version."""
    prompt = find.find_prompt(request, name)
    if request.method == "POST":
        return _save(request, prompt)
    asked = request.GET.get("base", "")
    base = find.find_version(request, name, asked) if asked else None
    draft = open_draft(prompt, actor=request.actor, base=base)
    typed = stored_in(draft, prompt.kind)
    form = Form(
        prompt=prompt,
        base=draft.base,
        typed=typed,
        rev=draft.rev,
        seen=_newest_seen(draft),
        draft_saved_at=draft.updated_at if draft.pk else None,
        other_base=base if base != draft.base else None,
    )
    return editor_page(request, form)


def form_sent(request: ProjectRequest, prompt: Prompt) -> Form:
    """Return the form that a browser sent; what cannot be a number counts as nothing."""
    base = request.POST.get("base", "")
    return Form(
        prompt=prompt,
        base=find.find_version(request, prompt.name, base) if base else None,
        typed=typed_in(prompt.kind, request.POST),
        rev=_number(request.POST.get("rev", "")),
        seen=_number(request.POST.get("seen", "")),
        save_token=request.POST.get("save_token", ""),
    )


def _save(request: ProjectRequest, prompt: Prompt) -> HttpResponse:
    """Save a version and go to its page, or show the form again with what is wrong."""
    form = form_sent(request, prompt)
    found = read(form.typed)
    errors = dict(found.errors)
    if wrong := _reason_fault(form.typed.reason):
        errors["reason"] = wrong
    if found.content and (broken := unsavable(found.content)):
        errors["content"] = broken
    if found.content is None or errors:
        return _again(request, form, errors)
    draft = live_draft(prompt, request.user)
    try:
        version = save_version(
            prompt,
            content=found.content,
            bump=_bump(form.typed.bump),
            base=form.base,
            reason=form.typed.reason,
            actor=request.actor,
            save_token=_token(form.save_token),
            # Another tab's newer text is no part of this version and stays a draft.
            draft=draft if draft and draft.rev == form.rev else None,
        )
    except ContentError as error:
        return _again(request, form, {error.field: error.message})
    except Refused as error:
        return _again(request, form, {error.field or "content": str(error)})
    messages.success(request, _saved_words(version, form))
    return redirect("version", slug=request.project.slug, name=prompt.name, semver=version.semver)


def _reason_fault(reason: str) -> str:
    """Return what is wrong with the reason, in a sentence; "" when nothing is."""
    if not reason.strip():
        return "Say in one sentence why you make this change."
    if len(reason) > REASON_LENGTH:
        return f"The reason has {len(reason):,} characters; the limit is {REASON_LENGTH:,}."
    return ""


def _again(request: ProjectRequest, form: Form, errors: dict[str, str]) -> HttpResponse:
    """Show the form as it was sent, with a sentence beside each field that is wrong."""
    draft = live_draft(form.prompt, request.user)
    shown = Form(
        prompt=form.prompt,
        base=form.base,
        typed=form.typed,
        rev=form.rev,
        seen=form.seen,
        save_token=form.save_token,
        errors=errors,
        draft_saved_at=draft.updated_at if draft else None,
    )
    return editor_page(request, shown, status=422)


def _saved_words(version: Version, form: Form) -> str:
    """Say what was saved, and who was faster with another version."""
    between = form.prompt.versions.filter(revision__gt=form.seen).exclude(pk=version.pk)
    words = f"Saved {version.semver}. Nothing serves it yet: submit it when it is ready."
    for other in between.select_related("author").order_by("revision")[:3]:
        words += f" {other.author} had saved {other.semver} while you were editing."
    return words


def _newest_seen(draft: Draft) -> int:
    """Return the newest revision that existed when the draft was begun; 0 before the first."""
    rows = draft.prompt.versions.all()
    if draft.pk:
        rows = rows.filter(created_at__lte=draft.created_at)
    newest: int | None = rows.aggregate(newest=Max("revision"))["newest"]
    return newest or 0


def _bump(text: str) -> Bump:
    """Return the chosen bump. Raises ContentError for anything else."""
    try:
        return Bump(text)
    except ValueError:
        raise ContentError("bump", "Choose PATCH, MINOR or MAJOR.") from None


def _token(text: str) -> UUID | None:
    """Return the token that makes a double click save once; a page without one saves too."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
