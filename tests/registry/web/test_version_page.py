"""The version's page: may it ship, whose turn is it, and the clicks that decide."""

import pytest
from django.test import Client

from evaluation.offline.cases import NewCase
from evaluation.offline.conclude import cancel
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Dataset, Run
from registry.domain.lifecycle import Clearance
from registry.projects.models import Membership
from registry.prompts.models import Prompt, Version
from registry.release.models import Approval, Release, Rollout, Waiver
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import buttons, hidden, words
from tests.stages import World

VERSIONS = "/projects/shop/prompts/support/system/versions"
PAGE = f"{VERSIONS}/2.0.0"


@pytest.fixture
def first(shop: World, prompt: Prompt) -> Version:
    return stages.in_production(shop, prompt)


@pytest.fixture
def major(shop: World, prompt: Prompt, first: Version) -> Version:
    """2.0.0, which waits for a signature."""
    return stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first)
    )


@pytest.fixture
def undecided(shop: World, prompt: Prompt, first: Version) -> Version:
    """1.1.0, whose evaluation could not tell."""
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    stages.submit(version, actor=shop.actor("ana"), reason="Please look.")
    return version


def send(client: Client, page: str, click: str, **typed: str) -> object:
    """Send the form as the page shows it, with what was typed."""
    shown = client.get(page)
    seen = {name: hidden(shown, name) for name in ("seen_digest", "seen_verdict")}
    return client.post(f"{page}/{click}", {**seen, **typed})


def state(version: Version) -> str:
    return Release.objects.get(version=version).state


def test_a_reviewer_reads_what_approving_starts_and_approves(major: Version, as_: SignIn) -> None:
    rui = as_("rui")
    page = rui.get(PAGE)
    assert "A reviewer who did not write it approves" in words(page)
    assert "then a releaser starts the rollout: 24 h on staging, 5 % for 48 h" in words(page)
    assert [b for b in buttons(page) if b in ("Approve", "Request changes", "Reject")] == [
        "Approve",
        "Request changes",
        "Reject",
    ]
    answer = send(rui, PAGE, "approve", reason="Good.")
    assert "2.0.0 is cleared. Applications get nothing new yet: lea starts" in words(
        rui.get(answer.url)
    )
    assert state(major) == Clearance.CLEARED
    assert Approval.objects.get().comment == "Good."


def test_the_author_is_told_why_they_cannot_sign_and_who_can(
    shop: World, major: Version, as_: SignIn
) -> None:
    Membership.objects.create(project=shop.project, person=shop.person("ana"), role="reviewer")
    ana = as_("ana")
    page = ana.get(PAGE)
    assert "Approve" not in buttons(page)
    assert "You contributed to this version." in words(page)
    assert "Who can: rui." in words(page)
    forced = ana.post(f"{PAGE}/approve", {"seen_digest": major.digest})
    assert forced.status_code == 409
    assert state(major) == Clearance.IN_REVIEW


def test_a_signature_is_bound_to_what_was_seen(major: Version, as_: SignIn) -> None:
    rui = as_("rui")
    for seen in ({"seen_digest": "0" * 64}, {"seen_verdict": "999"}, {"seen_verdict": "x"}):
        stale = send(rui, PAGE, "approve", **seen)
        assert stale.status_code == 409
        assert "What you looked at has changed since." in words(stale)
    assert state(major) == Clearance.IN_REVIEW


def test_an_old_sign_in_is_asked_for_the_password_and_loses_nothing_typed(
    major: Version, as_: SignIn
) -> None:
    rui = as_("rui")
    session = rui.session
    session["signed_in_at"] = 0
    session.save()
    asked = send(rui, PAGE, "approve", reason="Good as it is.")
    assert asked.status_code == 403
    assert "Good as it is." in asked.content.decode()
    assert state(major) == Clearance.IN_REVIEW
    answer = send(rui, PAGE, "approve", reason="Good as it is.", password_again=stages.PASSWORD)
    assert answer.status_code == 302
    assert Approval.objects.get().comment == "Good as it is."


@pytest.mark.parametrize(
    ("click", "becomes"),
    [("request-changes", Clearance.CHANGES_REQUESTED), ("reject", Clearance.REJECTED)],
)
def test_turning_down_needs_words_to_the_author(
    major: Version, as_: SignIn, click: str, becomes: Clearance
) -> None:
    rui = as_("rui")
    mute = send(rui, PAGE, click)
    assert mute.status_code == 409
    assert "the author reads it" in words(mute)
    assert send(rui, PAGE, click, reason="Too long.").status_code == 302
    assert state(major) == becomes
    assert "Too long." in words(rui.get(PAGE))


def test_an_undecided_evaluation_is_accepted_by_a_reviewer_with_a_reason(
    undecided: Version, as_: SignIn
) -> None:
    page = f"{VERSIONS}/1.1.0"
    rui = as_("rui")
    assert "Accept as good enough" not in buttons(as_("ana").get(page))
    assert send(rui, page, "accept").status_code == 409
    assert send(rui, page, "accept", reason="Read side by side.").status_code == 302
    assert state(undecided) == Clearance.CLEARED


def test_an_admin_skips_a_step_and_that_stays_on_the_page(undecided: Version, as_: SignIn) -> None:
    page = f"{VERSIONS}/1.1.0"
    ada = as_("ada")
    assert "Skip the evaluation" in buttons(ada.get(page))
    nameless = send(ada, page, "waive", reason="No cases yet.", step="static")
    assert nameless.status_code == 409
    assert send(ada, page, "waive", reason="No cases yet.", step="evaluation").status_code == 302
    assert Waiver.objects.get().reason == "No cases yet."
    shown = words(as_("vic").get(page))
    assert "unevaluated" in shown
    assert "ada skipped the evaluation" in shown
    refused = send(as_("lea"), page, "waive", reason="Me too.", step="soak")
    assert refused.status_code == 403
    assert "Who has it: ada" in words(refused)


