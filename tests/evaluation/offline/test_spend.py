"""What connections cost in a month, by project and of all."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction

from evaluation.offline import spend
from evaluation.offline.models import Spend
from evaluation.offline.spend import Spent, add_spend, spent_by, spent_by_all
from tests import stages


@pytest.fixture
def shop(db):
    return stages.world()


def test_calls_add_up_by_project_and_connection(shop):
    other = stages.world("garden").project
    for _ in range(2):
        add_spend(
            shop.project.pk,
            "openai",
            calls=3,
            unpriced=1,
            input_tokens=100,
            output_tokens=50,
            cost=Decimal("0.000045"),
        )
    add_spend(shop.project.pk, "azure")
    add_spend(other.pk, "openai", cost=Decimal(2))
    assert spent_by(shop.project) == {
        "openai": Spent(6, 2, Decimal("0.00009")),
        "azure": Spent(1, 0, Decimal(0)),
    }
    assert spent_by_all()["openai"] == Spent(7, 2, Decimal("2.00009"))
    row = Spend.objects.get(project=shop.project, connection="openai")
    assert (row.input_tokens, row.output_tokens) == (200, 100)


def test_a_new_month_begins_at_nothing(shop, monkeypatch):
    monkeypatch.setattr(spend, "database_now", lambda: datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    add_spend(shop.project.pk, "openai", cost=Decimal(5))
    assert spent_by(shop.project)["openai"].cost == 5
    monkeypatch.setattr(spend, "database_now", lambda: datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    assert spent_by(shop.project) == spent_by_all() == {}
    add_spend(shop.project.pk, "openai", cost=Decimal(1))
    assert set(Spend.objects.values_list("month", "cost")) == {
        (date(2026, 10, 1), Decimal(5)),
        (date(2026, 11, 1), Decimal(1)),
    }


@pytest.mark.django_db(transaction=True)
def test_workers_that_are_the_first_at_once_lose_nothing():
    project = stages.world().project
    start = threading.Barrier(4)

    def work():
        start.wait(5)
        try:
            for _ in range(5):
                with transaction.atomic():
                    add_spend(project.pk, "openai", cost=Decimal("0.5"))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert spent_by(project)["openai"] == Spent(20, 0, Decimal(10))
