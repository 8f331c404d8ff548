"""Read the form that a browser sent from the editor, and see whose it is."""

from django.http import HttpResponse

from registry.projects.models import Person
from registry.prompts.drafts import live_draft
from registry.prompts.models import Prompt
from registry.web.editor.page import Form, editor_page
from registry.web.editor.typed import typed_in
from registry.web.permissions import ProjectRequest
from registry.web.prompts import find


def form_sent(request: ProjectRequest, prompt: Prompt) -> Form:
    """Return the form that a browser sent; what cannot be a number counts as nothing."""
    base = request.POST.get("base", "")
    return Form(
        prompt=prompt,
        base=find.find_version(request, prompt.name, base) if base else None,
        typed=typed_in(prompt.kind, request.POST),
        person=number(request.POST.get("person", "")) or request.user.pk,
        rev=number(request.POST.get("rev", "")),
        seen=number(request.POST.get("seen", "")),
        save_token=request.POST.get("save_token", ""),
    )


def somebody_else(request: ProjectRequest, form: Form) -> str:
    """Return the refusal when another person is signed in than the one who typed; "" if not."""
    if form.person == request.user.pk:
        return ""
    writer = Person.objects.filter(pk=form.person).first()
    return (
        f"You are signed in as {request.user}, and this text was written by "
        f"{writer or 'somebody else'}. Sign in as {writer or 'that person'} to go on with it, "
        "or copy what you need and reload the page."
    )


def again(
    request: ProjectRequest, form: Form, errors: dict[str, str], *, status: int = 422
) -> HttpResponse:
    """Show the form as it was sent, with a sentence beside each field that is wrong."""
    draft = live_draft(form.prompt, request.user)
    shown = form.with_errors(errors, draft.updated_at if draft else None)
    return editor_page(request, shown, status=status)


def number(text: str) -> int:
    """Return the number that `text` is, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
