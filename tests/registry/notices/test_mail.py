"""Mails: what to do first, in the reader's zone, no prompt text, no foreign header."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail

from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.notices.announce import announce
from registry.notices.choices import How, choose, next_morning
from registry.notices.deliver import deliver
from registry.notices.kinds import Notice
from registry.projects.members import deactivate
from registry.prompts.models import Prompt, Version
from registry.release.comments import comment_on
from registry.release.labels import version_at
from tests import stages
from tests.registry.notices.conftest import SignIn, announced
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def major(shop: World, prompt: Prompt) -> Version:
    """A MAJOR that waits for Rui, who reads in Vienna."""
    rui = shop.person("rui")
    rui.time_zone = "Europe/Vienna"
    rui.save()
    base = version_at(prompt, "production")
    version = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base)
    return stages.in_review_or_cleared(shop, version)


def hears(shop: World, name: str, notice: Notice, how: How) -> None:
    """Let one of the people choose how to hear a kind."""
    choose(shop.person(name), chosen={notice: how}, now=database_now())


def mails_to(name: str) -> list[Any]:
    """Announce and deliver what is due; return the mails to one of the people since."""
    mail.outbox.clear()
    announce(now=database_now())
    deliver()
    return [sent for sent in mail.outbox if sent.to == [f"{name}@example.org"]]


def test_an_approval_mail_says_what_to_do_why_and_where_in_the_readers_zone(
    shop: World, major: Version
) -> None:
    asking = [m for m in mails_to("rui") if m.subject.startswith("Approval")]
    [sent] = asking
    assert sent.subject == "Approval wanted: support/system 2.0.0 (MAJOR)"
    lines = sent.body.splitlines()
    assert lines[0] == "Read it, then approve, ask for changes or reject."
    assert "ana wrote support/system 2.0.0; somebody who did not must sign it." in lines
    assert "What the change is for: Because the tests need it." in lines
    assert "Why: Evaluation waived: No golden cases yet." in lines
    assert any(line.split(" · ")[0].endswith(("CET", "CEST")) for line in lines)
    assert any(f"/projects/shop/prompts/support/system/versions/{major.semver}" in x for x in lines)
    assert lines[-1] == "Choose what you hear: http://127.0.0.1:8000/profile/notices"
    assert "support agent" not in sent.body
    assert "plan is" not in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert not Outbox.objects.filter(sent_at=None).exists()


def test_two_clicks_from_the_mail_to_the_decision(shop: World, major: Version, as_: SignIn) -> None:
    comment_on(major, text="Which plan?", actor=shop.actor("ana"))
    comment_on(major, text="Is it tested?", actor=shop.actor("lea"))
    announced()
    rows = Outbox.objects.filter(person=shop.person("rui"))
    assert {row.notice for row in rows} == {"approval_wanted", "waived"}
    rui = as_("rui")
    for row in rows:
        assert rui.get(row.payload["path"]).status_code == 200
    approval = rows.get(notice="approval_wanted").payload["path"]
    assert 'value="approve"' in rui.get(approval).content.decode()
    comment = Outbox.objects.get(person=shop.person("ana"), notice="comment").payload["path"]
    page, anchor = comment.split("#")
    assert f'id="{anchor}"' in as_("ana").get(page).content.decode()


def test_a_comment_comes_with_its_words_and_not_with_the_lines_it_quotes(
    shop: World, major: Version
) -> None:
    mails_to("ana")
    comment_on(major, text="Say why.\n-- \nRui", actor=shop.actor("rui"), anchor="lines:1:1-1")
    [sent] = mails_to("ana")
    assert "> Say why." in sent.body
    assert "support agent" not in sent.body


def test_no_name_adds_a_header_or_a_line(shop: World, major: Version) -> None:
    announce(now=database_now())
    [row] = Outbox.objects.filter(person=shop.person("rui"), notice="approval_wanted")
    row.payload |= {"prompt": "x\r\nBcc: eve@example.org", "actor": "Eve\nSubject: y"}
    row.payload |= {"sentence": "a\x07b", "project": "shop\nBcc: eve@example.org"}
    row.save()
    deliver()
    [sent] = [m for m in mail.outbox if "Bcc" in m.subject]
    assert sent.subject == "Approval wanted: x Bcc: eve@example.org 2.0.0 (MAJOR)"
    headers = sent.message().as_string().split("\n\n")[0]
    assert not [line for line in headers.splitlines() if line.startswith("Bcc")]
    assert sent.recipients() == ["rui@example.org"]


def test_off_sends_nothing_and_at_once_sends_at_once(shop: World, major: Version) -> None:
    mails_to("ana")
    hears(shop, "ana", Notice.COMMENT, How.OFF)
    comment_on(major, text="One.", actor=shop.actor("rui"))
    assert mails_to("ana") == []
    hears(shop, "ana", Notice.COMMENT, How.AT_ONCE)
    comment_on(major, text="Two.", actor=shop.actor("rui"))
    [sent] = mails_to("ana")
    assert "Two." in sent.body


def test_the_daily_mail_collects_until_eight_in_the_readers_zone(
    shop: World, major: Version
) -> None:
    mails_to("ana")
    hears(shop, "ana", Notice.COMMENT, How.DAILY)
    for words in ("One.", "Two."):
        comment_on(major, text=words, actor=shop.actor("rui"))
    assert mails_to("ana") == []
    rows = Outbox.objects.filter(daily=True)
    morning = next_morning(shop.person("ana"), shop.project, database_now())
    assert {row.next_try_at for row in rows} == {morning}
    assert (morning.hour, morning.minute) == (8, 0)
    assert deliver(clock=lambda: morning - timedelta(seconds=1)) == 0
    assert deliver(clock=lambda: morning) == 2
    [sent] = mail.outbox
    assert sent.subject == "Your day: 2 notices"
    assert sent.body.index("> One.") < sent.body.index("> Two.")
    assert deliver(clock=lambda: morning + timedelta(days=1)) == 0


def test_a_daily_mail_that_fails_loses_nothing(shop: World, major: Version) -> None:
    mails_to("ana")
    hears(shop, "ana", Notice.COMMENT, How.DAILY)
    for words in ("One.", "Two."):
        comment_on(major, text=words, actor=shop.actor("rui"))
    announced()
    morning = next_morning(shop.person("ana"), shop.project, database_now())
    away = mock.patch("django.core.mail.EmailMessage.send", side_effect=ConnectionRefusedError)
    with away:
        deliver(clock=lambda: morning)
    assert set(Outbox.objects.filter(daily=True).values_list("last_error", flat=True)) == {
        "The mail server could not be reached (ConnectionRefusedError)."
    }
    mail.outbox.clear()
    assert deliver(clock=lambda: morning + timedelta(minutes=1)) == 2
    assert mail.outbox[0].subject == "Your day: 2 notices"


def test_who_turns_a_kind_off_or_to_at_once_decides_about_what_waits(
    shop: World, major: Version
) -> None:
    mails_to("ana")
    for words, then, expected in (("One.", How.OFF, 0), ("Two.", How.AT_ONCE, 1)):
        hears(shop, "ana", Notice.COMMENT, How.DAILY)
        comment_on(major, text=words, actor=shop.actor("rui"))
        announced()
        hears(shop, "ana", Notice.COMMENT, then)
        assert len(mails_to("ana")) == expected


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("UTC", (2026, 11, 21, 7, 59), (2026, 11, 21, 8, 0)),
        ("UTC", (2026, 11, 21, 8, 0), (2026, 11, 22, 8, 0)),
        ("Europe/Vienna", (2026, 11, 21, 7, 30), (2026, 11, 22, 7, 0)),
        ("Europe/Vienna", (2026, 3, 28, 12, 0), (2026, 3, 29, 6, 0)),  # summer time begins
        ("Europe/Vienna", (2026, 10, 24, 12, 0), (2026, 10, 25, 7, 0)),  # and ends
        ("Pacific/Kiritimati", (2026, 11, 21, 12, 0), (2026, 11, 21, 18, 0)),
    ],
)
def test_the_next_morning_is_eight_on_the_readers_wall(
    shop: World, zone: str, now: tuple[int, ...], due: tuple[int, ...]
) -> None:
    person = shop.person("ana")
    person.time_zone = zone
    moment = datetime(*now, tzinfo=UTC)  # type: ignore[arg-type, misc]
    expected = datetime(*due, tzinfo=UTC)  # type: ignore[arg-type, misc]
    assert next_morning(person, shop.project, moment) == expected


def test_who_never_chose_a_zone_gets_the_mail_in_the_projects_morning(shop: World) -> None:
    shop.project.time_zone = "Asia/Tokyo"
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    due = next_morning(shop.person("ana"), shop.project, noon)
    assert due == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_who_left_in_the_meantime_hears_nothing(shop: World, major: Version) -> None:
    announce(now=database_now())
    rui = shop.person("rui")
    deactivate(shop.project, person=rui, actor=shop.actor("ada"), reason="Left.")
    assert mails_to("rui") == []
    said = set(Outbox.objects.filter(person=rui).values_list("last_error", flat=True))
    assert said == {"This person is no longer a member of the project."}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (TimeoutError(), "The mail server did not answer in time."),
        (
            smtplib.SMTPAuthenticationError(535, b"secret of the server"),
            "The mail server refused the user or password in EMAIL_URL.",
        ),
        (
            smtplib.SMTPRecipientsRefused({"rui@example.org": (550, b"secret of the server")}),
            "The mail server refused the address of this person.",
        ),
        (smtplib.SMTPDataError(554, b"secret of the server"), "The mail server answered 554."),
    ],
)
def test_what_the_mail_server_says_is_put_into_our_words(
    shop: World, major: Version, fault: Exception, words: str
) -> None:
    announce(now=database_now())
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=fault):
        deliver()
    row = Outbox.objects.filter(attempts=1).latest("pk")
    assert row.last_error == words
    assert row.sent_at is None
    assert row.next_try_at > database_now()


def test_the_people_of_the_demo_are_never_given_to_a_mail_server(
    shop: World, major: Version, settings: Any
) -> None:
    type(shop.person("rui")).objects.filter(username="rui").update(is_demo=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    announce(now=database_now())
    Outbox.objects.exclude(person=shop.person("rui")).delete()
    with mock.patch("django.core.mail.EmailMessage.send") as send:
        deliver()
    assert not send.called
    assert not Outbox.objects.filter(given_up_at=None).exists()
