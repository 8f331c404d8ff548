"""The comparison page: two versions of a prompt, or one's own draft with a version."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from evaluation.offline.behaviour import Behaviour, behaviour_of
from registry.domain.diff import unified
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.prompts.models import Prompt
from registry.prompts.queries import production_of
from registry.web.compare.choices import choices, shortcuts
from registry.web.compare.present import shown
from registry.web.compare.sides import Side, called, named, size_of_change
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_prompt

VIEWS = ("inline", "side")


@needs(Action.VIEW)
def compare_newest(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Go to the comparison asked for by `old` and `new`; by default production with the newest."""
    prompt = find_prompt(request, name)
    asked = request.GET.get("old", ""), request.GET.get("new", "")
    if all(asked):
        old, new = (called(prompt, text) for text in asked)
        return _to(request, prompt, old, new)
    newest = prompt.versions.first()
    if newest is None:
        return _nothing(request, prompt, "This prompt has no version yet.")
    start = production_of(prompt)
    if start is None or start == newest:
        start = newest.base or prompt.versions.exclude(pk=newest.pk).first()
    if start is None:
        sentence = f"{newest.semver} is the only version, so there is nothing to compare."
        return _nothing(request, prompt, sentence)
    return _to(request, prompt, start.semver, newest.semver)


@needs(Action.VIEW)
def compare(request: ProjectRequest, slug: str, name: str, old: str, new: str) -> HttpResponse:
    """Show what changed from `old` to `new`; `?view=side` in columns, `?view=unified` as text."""
    prompt = find_prompt(request, name)
    try:
        before, after = (named(prompt, text, request.user) for text in (old, new))
    except Refused as refusal:
        return _nothing(request, prompt, str(refusal))
    if request.GET.get("view") == "unified":
        text = unified(before.content, after.content, f"{name} {old}", f"{name} {new}")
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    view = _view_of(request)
    context = {
        "project": request.project,
        "prompt": prompt,
        "old": before,
        "new": after,
        "size": size_of_change(before, after),
        "choices": choices(prompt, request.user, before, after),
        "shortcuts": shortcuts(prompt, request.user, before, after),
        "behaviour": _behaviour(before, after),
        **shown(before.content, after.content, view),
    }
    title = f"{name} {before.words} → {after.words}"
    return page(request, "registry/compare/compare.html", context, title=title)


def _behaviour(old: Side, new: Side) -> Behaviour | None:
    """Return the answers of both sides on the golden cases; None where both are the same."""
    if old.name == new.name:
        return None
    if old.version is None or new.version is None:
        return Behaviour.nothing(
            "A draft has no answers to compare. Try it in the editor, or save and submit it."
        )
    return behaviour_of(old.version, new.version)


def _view_of(request: ProjectRequest) -> str:
    asked = request.GET.get("view", "")
    return asked if asked in VIEWS else VIEWS[0]


def _to(request: ProjectRequest, prompt: Prompt, old: str, new: str) -> HttpResponse:
    """Go to a comparison in the view that was chosen."""
    address = reverse("compare", args=[request.project.slug, prompt.name, old, new])
    return redirect(f"{address}?view=side" if _view_of(request) == "side" else address)


def _nothing(request: ProjectRequest, prompt: Prompt, sentence: str) -> HttpResponse:
    """Say why there is nothing to compare, and what to do instead."""
    context = {"project": request.project, "prompt": prompt, "sentence": sentence}
    return page(request, "registry/compare/nothing.html", context, title=f"Compare {prompt.name}")
