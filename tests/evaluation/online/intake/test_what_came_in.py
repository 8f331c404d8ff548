"""The page says what came in, what was refused and why, and how to begin."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.projects.models import Person
from tests import stages
from tests.evaluation.online.intake.conftest import Ground

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/intake"


def signed_in(ground: Ground, name: str = "vic") -> Client:
    client = Client()
    client.force_login(ground.shop.person(name))
    return client


def test_it_says_by_door_and_version_what_came_and_what_to_do_about_the_rest(
    ground: Ground,
) -> None:
    ground.send(
        ground.call("a", latency_ms=10, scores={"faithfulness": 1}),
        ground.call("b", latency_ms=10),
        ground.in_rollout("c", "1.1.0", 12),
        ground.call("d", prompt="support/sytem"),
    )
    ground.send(ground.call("b", latency_ms=10))
    text = " ".join(signed_in(ground).get(PAGE).content.decode().split())
    assert "3 items came in within 7 days" in text
    assert "1 could not be counted" in text
    assert "There is no prompt &#x27;support/sytem&#x27;" in text
    assert "Correct the name in the application" in text
    assert "sent again" in text
    assert "support/system 1.1.0" in text
    assert "errors, latency, faithfulness <span" in text
    assert "of 50 %" in text


def test_before_the_first_call_it_says_how_to_send_one(ground: Ground) -> None:
    admin = signed_in(ground, "ada").get(PAGE).content.decode()
    assert "no rollout here can be measured" in admin
    assert "/projects/shop/keys/new" in admin
    assert "/api/v1/observations" in admin
    assert "client.report(prompt" in admin
    assert "&quot;support/system&quot;" in admin
    viewer = signed_in(ground).get(PAGE).content.decode()
    assert "Ask an admin for a key with the scope ingest" in viewer
    assert "/projects/shop/keys/new" not in viewer


def test_it_shows_nothing_of_other_projects_and_asks_no_more_with_more_rows(
    ground: Ground,
) -> None:
    client = signed_in(ground)
    used = []
    for size in (1, 30):
        for n in range(size):
            ground.send(ground.call(f"{size} {n}", "1.1.0", scores={f"s{n}": 1}))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGE).status_code == 200
        used.append(len(queries))
    assert used[0] == used[1]
    bank = stages.world("bank")
    theirs = client.get(f"/projects/{bank.project.slug}/intake").content.decode()
    assert "no rollout here can be measured" in theirs
    assert "1.1.0" not in theirs
    outsider = Client()
    outsider.force_login(Person.objects.create_user("bea", "bea@example.org", stages.PASSWORD))
    assert outsider.get(PAGE).status_code == 404
