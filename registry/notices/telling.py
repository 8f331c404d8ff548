"""What a notice says, in words: built once from its event, kept in the outbox, sent as it is.

Nothing of a prompt's text goes into it. Mails and webhooks are two ways to write the same.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any, Self

from django.urls import reverse

from registry.audit.models import Event
from registry.domain.lifecycle import NEXT_ACTOR, Clearance
from registry.notices.audience import comment_of
from registry.notices.kinds import Notice, told
from registry.prompts.models import Version
from registry.release.labels import version_at
from registry.release.models import Comment, Release, Rollout

COMMENT_SHOWN = 500  # characters of a comment in a mail
ANSWERS = {
    "approve": ("Approved", "approved"),
    "request_changes": ("Changes requested", "asks for changes to"),
    "reject": ("Rejected", "rejected"),
    "accept_undecided": ("Accepted", "accepted the undecided evaluation of"),
}
NEXT_AFTER_ANSWER = {
    "approve": "Nothing for you to do; a releaser ships it once it is cleared.",
    "request_changes": NEXT_ACTOR[Clearance.CHANGES_REQUESTED],
    "reject": "Nothing more happens with this version.",
    "accept_undecided": "Nothing for you to do; it goes on along its road.",
}
SEE_WHY = (
    "Nothing goes forward meanwhile. It goes on when the reason is gone, or when a releaser "
    "resumes it."
)
GO_BACK = "Look at it now. One click on the page below brings back what was served before."
GO_ON = "Nothing for you to do, unless you see something wrong: then roll back."


@dataclass(frozen=True)
class Telling:
    """A notice in words: what happened, to what, by whom, why, and what to do about it.

    `at` is UTC with a Z; `path` starts with a slash; `change` is why the version was written;
    `words` are those of a comment, for mails alone.
    """

    id: str
    kind: str
    project: str
    prompt: str
    version: str
    risk: str
    actor: str
    title: str
    to_do: str
    sentence: str
    reason: str
    change: str
    words: str
    path: str
    at: str

    @property
    def headline(self) -> str:
        """`Approval wanted: support/refunds 3.0.0 (MAJOR)`"""
        about = f": {self.prompt} {self.version}" if self.prompt else ""
        return f"{self.title}{about}" + (f" ({self.risk})" if self.risk else "")

    def payload(self) -> dict[str, Any]:
        """Return it as the outbox keeps it."""
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read what `payload()` gave; what a later release added or took away is left out."""
        return cls(**{name: str(payload.get(name, "")) for name in cls.__dataclass_fields__})


