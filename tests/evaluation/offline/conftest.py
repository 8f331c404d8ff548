"""A prompt in production with golden cases, and a model that answers them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.conf import settings

from evaluation.domain.judge import read_fenced
from evaluation.offline import shard
from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset, JudgeVersion, Run, RunShard
from evaluation.offline.run import work
from evaluation.offline.submit import submit
from evaluation.offline.suites import set_suite
from evaluation.providers import connections, tokens
from evaluation.providers.base import ModelRequest, ModelResponse, Usage
from evaluation.providers.connections import Connection
from evaluation.providers.retry import RetryRules, ask_again
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import production_of
from tests import stages
from tests.evaluation.offline import model_server
from tests.evaluation.offline.model_server import ModelServer
from tests.evaluation.providers.mock_endpoint import Reply, completion
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
        for row in RunShard.objects.filter(run=run):
            work(row.pk)
    run.refresh_from_db()
    return run


@dataclass
class Bench:
    """A prompt with golden cases, a judge, and a model over HTTP that answers and judges."""

    shop: World
    prompt: Prompt
    dataset: Dataset
    server: ModelServer
    judge: JudgeVersion
    says: Callable[[str, str], Reply] = model_server.echo
    scores: Callable[[dict[str, str]], Reply] = field(default=lambda fenced: scored(4))

    def reply(self, prompt: str, query: str) -> Reply:
        """Tell a judge's question from another one by its fences."""
        fenced = read_fenced([{"content": query}])
        return self.scores(fenced) if fenced else self.says(prompt, query)

    @property
    def judged(self) -> list[str]:
        """The answers that were put to the judge, once for each time."""
        fenced = (read_fenced([{"content": query}]) for _, query in self.server.asked)
        return [found["ANSWER"] for found in fenced if found]

    @property
    def answered(self) -> list[tuple[str, str]]:
        """The other questions."""
        return [pair for pair in self.server.asked if not read_fenced([{"content": pair[1]}])]

    def suite(self, **more: Any) -> None:
        """Evaluate by one check and the judge, or as `more` says."""
        fields: dict[str, Any] = {
            "checks": [MENTIONS_COMPANY],
            "judges": [{"version": self.judge.pk, "gating": True, "margin": 0.03}],
            "connection": MODEL,
            "thresholds": {"max_latency_ratio": None},  # a busy machine answers unevenly
            "actor": self.shop.actor("ana"),
        }
        set_suite(
            self.prompt,
            dataset=self.dataset,
            reason="So that changes are tried.",
            **(fields | more),
        )

    def queued(self, text: str = stages.MINOR_TEXT) -> Run:
        """Submit a new version over production's; return its run."""
        base = production_of(self.prompt)
        version = stages.saved(self.shop, self.prompt, text, base=base)
        return self.again(version)

    def again(self, version: Version) -> Run:
        """Submit a version once more; return its run."""
        submit(version, actor=self.shop.actor("ana"), reason="Try it.")
        return Run.objects.filter(version=version).latest("id")


def scored(score: int, reasoning: str = "It says what was asked.") -> Reply:
    """The answer of a judge."""
    return completion(json.dumps({"reasoning": reasoning, "score": score}))


@pytest.fixture
def bench(shop: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A prompt in production, evaluated on 24 cases by a check and a judge; a call costs $0.001."""
    with model_server.model() as server:
        spec = server.connection | {"prices": {"*": {"input": 0, "output": 1000 / 3}}}
        monkeypatch.setattr(settings, "PROMPTCMS_CONNECTIONS", {MODEL: spec})
        monkeypatch.setattr(
            shard, "ask_again", partial(ask_again, rules=RetryRules(first_wait=0.01))
        )
        monkeypatch.setattr(tokens, "LONGEST_ANSWER", 50)  # at worst a call costs $0.017
        prompt = stages.prompt_named(shop)
        stages.in_production(shop, prompt)
        ana = shop.actor("ana")
        dataset = create_dataset(shop.project, name="Questions", actor=ana)
        add_snapshot(dataset, cases=golden(24), actor=ana, reason="First.")
        judge = create_judge(
            shop.project,
            name="relevance",
            kind="relevance",
            text=JudgeText(connection=MODEL, model="small", max_tokens=50),
            actor=ana,
            reason="To measure.",
        )
        made = Bench(shop, prompt, dataset, server, judge)
        server.answer = made.reply
        made.suite()
        yield made
