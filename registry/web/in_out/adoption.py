"""Adopt a history: an export of Langfuse, or of another project, with versions and labels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.prompts.in_out.adopt import adopt
from registry.prompts.in_out.adopt_run import AdoptRow, adopt_run, read_histories
from registry.prompts.in_out.dry_run import Choice
from registry.prompts.in_out.files import ADOPTION_LIMITS, FilesError
from registry.prompts.in_out.langfuse import ExportError
from registry.prompts.in_out.uploads import (
    ADOPT,
    discard_upload,
    files_of,
    keep_choices,
    keep_files,
    kept_upload,
)
from registry.prompts.models import PromptUpload
from registry.web.in_out import langfuse_script
from registry.web.in_out.given import (
    as_stored,
    given_files,
    page_of,
    stored_choices,
    typed_choices,
    typed_reason,
)
from registry.web.in_out.steps import to_made, to_page
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.signin import recent_sign_in

TITLE = "Adopt a history"


@needs(Action.MANAGE_PROJECT)
def prompts_adopt(request: ProjectRequest, slug: str) -> HttpResponseBase:
    """Answer the step that the admin is at."""
    step = request.POST.get("do", "")
    if step == "upload":
        return _keep(request)
    if step == "discard":
        discard_upload(request.project, actor=request.actor)
        return redirect("prompts_adopt", slug)
    upload = kept_upload(request.project, purpose=ADOPT, actor=request.actor)
    if upload is None:
        return _ask_for_files(request)
    if request.method != "POST":
        return _report(request, upload, request.GET.get("page"))
    if step == "adopt":
        return _adopt(request, upload)
    return _look_again(request, upload, step)


def _keep(request: ProjectRequest) -> HttpResponse:
    """Keep the given files, if they are an export."""
    try:
        files = given_files(request, ADOPTION_LIMITS)
        read_histories(files)
    except (FilesError, ExportError) as error:
        return _ask_for_files(request, str(error))
    keep_files(request.project, files, purpose=ADOPT, actor=request.actor)
    return redirect("prompts_adopt", request.project.slug)


def _ask_for_files(request: ProjectRequest, problem: str = "") -> HttpResponse:
    context = {
        "project": request.project,
        "problem": problem,
        "limits": ADOPTION_LIMITS,
        "langfuse_script": langfuse_script.SCRIPT,
    }
    status = 400 if problem else 200
    return page(request, "registry/in_out/adopt_files.html", context, title=TITLE, status=status)


def _look_again(request: ProjectRequest, upload: PromptUpload, step: str) -> HttpResponse:
    """Keep what was chosen, and show the same page or another."""
    choices = typed_choices(request, stored_choices(upload))
    if step == "leave_out":
        rows = _rows(request, upload, choices)
        choices |= {
            row.key: replace(choices.get(row.key, Choice()), take=False)
            for row in rows
            if row.stops
        }
    keep_choices(upload, {"rows": as_stored(choices), "reason": typed_reason(request)})
    return to_page(request, request.project, "prompts_adopt")


@recent_sign_in
def _adopt(request: ProjectRequest, upload: PromptUpload) -> HttpResponse:
    choices = typed_choices(request, stored_choices(upload))
    keep_choices(upload, {"rows": as_stored(choices), "reason": typed_reason(request)})
    try:
        made = adopt(
            request.project,
            rows=_rows(request, upload, choices),
            reason=typed_reason(request),
            actor=request.actor,
        )
    except (Refused, ContentError) as error:
        return _report(request, upload, request.POST.get("page"), str(error))
    discard_upload(request.project, actor=request.actor)
    count = len(made)
    messages.success(
        request,
        f"{count} prompt{'s' * (count != 1)} adopted with their history. Their labels serve now; "
        "nothing of it was evaluated here, and every version says so.",
    )
    return to_made(request.project, made)


def _report(
    request: ProjectRequest, upload: PromptUpload, number: Any, refusal: str = ""
) -> HttpResponse:
    """Show what would come of it."""
    rows = _rows(request, upload, stored_choices(upload))
    taken = [row for row in rows if row.take]
    context = {
        "project": request.project,
        "shown": page_of(rows, number),
        "source": {"langfuse": "Langfuse"}.get(rows[0].history.source, "promptcms"),
        "count": len(rows),
        "taken": len(taken),
        "versions": sum(len(row.history.versions) for row in taken),
        "serving": sum(bool(row.labels) for row in taken),
        "stopping": sum(row.stops for row in rows),
        "reason": upload.choices.get("reason", ""),
        "refusal": refusal,
    }
    status = 409 if refusal else 200
    return page(request, "registry/in_out/adopt_report.html", context, title=TITLE, status=status)


def _rows(
    request: ProjectRequest, upload: PromptUpload, choices: Mapping[str, Choice]
) -> list[AdoptRow]:
    return adopt_run(request.project, read_histories(files_of(upload)), choices)
