"""The review page: everything a signature rests on, and answers that say what happens next."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Dataset
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Role
from registry.domain.semver import Bump
from registry.prompts.models import Prompt, Version
from registry.release.comments import comment_on
from registry.release.models import Approval, Comment, MeaningConfirmation, Release
from tests import stages
from tests.registry.review.conftest import SignIn, give_role
from tests.registry.web.reading import buttons, hidden, words
from tests.stages import World

VERSIONS = "/projects/shop/prompts/support/system/versions"
PAGE = f"{VERSIONS}/2.0.0/review"
ANSWERS = ["Approve", "Request changes", "Reject"]


def answer(client: Client, decision: str, page: str = PAGE, **typed: str) -> Any:
    """Send the bar's form as the page shows it."""
    shown = client.get(page)
    seen = {name: hidden(shown, name) for name in ("seen_digest", "seen_verdict")}
    return client.post(page, {**seen, "decision": decision, **typed})


def state(version: Version) -> str:
    return Release.objects.get(version=version).state


def offered(response: Any) -> list[str]:
    return [button for button in buttons(response) if button in ANSWERS]


def test_the_page_reads_from_the_reason_to_what_approving_does(major: Version, as_: SignIn) -> None:
    page = as_("rui").get(PAGE)
    text = words(page)
    in_order = [
        "ana asks for a signature on 2.0.0; it waits for you.",
        "“Because the tests need it.”",
        "Why MAJOR:",
        "What changes against 1.0.0, in production",
        "How it behaves",
        "Time and cost Not measured: no golden case was run",
        "Nobody has said anything yet.",
        "What approving does Applications get nothing new at that moment.",
        "staging, for 24 h",
        "5 % of traffic, for 48 h",
        "everyone",
        "Your words to ana",
    ]
    places = [text.find(sentence) for sentence in in_order]
    assert -1 not in places, in_order[places.index(-1)]
    assert places == sorted(places)
    assert offered(page) == ANSWERS
    assert page.content.decode().count('class="button primary"') == 1


def test_approving_says_what_happened_and_what_happens_next(major: Version, as_: SignIn) -> None:
    rui = as_("rui")
    page = rui.get(answer(rui, "approve", comment="Read it aloud.").url)
    text = words(page)
    assert (
        "2.0.0 is cleared. Applications get nothing new yet: lea starts the rollout next." in text
    )
    assert "rui approved 2.0.0. Nothing serves it yet" in text
    assert "Read it aloud." in text
    assert offered(page) == []
    assert state(major) == Clearance.CLEARED
    assert "Start the rollout" in buttons(as_("lea").get(PAGE))


@pytest.mark.parametrize(
    ("decision", "becomes", "says"),
    [
        (
            "request_changes",
            Clearance.CHANGES_REQUESTED,
            "rui asked for changes: “Too long.” ana saves",
        ),
        ("reject", Clearance.REJECTED, "rui rejected 2.0.0. It goes no further"),
    ],
)
def test_turning_down_needs_words_and_keeps_them_when_refused(
    shop: World, major: Version, as_: SignIn, decision: str, becomes: Clearance, says: str
) -> None:
    rui = as_("rui")
    mute = answer(rui, decision, comment=" ")
    assert mute.status_code == 409
    assert "the author reads it" in words(mute)
    stale = rui.post(PAGE, {"decision": decision, "seen_digest": "x", "comment": "Too <long>."})
    assert stale.status_code == 409
    assert "is another one than you were shown" in words(stale)
    assert "Too &lt;long&gt;.</textarea>" in stale.content.decode()
    assert says in words(rui.get(answer(rui, decision, comment="Too long.").url))
    assert state(major) == becomes


def test_nobody_is_offered_an_answer_they_cannot_give(
    shop: World, major: Version, as_: SignIn
) -> None:
    give_role(shop, "ana", Role.REVIEWER)
    for name, why in {
        "ana": "You contributed to 2.0.0, so you cannot sign it. rui can.",
        "lea": "A reviewer who did not write it answers. rui can.",
    }.items():
        page = as_(name).get(PAGE)
        assert offered(page) == []
        assert why in words(page)
    forced = as_("ana").post(PAGE, {"decision": "approve", "seen_digest": major.digest})
    assert forced.status_code == 409
    assert as_("lea").post(PAGE, {"decision": "approve"}).status_code == 403
    assert as_("oto").get(PAGE).status_code == 404


