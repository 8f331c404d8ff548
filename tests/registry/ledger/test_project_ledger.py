"""The ledger of a project: what changed, by whom, and what every prompt served at a moment."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from registry.prompts.models import Prompt
from registry.release.labels import lock_prompt, move_label
from registry.release.rollout import start
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

PAGE = "/projects/shop/ledger"
YESTERDAY = datetime.now(UTC).replace(hour=14, minute=5, second=0) - timedelta(days=1)


def shipped(shop: World, name: str, *, at: datetime, reason: str = "Go.") -> Prompt:
    """Bring a new prompt to production at a moment."""
    prompt = stages.prompt_named(shop, name)
    version = stages.cleared(shop, stages.saved(shop, prompt))
    start(version, actor=shop.actor("lea"), reason=reason, now=at)
    return prompt


def moved_often(shop: World, prompt: Prompt, count: int) -> None:
    """Move staging to and fro between two versions."""
    first = stages.in_production(shop, prompt)
    second = stages.cleared(shop, stages.saved(shop, prompt, stages.PATCH_TEXT, base=first))
    with transaction.atomic():
        lock_prompt(prompt)
        for number in range(count):
            move_label(
                prompt,
                "staging",
                (second, first)[number % 2],
                actor=shop.actor("lea"),
                reason=f"Move {number}.",
                now=datetime.now(UTC),
            )


def rows_of(answer: Any) -> list[dict[str, str]]:
    """Read an exported file as a spreadsheet does."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_changed_yesterday_afternoon_is_one_click(shop: World, as_: SignIn) -> None:
    shipped(shop, "support/system", at=YESTERDAY, reason="The new voice.")
    shipped(shop, "faq/tone", at=YESTERDAY.replace(hour=11), reason="In the morning.")
    shipped(shop, "faq/now", at=datetime.now(UTC), reason="Just now.")
    page = words(as_("vic").get(PAGE, {"period": "yesterday-afternoon"}))
    assert "What changed yesterday afternoon: 2 moves of labels" in page
    assert "The new voice." in page
    assert "In the morning." not in page
    assert "Just now." not in page


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ({"prompt": "faq/"}, "faq/tone", "support/system"),
        ({"prompt": "faq"}, "No label moved in what you asked for", "faq/tone"),
        ({"prompt": "support/system"}, "support/system", "faq/tone"),
        ({"person": "LEA"}, "faq/tone", "No label moved"),
        ({"person": "ana"}, "No label moved in what you asked for", "faq/tone"),
        ({"label": "staging"}, "staging nothing → 1.0.0", "production nothing"),
        ({"from": "2099-01-01T00:00"}, "No label moved", "faq/tone"),
    ],
)
def test_the_filters_narrow_the_moves(
    shop: World, as_: SignIn, query: dict[str, str], there: str, gone: str
) -> None:
    shipped(shop, "support/system", at=YESTERDAY)
    shipped(shop, "faq/tone", at=YESTERDAY)
    page = words(as_("vic").get(PAGE, query))
    assert there in page
    assert gone not in page


def test_it_says_what_every_prompt_served_at_a_moment(shop: World, as_: SignIn) -> None:
    shipped(shop, "support/system", at=YESTERDAY)
    stages.prompt_named(shop, "faq/unwritten")
    stages.in_production(stages.world("bank"), stages.prompt_named(stages.world("other")))
    page = words(as_("vic").get(PAGE, {"at": datetime.now(UTC).isoformat()}))
    assert "support/system 1.0.0" in page
    assert "faq/unwritten nothing yet" in page
    assert "No prompt existed then" in words(as_("vic").get(PAGE, {"at": "2020-01-01T00:00"}))


