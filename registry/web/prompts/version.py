"""The page of one version: may it ship, what was said about it, what this person may do."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from registry.audit.clock import database_now
from registry.domain.lifecycle import NEXT_ACTOR, Clearance
from registry.domain.policy import Policy
from registry.domain.roles import Action
from registry.domain.semver import Risk
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.exposure import exposure
from registry.release.ledger import timeline
from registry.release.models import Release
from registry.release.planned import waiting_starts
from registry.release.review import count_valid_approvals
from registry.release.rollback import under_way
from registry.release.seen import why_not_current
from registry.release.verdicts import approvals_needed, why_broken_off
from registry.runtime.callers import warnings_of
from registry.web.compare.present import shown
from registry.web.ledger.bars import bars_of
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import Choices, choices, why_not
from registry.web.prompts.find import find_version
from registry.web.prompts.rollout_card import card_of
from registry.web.prompts.size import why_so_large
from registry.web.prompts.table import AB_TEST, marks_of, state_of
from registry.web.prompts.takes import evaluation_takes
from registry.web.prompts.version_facts import origin_of, scores

DECIDABLE = (Clearance.UNDECIDED, Clearance.IN_REVIEW, Clearance.CLEARED)


@needs(Action.VIEW)
def show_version(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Show the version."""
    return version_page(request, find_version(request, name, semver))


def version_url(version: Version) -> str:
    """Return the address of the version's page."""
    prompt = version.prompt
    return reverse("version", args=[prompt.project.slug, prompt.name, version.semver])


def version_page(
    request: ProjectRequest, version: Version, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Answer the page; with `problem`, why the last click was refused, and what was typed."""
    release: Release = version.release
    running = under_way(version.prompt)
    offered = choices(version, actor=request.actor)
    planned = [p for p in waiting_starts(version.prompt) if p.version_id == version.pk]
    context = {
        "project": request.project,
        "prompt": version.prompt,
        "version": version,
        "release": release,
        "state": state_of(version),
        "marks": marks_of(version),
        "headline": _headline(version, planned=bool(planned)),
        "content": version.as_content(),
        "labels": version.labels.all(),
        "timeline": timeline(version),
        **_record(request, version),
        "verdicts": version.verdicts.all()[:20],
        "approvals": version.approvals.select_related("approver"),
        "waivers": version.waivers.select_related("by"),
        "comments": version.comments.select_related("person", "resolved_by"),
        "contributors": version.contributors.select_related("person"),
        "production": production_of(version.prompt),
        "planned": planned,
        "no_cancel": why_not(request.actor, Action.START_ROLLOUT, request.project),
        "running": running if running and running.version_id != version.pk else None,
        "card": card_of(version, running, now=database_now()),
        "why": why_so_large(version),
        "no_edit": why_not(request.actor, Action.EDIT_TEXT, request.project),
        "run": version.runs.only("state", "finished_at").first(),
        **_difference(version),
        "no_comment": why_not(request.actor, Action.COMMENT, request.project),
        "choices": offered,
        "warnings": _warnings(version, offered),
        "takes": evaluation_takes(version) if offered.may_submit else "",
        "road": _road(release),
        "approvals_given": count_valid_approvals(release),
        "approvals_needed": approvals_needed(release),
        "problem": problem,
        "typed": request.POST.get("reason", ""),
    }
    title = f"{version.prompt.name} {version.semver}"
    return page(request, "registry/version.html", context, title=title, status=status)


def _warnings(version: Version, offered: Choices) -> list[str]:
    """Return whom it would break, where it is approved or its rollout is started."""
    if not (offered.may_start or offered.may_answer):
        return []
    return warnings_of(version, now=database_now())


def _record(request: ProjectRequest, version: Version) -> dict[str, Any]:
    """Return where it served, on what its clearance rests, and what one copies from here."""
    spells, verdict = exposure(version), version.release.verdict
    path = f"/api/v1/prompts/{version.prompt.name}?version={version.semver}"
    return {
        "spells": spells,
        "bars": bars_of(spells, now=database_now(), shares=True),
        "verdict": verdict,
        "scores": scores(verdict) if verdict else [],
        "origin": origin_of(version),
        "answered_by": list(version.answered_by.order_by("id").only("major", "minor", "patch")),
        "page_url": request.build_absolute_uri(version_url(version)),
        "fetch_url": request.build_absolute_uri(path),
    }


def _headline(version: Version, *, planned: bool) -> str:
    """Return the answer to "may this ship, and whose turn is it?"."""
    served = [label.name for label in version.labels.all()]
    if "production" in served:
        return "Production serves this version."
    state = state_of(version)
    if state == AB_TEST:
        return "It is compared with production in an A/B test. A person ends that."
    if state in ("soaking", "canary"):
        return "It is being rolled out. What is known of it, and what comes next, stands below."
    if state == "rolled_back":
        return "It was rolled back. Fix what went wrong in a new version, or start it again."
    if state == "complete":
        return "It was in production; another version has taken its place."
    release: Release = version.release
    clearance = Clearance(release.state)
    if clearance is Clearance.EVALUATING and (broken := why_broken_off(release)):
        return broken
    if clearance in DECIDABLE and (outdated := why_not_current(release)):
        return outdated
    if clearance is Clearance.CLEARED and planned:
        return "It may go out, and its start is planned."
    return " ".join([*_finding(release, clearance), NEXT_ACTOR[clearance]])


def _finding(release: Release, clearance: Clearance) -> list[str]:
    """Return the first reason of the verdict that stopped the version, if one did."""
    if clearance not in (Clearance.FAILED, Clearance.UNDECIDED) or release.verdict is None:
        return []
    reasons: list[str] = release.verdict.reasons[:1]
    if clearance is Clearance.UNDECIDED:
        return reasons
    return [f"Failed: {reason}" for reason in reasons]


def _difference(version: Version) -> dict[str, Any]:
    """Return what changes against production, or against the base once production has it."""
    production = production_of(version.prompt)
    against_production = production is not None and production != version
    old = production if against_production else version.base
    if old is None:
        return {}
    old.prompt = version.prompt
    return {
        "old": {"words": old.semver},
        "new": {"words": version.semver},
        "against_production": against_production,
        "diff": shown(old.as_content(), version.as_content(), "inline"),
    }


def _road(release: Release) -> str:
    """Return in words the rollout that the policy pinned at submit asks for; "" before."""
    if release.policy is None or not release.risk:
        return ""
    policy = Policy.from_document(release.policy.document)
    return policy.road(Risk(release.risk)).sentences()[2].removeprefix("Then ")
