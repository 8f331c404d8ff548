"""The page and the click that undo: what is served now, and one button on the first screen.

Reached from alert mails, made for a telephone. A rollback says afterwards what fetching gives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from registry.audit.clock import database_now
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.prompts import queries
from registry.prompts.models import Prompt, Version
from registry.release.ab import end_ab
from registry.release.labels import label_of
from registry.release.may_go import failure_of, headline_of
from registry.release.models import Rollout, Verdict
from registry.release.rollback import roll_back as go_back
from registry.release.rollback import under_way, way_back, ways_back
from registry.release.rollout import end
from registry.runtime.callers import noted, warnings_of
from registry.runtime.read_back import read_back
from registry.templatetags.times import clock_words
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not
from registry.web.prompts.find import find_prompt
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.typed import reason_of

TARGETS = 8  # shown


@dataclass(frozen=True)
class Target:
    """A version that production can go back to, and where one reads what differs."""

    version: Version
    compare_url: str
    is_usual: bool


@needs(Action.VIEW, post=Action.ROLL_BACK)
def roll_back(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """Show what is served and how to go back; or end the rollout, or return production."""
    prompt = find_prompt(request, name)
    if request.method != "POST":
        return stop_page(request, prompt)

    def act(now: datetime) -> None:
        to, bad = (_version(prompt, request.POST.get(field, "")) for field in ("to", "bad"))
        reason = reason_of(request, f"Rolled back by {request.user}.")
        target = to or way_back(prompt)
        warned = warnings_of(target, now=now) if target else []
        go_back(prompt, actor=request.actor, reason=noted(reason, warned), now=now, to=to, bad=bad)

    return _do(request, prompt, act)


@needs(post=Action.HOLD)
def rollout_end(request: ProjectRequest, slug: str, name: str) -> HttpResponse:
    """End a rollout on its way, or an A/B test; production stays as it is."""
    prompt = find_prompt(request, name)

    def act(now: datetime) -> None:
        running = under_way(prompt)
        if running is None:
            raise Refused("No rollout is under way: somebody ended it a moment ago.")
        reason = reason_of(request, f"Ended by {request.user}.")
        if running.kind == Rollout.Kind.AB:
            finished = request.POST.get("finished") == "1"
            end_ab(running, actor=request.actor, reason=reason, now=now, finished=finished)
        else:
            end(running, actor=request.actor, reason=reason, now=now)

    return _do(request, prompt, act)


def stop_page(
    request: ProjectRequest, prompt: Prompt, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Answer the page; with `problem`, why the last click was refused."""
    production, running, now = label_of(prompt, "production"), under_way(prompt), database_now()
    back, project = way_back(prompt), request.project
    no_roll_back = why_not(request.actor, Action.ROLL_BACK, project)
    no_end = why_not(request.actor, Action.HOLD, project)
    context = {
        "project": project,
        "prompt": prompt,
        "production": production,
        "running": running,
        "is_test": running is not None and running.kind == Rollout.Kind.AB,
        "alarm": _alarm(running, production.version if production else None),
        "back": back,
        "bad": running.version if running else (production and production.version),
        "targets": _targets(prompt, production.version if production else None, running, back),
        "warnings": warnings_of(back, now=now) if back else [],
        "no_roll_back": no_roll_back,
        "may_end_only": bool(running and no_roll_back and not no_end),
        "problem": problem,
        "typed": request.POST.get("reason", ""),
        "chosen": request.POST.get("to", ""),
    }
    title = f"Roll back {prompt.name}"
    return page(request, "registry/stop.html", context, title=title, status=status)


def _targets(
    prompt: Prompt, production: Version | None, running: Rollout | None, back: Version | None
) -> list[Target]:
    """Return where production may go back to, the usual way first."""
    if production is None:
        return []
    usual = None if running else back
    found = sorted(ways_back(prompt), key=lambda version: version != usual)
    return [
        Target(version, _compare(prompt, production, version), version == usual)
        for version in found[:TARGETS]
    ]


def _compare(prompt: Prompt, old: Version, new: Version) -> str:
    return reverse("compare", args=[prompt.project.slug, prompt.name, old.semver, new.semver])


def _alarm(running: Rollout | None, production: Version | None) -> str:
    """Return what live traffic says against what is served, in a sentence; "" for nothing."""
    failed = failure_of(running) if running else None
    if failed is None and production is not None:
        last = Verdict.objects.filter(version=production, kind=Verdict.Kind.WATCH).first()
        failed = last if last and last.outcome == Verdict.Outcome.FAIL else None
    return headline_of(failed) if failed else ""


def _version(prompt: Prompt, semver: str) -> Version | None:
    """Return the version of that number, None for none. Raises Http404."""
    if not semver:
        return None
    version = queries.find_version(prompt, semver)
    if version is None:
        raise Http404(f"{prompt} has no version {semver}.")
    return version


def _do(request: ProjectRequest, prompt: Prompt, act: Callable[[datetime], None]) -> HttpResponse:
    """Run `act`, read back what is fetched now and say it; a refusal shows the page again."""
    try:
        act(database_now())
    except ContentError as error:
        return stop_page(request, prompt, problem=error.message, status=400)
    except Refused as refusal:
        return stop_page(request, prompt, problem=str(refusal), status=409)
    found = read_back(prompt, actor=request.actor, now=database_now())
    tell = messages.success if found.is_well else messages.error
    tell(request, found.sentence(clock_words(found.at)))
    if request.POST.get("then") == "monitor":
        return redirect("monitor", prompt.project.slug, prompt.name)
    return redirect(prompt_url(prompt))
