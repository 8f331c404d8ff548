"""The review page: everything that a signature rests on, on one page, and the buttons."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse

from evaluation.offline.behaviour import Behaviour, behaviour_of
from evaluation.offline.report.bar import bar_of_version
from registry.audit.clock import database_now
from registry.domain.lifecycle import BEFORE_APPROVAL, BEFORE_ITS_ROAD, Clearance
from registry.domain.roles import Action
from registry.domain.semver import Risk
from registry.prompts.models import Version
from registry.prompts.queries import production_of
from registry.release.comments import open_blocking
from registry.release.meaning import risk_now
from registry.release.models import Release
from registry.release.rollback import under_way
from registry.release.seen import overtaken_by, why_not_current
from registry.runtime.callers import warnings_of
from registry.web.compare.present import shown
from registry.web.pages import page
from registry.web.permissions import ProjectRequest
from registry.web.prompts.choices import Choices, choices, why_not
from registry.web.prompts.rollout_card import card_of
from registry.web.prompts.size import why_so_large
from registry.web.prompts.table import marks_of, state_of
from registry.web.prompts.typed import number_of
from registry.web.review.discussion import place_words, threads_of
from registry.web.review.words import (
    Signatures,
    figures_in_words,
    headline,
    signatures,
    stops_ahead,
)

CASES = 20
SAME = 5  # cases to read of those that both versions pass
DECISIONS = {
    "version_approve": "approve",
    "version_request_changes": "request_changes",
    "version_reject": "reject",
    "version_accept": "accept",
}


@dataclass(frozen=True)
class Side:
    """One side of the comparison, as the compared texts name it."""

    words: str
    version: Version


@dataclass(frozen=True)
class Button:
    """One answer that may be given."""

    decision: str
    label: str
    tone: str


def review_page(
    request: ProjectRequest, version: Version, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Answer the page; with `problem`, why the last click was refused, and what was typed."""
    production = production_of(version.prompt)
    signed = signatures(version)
    contributed = version.contributors.filter(person=request.user).exists()
    context = {
        "project": request.project,
        "prompt": version.prompt,
        "version": version,
        "release": version.release,
        "state": state_of(version),
        "marks": marks_of(version),
        "production": production,
        "headline": headline(version, signed, reader=request.user),
        "card": card_of(version, under_way(version.prompt), now=database_now()),
        "signed": signed,
        **_evidence(request, version, production),
        **_discussion(request, version, contributed=contributed),
        **_deciding(request, version, production, signed, contributed=contributed),
        "problem": problem,
        "typed": request.POST.get("comment", ""),
        "reason_typed": request.POST.get("reason", ""),
    }
    title = f"Review {version.prompt.name} {version.semver}"
    return page(request, "registry/review/review.html", context, title=title, status=status)


def _evidence(
    request: ProjectRequest, version: Version, production: Version | None
) -> dict[str, Any]:
    """Return what the decision rests on: why so large, text, behaviour, time, cost, the bar."""
    return {
        "why": why_so_large(version),
        "whole": version.as_content(),
        **_comparison(request, version, production),
        "behaviour": _behaviour(version, production),
        "figures": figures_in_words(version.release),
        "bar": bar_of_version(version),
    }


def _deciding(
    request: ProjectRequest,
    version: Version,
    production: Version | None,
    signed: Signatures,
    *,
    contributed: bool,
) -> dict[str, Any]:
    """Return what this person may answer, what stands in the way, and what a yes does."""
    release: Release = version.release
    offered = choices(version, actor=request.actor)
    overtaken = _overtaken(release, production)
    blocking = open_blocking(version).first() if _is_open(release) else None
    return {
        "choices": offered,
        "may_write_anew": _may_write_anew(request, version),
        "overtaken": overtaken,
        "warnings": _warnings(version),
        "blocking": blocking,
        "buttons": _buttons(offered, no_yes=bool(overtaken or blocking)),
        "may_answer": offered.may_answer,
        "no_answer": (
            _no_answer(request, version, signed, contributed=contributed)
            if _is_open(release)
            else ""
        ),
        "stops": stops_ahead(version, database_now()),
        "answers_given": version.approvals.select_related("approver"),
        "meaning": _meaning(request, version, production, contributed=contributed),
    }


def _warnings(version: Version) -> list[str]:
    """Return whom it would break, while it can still be turned down or started."""
    release: Release = version.release
    serves = any(label.name == "production" for label in version.labels.all())
    starting = release.state == Clearance.CLEARED and not serves
    if not (starting or _is_open(release)):
        return []
    return warnings_of(version, now=database_now())


