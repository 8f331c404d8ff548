"""The editor page: one function fills it, for the first look and for a form sent back."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.http import HttpResponse

from evaluation.web.tryout.panel import try_out_panel
from registry.domain.variables import VARIABLE_TYPES
from registry.prompts.models import Draft, Prompt, Version
from registry.web.editor.beside import beside
from registry.web.editor.meaning import Question, meaning_of
from registry.web.editor.typed import Typed, TypedMessage, TypedVariable
from registry.web.pages import page
from registry.web.permissions import ProjectRequest


@dataclass(frozen=True)
class Form:
    """What stands in the form, and what it hangs on."""

    prompt: Prompt
    base: Version | None
    typed: Typed
    person: int  # whose text it is
    rev: int
    seen: int
    save_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    errors: Mapping[str, str] = field(default_factory=dict)
    draft_saved_at: datetime | None = None
    other_base: Version | None = None

    def with_errors(self, errors: Mapping[str, str], saved_at: datetime | None) -> "Form":
        """Return the form with a sentence for each field that is wrong."""
        return replace(self, errors=errors, draft_saved_at=saved_at)

    def stored_as(self, draft: Draft) -> "Form":
        """Return the form after it was stored as `draft`."""
        return replace(self, rev=draft.rev)


def editor_page(request: ProjectRequest, form: Form, *, status: int = 200) -> HttpResponse:
    """Answer the editor with `form` in it, its errors beside their fields."""
    question = Question(form.prompt, form.base, form.typed, request.actor, seen=form.seen)
    meaning = meaning_of(question)
    context = {
        "project": request.project,
        "prompt": form.prompt,
        "typed": form.typed,
        "person": form.person,
        "rev": form.rev,
        "seen": form.seen,
        "save_token": form.save_token,
        "errors": form.errors,
        "draft_saved_at": form.draft_saved_at,
        "other_base": form.other_base,
        "open": _open_parts(form),
        "summaries": _summaries(form.typed),
        "variable_types": VARIABLE_TYPES,
        "blank_message": TypedMessage("user", ""),
        "blank_variable": TypedVariable("", "string", "yes", "", "", ""),
        **meaning.context(),
        **beside(request, form.prompt, form.base),
        **try_out_panel(request, meaning.cases),
    }
    title = f"Edit {form.prompt.name}"
    return page(request, "registry/editor/editor.html", context, title=title, status=status)


def _open_parts(form: Form) -> dict[str, bool]:
    """Return which of the folded parts stand open: those with an error."""
    wrong = set(form.errors)
    return {
        "config": any(name == "extra" or name.startswith("config") for name in wrong),
        "schema": "output_schema" in wrong,
        "variables": "variables" in wrong,
    }


def _summaries(typed: Typed) -> dict[str, str]:
    """Return what each folded part holds, in a few words."""
    config = [
        value if known.key == "model" else f"{known.label.lower()} {value}"
        for known, value in typed.config_rows
        if value
    ]
    config += ["other parameters"] if typed.extra.strip() else []
    names = [row.name for row in typed.variables]
    return {
        "config": ", ".join(config) or "nothing set: the application decides",
        "schema": "set" if typed.schema.strip() else "none: answers are plain text",
        "variables": ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        if names
        else "none declared: every {{variable}} in the text is required",
    }
