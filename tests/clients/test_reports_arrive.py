"""What the three clients report lands in the running product: in the right arm, and once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from registry.domain.assignment import bucket
from tests.clients.csharp import mono
from tests.clients.node.node import application
from tests.clients.server import Server
from tests.clients.stub import Answer, Asked, Stub, stub
from tests.source import ROOT

pytestmark = pytest.mark.slow

sys.path.insert(0, str(ROOT / "promptcms/clients/python"))

TREATED, OTHERS = 4, 6  # calls of either arm
SAMPLE = {
    "input": {"question": "Where is my order?"},
    "output": "We wrote to anna@example.com.",
    "context": ["It left on Tuesday."],
}
START = """
made = stages.prompt_named(world, {name!r})
stages.in_production(world, made)
result = stages.in_canary(world, made).salt
"""
ARRIVED = """
from evaluation.online.models import Rollup, Sample
result = {{"samples": [
    [s.series.arm, s.input, s.output, s.hidden]
    for s in Sample.objects.filter(prompt__name={name!r}).select_related("series").order_by("pk")
]}}
hours = Rollup.objects.filter(series__prompt__name={name!r}, minutes=60)
for row in hours.select_related("series"):
    sums = result.setdefault(row.series.arm, {{}}).setdefault(row.metric, [0, 0.0])
    sums[0] += row.n
    sums[1] += row.total
"""
Report = Callable[[str, dict[str, Any]], str]


@dataclass
class App:
    """An application with one of our clients: `call` gets the prompt for a unit and reports."""

    call: Report
    flush: Callable[[], int]


@contextmanager
def python(url: str, key: str, name: str) -> Iterator[App]:
    from promptcms_client import Client

    with Client(url, key, sample_share=1, timeout=10) as client:

        def call(unit: str, facts: dict[str, Any]) -> str:
            prompt = client.get_prompt(name, unit=unit)
            client.report(prompt, latency_ms=12.5, **facts)
            return prompt.variant

        yield App(call, lambda: client.flush(20))


@contextmanager
def node(url: str, key: str, name: str) -> Iterator[App]:
    with application(url, key, sampleShare=1, timeout=10) as client:

        def call(unit: str, facts: dict[str, Any]) -> str:
            got = client.do("get", name, {"unit": unit})
            client.do("report", {"latencyMs": 12.5, **facts})
            return str(got["variant"])

        yield App(call, lambda: int(client.do("flush", 20)))


@contextmanager
def csharp(url: str, key: str, name: str, program: Path) -> Iterator[App]:
    with mono.driving(program, url=url, key=key, sample_share=1, timeout=10) as client:

        def call(unit: str, facts: dict[str, Any]) -> str:
            got = client.get(name, unit=unit)
            client.do("report", **facts)
            return str(got["variant"])

        yield App(call, lambda: int(client.do("flush")["not_taken"]))


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C# client in a program that does what it is told."""
    folder = tmp_path_factory.mktemp("csharp-reports")
    return mono.compile(folder / "tests.exe", sorted(mono.HERE.glob("*.cs")))


@pytest.mark.parametrize("language", ["python", "node", "csharp"])
def test_reports_with_scores_and_text_land_in_their_arm_and_a_second_delivery_changes_nothing(
    server: Server, request: pytest.FixtureRequest, language: str
) -> None:
    name = f"reports/{language}"
    treated, others = units(server.run(START.format(name=name)))
    with between(server) as way:
        makers: dict[str, Any] = {"python": python, "node": node, "csharp": csharp}
        more = [request.getfixturevalue("program")] if language == "csharp" else []
        with makers[language](way.url, server.key, name, *more) as app:
            for unit in treated:
                facts = {"error": False, "scores": {"helpful": 0.25}, "sample": SAMPLE}
                assert app.call(unit, facts) == "treatment"
            for number, unit in enumerate(others):
                facts = {"error": number == 0, "scores": {"helpful": 0.75}, "sample": SAMPLE}
                assert app.call(unit, facts) == "control"
            assert app.flush() == 0
    batches = [asked.body for asked in way.asked if asked.method == "POST"]
    assert len(batches) >= 2
    assert batches[0] == batches[1], "the client's own retry sends the same again"
    assert_arrived(server.run(ARRIVED.format(name=name)))


def assert_arrived(there: dict[str, Any]) -> None:
    """Look at the sums by arm and at the samples."""
    for arm, n, errors, score in (("treatment", TREATED, 0, 0.25), ("control", OTHERS, 1, 0.75)):
        sums = there[arm]
        assert sums["error"] == [n, errors]
        assert sums["latency"][0] == n
        assert sums["score:helpful"] == [n, n * score]
        assert sums["assigned"][0] == n
        assert "misassigned" not in sums
    assert set(there) == {"treatment", "control", "samples"}
    assert [sample[0] for sample in there["samples"]].count("treatment") == TREATED
    masked = "We wrote to [masked: an email address]."
    for sample in there["samples"]:
        assert sample[1:] == [SAMPLE["input"], masked, ["an email address"]]
    assert len(there["samples"]) == TREATED + OTHERS


def units(salt: str) -> tuple[list[str], list[str]]:
    """Return units of the treatment at 5 %, and others."""
    known = [f"unit-{number}" for number in range(2000)]
    treated = [unit for unit in known if bucket(salt, unit) < 500]
    others = [unit for unit in known if bucket(salt, unit) >= 500]
    return treated[:TREATED], others[:OTHERS]


@contextmanager
def between(server: Server) -> Iterator[Stub]:
    """Stand between client and server; the answer to the first reports is lost on its way."""
    pool = urllib3.PoolManager(retries=False)
    lost: list[bool] = []

    def forward(asked: Asked) -> Answer:
        kept = ("authorization", "content-type", "if-none-match", "x-pcms-client")
        headers = {name: asked.headers[name] for name in kept if name in asked.headers}
        json = {"json": asked.body} if asked.method == "POST" else {}
        answer = pool.request(asked.method, server.url + asked.path, headers=headers, **json)
        if asked.method == "POST" and not lost:
            assert answer.status == 200, answer.data
            lost.append(True)
            return 503, {"error": "lost", "message": "The answer got lost."}, {}
        more = {name: answer.headers[name] for name in ("ETag",) if name in answer.headers}
        return answer.status, answer.json() if answer.data else None, more

    with stub(forward) as way:
        yield way