def _may_write_anew(request: ProjectRequest, version: Version) -> bool:
    """Were changes asked for that no version answers yet, and may this person write one?"""
    release: Release = version.release
    if release.state != Clearance.CHANGES_REQUESTED or version.answered_by.exists():
        return False
    archived = version.prompt.archived_at is not None
    return not archived and why_not(request.actor, Action.EDIT_TEXT, request.project) is None


def _is_open(release: Release) -> bool:
    return release.state in (Clearance.IN_REVIEW, Clearance.UNDECIDED)


def _buttons(offered: Choices, *, no_yes: bool) -> list[Button]:
    """Return the answers this person may give; with `no_yes`, only those that turn it down."""
    found = [
        Button(DECISIONS[offer.route], offer.label, offer.tone)
        for offer in offered.offers
        if offer.route in DECISIONS
    ]
    return [b for b in found if b.decision not in ("approve", "accept")] if no_yes else found


def _no_answer(
    request: ProjectRequest, version: Version, signed: Signatures, *, contributed: bool
) -> str:
    """Return in words why this person has no buttons, and who does."""
    others = " or ".join(str(person) for person in signed.free if person != request.user)
    who = f"{others} can." if others else "Ask an admin for a reviewer who did not write it."
    if contributed:
        return f"You contributed to {version.semver}, so you cannot sign it. {who}"
    if request.user in signed.approved:
        return f"You approved {version.semver}. {signed.words} {who}"
    return f"A reviewer who did not write it answers. {who}"


def _overtaken(release: Release, production: Version | None) -> str:
    """Return that production or the bar moved on since the evaluation; "" when neither did."""
    if not _is_open(release):
        return ""
    if said := overtaken_by(release, production):
        return f"{said} Evaluate it again, so that you sign what was measured."
    return why_not_current(release)


def _comparison(
    request: ProjectRequest, version: Version, production: Version | None
) -> dict[str, Any]:
    """Return what is compared: since the last review if this answers one, or with production."""
    answered = version.answers
    against_production = production if production != version else version.base
    asked = request.GET.get("against", "")
    old = answered if answered and asked != "production" else against_production
    if old is None:
        return {"old": None, "since_review": False}
    old.prompt = version.prompt
    return {
        "old": Side(old.semver, old),
        "new": Side(version.semver, version),
        "since_review": old == answered,
        "diff": shown(old.as_content(), version.as_content(), "inline"),
    }


def _behaviour(version: Version, production: Version | None) -> Behaviour | None:
    """Return how it answers the golden cases beside production; None without a production."""
    release: Release = version.release
    old = release.baseline or production
    if old is None or old == version:
        return None
    old.prompt = version.prompt
    found = behaviour_of(old, version, limit=CASES)
    # Answers that did not change at all tell a reader nothing; they stay in the counts.
    told = [case for case in found.cases if not case.identical]
    alike = [case for case in told if case.group == "same"]
    return replace(found, cases=tuple(case for case in told if case not in alike[SAME:]))


def _discussion(request: ProjectRequest, version: Version, *, contributed: bool) -> dict[str, Any]:
    """Return the threads, and what the form for a comment begins with: `?about=` is its place."""
    threads = threads_of(version, request.actor, contributed=contributed)
    replied_to = number_of(request, "reply_to")
    anchor = request.POST.get("anchor", "") or request.GET.get("about", "")
    place = place_words(anchor, chat=version.prompt.kind == "chat")
    return {
        "threads": threads,
        "open_count": sum(thread.is_open for thread in threads),
        "no_comment": why_not(request.actor, Action.COMMENT, request.project),
        "may_block": not contributed and version.release.state in BEFORE_APPROVAL,
        "replying": next((t.comment.pk for t in threads if t.comment.pk == replied_to), None),
        "about": anchor if place else "",
        "about_words": place,
        "comment_typed": request.POST.get("text", ""),
        "comment_blocks": bool(request.POST.get("blocking")),
    }


def _meaning(
    request: ProjectRequest, version: Version, production: Version | None, *, contributed: bool
) -> dict[str, Any] | None:
    """Return the offer to confirm that a MINOR means the same; None when there is none."""
    release: Release = version.release
    if release.state not in BEFORE_ITS_ROAD or production is None or production == version:
        return None
    if version.prompt.archived_at or risk_now(version, production) is not Risk.MINOR:
        return None
    refusal = why_not(request.actor, Action.REVIEW, request.project)
    if not refusal and contributed:
        refusal = "You contributed to this version. A reviewer who did not may confirm it."
    return {"refusal": refusal, "against": production, "failed": release.state == Clearance.FAILED}
