"""A prompt in production, and a version of it that two judges scored against production's."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from evaluation.domain.judge import read_fenced
from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset, JudgeVersion, Run, RunShard
from evaluation.offline.run import work
from evaluation.offline.submit import submit
from evaluation.offline.suites import set_suite
from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, ModelResponse, Usage
from evaluation.providers.connections import Connection
from evaluation.providers.simulated.judging import is_for_a_judge
from registry.audit.clock import database_now
from registry.prompts.models import Prompt, Version
from registry.release.labels import version_at
from tests import stages
from tests.stages import World

MODEL = "model"  # the name of the connection
CASES = 24
NEW_TEXT = stages.FIRST_TEXT + " Always say please."
MENTIONS_ORDER = {"type": "contains", "value": "order"}


@dataclass
class Model:
    """Answers and scores: `answer` gets prompt and question, `score` the fenced material."""

    answer: Callable[[str, str], str] = lambda prompt, query: f"About your order. {query}"
    score: Callable[[dict[str, str]], int] = lambda material: 4
    asked: int = 0

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Answer one question."""
        self.asked += 1
        if is_for_a_judge(request):
            score = self.score(read_fenced(request.messages))
            text = json.dumps({"reasoning": f"It deserves a {score}.", "score": score})
            return ModelResponse(text, "stop", 50.0, request.model, Usage(90, 20))
        prompt, query = (request.messages[at]["content"] for at in (0, -1))
        return ModelResponse(
            self.answer(prompt, query), "stop", 100.0, request.model, Usage(50, 10)
        )


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The model behind the connection named `model`."""
    model = Model()
    known = Connection(MODEL, model, models=("small",), at_once=8)
    real = connections.get
    monkeypatch.setattr(connections, "get", lambda name: known if name == MODEL else real(name))
    monkeypatch.setattr(connections, "names", lambda: [MODEL, connections.SIMULATED])
    return model


@pytest.fixture
def shop(db: None) -> World:
    """A team project with its five people."""
    return stages.world()


@pytest.fixture
def dataset(shop: World) -> Dataset:
    """Twenty-four golden cases, q01 to q24."""
    dataset = create_dataset(shop.project, name="Questions", actor=shop.actor("ana"))
    add_snapshot(dataset, cases=golden(CASES), actor=shop.actor("ana"), reason="First.")
    return dataset


@pytest.fixture
def prompt(shop: World, dataset: Dataset, model: Model) -> Prompt:
    """A prompt whose 1.0.0 was evaluated and serves production."""
    prompt = stages.prompt_named(shop)
    judged_by(shop, prompt, dataset)
    first = stages.saved(shop, prompt)
    assert evaluated(shop, first).state == Run.State.PASSED
    shipped(shop, first)
    return prompt


def judged_by(
    shop: World,
    prompt: Prompt,
    dataset: Dataset,
    *,
    checks: Sequence[Mapping[str, Any]] = (MENTIONS_ORDER,),
    **faithfulness: Any,
) -> None:
    """Let faithfulness decide and relevance advise; `faithfulness` changes how it does."""
    judges = [
        {"version": judge(shop, "faithfulness").pk, "margin": 0.05, **faithfulness},
        {"version": judge(shop, "relevance").pk, "gating": False},
    ]
    set_suite(
        prompt,
        dataset=dataset,
        checks=checks,
        connection=MODEL,
        judges=judges,
        actor=shop.actor("ana"),
        reason="So that answers are measured.",
    )


def judge(shop: World, name: str) -> JudgeVersion:
    """Return the newest version of a judge, made when there is none."""
    found = JudgeVersion.objects.filter(judge__project=shop.project, judge__name=name).first()
    return found or create_judge(
        shop.project,
        name=name,
        kind=name,
        text=JudgeText(connection=MODEL, model="small"),
        actor=shop.actor("ana"),
        reason="For the tests.",
    )


def queued(shop: World, prompt: Prompt, body: str = NEW_TEXT) -> Run:
    """Save a version over production's and submit it; no worker has looked yet."""
    version = stages.saved(shop, prompt, body, base=version_at(prompt, "production"))
    submit(version, actor=shop.actor("ana"), reason="Please look.")
    return Run.objects.get(version=version)


def finish(run: Run) -> Run:
    """Do what workers do until the run has ended, its second look too."""
    for _ in range(3):
        for shard in RunShard.objects.filter(run=run).exclude(state=RunShard.State.DONE):
            work(shard.pk)
    run.refresh_from_db()
    assert run.finished_at, run.state
    return run


def evaluated(shop: World, version: Version) -> Run:
    """Submit a version and do what workers do."""
    submit(version, actor=shop.actor("ana"), reason="Please look.")
    return finish(Run.objects.get(version=version))


def shipped(shop: World, version: Version) -> None:
    """Let a cleared version serve production."""
    version.release.refresh_from_db()
    now = database_now() - timedelta(minutes=stages.road_minutes(version))
    rollout = stages.started(shop, version, now=now)
    while rollout.ended_at is None:
        rollout, now = stages.next_step(shop, rollout, now)


def golden(count: int, **fields: Any) -> list[NewCase]:
    """Cases with a question each, and a context to be faithful to."""
    return [
        NewCase(
            f"q{n:02}",
            query=f"Question {n}?",
            inputs={"company": "Northwind"},
            context=("Orders leave on Tuesday.",),
            **fields,
        )
        for n in range(1, count + 1)
    ]


def browser(shop: World, name: str) -> Client:
    """A client that is signed in as one of the people."""
    client = Client()
    client.force_login(shop.person(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(response: HttpResponse) -> str:
    """What a page says, and its source for what is no text."""
    source = response.content.decode()
    return " ".join(unescape(f"{strip_tags(source)} {source}").split())
