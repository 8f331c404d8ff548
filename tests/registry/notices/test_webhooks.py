"""Webhooks: signed, tried again, never redirected; secrets in no log, no page, no row."""

import hashlib
import hmac
import io
import json
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from promptcms.logs import logging_config
from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.notices import targets, webhooks
from registry.notices.deliver import LEASE, deliver
from registry.notices.outcome import pause_after
from registry.prompts.models import Prompt
from registry.release.comments import comment_on
from registry.release.labels import version_at
from tests.registry.notices.conftest import SECRET, announced
from tests.registry.notices.receiver import Receiver
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(shop: World, prompt: Prompt, team: Receiver) -> Outbox:
    """A comment of Rui that waits for the webhook; the mail it made is sent."""
    version = version_at(prompt, "production")
    comment_on(version, text="Prompt words: walrus", actor=shop.actor("rui"))
    [row] = [row for row in announced() if row.target == "team"]
    Outbox.objects.exclude(pk=row.pk).delete()
    return row


def later(row: Outbox, **more: float) -> datetime:
    """Return the moment at which the row is due, or that much later."""
    row.refresh_from_db()
    return row.next_try_at + timedelta(**more)


def test_the_body_is_signed_and_says_what_happened_without_prompt_text(
    row: Outbox, team: Receiver
) -> None:
    assert deliver() == 1
    [got] = team.got
    moment, digest = (part.split("=")[1] for part in got.headers["X-Pcms-Signature"].split(","))
    expected = hmac.new(SECRET.encode(), moment.encode() + b"." + got.body, hashlib.sha256)
    assert hmac.compare_digest(digest, expected.hexdigest())
    assert abs(int(moment) - database_now().timestamp()) < 30
    body = json.loads(got.body)
    assert body["id"] == got.headers["X-Pcms-Id"] == row.payload["id"]
    assert (body["kind"], body["project"], body["prompt"]) == ("comment", "shop", "support/system")
    assert body["sentence"] == "rui commented on support/system 1.0.0."
    assert body["url"].startswith("http://127.0.0.1:8000/projects/shop/prompts/support/system")
    assert "walrus" not in got.body.decode()
    assert body["at"].endswith("Z")
    row.refresh_from_db()
    assert (row.last_status, row.attempts) == (200, 1)
    assert row.sent_at is not None
    assert deliver() == 0


def test_a_failure_is_tried_again_with_the_same_id_until_it_arrives(
    row: Outbox, team: Receiver
) -> None:
    team.answers = [500, 503, 204]
    assert deliver() == 1
    row.refresh_from_db()
    assert (row.sent_at, row.last_status) == (None, 500)
    assert row.last_error == f"127.0.0.1:{team.server_port} answered 500."
    wait = (row.next_try_at - database_now()).total_seconds()
    assert 5 < wait <= 12
    assert deliver() == 0  # not due yet
    for _ in range(2):
        moment = later(row)
        assert deliver(clock=lambda: moment) == 1  # noqa: B023
    row.refresh_from_db()
    assert (row.last_status, row.attempts, row.last_error) == (204, 3, "")
    assert len({got.headers["X-Pcms-Id"] for got in team.got}) == 1
    assert len({got.headers["X-Pcms-Signature"] for got in team.got}) > 1


def test_after_a_day_of_failures_it_is_given_up(row: Outbox, team: Receiver) -> None:
    team.answers = [500]
    tries = 0
    while row.given_up_at is None:
        moment = later(row)
        deliver(clock=lambda: moment)  # noqa: B023
        row.refresh_from_db()
        tries += 1
        assert tries < 20
    assert 8 <= tries <= 12
    assert row.given_up_at - row.created_at <= timedelta(hours=24)
    assert deliver(clock=lambda: row.created_at + timedelta(days=3)) == 0


def test_pauses_grow_from_ten_seconds_to_six_hours_and_are_spread() -> None:
    middle = [pause_after(n, 0.5).total_seconds() for n in range(1, 10)]
    assert middle == [10, 30, 90, 270, 810, 2430, 7290, 21600, 21600]
    assert pause_after(1, 0.0).total_seconds() == 8
    assert pause_after(1, 1.0).total_seconds() == 12


def test_a_silent_receiver_costs_a_bounded_time_and_others_wait_with_it(
    row: Outbox, team: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "READ_SECONDS", 0.2)
    team.answers = [2.0]
    other = Outbox.objects.get(pk=row.pk)
    other.pk = None
    other.save(force_insert=True)
    deliver()
    row.refresh_from_db()
    assert row.last_error == f"127.0.0.1:{team.server_port} did not answer in time."
    assert len(team.got) == 1  # the second was put off without another wait
    other.refresh_from_db()
    assert (other.attempts, other.next_try_at) == (0, row.next_try_at)


