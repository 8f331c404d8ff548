"""A project with a golden dataset of four cases, and a browser for each person."""

import pytest
from django.test import Client

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.models import Dataset
from tests import stages
from tests.stages import World

FOUR = (
    NewCase("angry", query="Money back!", inputs={"plan": "basic", "seats": 2}, tags=("smoke",)),
    NewCase("kind", query="Where is it?", context=("It left on Monday.",), reference="On Monday."),
    NewCase("secret", query="What is hidden?", tags=("holdout", "smoke")),
    NewCase("ärger", query="Überall Ärger?", cluster="doc 1"),
)


@pytest.fixture
def shop(db: None) -> World:
    """A team project with its five people."""
    return stages.world()


@pytest.fixture
def dataset(shop: World) -> Dataset:
    """Four cases, in one snapshot."""
    dataset = create_dataset(shop.project, name="Refunds", actor=shop.actor("ana"))
    add_snapshot(dataset, cases=FOUR, actor=shop.actor("ana"), reason="First.")
    return dataset


@pytest.fixture
def ana(shop: World) -> Client:
    """The browser of the author."""
    return browser(shop, "ana")


def browser(shop: World, name: str) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(shop.person(name), backend="django.contrib.auth.backends.ModelBackend")
    return client
