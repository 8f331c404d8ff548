"""A prompt in production with golden cases, and a model that answers its try-outs."""

from collections.abc import Callable
from typing import Any

import pytest

from evaluation.offline.models import CaseResult, TryOut
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.start import start_try_out
from evaluation.offline.tryouts.work import work_on_try_out
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.conftest import (  # noqa: F401
    MODEL,
    Model,
    answers,
    dataset,
    evaluated_with,
    prompt,
    shop,
)
from tests.stages import World

Start = Callable[..., TryOut]
NORTHWIND = TryCase(inputs={"company": "Northwind"}, query="Where is it?")


@pytest.fixture
def start(shop: World, prompt: Prompt, answers: Model) -> Start:  # noqa: F811
    """Let Ana try a text; everything has a default."""

    def begin(text: str = "Answer for {{company}}.", *cases: TryCase, **changed: Any) -> TryOut:
        wanted = {
            "content": stages.text(text),
            "cases": cases or (NORTHWIND,),
            "connection": MODEL,
            "actor": shop.actor("ana"),
        }
        return start_try_out(prompt, **{**wanted, **changed})

    return begin


def done(try_out: TryOut) -> TryOut:
    """Do what a worker does; return the try-out as it is then."""
    work_on_try_out(try_out.pk)
    try_out.refresh_from_db()
    return try_out


def said(try_out: TryOut, arm: str = CaseResult.Arm.CANDIDATE, number: int = 0) -> str:
    """Return what one side answered, or why it did not."""
    row = try_out.answers.get(arm=arm, number=number)
    return row.error or row.output