def test_an_answer_that_is_none_is_refused(major: Version, as_: SignIn) -> None:
    assert answer(as_("rui"), "maybe").status_code == 409
    assert state(major) == Clearance.IN_REVIEW


def test_what_was_overtaken_offers_a_new_evaluation_instead_of_a_yes(
    shop: World, prompt: Prompt, major: Version, as_: SignIn
) -> None:
    rui = as_("rui")
    looked_at = rui.get(PAGE)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    late = rui.post(
        PAGE,
        {
            "decision": "approve",
            "seen_digest": hidden(looked_at, "seen_digest"),
            "seen_verdict": hidden(looked_at, "seen_verdict"),
        },
    )
    assert late.status_code == 409
    assert "Production serves 1.0.1 now, but 2.0.0 was evaluated against 1.0.0." in words(late)
    page = rui.get(PAGE)
    assert offered(page) == ["Request changes", "Reject"]
    assert "Evaluate again" in buttons(page)
    assert page.content.decode().count('class="button primary"') == 1


def test_only_an_old_sign_in_is_asked_for_the_password_and_only_for_a_yes(
    major: Version, as_: SignIn
) -> None:
    rui = as_("rui")
    session = rui.session
    session["signed_in_at"] = 0
    session.save()
    asked = answer(rui, "approve", comment="Good.")
    assert asked.status_code == 403
    assert "Good." in asked.content.decode()
    assert state(major) == Clearance.IN_REVIEW
    done = answer(rui, "approve", comment="Good.", password_again=stages.PASSWORD)
    assert done.status_code == 302
    assert Approval.objects.get().comment == "Good."


def test_of_two_needed_approvals_the_first_is_counted_by_name(db: None) -> None:
    bank = stages.world("bank", preset="regulated")
    prompt = stages.prompt_named(bank)
    base = stages.in_production(bank, prompt)
    major = stages.saved(bank, prompt, stages.MAJOR_TEXT, base=base)
    stages.submit(major, actor=bank.actor("ana"), reason="")
    stages.more_reviewers(bank, 1)
    page = "/projects/bank/prompts/support/system/versions/2.0.0/review"
    rui = Client()
    rui.force_login(bank.person("rui"))
    accepted = rui.get(answer(rui, "accept", page, comment="Read side by side.").url)
    assert "It now waits for an approval." in words(accepted)
    assert "It needs 2 more of: you or reviewer-0." in words(accepted)
    text = words(rui.get(answer(rui, "approve", page).url))
    assert "Your approval of 2.0.0 is kept: 1 of 2." in text
    assert "1 of 2 approvals: rui approved. It needs one more of: reviewer-0." in text
    assert "You approved 2.0.0." in text
    other = Client()
    other.force_login(bank.people["rui"].__class__.objects.get(username="reviewer-0"))
    assert answer(other, "approve", page).status_code == 302
    assert state(major) == Clearance.CLEARED


def test_an_undecided_evaluation_is_accepted_with_a_reason(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    stages.submit(minor, actor=shop.actor("ana"), reason="")
    rui, page = as_("rui"), f"{VERSIONS}/1.1.0/review"
    assert "The evaluation could not tell. Accepting it is up to you." in words(rui.get(page))
    assert answer(rui, "accept", page).status_code == 409
    assert answer(rui, "accept", page, comment="Read side by side.").status_code == 302
    assert state(minor) == Clearance.CLEARED


def test_a_version_that_answers_a_review_opens_on_what_changed_since(
    shop: World, prompt: Prompt, major: Version, as_: SignIn
) -> None:
    rui = as_("rui")
    comment_on(major, text="Say please.", actor=shop.actor("rui"), anchor="lines:1:1-1")
    answer(rui, "request_changes", comment="See the comment.")
    assert "Read 2.0.1" not in words(rui.get(PAGE))
    stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT + "\nSay please.", base=major)
    )
    assert "2.1.0 answers that. Read 2.1.0" in words(rui.get(PAGE))
    page = f"{VERSIONS}/2.1.0/review"
    opened = words(rui.get(page))
    assert "Changes since your review of 2.0.0" in opened
    assert "Show everything against production 1.0.0" in opened
    assert "rui" in opened
    assert ", on 2.0.0 open" in opened
    whole = words(rui.get(page, {"against": "production"}))
    assert "What changes against 1.0.0, in production" in whole
    assert "Show only what changed since the review of 2.0.0" in whole