def test_it_says_who_got_the_canary_at_a_moment(shop: World, prompt: Prompt, as_: SignIn) -> None:
    stages.in_production(shop, prompt)
    stages.in_canary(shop, prompt)
    now = {"at": datetime.now(UTC).isoformat()}
    assert "1.0.0 5 % got 1.1.0" in words(as_("vic").get(PAGE, now))
    of_one = words(as_("vic").get("/projects/shop/prompts/support/system/ledger", now))
    assert "Production served 1.0.0 at that moment" in of_one
    assert "and 5 % of the traffic got 1.1.0" in of_one


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"at": "soon"}, "Give a date and time like"),
        ({"from": "x"}, "Give a date and time like"),
        ({"from": "2026-02-02T00:00", "until": "2026-02-01T00:00"}, "The end lies before"),
    ],
)
def test_a_time_that_cannot_be_read_is_said(
    shop: World, as_: SignIn, query: dict[str, str], says: str
) -> None:
    answer = as_("vic").get(PAGE, query)
    assert answer.status_code == 400
    assert says in words(answer)
    assert (
        as_("vic").get(PAGE, {"before": "x,y", "after": "\ud7ff", "label": "no"}).status_code == 200
    )


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"])
def test_a_forged_mark_of_a_page_is_the_first_page(
    shop: World, prompt: Prompt, as_: SignIn, moment: str
) -> None:
    stages.in_production(shop, prompt)
    answer = as_("vic").get(PAGE, {"before": f"{moment},5"})
    assert answer.status_code == 200
    assert "support/system" in words(answer)


@pytest.mark.parametrize("name", ["from", "at", "before"])
def test_an_offset_that_no_place_has_is_a_moment_like_any_other(
    shop: World, prompt: Prompt, as_: SignIn, name: str
) -> None:
    stages.in_production(shop, prompt)
    mark = ",5" if name == "before" else ""
    answer = as_("vic").get(PAGE, {name: f"2020-01-01T00:00:00-23:59{mark}"})
    assert answer.status_code == 200


def test_the_export_holds_what_is_shown_and_no_cell_is_a_formula(shop: World, as_: SignIn) -> None:
    shipped(shop, "support/system", at=YESTERDAY, reason='=HYPERLINK("http://evil","x")')
    shipped(shop, "faq/tone", at=YESTERDAY, reason="'quoted'")
    rows = rows_of(as_("vic").get(PAGE + "/export", {"label": "production"}))
    assert {row["prompt"]: row["reason"] for row in rows} == {
        "support/system": '\'=HYPERLINK("http://evil","x")',
        "faq/tone": "''quoted'",
    }
    assert rows[0]["at"] == f"{YESTERDAY:%Y-%m-%dT%H:%M:%S}.{YESTERDAY.microsecond // 1000:03}Z"
    assert (rows[0]["moved_by"], rows[0]["version_after"]) == ("lea", "1.0.0")
    of_one = as_("vic").get("/projects/shop/prompts/faq/tone/ledger/export")
    assert {row["prompt"] for row in rows_of(of_one)} == {"faq/tone"}
    assert as_("oto").get(PAGE + "/export").status_code == 404


def test_older_moves_stand_on_further_pages_and_none_is_lost(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    moved_often(shop, prompt, 70)
    vic, seen, query = as_("vic"), [], {}
    for _ in range(3):
        shown = vic.get(PAGE, query).context["shown"]
        seen += [move.pk for move in shown.moves]
        query = {"before": shown.older}
        if not shown.older:
            break
    assert len(seen) == len(set(seen)) == prompt.label_events.count() == 72


def test_what_cannot_be_seen_in_a_reason_is_shown(shop: World, as_: SignIn) -> None:
    shipped(shop, "support/system", at=YESTERDAY, reason="Safe \u202eevil<b>")
    for address in (PAGE, "/projects/shop/prompts/support/system/ledger"):
        page = as_("vic").get(address).content.decode()
        assert "\u202e" not in page
        assert ">U+202E</span>evil&lt;b&gt;" in page


@pytest.mark.parametrize("at", ["", "2090-01-01T00:00"])
def test_it_asks_the_database_as_often_for_many_rows_as_for_one(
    shop: World, as_: SignIn, at: str
) -> None:
    lea, counts = as_("lea"), []
    query = {"at": datetime.now(UTC).isoformat()} if at else {}
    for number in range(3):
        shipped(shop, f"prompt/{number}", at=YESTERDAY)
        for address in (PAGE, "/projects/shop/prompts/prompt/0/ledger"):
            with CaptureQueriesContext(connection) as queries:
                assert lea.get(address, query).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[-2:]
