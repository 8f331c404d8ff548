"""A prompt in production with golden cases, and a model that answers them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.models import Dataset, Run, RunShard
from evaluation.offline.run import work
from evaluation.offline.suites import set_suite
from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, ModelResponse, Usage
from evaluation.providers.connections import Connection
from registry.prompts.models import Prompt
from tests import stages
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


@dataclass
class Model:
    """A model in this process that answers by what it is asked, always in the same time.

    `answer` gets the prompt and the question and returns a text or raises; `asked` keeps both.
    """

    answer: Callable[[str, str], str]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Answer one question."""
        prompt, query = (request.messages[at]["content"] for at in (0, -1))
        self.asked.append((prompt, query))
        text = self.answer(prompt, query)
        return ModelResponse(text, "stop", 100.0, request.model, Usage(7, 3))


def echo(prompt: str, query: str) -> str:
    """Say the prompt and the question again, so that both decide what checks find."""
    return f"{prompt} / {query}"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model behind the connection named `model`."""
    model = Model(echo)
    known = Connection(MODEL, model, models=("small",), at_once=8)
    real = connections.get
    monkeypatch.setattr(connections, "get", lambda name: known if name == MODEL else real(name))
    monkeypatch.setattr(connections, "names", lambda: [MODEL, connections.SIMULATED])
    return model


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
    """Do what workers do with the run's shards, a second look too; return the run as it is then."""
    for _look in (1, 2):
        for shard in RunShard.objects.filter(run=run):
            work(shard.pk)
    run.refresh_from_db()
    return run
