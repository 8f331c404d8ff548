"""The audit trail as people read it: one click in one place, fields in words, filters, pages."""

from datetime import UTC, datetime, timedelta

import pytest
import structlog
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from registry.audit.models import Event
from registry.audit.record import record
from registry.prompts.models import Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

PAGE = "/projects/shop/audit"


def noted(shop: World, prompt: Prompt, count: int, *, reason: str = "Noted.") -> None:
    """Write `count` events about a prompt."""
    with transaction.atomic():
        for number in range(count):
            record(
                "prompt.edited",
                prompt,
                actor=shop.actor("ana"),
                project=shop.project,
                reason=reason,
                before={"title": f"{number}"},
                after={"title": f"{number + 1}"},
            )


def test_what_one_click_did_stands_together(shop: World, prompt: Prompt, as_: SignIn) -> None:
    version = stages.cleared(shop, stages.saved(shop, prompt))
    as_("lea").post(f"/projects/shop/prompts/support/system/versions/{version.semver}/start")
    groups = as_("vic").get(PAGE).context["shown"].groups
    assert [line.event.action for line in groups[0].lines] == [
        "rollout.started",
        "label.moved",
        "label.moved",
        "rollout.ended",
    ]
    page = words(as_("vic").get(PAGE))
    assert "lea started the rollout of support/system 1.0.0" in page
    query = {"request": groups[0].first.event.request_id}
    assert len(as_("vic").get(PAGE, query).context["shown"].groups) == 1


def test_changed_fields_are_words_and_never_raw_json(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    page = words(as_("vic").get(PAGE))
    assert "version 1.0.0 → 1.0.1" in page
    assert "state draft → evaluating" in page
    assert '{"' not in page
    event = Event.objects.filter(action="label.moved").first()
    one = words(as_("vic").get(f"{PAGE}/{event.seq}"))
    assert "version 1.0.0 → 1.0.1" in one
    assert event.hash in one
    assert event.previous_hash in one
    assert as_("vic").get(f"{PAGE}/9999").status_code == 404
    assert as_("vic").get(f"{PAGE}/{10**30}").status_code == 404


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ({"person": "lea"}, "started the rollout", "made the prompt"),
        ({"action": "prompt.created"}, "made the prompt", "started the rollout"),
        ({"prompt": "support/system"}, "support/system 1.0.0", "faq/tone"),
        ({"prompt": "faq/"}, "faq/tone", "support/system"),
        ({"prompt": "sup"}, "No event fits", "support/system 1.0.0"),
        ({"text": "go."}, "started the rollout", "made the prompt"),
        ({"period": "yesterday"}, "Nothing was done yesterday", "made the prompt"),
        ({"until": "2020-01-01T00:00"}, "No event fits", "made the prompt"),
    ],
)
def test_the_filters_narrow_the_events(
    shop: World, prompt: Prompt, as_: SignIn, query: dict[str, str], there: str, gone: str
) -> None:
    stages.prompt_named(shop, "faq/tone")
    stages.in_production(shop, prompt)
    page = words(as_("vic").get(PAGE, query)).partition("Events")[2]
    heading = words(as_("vic").get(PAGE, query)).partition("Events")[0]
    assert there in page or there in heading
    assert gone not in page


def test_runs_belong_to_their_prompt(as_: SignIn) -> None:
    world = stages.world("mill", sandbox=True)
    prompt = stages.prompt_named(world, "faq/tone")
    stages.with_suite(world, prompt)
    stages.submit(stages.saved(world, prompt), actor=world.actor("ana"), reason="Look.")
    page = words(as_("vic").get("/projects/mill/audit", {"prompt": "faq/tone"}))
    assert "asked for run" in page


def test_older_events_stand_on_further_pages_and_no_click_is_torn(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    noted(shop, prompt, 150)
    vic, seen, query = as_("vic"), [], {}
    while True:
        shown = vic.get(PAGE, query).context["shown"]
        seen += [line.event.seq for group in shown.groups for line in reversed(group.lines)]
        if shown.older is None:
            break
        query = {"before": str(shown.older)}
    assert seen == list(range(Event.objects.filter(project=shop.project).count(), 0, -1))


def test_a_click_that_fills_a_page_goes_on_on_the_next(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    noted(shop, prompt, 5)
    with structlog.contextvars.bound_contextvars(request_id="one-import"):
        noted(shop, prompt, 100)
    noted(shop, prompt, 30)
    first = as_("vic").get(PAGE).context["shown"]
    assert len(first.groups) == 30
    second = as_("vic").get(PAGE, {"before": first.older}).context["shown"]
    assert [len(group.lines) for group in second.groups] == [60]
    assert second.cut
    third = as_("vic").get(PAGE, {"before": second.older}).context["shown"]
    assert len(third.groups[0].lines) == 40
    assert not third.cut


def test_nonsense_in_the_address_is_answered(shop: World, as_: SignIn) -> None:
    query = {"before": "٣", "action": "x.y", "person": "%", "text": "\\", "prompt": "/"}
    assert as_("vic").get(PAGE, query).status_code == 200
    broken = as_("vic").get(PAGE, {"from": "soon"})
    assert broken.status_code == 400
    assert "Give a date and time like" in words(broken)
    assert as_("vic").get(f"{PAGE}/export/xml").status_code == 404
    assert as_("vic").get(f"{PAGE}/export/csv", {"from": "soon"}).status_code == 400


def test_what_cannot_be_seen_is_shown(shop: World, prompt: Prompt, as_: SignIn) -> None:
    noted(shop, prompt, 1, reason="Fine\u202e.<script>alert(1)</script>")
    event = Event.objects.filter(project=shop.project).first()
    for address in (PAGE, f"{PAGE}/{event.seq}"):
        page = as_("vic").get(address).content.decode()
        assert "\u202e" not in page
        assert "U+202E</span>.&lt;script&gt;alert(1)" in page


def test_it_asks_the_database_as_often_for_many_events_as_for_few(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    vic, counts = as_("vic"), []
    for query in ({}, {"prompt": "support/", "person": "ana", "text": "Noted"}):
        for count in (1, 40):
            noted(shop, prompt, count)
            with CaptureQueriesContext(connection) as queries:
                assert vic.get(PAGE, query).status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


def test_events_of_another_project_are_never_found(shop: World, as_: SignIn) -> None:
    bank = stages.world("bank", preset="solo")
    noted(bank, stages.prompt_named(stages.world("mill"), "secret/plan"), 1)
    assert "secret/plan" not in words(as_("vic").get(PAGE, {"text": "secret"}))
    assert as_("oto").get(PAGE).status_code == 404
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert as_("vic").get(PAGE, {"from": long_ago.isoformat()}).status_code == 200
