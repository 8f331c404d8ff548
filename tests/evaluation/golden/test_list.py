"""The list of golden datasets: page by page, searched, and only one's own projects."""

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.offline.datasets import create_dataset
from evaluation.offline.models import Dataset
from tests import stages
from tests.evaluation.golden.conftest import browser
from tests.stages import World


def listed(client: Client, **query: object) -> HttpResponse:
    return client.get(reverse("admin:evaluation_dataset_changelist"), query)


def names(answer: HttpResponse) -> list[str]:
    return [row.name for row in answer.context["found"].rows]


def test_pages_lead_on_and_back_and_ask_equally_often(
    shop: World, ana: Client, dataset: Dataset
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert listed(ana).status_code == 200
        return len(queries)

    few = asked()
    for n in range(120):
        create_dataset(shop.project, name=f"Set {n:03}", actor=shop.actor("ana"))
    assert asked() == few
    pages = [listed(ana)]
    while (mark := pages[-1].context["found"].following) is not None:
        pages.append(listed(ana, after=mark))
    found = [names(page) for page in pages]
    assert [len(one) for one in found] == [50, 50, 21]
    assert [name for one in found for name in one] == [
        "Refunds",
        *(f"Set {n:03}" for n in range(120)),
    ]
    back = listed(ana, before=pages[2].context["found"].previous)
    assert names(back) == found[1]
    first = listed(ana, before=back.context["found"].previous)
    assert names(first) == found[0]
    assert first.context["found"].previous is None
    assert names(listed(ana, after="9" * 18)) == found[0]


def test_words_and_project_narrow_it_and_others_are_never_named(
    shop: World, ana: Client, dataset: Dataset
) -> None:
    other = stages.world("other")
    theirs = create_dataset(other.project, name="Refunds too", actor=other.actor("ana"))
    assert names(listed(ana)) == ["Refunds", "Refunds too"]
    assert names(listed(ana, project="other")) == ["Refunds too"]
    assert names(listed(ana, q="TOO")) == ["Refunds too"]
    stranger = browser(shop, "oto")
    assert names(listed(stranger)) == []
    assert names(listed(stranger, project="shop", after=theirs.pk)) == []
    assert b"Refunds" not in listed(stranger).content
