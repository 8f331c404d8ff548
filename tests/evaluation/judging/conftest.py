"""Answers of a finished run, and a judge behind a connection of this process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from evaluation.domain.judge import read_fenced
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import CaseResult, JudgeVersion
from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, ModelResponse, Usage
from evaluation.providers.connections import Connection
from tests import stages
from tests.stages import World

JUDGE = "judge-model"  # the name of the connection
GOOD = '{"reasoning": "All of it stands there.", "score": 4}'


@dataclass
class JudgeModel:
    """Answers what `answer` makes of the fenced material, or raises it; `asked` keeps requests."""

    answer: Callable[[dict[str, str]], str | Exception] = lambda material: GOOD
    finish_reason: str = "stop"
    free_text: bool = False
    asked: list[ModelRequest] = field(default_factory=list)

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Answer one question."""
        self.asked.append(request)
        said = self.answer(read_fenced(request.messages))
        if isinstance(said, Exception):
            raise said
        return ModelResponse(
            said, self.finish_reason, 50.0, request.model, Usage(90, 20), free_text=self.free_text
        )


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> JudgeModel:
    """A judge behind the connection `judge-model`."""
    model = JudgeModel()
    known = Connection(JUDGE, model, at_once=4)
    real = connections.get
    monkeypatch.setattr(connections, "get", lambda name: known if name == JUDGE else real(name))
    monkeypatch.setattr(connections, "names", lambda: [JUDGE, connections.SIMULATED])
    return model


@pytest.fixture
def shop(db: None) -> World:
    """A sandbox with its five people."""
    return stages.world(sandbox=True)


@pytest.fixture
def results(shop: World) -> list[CaseResult]:
    """The candidate's 24 answers of a run, by case; production's stand beside them."""
    prompt = stages.prompt_named(shop)
    first = stages.in_production(shop, prompt)
    stages.with_suite(shop, prompt)
    text = stages.FIRST_TEXT + " Always name the order number."
    stages.evaluated(shop, stages.saved(shop, prompt, text, base=first))
    rows = CaseResult.objects.filter(arm=CaseResult.Arm.CANDIDATE, repeat=1)
    return list(rows.select_related("case", "run__prompt").order_by("case__position"))


def judge_of(shop: World, kind: str = "relevance", by: str = JUDGE, **text: Any) -> JudgeVersion:
    """Make a judge and return its version 1."""
    return create_judge(
        shop.project,
        name=kind,
        kind=kind,
        text=JudgeText(connection=by, model="grader", **text),
        actor=shop.actor("ana"),
        reason="So that answers are measured.",
    )


def scores_by_case(scores: Sequence[int]) -> Callable[[dict[str, str]], str]:
    """Let the judge score the order numbers 40000, 40001, … in turn."""

    def answer(material: dict[str, str]) -> str:
        number = next(n for n in range(len(scores)) if str(40000 + n) in material["QUESTION"])
        return f'{{"reasoning": "It is so.", "score": {scores[number]}}}'

    return answer
