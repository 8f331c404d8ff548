"""The page of the model connections: what is said of each, and that no key is."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.offline.connection_tests import work_on_test
from evaluation.offline.models import ConnectionTest
from evaluation.offline.spend import add_spend
from tests import stages

KEY = "sk-house-77aa01-9c31f2"
PAGE = "/projects/shop/connections"


@pytest.fixture
def shop(db, settings, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("HOUSE_KEY", KEY)
    settings.PROMPTCMS_CONNECTIONS = {
        "house": {
            "base_url": "https://models.example.com:8443/secret-path/v1",
            "key_env": "HOUSE_KEY",
            "models": ["small", "large"],
            "requests_per_minute": 3000,
            "prices": {"small": {"input": 0.15, "output": 0.6}},
            "max_cost_month": 10,
        },
        "gateway": {"base_url": "https://gateway.example.com/v1"},
        "broken": {"base_url": "https://x.example.com/v1", "key_env": "ABSENT_KEY"},
    }
    return stages.world()


@pytest.fixture
def as_ana(client, shop):
    client.force_login(shop.person("ana"))
    return client


def test_each_connection_says_what_it_may_and_what_it_cost(as_ana, shop):
    garden = stages.world("garden").project
    add_spend(shop.project.pk, "house", calls=1200, unpriced=3, cost=Decimal("1.5"))
    add_spend(garden.pk, "house", calls=10, cost=Decimal("7"))
    text = as_ana.get(PAGE).content.decode()
    assert "2 connections to models can be used, 1 cannot." in text
    assert "models.example.com:8443" in text
    assert "$0.15 in, $0.60 out for a million tokens" in text
    assert "price unknown" in text  # of the large one
    assert "3,000 requests a minute" in text
    assert "$1.50" in text
    assert "by Shop, 1,200 calls, 3 of them at unknown cost" in text
    assert "$8.50 of at most $10.00" in text
    assert "near its cap" in text
    assert "ABSENT_KEY is not set" in text


def test_neither_keys_nor_paths_stand_on_the_page(as_ana):
    text = as_ana.get(PAGE).content.decode()
    assert KEY not in text
    assert "secret-path" not in text


def test_a_test_is_asked_for_shown_as_waiting_and_then_with_what_came(as_ana, shop):
    answer = as_ana.post(PAGE + "/test", {"connection": "simulated"}, follow=True)
    assert answer.redirect_chain[-1][0] == PAGE
    assert "being tested" in answer.content.decode()
    assert as_ana.get(PAGE + "/tests").json() == {"waiting": ["simulated"]}
    work_on_test(ConnectionTest.objects.get().pk)
    assert as_ana.get(PAGE + "/tests").json() == {"waiting": []}
    text = as_ana.get(PAGE).content.decode()
    assert "made up, without a model" in text
    assert "being tested" not in text


def test_what_cannot_be_tested_is_said_in_its_place_and_keeps_what_was_typed(as_ana):
    too_long = "m" * 150
    answer = as_ana.post(PAGE + "/test", {"connection": "gateway", "model": too_long})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "at most 100 letters" in text
    assert too_long in text
    answer = as_ana.post(PAGE + "/test", {"connection": "nobody's"})
    assert answer.status_code == 409
    assert "There is no connection" in answer.content.decode()
    assert not ConnectionTest.objects.exists()


def test_a_viewer_sees_everything_and_tests_nothing(client, shop):
    client.force_login(shop.person("vic"))
    text = client.get(PAGE).content.decode()
    assert "models.example.com" in text
    assert "Test house" not in text
    assert client.post(PAGE + "/test", {"connection": "simulated"}).status_code == 403
    client.force_login(shop.person("oto"))
    assert client.get(PAGE).status_code == 404


def test_with_the_simulated_one_alone_the_page_says_how_to_make_one(as_ana, settings):
    settings.PROMPTCMS_CONNECTIONS = {}
    text = as_ana.get(PAGE).content.decode()
    assert "Only the simulated connection is there" in text
    assert "OPENAI_API_KEY" in text


def test_more_connections_ask_no_more_of_the_database(as_ana, settings, shop):
    for name in ("house", "gateway"):
        add_spend(shop.project.pk, name)
    with CaptureQueriesContext(connection) as few:
        as_ana.get(PAGE)
    settings.PROMPTCMS_CONNECTIONS |= {
        f"more-{n}": {"base_url": "http://127.0.0.1:9/v1"} for n in range(10)
    }
    for n in range(10):
        add_spend(shop.project.pk, f"more-{n}")
    with CaptureQueriesContext(connection) as many:
        as_ana.get(PAGE)
    assert len(many) == len(few)