def test_the_first_line_says_why_nothing_could_be_decided(undecided: Version, as_: SignIn) -> None:
    page = words(as_("rui").get(f"{VERSIONS}/1.1.0"))
    assert "Not evaluated: Nobody has chosen golden cases for this prompt" in page
    assert "Gate: undecided" in page


def test_the_author_submits_and_withdraws(shop: World, prompt: Prompt, as_: SignIn) -> None:
    version = stages.saved(shop, prompt)
    page = f"{VERSIONS}/1.0.0"
    ana = as_("ana")
    assert buttons(ana.get(page)).count("Submit for evaluation") == 1
    answer = ana.post(f"{page}/submit")
    assert "1.0.0 is submitted as FIRST: it is cleared." in words(ana.get(answer.url))
    assert ana.post(f"{page}/withdraw").status_code == 302
    assert state(version) == Clearance.WITHDRAWN
    assert "Nobody: this version was withdrawn." in words(ana.get(page))
    again = ana.post(f"{page}/submit")
    assert again.status_code == 409
    assert "was withdrawn" in words(again)


def test_a_releaser_starts_it_and_another_rollout_must_be_replaced_on_purpose(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    stages.in_canary(shop, prompt)
    version = stages.cleared(
        shop, stages.saved(shop, prompt, stages.FIRST_TEXT + " Be brief.", base=first)
    )
    page = f"{VERSIONS}/{version.semver}"
    lea = as_("lea")
    assert "1.1.0 is being rolled out now: you choose next" in words(lea.get(page))
    assert lea.post(f"{page}/start").status_code == 409
    answer = lea.post(f"{page}/start", {"when": "replace"})
    assert f"{version.semver} now serves staging." in words(lea.get(answer.url))
    assert Rollout.objects.get(version=version).ended_at is None


def test_comments_are_kept_and_shown_as_they_were_typed(major: Version, as_: SignIn) -> None:
    rui = as_("rui")
    rui.post(f"{PAGE}/comments", {"text": "Why <b>now</b>?"})
    page = rui.get(PAGE).content.decode()
    assert "Why &lt;b&gt;now&lt;/b&gt;?" in page
    empty = rui.post(f"{PAGE}/comments", {"text": " "})
    assert empty.status_code == 409
    assert as_("vic").post(f"{PAGE}/comments", {"text": "Me?"}).status_code == 403


def test_prompt_text_never_becomes_markup(shop: World, prompt: Prompt, as_: SignIn) -> None:
    stages.saved(shop, prompt, "Say <script>alert(1)</script> to {{name}} x-data")
    page = as_("vic").get(f"{VERSIONS}/1.0.0").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; to <mark>{{name}}</mark>" in page
    assert "<script>alert" not in page


def test_a_version_that_does_not_exist_is_not_found(first: Version, as_: SignIn) -> None:
    for semver in ("9.9.9", "latest", "1.0", "99999999999.0.0", "1.0.0.0"):
        assert as_("vic").get(f"{VERSIONS}/{semver}").status_code == 404
    assert as_("vic").get(f"{VERSIONS}/1.0.0").status_code == 200
    assert as_("oto").get(f"{VERSIONS}/1.0.0").status_code == 404


def test_a_cleared_version_whose_golden_cases_changed_is_evaluated_again_before_it_starts(
    shop: World, as_: SignIn
) -> None:
    lab = stages.world("lab", sandbox=True)
    prompt = stages.prompt_named(lab)
    first = stages.in_production(lab, prompt)
    stages.with_suite(lab, prompt)
    minor = stages.evaluated(lab, stages.saved(lab, prompt, stages.MINOR_TEXT, base=first))
    lea, page = as_("lea"), "/projects/lab/prompts/support/system/versions/1.1.0"
    shown = lea.get(page)
    assert "It may go out. A releaser starts the rollout." in words(shown)
    assert "Start the rollout" in buttons(shown)
    assert "Evaluate again" not in buttons(shown)

    dataset = Dataset.objects.get(project=lab.project)
    cases = [NewCase(case_id=f"new-{n}", query="Where is it?") for n in range(24)]
    add_snapshot(dataset, cases=cases, actor=lab.actor("ana"), reason="Harder ones.")
    shown = lea.get(page)
    assert "Since 1.1.0 was evaluated, its golden cases changed. Evaluate it again." in words(shown)
    assert "Start the rollout" not in buttons(shown)
    assert "Evaluate again" in buttons(shown)
    assert send(lea, page, "start").status_code == 409
    assert state(minor) == Clearance.CLEARED
    assert not Rollout.objects.filter(version=minor).exists()


def test_an_evaluation_that_broke_off_says_why_on_the_version(
    shop: World, prompt: Prompt, first: Version, as_: SignIn
) -> None:
    stages.with_suite(shop, prompt)
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    stages.submit(minor, actor=shop.actor("ana"), reason="Please look.")
    cancel(Run.objects.get(), actor=shop.actor("lea"), reason="Wrong model.")
    shown = as_("ana").get(f"{VERSIONS}/1.1.0")
    assert "Wrong model." in words(shown)
    assert "Evaluate again" in buttons(shown)
