"""The API keys of a project: who uses which, make one, revoke one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import can
from registry.projects.models import Project
from registry.prompts.models import Prompt
from registry.release.labels import version_at
from registry.runtime.callers import needs_of
from registry.runtime.key_use import LATELY, KeyUse, uses_of
from registry.runtime.keys import NewKey, create_key, live_keys, revoke_key
from registry.runtime.models import ApiKey
from registry.runtime.replace_key import why_not_replace
from registry.web.forms.fields import add_refusal
from registry.web.forms.people import ReasonForm
from registry.web.keys.forms import KeyForm
from registry.web.keys.packages import RECIPES
from registry.web.keys.report_snippets import report_snippets
from registry.web.keys.snippets import (
    Example,
    environment,
    langfuse_environment,
    langfuse_snippets,
    snippets,
)
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.signin import recent_sign_in


@needs(Action.VIEW)
def keys(request: ProjectRequest, slug: str) -> HttpResponse:
    """List the keys, the live ones first, and how they are used."""
    project = request.project
    now = database_now()
    rows = list(ApiKey.objects.filter(project=project).select_related("created_by"))
    live = set(live_keys().filter(project=project).values_list("pk", flat=True))
    uses = uses_of(project, [key for key in rows if key.pk in live], now=now)
    context = {
        "place": "keys",
        "project": project,
        "keys": uses,
        "quiet": {use.key.pk for use in uses if use.newer and use.is_quiet(now)},
        "ended": [key for key in rows if key.pk not in live],
        "may_manage": can(request.actor, Action.MANAGE_KEYS, project),
        "why_not": why_not(request.actor, Action.MANAGE_KEYS, project),
        **_how_to_fetch(request, "production"),
    }
    return page(request, "registry/keys/keys.html", context, title=f"API keys of {project}")


@needs(Action.MANAGE_KEYS)
@recent_sign_in
def key_new(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show the form; after it the key, this once."""
    form = KeyForm(request.POST or None)
    if form.is_valid():
        try:
            new = _create(request, form)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return shown_once(request, new)
    context = {"place": "keys", "project": request.project, "form": form, "may_manage": True}
    status = 400 if form.errors else 200
    title = f"Make an API key of {request.project}"
    return page(request, "registry/keys/new.html", context, title=title, status=status)


@needs(Action.MANAGE_KEYS)
@recent_sign_in
def key_revoke(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Ask why, then make the key worthless."""
    key = find_key(request, pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            revoke_key(key, actor=request.actor, reason=form.cleaned_data["reason"])
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"{key} is revoked: every fetch with it is refused now.")
            return redirect("keys", slug)
    now, used = database_now(), key.last_used_at
    use = KeyUse(key, [], newer=live_keys().filter(replaces=key).first())
    context = {
        "place": "keys",
        "project": request.project,
        "form": form,
        "key": key,
        "may_manage": True,
        "newer": use.newer,
        "waits": use.waits,
        "quiet": use.is_quiet(now),
        "lately": used and not key.revoked_at and used > now - LATELY,
        "may_replace": not why_not_replace(key),
    }
    status = 400 if form.errors else 200
    title = f"Revoke {key}"
    return page(request, "registry/keys/revoke.html", context, title=title, status=status)


def _create(request: ProjectRequest, form: KeyForm) -> NewKey:
    return create_key(
        request.project,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        labels=form.cleaned_data["labels"],
        expires_at=form.expires_at(database_now()),
        actor=request.actor,
    )


def find_key(request: ProjectRequest, pk: int) -> ApiKey:
    """Return a key of the project. Raises Http404."""
    key = ApiKey.objects.filter(project=request.project, pk=pk).first()
    if key is None:
        raise Http404("There is no such key.")
    return key


def shown_once(request: ProjectRequest, new: NewKey) -> HttpResponse:
    """Answer the page with the secret; it is kept nowhere else, the session included."""
    label = next(iter(new.key.labels), None)
    context = {
        "place": "keys",
        "project": request.project,
        "key": new.key,
        "may_manage": True,
        "secret": new.secret,
        **(_how_to_fetch(request, label, new.langfuse_pair) if label else {}),
    }
    return page(request, "registry/keys/made.html", context, title=f"The key of {new.key.name}")


def _how_to_fetch(
    request: ProjectRequest, label: str, pair: tuple[str, str] = ("pk-pcms-…", "…")
) -> dict[str, Any]:
    """Return the snippets, with the keys of `pair` as Langfuse's SDKs call them."""
    address, example = _address(request), _example(request.project, label)
    return {
        "recipes": RECIPES,
        "environment": environment(address, pair[1]),
        "snippets": snippets(address, example),
        "reports": report_snippets(example),
        "langfuse_environment": langfuse_environment(address, *pair),
        "langfuse_snippets": langfuse_snippets(example),
    }


def _example(project: Project, label: str) -> Example:
    """Return what to fetch: best a prompt of this project that serves something."""
    prompts: Any = Prompt.objects.filter(project=project, archived_at=None)
    prompt = prompts.filter(labels__name="production").first() or prompts.first()
    if prompt is None:
        return Example(label=label)
    serving = version_at(prompt, label) or version_at(prompt, "production")
    needs = needs_of(serving) if serving else None
    return Example(prompt.name, prompt.kind, label, sorted(needs.needed) if needs else ())


def _address(request: ProjectRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
