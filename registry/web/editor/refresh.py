"""What the page asks while somebody types: what the change means, and the preview."""

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from registry.domain.roles import Action
from registry.web.editor.meaning import Question, meaning_of
from registry.web.editor.newer import newer_notice
from registry.web.editor.sent import form_sent, somebody_else
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt


@needs(post=Action.EDIT_TEXT)
def refresh(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Answer JSON: fragments of HTML, the floor and the numbers. Stores nothing."""
    form = form_sent(request, find_prompt(request, name))
    if refusal := somebody_else(request, form):
        return JsonResponse({"message": refusal}, status=409)
    typed_values = {
        key.removeprefix("value:"): request.POST.get(key, "")
        for key in request.POST
        if key.startswith("value:")
    }
    question = Question(
        form.prompt,
        form.base,
        form.typed,
        request.actor,
        seen=form.seen,
        case_id=request.POST.get("case", ""),
        values=typed_values,
    )
    meaning = meaning_of(question)
    context = {**meaning.context(), "project": request.project, "prompt": form.prompt}

    def fragment(name: str) -> str:
        return render_to_string(f"registry/editor/{name}.html", context, request=request)

    return JsonResponse(
        {
            "meaning": fragment("_meaning"),
            "preview": fragment("_preview"),
            "newer": newer_notice(request, form.prompt, form.base, context["newer"]),
            **meaning.for_script(),
        }
    )