def tell(notice: Notice, event: Event, version: Version) -> Telling:
    """Return what `event` says to those who hear it. Queries the release and the actor."""
    actor = _actor(event)
    title, sentence, to_do = _sentences(notice, event, version, actor)
    comment = comment_of(event) if notice is Notice.COMMENT else None
    return Telling(
        id=uuid.uuid4().hex,
        kind=notice.value,
        project=version.prompt.project.slug,
        prompt=version.prompt.name,
        version=version.semver,
        risk=Release.objects.filter(version=version).values_list("risk", flat=True).first() or "",
        actor=actor,
        title=title,
        to_do=to_do,
        sentence=sentence,
        reason=event.reason,
        change=version.change_reason if notice is Notice.APPROVAL_WANTED else "",
        words=comment.text[:COMMENT_SHOWN] if comment else "",
        path=_path(notice, version, comment),
        at=f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def _actor(event: Event) -> str:
    if event.actor is not None:
        return str(event.actor)
    return f"The {event.actor_name}"


def _sentences(notice: Notice, event: Event, version: Version, actor: str) -> tuple[str, str, str]:
    """Return the title, what happened, and what to do now."""
    it, after = str(version), told(event.after)
    match notice:
        case Notice.APPROVAL_WANTED:
            sentence = f"{version.author} wrote {it}; somebody who did not must sign it."
            return "Approval wanted", sentence, "Read it, then approve, ask for changes or reject."
        case Notice.DECIDED:
            decision = str(after.get("decision", ""))
            title, verb = ANSWERS.get(decision, ("Answered", "answered"))
            return title, f"{actor} {verb} {it}.", NEXT_AFTER_ANSWER.get(decision, "")
        case Notice.COMMENT:
            blocks = (
                " It blocks the approval until it is resolved." if after.get("blocking") else ""
            )
            sentence = f"{actor} commented on {it}.{blocks}"
            return "Comment", sentence, "Read it, and answer if it asks you."
        case Notice.GATE_FAILED:
            return "Gate failed", f"{it} failed its evaluation.", NEXT_ACTOR[Clearance.FAILED]
        case Notice.RUN_ERRORED:
            sentence = f"The evaluation of {it} ended without an answer."
            if event.action == "run.cancelled":
                sentence = f"{actor} cancelled the evaluation of {it}."
            return "Run broke off", sentence, "Start the evaluation again on the version's page."
        case Notice.UNDECIDED:
            sentence = f"The evaluation of {it} gave no clear answer."
            return "Undecided", sentence, NEXT_ACTOR[Clearance.UNDECIDED]
        case Notice.CLEARED:
            return "Cleared", f"{it} may ship.", NEXT_ACTOR[Clearance.CLEARED]
        case Notice.WAIVED:
            sentence = f"{actor} skipped the {after.get('step')} of {it}; this stays visible."
            return "Step skipped", sentence, f"If you do not agree, talk to {actor} now."
        case Notice.ROLLOUT_HELD:
            sentence = f"{actor} held the rollout of {it}{_at(after)}."
            to_do = "Nothing goes forward until a releaser resumes it."
            return "Rollout held", sentence, SEE_WHY if event.actor is None else to_do
        case Notice.GOT_WORSE:
            sentence = f"Live traffic shows that production got worse with {it}."
            return "Production got worse", sentence, GO_BACK
        case Notice.PLAN_STOPPED:
            sentence = f"The planned start of {it} did not happen."
            return "Planned start stopped", sentence, _after_plan(after)
        case Notice.ROLLOUT_ADVANCED:
            return _advanced(it, after)
        case Notice.ROLLED_BACK:
            return _went_back(event, version, actor)


def _after_plan(after: Mapping[str, object]) -> str:
    if after.get("state") == "rebase":
        return "Bring its text up to date with what production serves, then start it again."
    return "Read why, then start it by hand if it should go out all the same."


def _at(after: Mapping[str, object]) -> str:
    return f" at {after['percent']} %" if after.get("percent") else " on staging"


def _advanced(it: str, after: Mapping[str, object]) -> tuple[str, str, str]:
    if after.get("state") == "complete":
        return "In production", f"{it} now serves all of production.", GO_ON
    sentence = f"{it} now serves {after.get('percent')} % of production."
    return "Rollout advanced", sentence, GO_ON


def _went_back(event: Event, version: Version, actor: str) -> tuple[str, str, str]:
    """Return the words for a rollout that was ended, or for production that went back."""
    if event.action == "label.moved":
        sentence = f"{actor} brought production back to {version}."
        return "Rolled back", sentence, "Look whether the applications are well again."
    last = Rollout.objects.filter(version=version).first()
    if last is not None and last.ended_as == Rollout.EndedAs.SUPERSEDED:
        sentence = f"The rollout of {version} ended: another version takes its place."
        return "Rollout replaced", sentence, "Nothing for you to do."
    if last is not None and last.kind == Rollout.Kind.AB:
        sentence = (
            f"{actor} ended the A/B test of {version}; everybody gets what production serves."
        )
        return "A/B test ended", sentence, "Read what it showed; the winner goes out by a rollout."
    served = version_at(version.prompt, "production")
    now = f"Production serves {served.semver}." if served else "Production serves nothing."
    to_do = "Find out what went wrong, then fix it in a new version."
    return "Rolled back", f"{actor} rolled back {version}. {now}", to_do


def _path(notice: Notice, version: Version, comment: Comment | None) -> str:
    """Return the address of the page on which to act: a decision is one click from there."""
    prompt = version.prompt
    of_prompt = [prompt.project.slug, prompt.name]
    if notice is Notice.GOT_WORSE:
        return reverse("roll_back", args=of_prompt)
    if notice is Notice.ROLLOUT_HELD:
        return reverse("monitor", args=of_prompt)
    if notice in (Notice.ROLLOUT_ADVANCED, Notice.ROLLED_BACK):
        return reverse("prompt", args=of_prompt)
    if notice in (Notice.APPROVAL_WANTED, Notice.UNDECIDED, Notice.COMMENT):
        page = reverse("review", args=[*of_prompt, version.semver])
        return f"{page}#comment-{comment.reply_to_id or comment.pk}" if comment else page
    return reverse("version", args=[*of_prompt, version.semver])