def test_nobody_listening_is_said_without_the_address(row: Outbox, settings: Any) -> None:
    settings.PROMPTCMS_WEBHOOKS = {
        "team": {"url": "http://127.0.0.1:9/hooks/T0PSECRET", "format": "slack"}
    }
    deliver()
    row.refresh_from_db()
    assert row.last_error == "Nobody answers at 127.0.0.1:9."


def test_a_redirect_is_not_followed(row: Outbox, team: Receiver) -> None:
    team.answers = [302]
    deliver()
    row.refresh_from_db()
    assert [got.path for got in team.got] == ["/hooks/T0PSECRET"]
    assert row.last_status == 302
    assert "is not followed" in row.last_error


def test_slack_gets_one_text_in_which_no_name_can_make_a_mention(
    row: Outbox, team: Receiver, settings: Any
) -> None:
    settings.PROMPTCMS_WEBHOOKS = {"team": {"url": team.url, "format": "slack"}}
    row.payload |= {"actor": "Eve", "sentence": "<!channel> & all", "reason": "a > b"}
    row.save()
    deliver()
    body = json.loads(team.got[0].body)
    assert list(body) == ["text"]
    lines = body["text"].split("\n")
    assert lines[0] == "*Comment: support/system 1.0.0 (FIRST)*"
    assert lines[1:3] == ["&lt;!channel&gt; &amp; all", "Why: a &gt; b"]
    assert lines[3].endswith("|Open it>")
    assert "X-Pcms-Signature" not in team.got[0].headers


def test_a_worker_killed_while_sending_leaves_the_row_for_the_next_after_the_lease(
    row: Outbox, team: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("registry.notices.deliver._settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver()
    row.refresh_from_db()
    assert row.sent_at is None
    assert deliver() == 0  # leased still
    moment = database_now() + LEASE + timedelta(seconds=1)
    assert deliver(clock=lambda: moment) == 1
    assert [got.headers["X-Pcms-Id"] for got in team.got] == [row.payload["id"]] * 2


def test_a_target_that_left_the_settings_is_given_up_in_words(row: Outbox, settings: Any) -> None:
    settings.PROMPTCMS_WEBHOOKS = {}
    deliver()
    row.refresh_from_db()
    assert row.given_up_at is not None
    assert "There is no webhook “team”" in row.last_error


def test_a_target_hears_only_its_projects_and_its_notices(
    shop: World, prompt: Prompt, team: Receiver, settings: Any
) -> None:
    base = {"url": team.url, "format": "slack"}
    settings.PROMPTCMS_WEBHOOKS = {
        "all": base,
        "bank": {**base, "projects": ["bank"]},
        "shop": {**base, "projects": ["shop"], "notices": ["comment"]},
        "ships": {**base, "notices": ["rolled_back"]},
    }
    comment_on(version_at(prompt, "production"), text="Hm.", actor=shop.actor("rui"))
    assert [row.target for row in announced() if row.target] == ["all", "shop"]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("https://hooks.example.com/T0PSECRET", "must be an object with url"),
        ({"url": "ftp://hooks.example.com/T0PSECRET", "format": "slack"}, "must be an address"),
        ({"url": "https://u:T0PSECRET@x.example", "format": "slack"}, "no password"),
        ({"url": "https://x.example", "format": "xml"}, "format must be json or slack"),
        ({"url": "https://x.example"}, "secret_env must name"),
        ({"url": "https://x.example", "secret_env": "NOT_SET"}, "must hold 16 characters"),
        ({"url": "https://x.example", "format": "slack", "notices": ["all"]}, "no notice all"),
        ({"url": "https://x.example", "format": "slack", "projects": []}, "leave it out for all"),
        ({"url": "https://x.example", "format": "slack", "to": "x"}, "to is not known"),
    ],
)
def test_a_malformed_target_refuses_to_start_and_names_its_cure(
    settings: Any, spec: object, fault: str
) -> None:
    settings.PROMPTCMS_WEBHOOKS = {"team": spec}
    [problem] = targets.problems()
    assert fault in problem
    assert "T0PSECRET" not in problem
    assert targets.all_targets() == []
    with pytest.raises(Exception, match="E008"):
        call_command("check", tags=["promptcms"])
    settings.PROMPTCMS_WEBHOOKS = {"team": {"url": "https://x.example/y", "format": "slack"}}
    assert targets.problems() == []


def test_no_log_line_holds_a_secret_or_what_the_receiver_answered(
    row: Outbox, team: Receiver
) -> None:
    written = io.StringIO()
    before = logging.root.handlers, logging.root.level
    logging.config.dictConfig(logging_config(json=True, level="DEBUG"))
    logging.root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    try:
        team.answers = [500]
        deliver()
    finally:
        logging.root.handlers, logging.root.level = before
    assert len(team.got) == 1
    for secret in (SECRET, "T0PSECRET", "the body of the answer"):
        assert secret not in written.getvalue()
    row.refresh_from_db()
    assert SECRET not in json.dumps(row.payload)