def test_a_small_answer_to_a_review_comes_back_to_a_reviewer(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    """Ana chose MAJOR for a MINOR wording; her PATCH upon it would need nobody's signature."""
    raised = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first, bump=Bump.MAJOR)
    stages.in_review_or_cleared(shop, raised)
    assert "Why MAJOR: ana chose MAJOR; by its words at least MINOR." in words(as_("rui").get(PAGE))
    answer(as_("rui"), "request_changes", comment="Mind the spelling.")
    assert "Write a new version" in words(as_("ana").get(PAGE))
    assert "Write a new version" not in words(as_("rui").get(PAGE))
    small = stages.saved(
        shop,
        prompt,
        stages.MINOR_TEXT.replace("friendly way", "freindly way"),
        base=raised,
        bump=Bump.PATCH,
    )
    stages.in_review_or_cleared(shop, small)
    assert state(small) == Clearance.IN_REVIEW
    page = words(as_("rui").get(f"{VERSIONS}/{small.semver}/review"))
    assert "Why MAJOR: It answers the review of 2.0.0, a MAJOR change." in page
    assert "Write a new version" not in words(as_("ana").get(PAGE))


def test_a_discussion_is_led_on_the_page(shop: World, major: Version, as_: SignIn) -> None:
    rui, ana = as_("rui"), as_("ana")
    where = f"{VERSIONS}/2.0.0/comments"
    rui.post(where, {"text": "Why <b>now</b>?", "anchor": "lines:1:1-1", "blocking": "1"})
    comment = Comment.objects.get()
    ana.post(where, {"text": "Legal asked.", "reply_to": str(comment.pk)})
    page = as_("vic").get(PAGE)
    assert "blocks the approval open on line 1" in words(page)
    assert "Why &lt;b&gt;now&lt;/b&gt;?" in page.content.decode()
    assert "Legal asked." in words(page)
    assert "Discussion (1 open of 1)" in words(page)
    assert "Resolve" not in buttons(page)
    assert offered(rui.get(PAGE)) == ["Request changes", "Reject"]
    blocked = answer(rui, "approve")
    assert blocked.status_code == 409
    assert "blocks the approval" in words(blocked)
    assert ana.post(f"{where}/{comment.pk}/resolve").status_code == 409
    assert as_("vic").post(f"{where}/{comment.pk}/resolve").status_code == 403
    assert rui.post(f"{where}/{comment.pk}/resolve").status_code == 302
    assert "resolved by rui" in words(rui.get(PAGE))
    assert ana.post(f"{where}/{comment.pk}/reopen").status_code == 302
    rui.post(f"{where}/{comment.pk}/resolve")
    assert answer(rui, "approve").status_code == 302


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"text": "Where?", "anchor": "lines:9:9-9"}, 400),
        ({"text": "Where?", "anchor": "nowhere"}, 400),
        ({"text": "Which?", "anchor": "case:none"}, 400),
        ({"text": "Who?", "reply_to": "999999"}, 409),
        ({"text": " "}, 409),
    ],
)
def test_a_comment_that_cannot_be_kept_says_why_and_stays_typed(
    major: Version, as_: SignIn, typed: dict[str, str], status: int
) -> None:
    refused = as_("lea").post(f"{VERSIONS}/2.0.0/comments", typed)
    assert refused.status_code == status
    assert 'role="alert"' in refused.content.decode()
    assert typed["text"].strip() in refused.content.decode()
    assert not Comment.objects.exists()


