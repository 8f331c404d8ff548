"""The Node client does what the contract of the clients says, case by case."""

import json
from pathlib import Path

import pytest

from tests.clients.node import node

CONTRACT = json.loads(node.CONTRACT.read_text())
CASES = list(node.cases(CONTRACT))


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], str]:
    """Run all cases once; return why each failed, an empty text where it passed."""
    scratch: Path = tmp_path_factory.mktemp("snapshots")
    done = node.run("contract.cjs", node.CLIENT, node.CONTRACT, scratch)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(line["list"], line["number"]): line["failure"] for line in lines}


@pytest.mark.parametrize(
    ("name", "number"),
    [case[:2] for case in CASES],
    ids=[f"{name}: {title}" for name, _, title in CASES],
)
def test_the_client_does_what_the_contract_says(
    failures: dict[tuple[str, int], str], name: str, number: int
) -> None:
    assert failures[name, number] == ""


def test_no_list_of_the_contract_is_left_out(failures: dict[tuple[str, int], str]) -> None:
    assert set(failures) == {case[:2] for case in CASES}
    assert {*CONTRACT} - {"about", "documents", "snapshots"} == {
        name for name, _ in failures if name not in node.OF_REPORTS
    }
