"""A prompt in production with golden cases, and a model on this machine that answers them."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from evaluation.offline.run import work
from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.models import Dataset, Run, RunShard
from evaluation.offline.suites import set_suite
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.model_server import ModelServer, model
from tests.stages import World

MODEL = "model"  # the name of the connection
MENTIONS_COMPANY = {"type": "contains", "value": "Northwind"}


@pytest.fixture
def shop(db: None) -> World:
    """A team project with its five people."""
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production; nothing evaluates it yet."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


@pytest.fixture
def answers(settings: Settings) -> Iterator[ModelServer]:
    """A model that says the prompt and the question again, named `model` in the settings."""
    with model() as server:
        settings.PROMPTCMS_CONNECTIONS = {MODEL: server.connection}
        yield server


@pytest.fixture
def dataset(shop: World) -> Dataset:
    """Twenty-four golden cases."""
    dataset = create_dataset(shop.project, name="Questions", actor=shop.actor("ana"))
    add_snapshot(dataset, cases=golden(24), actor=shop.actor("ana"), reason="First.")
    return dataset


def golden(count: int, **fields: Any) -> list[NewCase]:
    """Cases that fill {{company}} and ask a question each."""
    return [
        NewCase(f"q{n:02}", query=f"Question {n}?", inputs={"company": "Northwind"}, **fields)
        for n in range(1, count + 1)
    ]


def evaluated_with(
    shop: World, prompt: Prompt, dataset: Dataset, *checks: dict[str, Any], by: str = MODEL
) -> None:
    """Say what the prompt is evaluated with."""
    set_suite(
        prompt,
        dataset=dataset,
        checks=checks or (MENTIONS_COMPANY,),
        connection=by,
        actor=shop.actor("ana"),
        reason="So that changes are tried.",
    )


def finish(run: Run) -> Run:
    """Do what a worker does with the run's shards; return the run as it is then."""
    for shard in RunShard.objects.filter(run=run):
        work(shard.pk)
    run.refresh_from_db()
    return run
