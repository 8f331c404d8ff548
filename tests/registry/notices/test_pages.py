"""The page of one's own choices, and the admin's page of webhooks and deliveries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.notices.choices import How, choices_of
from registry.notices.deliver import deliver
from registry.notices.kinds import Notice
from registry.notices.log import forget_old
from registry.prompts.models import Prompt
from registry.release.comments import comment_on
from registry.release.labels import version_at
from tests import stages
from tests.registry.notices.conftest import SECRET, SignIn, announced
from tests.registry.notices.receiver import Receiver
from tests.stages import World

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/notices"


def everything(**changed: str) -> dict[str, str]:
    """The form as it is posted: at once for every kind, but what is changed."""
    return {notice.value: "at_once" for notice in Notice} | changed


def test_a_person_chooses_each_kind_in_one_form(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    assert "/profile/notices" in ana.get("/profile").content.decode()
    page = ana.get("/profile/notices").content.decode()
    assert "ana@example.org" in page
    answer = ana.post("/profile/notices", everything(comment="daily", cleared="off"), follow=True)
    assert "Saved." in answer.content.decode()
    chosen = choices_of(shop.person("ana"))
    assert chosen[Notice.COMMENT] is How.DAILY
    assert chosen[Notice.CLEARED] is How.OFF
    assert chosen[Notice.DECIDED] is How.AT_ONCE
    assert choices_of(shop.person("rui"))[Notice.COMMENT] is How.AT_ONCE


def test_a_choice_that_does_not_exist_is_a_form_error_and_changes_nothing(
    shop: World, as_: SignIn
) -> None:
    answer = as_("ana").post("/profile/notices", everything(comment="hourly"))
    assert answer.status_code == 400
    assert choices_of(shop.person("ana"))[Notice.COMMENT] is How.AT_ONCE


def test_an_admin_sends_a_test_and_sees_its_answer(
    shop: World, as_: SignIn, team: Receiver
) -> None:
    ada = as_("ada")
    assert "nothing was sent yet" in ada.get(PAGE).content.decode()
    answer = ada.post(f"{PAGE}/test", {"target": "team"}, follow=True)
    assert "data-waiting" in answer.content.decode()
    deliver()
    assert b"ada tried this webhook" in team.got[0].body
    page = ada.get(PAGE).content.decode()
    assert '<span class="chip good">sent</span>' in page
    assert "Test from Shop" in page
    for secret in (SECRET, "T0PSECRET"):
        assert secret not in page


def test_a_test_for_an_unknown_or_foreign_webhook_is_refused(
    shop: World, as_: SignIn, team: Receiver, settings: Any
) -> None:
    settings.PROMPTCMS_WEBHOOKS["team"]["projects"] = ["bank"]
    ada = as_("ada")
    for name in ("team", "nobody", "<b>x", ""):
        assert ada.post(f"{PAGE}/test", {"target": name}).status_code == 409
    assert not Outbox.objects.exists()
    assert "No webhook hears of this project." in ada.get(PAGE).content.decode()


def test_what_failed_is_filtered_explained_and_tried_again(
    shop: World, prompt: Prompt, as_: SignIn, team: Receiver
) -> None:
    comment_on(version_at(prompt, "production"), text="Hm.", actor=shop.actor("rui"))
    announced()
    team.answers = [500, 200]
    deliver()
    ada = as_("ada")
    page = ada.get(f"{PAGE}?failed=1").content.decode()
    assert "answered 500." in page
    assert "by mail" not in page  # the mail arrived
    row = Outbox.objects.get(target="team")
    Outbox.objects.filter(pk=row.pk).update(given_up_at=database_now())
    ada.post(f"{PAGE}/{row.pk}/again", follow=True)
    deliver()
    row.refresh_from_db()
    assert (row.last_status, row.given_up_at, row.attempts) == (200, None, 1)
    assert ada.post(f"{PAGE}/{row.pk}/again").status_code == 409
    assert "Nothing failed." in ada.get(f"{PAGE}?failed=1").content.decode()


def test_a_second_round_lasts_a_day_of_its_own(shop: World, as_: SignIn, team: Receiver) -> None:
    ada = as_("ada")
    ada.post(f"{PAGE}/test", {"target": "team"})
    row = Outbox.objects.get()
    old = database_now() - timedelta(days=2)
    Outbox.objects.update(created_at=old, given_up_at=old, last_error="It answered 500.")
    ada.post(f"{PAGE}/{row.pk}/again")
    team.answers = [500]
    deliver()
    row.refresh_from_db()
    assert row.given_up_at is None
    assert row.next_try_at > database_now()


def test_a_delivery_of_another_project_does_not_exist_here(shop: World, as_: SignIn) -> None:
    bank = stages.world("bank")
    row = Outbox.objects.create(
        kind="mail", project=bank.project, payload={"title": "In the bank"}, last_error="No."
    )
    ada = as_("ada")
    assert ada.post(f"{PAGE}/{row.pk}/again").status_code == 404
    assert "In the bank" not in ada.get(PAGE).content.decode()
    assert ada.post(f"/projects/bank/notices/{row.pk}/again").status_code == 302


def test_only_admins_see_who_was_told_what(shop: World, as_: SignIn) -> None:
    for name in ("vic", "ana", "rui", "lea"):
        answer = as_(name).get(PAGE)
        assert answer.status_code == 403
        assert "ada" in answer.content.decode()
    assert as_("ada").get(PAGE).status_code == 200


def test_the_log_costs_the_same_for_one_row_and_for_two_hundred(
    shop: World, as_: SignIn, team: Receiver, django_assert_num_queries: Any
) -> None:
    ada = as_("ada")

    def made(count: int) -> None:
        rows = [
            Outbox(
                kind="mail",
                project=shop.project,
                person=shop.person("ana"),
                payload={"title": f"Notice {n}"},
            )
            for n in range(count)
        ]
        Outbox.objects.bulk_create(rows)

    made(1)
    ada.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        ada.get(PAGE)
    made(250)
    with django_assert_num_queries(len(few.captured_queries)):
        page = ada.get(PAGE).content.decode()
    assert page.count("by mail") == 200


def test_deliveries_that_ended_are_forgotten_after_thirty_days(shop: World) -> None:
    now = database_now()
    old = now - timedelta(days=31)
    for fields in ({"sent_at": old}, {"given_up_at": old}, {}):
        row = Outbox.objects.create(kind="mail", project=shop.project, payload={}, **fields)
        Outbox.objects.filter(pk=row.pk).update(created_at=old)
    Outbox.objects.create(kind="mail", project=shop.project, payload={}, sent_at=now)
    assert forget_old(now=now) == 2
    assert Outbox.objects.count() == 2


def test_a_hostile_payload_is_shown_as_text(shop: World, as_: SignIn) -> None:
    evil = "<script>alert(1)</script>"
    Outbox.objects.create(
        kind="webhook",
        target=evil,
        project=shop.project,
        payload={"title": evil, "prompt": evil},
        last_error=evil,
    )
    page = as_("ada").get(PAGE).content.decode()
    assert evil not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3
