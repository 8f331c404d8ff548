"""The discussion: anchored, answered, resolved by whom it may be, carried to the next version."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Role
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt, Version
from registry.release.comments import comment_on, open_blocking, reopen, resolve
from registry.release.models import Approval, Comment
from registry.release.review import accept_undecided, approve, request_changes
from tests import stages
from tests.registry.review.conftest import give_role
from tests.stages import World

TWO_LINES = stages.FIRST_TEXT + "\nThe customer's plan is {{plan}}."


@pytest.fixture
def objection(shop: World, major: Version) -> Comment:
    """Rui's comment that blocks the approval."""
    return comment_on(major, text="Ask legal first.", actor=shop.actor("rui"), blocking=True)


def seen(version: Version) -> dict[str, object]:
    version.release.refresh_from_db()
    return {"seen_digest": version.digest, "seen_verdict": version.release.verdict_id}


def test_a_comment_quotes_the_words_it_is_about(shop: World, major: Version) -> None:
    comment = comment_on(
        major, text="Why?", actor=shop.actor("lea"), anchor="lines:1:1-1", quote="never said"
    )
    assert comment.quote == stages.MAJOR_TEXT
    case = comment_on(
        major, text="Odd.", actor=shop.actor("lea"), anchor="case:q1", quote="an answer"
    )
    assert case.quote == "an answer"
    with pytest.raises(ContentError, match="There is no line 2"):
        comment_on(major, text="Why?", actor=shop.actor("lea"), anchor="lines:1:1-2")
    with pytest.raises(Refused, match="Write your comment"):
        comment_on(major, text=" ", actor=shop.actor("lea"))
    with pytest.raises(NotPermitted):
        comment_on(major, text="Me?", actor=shop.actor("vic"))
    with pytest.raises(ContentError, match="limit is 16 KiB"):
        comment_on(major, text="x" * 20_000, actor=shop.actor("lea"))


def test_the_audit_names_the_comment_and_never_its_words(shop: World, objection: Comment) -> None:
    event = Event.objects.filter(action="comment.added").get()
    assert f'"comment":{objection.pk}' in event.after
    assert '"blocking":true' in event.after
    assert "legal" not in event.after + event.reason + event.object_name


def test_replies_hang_on_one_comment_and_block_nothing(
    shop: World, first: Version, objection: Comment
) -> None:
    version, ana = objection.version, shop.actor("ana")
    reply = comment_on(version, text="I did.", actor=ana, reply_to=objection)
    deeper = comment_on(version, text="Good.", actor=shop.actor("rui"), reply_to=reply)
    assert (reply.reply_to, deeper.reply_to) == (objection, objection)
    with pytest.raises(Refused, match="A reply blocks nothing"):
        comment_on(version, text="No.", actor=shop.actor("rui"), reply_to=reply, blocking=True)
    with pytest.raises(Refused, match="another version"):
        comment_on(first, text="Here?", actor=ana, reply_to=objection)
    with pytest.raises(Refused, match="neither open nor resolved"):
        resolve(reply, actor=ana)


def test_an_open_objection_blocks_the_approval_and_says_who_ends_it(
    shop: World, objection: Comment
) -> None:
    major, rui = objection.version, shop.actor("rui")
    with pytest.raises(Refused, match="Ask legal first.* rui, or another reviewer"):
        approve(major, **seen(major), actor=rui)
    assert list(open_blocking(major)) == [objection]
    resolve(objection, actor=rui, reason="Legal agreed.")
    assert approve(major, **seen(major), actor=rui).state == Clearance.CLEARED


def test_an_open_objection_blocks_the_acceptance_of_doubt_too(
    shop: World, prompt: Prompt, first: Version
) -> None:
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    stages.submit(minor, actor=shop.actor("ana"), reason="")
    objection = comment_on(minor, text="Read it aloud.", actor=shop.actor("lea"), blocking=True)
    accept = {"actor": shop.actor("rui"), "comment": "Fine."}
    with pytest.raises(Refused, match="Read it aloud"):
        accept_undecided(minor, **seen(minor), **accept)
    resolve(objection, actor=shop.actor("lea"))
    assert accept_undecided(minor, **seen(minor), **accept).state == Clearance.CLEARED


