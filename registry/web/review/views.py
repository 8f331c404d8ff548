"""Read a version to sign it, answer it, and confirm that its meaning is unchanged."""

from collections.abc import Callable

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from registry.domain.errors import Refused
from registry.domain.fields import check_size, storable_text
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Action, Role
from registry.projects.access import people_with
from registry.prompts.models import Version
from registry.release import review
from registry.release.meaning import confirm_meaning
from registry.release.models import Release
from registry.release.verdicts import approvals_needed
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.acting import act_on
from registry.web.prompts.find import find_version
from registry.web.prompts.typed import REASON_BYTES, number_of, reason_of
from registry.web.review.page import review_page
from registry.web.review.waiting import review_url
from registry.web.signin import recent_sign_in

USE_CASES: dict[str, Callable[..., Release]] = {
    "approve": review.approve,
    "request_changes": review.request_changes,
    "reject": review.reject,
    "accept": review.accept_undecided,
}
SIGNED = ("approve", "accept")  # answers that let a version go on


@needs(Action.VIEW, post=Action.REVIEW)
def show_review(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponseBase:
    """Show the page, or take the answer of a reviewer (`decision`, with a `comment`)."""
    version = find_version(request, name, semver)
    if request.method != "POST":
        return review_page(request, version)
    if request.POST.get("decision") in SIGNED:
        return _answer_freshly(request, version)
    return _answer(request, version)


@needs(post=Action.REVIEW)
@recent_sign_in
def meaning_confirm(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Confirm that a MINOR change means the same as what production serves."""
    version = find_version(request, name, semver)

    def act() -> str:
        confirm_meaning(
            version,
            actor=request.actor,
            reason=reason_of(request, ""),
            seen_digest=request.POST.get("seen_digest", ""),
            seen_against=request.POST.get("seen_against", ""),
        )
        return (
            f"Confirmed: {semver} means the same as production. Submitted now, it takes the road "
            "of a PATCH; that you said so stays visible for ever."
        )

    return do(request, version, act)


def do(
    request: ProjectRequest, version: Version, act: Callable[[], str], *, at: str = ""
) -> HttpResponse:
    """Run `act` on the review page; a success leads to its part `at`."""
    return act_on(request, version, act, show=review_page, then=review_url(version) + at)


def _answer(request: ProjectRequest, version: Version) -> HttpResponse:
    """Give the answer, bound to the digest and verdict that the page showed."""

    def act() -> str:
        use_case = USE_CASES.get(request.POST.get("decision", ""))
        if use_case is None:
            raise Refused("Choose what to answer: approve, request changes or reject.")
        release = use_case(
            version,
            seen_digest=request.POST.get("seen_digest", ""),
            seen_verdict=number_of(request, "seen_verdict"),
            actor=request.actor,
            comment=_comment_of(request),
        )
        return answer_words(version, release)

    return do(request, version, act)


_answer_freshly = recent_sign_in(_answer)


def _comment_of(request: ProjectRequest) -> str:
    text = storable_text(request.POST.get("comment", ""), "The comment", "comment").strip()
    check_size(len(text.encode()), REASON_BYTES, "comment", "The comment")
    return text


def answer_words(version: Version, release: Release) -> str:
    """Say what the answer did and what happens next."""
    number, state = version.semver, Clearance(release.state)
    if state is Clearance.IN_REVIEW:
        needed, given = approvals_needed(release), review.count_valid_approvals(release)
        if given:
            return f"Your approval of {number} is kept: {given} of {needed}. Another reviewer next."
        return f"You accepted the evaluation of {number}. It now waits for an approval."
    if state is Clearance.CHANGES_REQUESTED:
        return f"{number} went back to {version.author} with your comment; nothing serves it."
    if state is Clearance.REJECTED:
        return f"{number} is rejected; {version.author} reads why. Nothing serves it."
    releasers = people_with(version.prompt.project, Role.RELEASER)
    who = " or ".join(str(person) for person in releasers[:3]) or "a releaser, once there is one,"
    return f"{number} is cleared. Applications get nothing new yet: {who} starts the rollout next."
