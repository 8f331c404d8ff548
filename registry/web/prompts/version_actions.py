"""The clicks on a version's page. Each calls one use-case and says what happened."""

from collections.abc import Callable

from django.http import HttpResponse

from evaluation.offline.submit import submit
from registry.domain.errors import Refused
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.release import review
from registry.release.models import Release, Waiver
from registry.release.waivers import waive
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.acting import act_on
from registry.web.prompts.find import find_version
from registry.web.prompts.typed import number_of, reason_of
from registry.web.prompts.version import version_page, version_url
from registry.web.review.views import answer_words
from registry.web.signin import recent_sign_in


@needs(post=Action.SUBMIT)
def version_submit(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Queue what the risk of the change demands."""
    version = find_version(request, name, semver)

    def act() -> str:
        reason = reason_of(request, f"Submitted by {request.user}.")
        release = submit(version, actor=request.actor, reason=reason)
        return submitted_words(release)

    return _do(request, version, act)


@needs(post=Action.REVIEW)
@recent_sign_in
def version_approve(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Sign the version, bound to what was seen."""
    return _answer(request, find_version(request, name, semver), review.approve)


@needs(post=Action.REVIEW)
def version_request_changes(
    request: ProjectRequest, slug: str, name: str, semver: str
) -> HttpResponse:
    """Send the version back to its author."""
    return _answer(request, find_version(request, name, semver), review.request_changes)


@needs(post=Action.REVIEW)
def version_reject(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Turn the version down for good."""
    return _answer(request, find_version(request, name, semver), review.reject)


@needs(post=Action.REVIEW)
@recent_sign_in
def version_accept(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Take an inconclusive evaluation as good enough."""
    return _answer(request, find_version(request, name, semver), review.accept_undecided)


@needs(post=Action.WITHDRAW)
def version_withdraw(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Take the version back before it serves production."""
    version = find_version(request, name, semver)

    def act() -> str:
        reason = reason_of(request, f"Withdrawn by {request.user}.")
        review.withdraw(version, actor=request.actor, reason=reason)
        return f"{semver} is withdrawn."

    return _do(request, version, act)


@needs(post=Action.WAIVE)
@recent_sign_in
def version_waive(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Skip a named step, with a reason that stays visible."""
    version = find_version(request, name, semver)

    def act() -> str:
        step = request.POST.get("step", "")
        if step not in Waiver.Step.values:
            raise Refused("Choose which step to skip.")
        waive(version, step=step, actor=request.actor, reason=reason_of(request, ""))
        return f"The {step} of {semver} is skipped; that stays visible for ever."

    return _do(request, version, act)


def _answer(
    request: ProjectRequest, version: Version, use_case: Callable[..., Release]
) -> HttpResponse:
    """Give a reviewer's answer, bound to the digest and verdict that the page showed."""

    def act() -> str:
        release = use_case(
            version,
            seen_digest=request.POST.get("seen_digest", ""),
            seen_verdict=number_of(request, "seen_verdict"),
            actor=request.actor,
            comment=reason_of(request, ""),
        )
        return answer_words(version, release)

    return _do(request, version, act)


def _do(request: ProjectRequest, version: Version, act: Callable[[], str]) -> HttpResponse:
    return act_on(request, version, act, show=version_page, then=version_url(version))


def submitted_words(release: Release) -> str:
    """Say what came of a submit: the page itself says why, and whose turn it is."""
    outcome = {
        Clearance.EVALUATING: "its evaluation runs",
        Clearance.CLEARED: "it is cleared",
        Clearance.IN_REVIEW: "it waits for a reviewer",
        Clearance.UNDECIDED: "a person has to decide",
        Clearance.FAILED: "it did not pass",
    }
    words = outcome.get(Clearance(release.state), f"it is {release.get_state_display()}")
    return f"{release.version.semver} is submitted as {release.risk}: {words}."
