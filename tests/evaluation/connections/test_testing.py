"""Testing a connection: one short question by a worker, and what came back in words."""

from datetime import timedelta
from decimal import Decimal

import pytest

from evaluation.offline.connection_tests import PATIENCE, last_tests, start_test, work_on_test
from evaluation.offline.models import ConnectionTest
from evaluation.offline.spend import Spent, spent_by
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from tests import stages
from tests.evaluation.providers.mock_endpoint import completion, endpoint, status

KEY = "sk-house-77aa01-9c31f2"
PRICES = {"small": {"input": 1000, "output": 2000}}


@pytest.fixture
def shop(db, settings, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    settings.PROMPTCMS_CONNECTIONS = {}
    return stages.world()


@pytest.fixture
def ask(shop, settings, monkeypatch):
    """Test a connection whose endpoint gives these replies; return the test as it is then."""

    def ask(*replies, **spec):
        monkeypatch.setenv("HOUSE_KEY", KEY)
        with endpoint(*replies) as server:
            settings.PROMPTCMS_CONNECTIONS = {
                "house": {"base_url": server.url, "key_env": "HOUSE_KEY", "models": ["small"]}
                | spec
            }
            test = start_test(shop.project, connection="house", actor=shop.actor("ana"))
            work_on_test(test.pk)
        test.refresh_from_db()
        return test

    return ask


def test_a_connection_that_answers_says_how_fast_as_whom_and_for_how_much(ask, shop):
    test = ask(completion('{"ready": true}'), prices=PRICES)
    assert (test.state, test.works, test.model) == ("done", True, "small")
    assert test.message.startswith("small-2026-11-01 answered in 0.")
    assert test.message.endswith("for $0.013000.")  # 7 tokens for a dollar a thousand, 3 for two
    assert test.latency_ms > 0
    assert spent_by(shop.project)["house"] == Spent(1, 0, Decimal("0.013"))


def test_a_model_without_schemas_and_prices_is_told_as_such(ask, shop):
    no_form = status(400, {"error": {"message": "response_format is not supported"}})
    test = ask(no_form, no_form, completion('{"ready": true}'))
    assert test.works
    assert "at a price that nobody knows" in test.message
    assert "takes no schema" in test.message
    assert spent_by(shop.project)["house"].unpriced == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (status(401, {"error": {"message": f"Wrong key {KEY}"}}), "refused the key"),
        (status(404, {"error": {"message": "no such model"}}), "no such model"),
        (status(500, {"error": {"message": f"You sent Bearer {KEY}"}}), "has trouble"),
        (status(429, {"error": {"message": "Slow down."}}), "asks to wait"),
        (completion("x" * 10, content=5), "no chat completion"),
    ],
)
def test_one_that_does_not_says_why_and_never_shows_the_key(ask, shop, caplog, reply, words):
    test = ask(reply)
    assert (test.state, test.works) == ("done", False)
    assert words in test.message
    assert KEY not in test.message + caplog.text
    assert spent_by(shop.project) == {}


def test_the_simulated_connection_answers_without_a_model(shop):
    test = start_test(shop.project, connection="simulated", actor=shop.actor("rui"))
    work_on_test(test.pk)
    test.refresh_from_db()
    assert test.works
    assert "without a model" in test.message


def test_a_connection_that_was_taken_from_the_settings_meanwhile_is_said(shop, settings):
    settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": "http://127.0.0.1:9/v1"}}
    test = start_test(shop.project, connection="house", model="m", actor=shop.actor("ana"))
    settings.PROMPTCMS_CONNECTIONS = {}
    work_on_test(test.pk)
    test.refresh_from_db()
    assert not test.works
    assert "There is no connection “house”" in test.message


def test_asking_twice_waits_for_one_answer(shop):
    actor = shop.actor("ana")
    first = start_test(shop.project, connection="simulated", actor=actor)
    assert start_test(shop.project, connection="simulated", actor=actor) == first
    work_on_test(first.pk)
    assert start_test(shop.project, connection="simulated", actor=actor) != first


def test_a_test_that_waited_too_long_is_not_made_any_more(shop):
    test = start_test(shop.project, connection="simulated", actor=shop.actor("ana"))
    ConnectionTest.objects.update(created_at=database_now() - PATIENCE - timedelta(seconds=1))
    work_on_test(test.pk)
    test.refresh_from_db()
    assert test.state == "queued"
    assert start_test(shop.project, connection="simulated", actor=shop.actor("ana")) != test


def test_too_many_tests_are_refused_and_later_allowed_again(shop):
    person = shop.person("ana")
    ConnectionTest.objects.bulk_create(
        ConnectionTest(
            project=shop.project, connection="simulated", requested_by=person, state="done"
        )
        for _ in range(30)
    )
    with pytest.raises(Refused, match="30 tests within an hour"):
        start_test(shop.project, connection="simulated", actor=shop.actor("ana"))
    ConnectionTest.objects.update(created_at=database_now() - timedelta(hours=2))
    assert start_test(shop.project, connection="simulated", actor=shop.actor("ana")).pk


def test_who_may_not_and_what_cannot_be_tested(shop, settings):
    settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": "http://127.0.0.1:9/v1"}}
    with pytest.raises(NotPermitted):
        start_test(shop.project, connection="house", actor=shop.actor("vic"))
    ana = shop.actor("ana")
    with pytest.raises(ContentError, match="which model"):
        start_test(shop.project, connection="house", actor=ana)
    with pytest.raises(ContentError, match="at most 100"):
        start_test(shop.project, connection="house", model="m" * 101, actor=ana)
    with pytest.raises(ContentError):
        start_test(shop.project, connection="house", model="m\x00", actor=ana)
    with pytest.raises(Refused, match="no connection"):
        start_test(shop.project, connection="http://127.0.0.1", actor=ana)
    assert start_test(shop.project, connection="house", model="m", actor=ana).model == "m"


def test_each_project_sees_its_own_last_tests(shop):
    other = stages.world("garden")
    mine = start_test(shop.project, connection="simulated", actor=shop.actor("ana"))
    start_test(other.project, connection="simulated", actor=other.actor("ana"))
    assert last_tests(shop.project, ["simulated", "house"]) == {"simulated": mine}
