"""What the editor says beside the text: rollouts elsewhere, a review's comments, old drafts."""

from dataclasses import dataclass
from typing import Any

from registry.audit.clock import database_now
from registry.domain.lifecycle import Clearance
from registry.prompts.drafts_discarded import discarded_drafts
from registry.prompts.models import Draft, Prompt, Version
from registry.release.models import Comment
from registry.release.rollback import under_way
from registry.web.permissions import ProjectRequest
from registry.web.prompts.rollout_card import share_words
from registry.web.review.discussion import place_words

BEGINNING = 80  # characters of a draft that was put aside
COMMENTS = 50


@dataclass(frozen=True)
class Asked:
    """An open comment of the review that this edit answers, and where it points."""

    comment: Comment
    place: str


@dataclass(frozen=True)
class Aside:
    """A draft that was put aside, and how it begins."""

    draft: Draft
    beginning: str


def beside(request: ProjectRequest, prompt: Prompt, base: Version | None) -> dict[str, Any]:
    """Return the hints of the page as its context."""
    answers = _answered(base)
    return {
        "elsewhere": _elsewhere(prompt, base),
        "answers": answers,
        "asked": _asked(answers) if answers else [],
        "put_aside": [
            Aside(draft, _beginning(draft))
            for draft in discarded_drafts(prompt, request.user, now=database_now())
        ],
    }


def _elsewhere(prompt: Prompt, base: Version | None) -> str:
    """Return which other version is being rolled out now; "" when none is."""
    running = under_way(prompt)
    if base is None or running is None or running.version_id == base.pk:
        return ""
    where = "on staging" if running.percent == 0 else f"at {share_words(running.percent)}"
    return f"{running.version.semver} is {where} now; your edit starts from {base.semver}."


def _answered(base: Version | None) -> Version | None:
    """Return the base when a reviewer asked for changes to it: then this edit answers that."""
    asked = base is not None and base.release.state == Clearance.CHANGES_REQUESTED
    return base if asked else None


def _asked(answered: Version) -> list[Asked]:
    """Return the open comments on the version, the blocking ones first."""
    rows = Comment.objects.filter(version=answered, resolved_at=None, reply_to=None)
    chat = answered.prompt.kind == "chat"
    ordered = rows.select_related("person").order_by("-blocking", "pk")[:COMMENTS]
    return [Asked(comment, place_words(comment.anchor, chat=chat)) for comment in ordered]


def _beginning(draft: Draft) -> str:
    """Return the first words of a draft on one line."""
    content = draft.content
    texts = [content] if isinstance(content, str) else [m.get("content", "") for m in content]
    text = " ".join(" ".join(texts)[: BEGINNING * 3].split())
    return text if len(text) <= BEGINNING else f"{text[:BEGINNING]}…"
