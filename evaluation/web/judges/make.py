"""Make a judge, and the next version of one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.offline.judging.create import create_judge, new_version
from evaluation.offline.models import Judge
from evaluation.web.judges.find import find_judge, find_version, judge_url
from evaluation.web.judges.form import ABOUT, JudgeForm, initial_from, initial_of, show_examples
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.web.forms.fields import add_refusal
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs


@needs(Action.EDIT_DATASETS)
def new_judge(request: ProjectRequest, slug: str) -> HttpResponse:
    """Offer the kinds of judges; with `?kind=` show its form, or make the judge."""
    kind = request.GET.get("kind", "")
    if kind not in ABOUT:
        kinds = [(value, *words) for value, words in ABOUT.items()]
        context = {"project": request.project, "kinds": kinds}
        return page(request, "evaluation/judges/kinds.html", context, title="New judge")
    form = JudgeForm(request.POST or None, initial=initial_of(kind))
    if kind == Judge.Kind.CUSTOM:
        show_examples(form)
    if form.is_valid():
        try:
            version = create_judge(
                request.project,
                name=form.cleaned_data["name"],
                kind=kind,
                text=form.text(),
                actor=request.actor,
                reason=form.cleaned_data["reason"],
            )
        except ContentError as error:
            form.add_content_error(error)
        else:
            words = f"{version} exists now. Choose it on the evaluation page of a prompt."
            messages.success(request, words)
            return redirect(judge_url(version.judge))
    title, about = ABOUT[kind]  # type: ignore[index]
    context = {"project": request.project, "form": form, "about": about, "judge": None}
    status = 400 if form.errors else 200
    return page(
        request, "evaluation/judges/form.html", context, title=f"New judge: {title}", status=status
    )


@needs(Action.EDIT_DATASETS)
def new_judge_version(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the form, filled from the newest version, or freeze it as the next one."""
    judge = find_judge(request, pk)
    newest = find_version(judge, None)
    form = JudgeForm(request.POST or None, initial=initial_from(newest), named=False)
    if form.is_valid():
        try:
            version = new_version(
                judge,
                text=form.text(),
                actor=request.actor,
                reason=form.cleaned_data["reason"],
            )
        except ContentError as error:
            form.add_content_error(error)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(
                request,
                f"{version} is frozen. Prompts go on with the version they name: let this one "
                "score the marked answers, then choose it on their evaluation pages.",
            )
            return redirect("judge_version", slug, judge.pk, version.number)
    context = {"project": request.project, "form": form, "judge": judge, "newest": newest}
    return page(
        request,
        "evaluation/judges/form.html",
        context,
        title=f"Next version of {judge}",
        status=400 if form.errors else 200,
    )
