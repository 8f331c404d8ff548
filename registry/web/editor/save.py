"""Save what was typed as a version, and start its checks at once when asked to."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.submit import submit
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.semver import Bump
from registry.projects.access import NotPermitted
from registry.prompts.drafts import live_draft
from registry.prompts.drafts_merge import writers_of
from registry.prompts.models import Draft, Prompt, Version
from registry.prompts.save import save_version
from registry.web.editor.page import Form
from registry.web.editor.problems import unsavable
from registry.web.editor.reading import read
from registry.web.editor.sent import again, form_sent, somebody_else
from registry.web.permissions import ProjectRequest
from registry.web.prompts.version_actions import submitted_words

REASON_LENGTH = 2_000  # characters


def save(request: ProjectRequest, prompt: Prompt) -> HttpResponse:
    """Save a version and go to its page, or show the form again with what is wrong."""
    form = form_sent(request, prompt)
    if refusal := somebody_else(request, form):
        return again(request, form, {"content": refusal}, status=409)
    found = read(form.typed)
    errors = dict(found.errors)
    if wrong := _reason_fault(form.typed.reason):
        errors["reason"] = wrong
    if found.content and (broken := unsavable(found.content)):
        errors["content"] = broken
    if found.content is None or errors:
        return again(request, form, errors)
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
            contributors=writers_of(draft) if draft else (),
            # Another tab's newer text is no part of this version and stays a draft.
            draft=_same_draft(draft, form),
        )
    except ContentError as error:
        return again(request, form, {error.field: error.message})
    except Refused as error:
        return again(request, form, {error.field or "content": str(error)})
    _say_what_came(request, version, form)
    return redirect("version", slug=request.project.slug, name=prompt.name, semver=version.semver)


def _same_draft(draft: Draft | None, form: Form) -> Draft | None:
    return draft if draft and draft.rev == form.rev else None


def _say_what_came(request: ProjectRequest, version: Version, form: Form) -> None:
    """Say what was saved, and start the checks when the button said so."""
    saved = f"Saved {version.semver}."
    others = _saved_meanwhile(version, form)
    if request.POST.get("then") != "submit":
        nothing = "Nothing serves it yet: submit it when it is ready."
        messages.success(request, " ".join([saved, nothing, *others]))
        return
    try:
        release = submit(version, actor=request.actor, reason=version.change_reason)
    except (Refused, NotPermitted) as refusal:
        messages.success(request, " ".join([saved, *others]))
        messages.warning(request, f"Its checks were not started. {refusal}")
        return
    messages.success(request, " ".join([saved, submitted_words(release), *others]))


def _saved_meanwhile(version: Version, form: Form) -> list[str]:
    """Say who was faster with another version."""
    between = form.prompt.versions.filter(revision__gt=form.seen).exclude(pk=version.pk)
    if form.base is not None:
        between = between.exclude(pk=form.base.pk)
    return [
        f"{other.author} had saved {other.semver} while you were editing."
        for other in between.select_related("author").order_by("revision")[:3]
    ]


def _reason_fault(reason: str) -> str:
    """Return what is wrong with the reason, in a sentence; "" when nothing is."""
    if not reason.strip():
        return "Say in one sentence why you make this change."
    if len(reason) > REASON_LENGTH:
        return f"The reason has {len(reason):,} characters; the limit is {REASON_LENGTH:,}."
    return ""


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
