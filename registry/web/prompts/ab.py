"""The page that starts an A/B test between production and another cleared version."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.online.traffic import traffic_of
from evaluation.online.watch.begin import begin
from registry.audit.clock import database_now
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.ab import LEAST, MOST, start_ab
from registry.release.may_go import rolled_back_before, why_it_went_back
from registry.release.rollback import under_way
from registry.runtime.callers import noted, warnings_of
from registry.web.forms.fields import add_refusal, reason_field
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_version
from registry.web.prompts.typed import reason_of


class AbForm(forms.Form):
    """The share of the other version, and what the test is to answer."""

    percent = forms.IntegerField(
        label="Share of production that gets the other version, in %",
        min_value=LEAST,
        max_value=MOST,
        initial=MOST,
        help_text="It stays fixed. 50 % tells soonest which is better.",
    )
    reason = reason_field(
        help_text="What should it answer? One sentence; the audit trail keeps it."
    )


@needs(Action.START_ROLLOUT)
def ab_start(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Show what a test would do, or start it."""
    version = find_version(request, name, semver)
    form = AbForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, version, form)
    try:
        reason = reason_of(request, "")
    except ContentError as error:
        form.add_error(None, error.message)
        return _page(request, version, form, status=400)
    if not form.is_valid():
        return _page(request, version, form, status=400)
    now = database_now()
    try:
        rollout = start_ab(
            version,
            percent=form.cleaned_data["percent"],
            actor=request.actor,
            reason=noted(reason, warnings_of(version, now=now)),
            now=now,
        )
    except Refused as refusal:
        add_refusal(form, refusal)
        return _page(request, find_version(request, name, semver), form, status=409)
    begin(rollout, now=now)
    messages.success(request, f"{rollout.percent} % of production get {semver} from now on.")
    return redirect("monitor", slug, name)


def _page(
    request: ProjectRequest, version: Version, form: AbForm, *, status: int = 200
) -> HttpResponse:
    now, failed = database_now(), rolled_back_before(version)
    context = {
        "project": request.project,
        "prompt": version.prompt,
        "version": version,
        "release": version.release,
        "production": production_of(version.prompt),
        "running": under_way(version.prompt),
        "went_back": why_it_went_back(failed) if failed else "",
        "comes_in": traffic_of(version.prompt, now=now).comes_in(now),
        "warnings": warnings_of(version, now=now),
        "form": form,
    }
    title = f"A/B test of {version.prompt.name} {version.semver}"
    return page(request, "registry/ab_start.html", context, title=title, status=status)
