"""The clicks of a discussion: say something, answer, resolve, open again."""

from django.http import Http404, HttpResponse

from evaluation.offline.cases import HOLDOUT
from evaluation.offline.models import CaseResult
from registry.domain.anchors import QUOTE_LENGTH, Anchor
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.release.comments import comment_on, reopen, resolve
from registry.release.models import Comment
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.find import find_version
from registry.web.prompts.typed import number_of, reason_of
from registry.web.review.views import do


@needs(post=Action.COMMENT)
def comment_add(request: ProjectRequest, slug: str, name: str, semver: str) -> HttpResponse:
    """Add a comment (`text`, `anchor`, `blocking`) or a reply (`reply_to`)."""
    version = find_version(request, name, semver)

    def act() -> str:
        anchor = request.POST.get("anchor", "")
        comment = comment_on(
            version,
            text=request.POST.get("text", ""),
            actor=request.actor,
            anchor=anchor,
            quote=_answer_to(version, anchor),
            blocking=bool(request.POST.get("blocking")),
            reply_to=_replied_to(request, version),
        )
        if comment.blocking:
            return "Your comment is added. No approval is possible until it is resolved."
        return "Your comment is added."

    return do(request, version, act, at="#discussion")


@needs(post=Action.COMMENT)
def comment_resolve(
    request: ProjectRequest, slug: str, name: str, semver: str, pk: int
) -> HttpResponse:
    """Close a comment."""
    version = find_version(request, name, semver)
    comment = _find(version, pk)

    def act() -> str:
        resolve(comment, actor=request.actor, reason=reason_of(request, ""))
        return f"The comment of {comment.person} is resolved."

    return do(request, version, act, at=f"#comment-{pk}")


@needs(post=Action.COMMENT)
def comment_reopen(
    request: ProjectRequest, slug: str, name: str, semver: str, pk: int
) -> HttpResponse:
    """Open a resolved comment again."""
    version = find_version(request, name, semver)
    comment = _find(version, pk)

    def act() -> str:
        reopen(comment, actor=request.actor, reason=reason_of(request, ""))
        return f"The comment of {comment.person} is open again."

    return do(request, version, act, at=f"#comment-{pk}")


def _find(version: Version, pk: int) -> Comment:
    comment = version.comments.select_related("person", "version__prompt__project").filter(pk=pk)
    found = comment.first()
    if found is None:
        raise Http404(f"{version} has no such comment.")
    return found


def _replied_to(request: ProjectRequest, version: Version) -> Comment | None:
    pk = number_of(request, "reply_to")
    if pk is None:
        return None
    found = version.comments.filter(pk=pk).first()
    if found is None:
        raise Refused("The comment that you answer is not on this version.")
    return found


def _answer_to(version: Version, anchor: str) -> str:
    """Return the start of the version's latest answer to the case that `anchor` names.

    "" for other anchors. Raises ContentError for a case without an answer, or one held out.
    """
    case = Anchor.parse(anchor).case if anchor.startswith("case:") else ""
    if not case:
        return ""
    rows = CaseResult.objects.filter(
        run__version=version, arm=CaseResult.Arm.CANDIDATE, case__case_id=case
    )
    row = rows.select_related("case").order_by("-run_id", "repeat").first()
    if row is None or HOLDOUT in row.case.tags:
        raise ContentError("anchor", f"{version.semver} has no answer to the case {case} to show.")
    return row.output[:QUOTE_LENGTH]