@pytest.mark.parametrize(("name", "may"), [("ana", False), ("lea", False), ("rui", True)])
def test_an_objection_is_resolved_by_a_reviewer_who_did_not_write_the_version(
    shop: World, major: Version, name: str, may: bool
) -> None:
    by = stages.more_reviewers(shop, 1)[0]
    give_role(shop, "ana", Role.REVIEWER)  # she wrote it, so her role does not help
    objection = comment_on(major, text="Stop.", actor=by, blocking=True)
    if may:
        assert resolve(objection, actor=shop.actor(name)).resolved_by == shop.person(name)
    else:
        with pytest.raises(Refused, match="reviewer"):
            resolve(objection, actor=shop.actor(name))
        assert open_blocking(major).count() == 1


def test_what_does_not_block_is_resolved_and_reopened_by_anyone_who_may_comment(
    shop: World, major: Version
) -> None:
    comment = comment_on(major, text="Nice.", actor=shop.actor("rui"))
    resolved = resolve(comment, actor=shop.actor("ana"))
    with pytest.raises(Refused, match="ana has resolved"):
        resolve(comment, actor=shop.actor("lea"))
    assert reopen(resolved, actor=shop.actor("lea")).resolved_at is None
    with pytest.raises(Refused, match="open already"):
        reopen(resolved, actor=shop.actor("lea"))
    with pytest.raises(NotPermitted):
        resolve(comment, actor=shop.actor("vic"))


def test_a_contributor_blocks_nothing_and_nobody_blocks_what_is_decided(
    shop: World, major: Version
) -> None:
    with pytest.raises(Refused, match="Withdraw it"):
        comment_on(major, text="Wait.", actor=shop.actor("ana"), blocking=True)
    objection = comment_on(major, text="Wait.", actor=shop.actor("lea"), blocking=True)
    resolve(objection, actor=shop.actor("lea"))
    approve(major, **seen(major), actor=shop.actor("rui"))
    with pytest.raises(Refused, match="no approval is left to block"):
        comment_on(major, text="Too late.", actor=shop.actor("lea"), blocking=True)
    with pytest.raises(Refused, match="no approval is left to block"):
        reopen(objection, actor=shop.actor("lea"))


def test_the_database_itself_keeps_what_blocks(shop: World, objection: Comment) -> None:
    """Raw writes past the use-cases, as somebody at a shell could try them."""
    major = objection.version
    by_ana = {"resolved_at": timezone.now(), "resolved_by": shop.person("ana")}
    attempts = [
        lambda: Comment.objects.filter(pk=objection.pk).update(**by_ana),
        lambda: Comment.objects.filter(pk=objection.pk).update(blocking=False),
        lambda: objection.delete(),
        lambda: Comment.objects.create(version=major, person=shop.person("rui"), **by_ana),
        lambda: Approval.objects.create(
            version=major,
            approver=shop.person("rui"),
            decision="approve",
            digest=major.digest,
            verdict_id=major.release.verdict_id,
        ),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    by_rui = {**by_ana, "resolved_by": shop.person("rui")}
    assert Comment.objects.filter(pk=objection.pk).update(**by_rui) == 1


def test_an_answer_carries_what_is_open_and_follows_the_words(
    shop: World, prompt: Prompt, first: Version
) -> None:
    asked = stages.saved(shop, prompt, TWO_LINES, base=first)
    stages.in_review_or_cleared(shop, asked)
    rui, ana = shop.actor("rui"), shop.actor("ana")
    kept = comment_on(asked, text="Which plan?", actor=rui, anchor="lines:1:2-2", blocking=True)
    comment_on(asked, text="The paid one.", actor=ana, reply_to=kept)
    comment_on(asked, text="Too long.", actor=rui, anchor="lines:1:1-1")
    resolve(comment_on(asked, text="Done with.", actor=rui), actor=rui)
    request_changes(asked, **seen(asked), actor=rui, comment="See my comments.")

    answer = stages.saved(
        shop, prompt, "Be kind.\nBe brief.\nThe customer's plan is {{plan}}.", base=asked
    )
    assert answer.answers == asked
    roots = list(answer.comments.filter(reply_to=None))
    assert [(c.text, c.anchor, c.quote) for c in roots] == [
        ("Which plan?", "lines:1:3-3", "The customer's plan is {{plan}}."),
        ("Too long.", "", stages.FIRST_TEXT),
    ]
    assert [(r.text, r.person.username) for r in roots[0].replies.all()] == [
        ("The paid one.", "ana")
    ]
    assert roots[0].carried_from == kept
    assert list(open_blocking(answer)) == [roots[0]]


def test_a_version_that_answers_no_review_carries_nothing(
    shop: World, prompt: Prompt, objection: Comment
) -> None:
    later = stages.saved(shop, prompt, stages.FIRST_TEXT + " Be brief.", base=objection.version)
    assert later.answers is None
    assert not later.comments.exists()
