"""The contract of the clients says what the server itself does: filling a text, choosing an arm."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.domain.assignment import bucket, in_treatment
from registry.domain.content import Content
from registry.domain.rendering import prepare
from registry.domain.template import TemplateError

CONTRACT = json.loads(
    (Path(__file__).resolve().parents[2] / "promptcms/clients/contract.json").read_text()
)


SERVED = [case for case in CONTRACT["compile"] if "fallback" not in case]  # those are the callers'


@pytest.mark.parametrize("case", SERVED, ids=lambda case: case["title"])
def test_the_server_fills_a_text_as_the_clients_do(case: dict[str, Any]) -> None:
    prompt = case["prompt"]
    content = Content.from_fields(
        prompt["kind"],
        prompt.get("template", prompt.get("messages")),
        {},
        None,
        prompt["variables"],
    )
    if "error" not in case:
        assert prepare(content).render(case["values"], case.get("messages")) == case["expect"]
        return
    with pytest.raises(TemplateError) as refused:
        prepare(content).render(case["values"], case.get("messages"))
    assert any(name in str(refused.value) for name in case["names"])


def test_the_server_puts_a_unit_where_the_clients_do() -> None:
    for case in CONTRACT["assignment"]:
        assert bucket(case["salt"], case["unit"]) == case["bucket"], case
    for case in CONTRACT["choice"]:
        rollout = CONTRACT["documents"][case["document"]]["rollout"]
        if rollout and case["unit"] and not case.get("error"):
            treated = in_treatment(rollout["salt"], case["unit"], rollout["percent"])
            fell_back = case["expect"].get("fell_back", False)
            assert treated == (case["expect"]["variant"] == "treatment" or fell_back), case
