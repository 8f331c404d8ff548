"""The page that starts a rollout: what will happen, how, and when."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from evaluation.online.start import start_rollout
from evaluation.online.traffic import Proposal, proposal
from registry.audit.clock import database_now
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.policy import Plan
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.hotfix import hotfix, may_be_hotfix
from registry.release.may_go import check_start, plan_for, rolled_back_before, why_it_went_back
from registry.release.models import Release, Rollout
from registry.release.planned import plan, waiting_starts
from registry.release.rollback import under_way
from registry.runtime.callers import noted, warnings_of
from registry.web.forms.fields import add_refusal
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_version
from registry.web.prompts.prompt import prompt_url
from registry.web.prompts.rollout_card import share_words
from registry.web.prompts.start_form import HOTFIX, LATER, QUEUE, REPLACE, StartForm
from registry.web.prompts.start_words import offers, promises, way_of
from registry.web.prompts.typed import reason_of
from registry.web.prompts.version import version_url


@dataclass(frozen=True)
class Standing:
    """How things stand for a start of `version`: what is asked once for page and form."""

    version: Version
    release: Release
    production: Version | None
    running: Rollout | None
    failed: Rollout | None
    plan: Plan
    proposed: Proposal | None
    refusal: str
    now: datetime


@needs(Action.START_ROLLOUT)
def version_start(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Show what starting would do, or start: now, later, or past a rollout under way."""
    version = find_version(request, name, semver)
    standing = _standing(request, version)
    if request.method != "POST":
        return _page(request, standing, _form(request, standing))
    form = _form(request, standing)
    try:
        reason = reason_of(request, "")  # refuses what no database takes
    except ContentError as error:
        form.add_error(None, error.message)
        return _page(request, standing, form, status=400)
    if standing.failed and not reason:
        form.is_valid()
        return _page(request, standing, form, status=409)
    if not form.is_valid():
        return _page(request, standing, form, status=400)
    try:
        said = _act(request, standing, form, reason)
    except Refused as refusal:
        add_refusal(form, refusal)
        return _page(request, _standing(request, version), form, status=409)
    messages.success(request, said)
    waits = form.chosen in (LATER, QUEUE)  # the version's page shows what is planned
    return redirect(version_url(version) if waits else prompt_url(version.prompt))


def _standing(request: ProjectRequest, version: Version) -> Standing:
    release: Release = version.release
    release.version = version
    now = database_now()
    try:
        check_start(version.prompt, release, actor=request.actor, reason="asked")
        refusal = ""
    except Refused as why:
        refusal = str(why)
    running = under_way(version.prompt)
    if running and running.version_id == version.pk:
        refusal = f"{version.semver} is being rolled out already."
    may = not refusal
    return Standing(
        version=version,
        release=release,
        production=production_of(version.prompt),
        running=running,
        failed=rolled_back_before(version),
        plan=plan_for(release) if may else Plan(0),
        proposed=proposal(version, now=now) if may else None,
        refusal=refusal,
        now=now,
    )


def _form(request: ProjectRequest, standing: Standing) -> StartForm:
    found, proposed = standing.plan, standing.proposed
    may_hotfix = standing.running is not None and may_be_hotfix(standing.version)
    return StartForm(
        request.POST if request.method == "POST" else None,
        offered=offers(standing.running, may_hotfix=may_hotfix),
        percent=proposed.percent if proposed and found.stages else None,
        may_choose=bool(proposed and not proposed.attended_because and found.total_minutes),
        reason_needed=standing.failed is not None,
    )


def _act(request: ProjectRequest, standing: Standing, form: StartForm, reason: str) -> str:
    """Do what was chosen, and say what came of it."""
    version, now = standing.version, standing.now
    default = f"Started by {request.user}."
    warned = noted(reason or default, warnings_of(version, now=now))
    percent: int | None = form.cleaned_data.get("percent")
    actor = request.actor
    if form.chosen in (LATER, QUEUE):
        planned = plan(
            version,
            actor=actor,
            reason=warned,
            now=now,
            not_before=form.not_before_chosen,
            after=standing.running,
            percent=percent,
            attended=form.attended is True,
        )
        return _planned_words(version, planned.not_before, standing.running)
    if form.chosen == HOTFIX:
        rollout = hotfix(version, actor=actor, reason=warned, now=now, start=start_rollout)
    else:
        rollout = start_rollout(
            version,
            actor=actor,
            reason=warned,
            now=now,
            supersede=form.chosen == REPLACE,
            percent=percent,
            attended=form.attended,
        )
    return f"{version.semver} now serves {share_words(rollout.percent)}."


def _planned_words(version: Version, at: datetime | None, running: Rollout | None) -> str:
    waits = f"once the rollout of {running.version.semver} has ended" if running else ""
    local = timezone.localtime(at) if at else None
    when = f"on {local:%a} {local.day} {local:%b at %H:%M %Z}" if local else ""
    both = " and ".join(filter(None, [when, waits]))
    return f"{version.semver} starts by itself {both}. You can cancel that on its page."


def _page(
    request: ProjectRequest, standing: Standing, form: StartForm, *, status: int = 200
) -> HttpResponse:
    version, proposed = standing.version, standing.proposed
    plan_shown = standing.plan
    if proposed and proposed.percent and plan_shown.stages:
        plan_shown = plan_shown.starting_at(proposed.percent)
    watched = proposed is not None and proposed.traffic.comes_in(standing.now)
    way = way_of(plan_shown, version, standing.production, standing.now)
    context = {
        "project": request.project,
        "prompt": version.prompt,
        "version": version,
        "release": standing.release,
        "production": standing.production,
        "running": standing.running,
        "refusal": standing.refusal,
        "went_back": why_it_went_back(standing.failed) if standing.failed else "",
        "way": way,
        "way_ends": way[-1].at,
        "promises": list(
            promises(plan_shown, standing.release, standing.production, watched=watched)
        ),
        "proposed": proposed,
        "planned": waiting_starts(version.prompt),
        "warnings": [] if standing.refusal else warnings_of(version, now=standing.now),
        "form": form,
    }
    title = f"Start {version.prompt.name} {version.semver}"
    return page(request, "registry/start.html", context, title=title, status=status)
