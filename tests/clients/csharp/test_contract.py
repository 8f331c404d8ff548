"""The C# client does what the contract says, case by case."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.csharp import mono

pytestmark = pytest.mark.slow

CONTRACT = json.loads(mono.CONTRACT.read_text())
REFERRED = {"documents", "snapshots"}  # what cases name, no cases themselves


def lists() -> Iterator[tuple[str, list[Any]]]:
    """Yield every list of the contract, whatever will be added to it."""
    for name, content in CONTRACT.items():
        if isinstance(content, list):
            yield name, content
        elif name == "report":
            yield "report.batch", content["batch"]["observations"]
            for part in ("answers", "chosen", "samples"):
                yield f"report.{part}", content[part]
        elif name == "defaults":
            yield name, [content]


CASES = [(name, number, case) for name, cases in lists() for number, case in enumerate(cases)]


def title(case: Any) -> str:
    """Return how a case is called in the list of tests."""
    return case.get("title") or json.dumps(case)[:80]


@pytest.fixture(scope="module")
def results(program: Path) -> dict[tuple[str, int], str]:
    """Return what went wrong with each case, of one run."""
    lines = mono.run(program, "contract", str(mono.CONTRACT)).stdout.splitlines()
    rows = (line.split("\t") for line in lines)
    return {(name, int(number)): wrong for name, number, wrong in rows}


@pytest.mark.parametrize(
    ("name", "number", "case"), CASES, ids=[f"{name}: {title(case)}" for name, _, case in CASES]
)
def test_a_case_holds(
    results: dict[tuple[str, int], str], name: str, number: int, case: dict[str, Any]
) -> None:
    wrong = results.get((name, number), "the runner does not know this case")
    assert not wrong, f"{wrong}\n{json.dumps(case)}"


def test_no_part_of_the_contract_is_left_out(results: dict[tuple[str, int], str]) -> None:
    known = {name.partition(".")[0] for name, _ in results} | REFERRED | {"about"}
    assert known == set(CONTRACT)
    assert len(results) == len(CASES)