def test_a_comment_on_a_case_quotes_the_answer_to_it(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    stages.with_suite(shop, prompt)
    minor = stages.evaluated(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))
    where = f"{VERSIONS}/{minor.semver}"
    as_("lea").post(f"{where}/comments", {"text": "Too long.", "anchor": "case:case-03"})
    comment = Comment.objects.get()
    assert "40003" in comment.quote
    assert "on case case-03" in words(as_("rui").get(f"{where}/review"))


def test_a_reviewer_confirms_the_meaning_and_that_stays_visible(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    rui, page = as_("rui"), f"{VERSIONS}/1.1.0/review"
    shown = rui.get(page)
    assert "Does it mean the same as 1.0.0?" in words(shown)
    assert "Confirm: meaning unchanged" not in buttons(as_("ana").get(page))
    sent = {name: hidden(shown, name) for name in ("seen_digest", "seen_against")}
    confirm = f"{VERSIONS}/1.1.0/meaning"
    assert rui.post(confirm, sent).status_code == 409
    late = rui.post(confirm, {**sent, "seen_against": "0.9.0", "reason": "Same words."})
    assert late.status_code == 409
    assert "Same words.</textarea>" in late.content.decode()
    done = rui.get(rui.post(confirm, {**sent, "reason": "Same promise."}).url)
    assert "meaning confirmed by rui" in words(done)
    assert "Does it mean the same" not in words(done)
    assert MeaningConfirmation.objects.get().version == minor
    stages.submit(minor, actor=shop.actor("ana"), reason="")
    version_page = words(as_("vic").get(f"{VERSIONS}/1.1.0"))
    assert "PATCH" in version_page
    assert "meaning confirmed by rui" in version_page


def test_the_editor_warns_a_reviewer_before_a_signature_is_lost(
    shop: World, major: Version, as_: SignIn
) -> None:
    give_role(shop, "rui", Role.AUTHOR)
    editor = "/projects/shop/prompts/support/system/edit"
    warning = "you can no longer sign it"
    assert warning in words(as_("rui").get(editor, {"base": "2.0.0"}))
    assert warning not in words(as_("ana").get(editor, {"base": "2.0.0"}))
    assert warning not in words(as_("rui").get(editor, {"base": "1.0.0"}))


def test_the_page_asks_as_often_for_a_long_discussion_as_for_a_short_one(
    shop: World, major: Version, as_: SignIn
) -> None:
    rui, counts = as_("rui"), []
    for more in (1, 5):
        for _ in range(more):
            comment = comment_on(major, text="Hm.", actor=shop.actor("lea"), anchor="message:1")
            comment_on(major, text="Yes.", actor=shop.actor("ana"), reply_to=comment)
        with CaptureQueriesContext(connection) as queries:
            assert rui.get(PAGE).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_other_cases_decided_offers_a_new_evaluation_instead_of_a_yes(
    shop: World, as_: SignIn
) -> None:
    lab = stages.world("lab", sandbox=True)
    prompt = stages.prompt_named(lab)
    first = stages.in_production(lab, prompt)
    stages.with_suite(lab, prompt)
    major = stages.saved(lab, prompt, stages.MINOR_TEXT, base=first, bump=Bump.MAJOR)
    stages.evaluated(lab, major)
    version = "/projects/lab/prompts/support/system/versions/2.0.0"
    ana, rui = as_("ana"), as_("rui")
    assert offered(rui.get(f"{version}/review")) == ANSWERS
    assert "Evaluate again" not in buttons(ana.get(version))

    inputs = {"company": "Lumen"}
    cases = [NewCase(case_id=f"new-{n}", query=f"Where is {n}?", inputs=inputs) for n in range(24)]
    dataset = Dataset.objects.get(project=lab.project)
    add_snapshot(dataset, cases=cases, actor=lab.actor("ana"), reason="Harder ones.")
    page = rui.get(f"{version}/review")
    said = "Since 2.0.0 was evaluated, its golden cases changed. Evaluate it again."
    assert said in words(page)
    assert offered(page) == ["Request changes", "Reject"]
    assert said in words(ana.get(version))
    assert "Evaluate again" in buttons(ana.get(version))
    assert ana.post(f"{version}/submit").status_code == 302
    assert state(major) == Clearance.EVALUATING
