"""Start, watch and cancel a try-out. Answers are JSON for the editor's script."""

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse

from evaluation.offline.models import TryOut
from evaluation.offline.suites import suite_of
from evaluation.offline.tryouts.cancel import cancel_try_out
from evaluation.offline.tryouts.start import TooOften, start_try_out
from evaluation.web.find import one_of
from evaluation.web.tryout.present import Shown
from evaluation.web.tryout.sent import cases_sent
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.web.editor.reading import read
from registry.web.editor.typed import typed_in
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt


@needs(post=Action.EDIT_TEXT)
def start(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Try what stands in the editor's form; answers as `show` does, or a `message` why not."""
    prompt = find_prompt(request, name)
    found = read(typed_in(prompt.kind, request.POST))
    if found.content is None:
        field, message = next(iter(found.errors.items()))
        return _nothing_sent(message, field, 422)
    try:
        try_out = start_try_out(
            prompt,
            content=found.content,
            cases=cases_sent(prompt, found.content, request.POST),
            connection=request.POST.get("try_connection", ""),
            actor=request.actor,
        )
    except ContentError as error:
        return _nothing_sent(error.message, error.field, 422)
    except TooOften as error:
        return _nothing_sent(str(error), "", 429)
    except Refused as error:
        return _nothing_sent(str(error), error.field, 409)
    return _answer(request, try_out)


@needs(Action.EDIT_TEXT)
def show(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Answer how far it is; with the HTML unless the page has it already (`?stamp=`)."""
    return _answer(request, find_try_out(request, pk))


@needs(post=Action.EDIT_TEXT)
def cancel(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """End it, and answer as `show` does."""
    try_out = find_try_out(request, pk)
    cancel_try_out(try_out, actor=request.actor)
    return _answer(request, try_out)


def find_try_out(request: ProjectRequest, pk: int) -> TryOut:
    """Return the person's own try-out in the request's project. Raises Http404."""
    rows = TryOut.objects.filter(prompt__project=request.project, person=request.user)
    rows = rows.select_related("prompt__project", "baseline", "person")
    return one_of(rows, pk, otherwise="This try-out is not yours, or was forgotten after a week.")


def _nothing_sent(message: str, field: str, status: int) -> JsonResponse:
    said = f"Nothing was sent. {message}"
    return JsonResponse({"message": said, "field": field}, status=status)


def _answer(request: ProjectRequest, try_out: TryOut) -> JsonResponse:
    shown = Shown(try_out, database_now())
    known = request.GET.get("stamp") == shown.stamp
    slug = request.project.slug
    return JsonResponse(
        {
            "url": reverse("try_out", args=[slug, try_out.pk]),
            "cancel": reverse("try_out_cancel", args=[slug, try_out.pk]),
            "running": shown.running,
            "seconds": shown.seconds,
            "headline": shown.headline,
            "stamp": shown.stamp,
            "html": "" if known else _html(request, shown),
        }
    )


def _html(request: ProjectRequest, shown: Shown) -> str:
    prompt = shown.try_out.prompt
    suite = suite_of(prompt)
    context = {
        "project": request.project,
        "prompt": prompt,
        "try_out": shown.try_out,
        "shown": shown,
        "cases": list(shown.cases()),
        "suite": suite,
        "users": suite.dataset.suites.count() if suite else 0,
        "no_case": why_not(request.actor, Action.EDIT_DATASETS, request.project),
    }
    return render_to_string("evaluation/tryout/answers.html", context, request=request)
