"""Logs find a request by its number, and never hold what people wrote, keys or links."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from promptcms.logs import logging_config
from registry.prompts.models import Version
from registry.runtime.key_format import new_key
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.stages import World

CANARY = "the-customer-said-orange-walrus"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that the handler of production writes, at its most talkative level."""
    written = io.StringIO()
    before = logging.root.handlers, logging.root.level
    logging.config.dictConfig(logging_config(json=True, level="DEBUG"))
    logging.root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    logging.config.dictConfig(settings.LOGGING)
    logging.root.handlers, logging.root.level = before


def parsed(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_failing_request_is_found_by_its_number_and_tells_no_secret(
    make_key: MakeKey, lines: io.StringIO
) -> None:
    secret = make_key("stop").secret
    client = Client(raise_request_exception=False)
    fault = ValueError(f"cannot use {CANARY}")
    with mock.patch("registry.runtime.api.rollback.prompt_named", side_effect=fault):
        answer = client.post(
            f"/api/v1/prompts/support/system/rollback?unit={CANARY}",
            {"reason": CANARY},
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Cookie": f"pcms-session={CANARY}"},
        )
    assert answer.status_code == 500
    number = answer.json()["message"].rstrip(".").split()[-1]
    failed = [line for line in parsed(lines) if line["event"] == "request_failed"]
    assert [line["request_id"] for line in failed] == [number]
    assert "registry/runtime/api/rollback.py" in failed[0]["exception"]
    assert failed[0]["exception"].endswith("ValueError")
    assert CANARY not in lines.getvalue()
    assert secret not in lines.getvalue()


@pytest.mark.django_db
def test_a_failing_form_leaves_no_field_in_the_logs(shop: World, lines: io.StringIO) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(shop.person("ada"))
    with mock.patch("registry.web.keys.views.create_key", side_effect=KeyError(CANARY)):
        answer = client.post(
            "/projects/shop/keys/new",
            {"name": CANARY, "scopes": ["stop"], "password_again": stages.PASSWORD},
        )
    assert answer.status_code == 500
    assert [line for line in parsed(lines) if line["event"] == "request_failed"]
    assert CANARY not in lines.getvalue()
    assert stages.PASSWORD not in lines.getvalue()


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_not_quoted(shop: World, lines: io.StringIO) -> None:
    prompt = stages.prompt_named(shop)
    fields: dict[str, Any] = {"revision": 1, "major": 1, "minor": 0, "patch": 0, "digest": "d"}
    try:
        with transaction.atomic():
            Version.objects.create(
                prompt=prompt,
                content=CANARY,
                bump="HUGE",
                author=shop.person("ana"),
                change_reason="First.",
                **fields,
            )
    except Exception:
        structlog.get_logger("test").exception("not_saved")
        logging.getLogger("test").exception("not saved")
    told = parsed(lines)
    assert [line["event"] for line in told if "exception" in line] == ["not_saved", "not saved"]
    assert all("IntegrityError" in line["exception"] for line in told if "exception" in line)
    assert CANARY not in lines.getvalue()


def test_keys_and_one_time_links_are_struck_out_of_every_line(
    lines: io.StringIO, client: Client
) -> None:
    secret = new_key(["read"])
    client.get(f"/api/nothing/{secret}")
    logging.getLogger("app").warning("cannot use %s", secret)
    structlog.get_logger("app").warning("tried", address="/setup/abcDEF123", to="/invitations/xyz9")
    text = lines.getvalue()
    assert secret not in text
    assert secret[:18] in text
    assert "abcDEF123" not in text
    assert "xyz9" not in text
    assert len(parsed(lines)) >= 4


def test_a_failed_task_is_named_without_the_words_of_its_exception(lines: io.StringIO) -> None:
    from promptcms.celery import app

    @app.task(name="tests.fail")
    def fail() -> None:
        raise ValueError(CANARY)

    result = fail.apply(args=(), throw=False)
    assert result.failed()
    told = [line for line in parsed(lines) if line["logger"] == "celery.app.trace"]
    assert "tests.fail" in told[-1]["event"]
    assert "ValueError" in told[-1]["event"]
    assert CANARY not in lines.getvalue()


@pytest.mark.django_db
def test_an_outage_may_say_what_the_machine_said(lines: io.StringIO) -> None:
    with connection.cursor() as cursor, transaction.atomic():
        try:
            cursor.execute("SELECT 1 FROM no_such_table")
        except Exception:
            structlog.get_logger("test").exception("asked")
            transaction.set_rollback(True)
    kind = "OperationalError: no such table" if connection.vendor == "sqlite" else "UndefinedTable"
    assert kind in parsed(lines)[-1]["exception"]


def test_django_keeps_no_handler_that_would_mail_a_form() -> None:
    assert logging.getLogger("django").handlers == []
