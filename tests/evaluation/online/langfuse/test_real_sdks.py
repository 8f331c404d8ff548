"""Langfuse's own SDKs, unchanged, against the running product: calls and their scores.

One pair of keys reads the prompt and sends what became of it. The score of a call is sent
before the call itself.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.clients.server import Server, running
from tests.runtime.langfuse.sdk import SECONDS, addresses, install_node_packages, node

pytestmark = pytest.mark.slow
PROGRAMS = Path(__file__).parent.parent / "sdks"
METRICS = ("error", "tokens", "latency", "score:tone")


@pytest.fixture(scope="module")
def server(ground: Path) -> Iterator[Server]:
    with running(ground) as server:
        yield server


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both JavaScript SDKs."""
    folder: Path = tmp_path_factory.mktemp("tracers")
    install_node_packages(folder, PROGRAMS)
    return folder


@pytest.mark.parametrize("program", ["langfuse_python.py", "langfuse_3.mjs", "langfuse_5.mjs"])
def test_a_call_and_its_earlier_score_are_counted_once_under_the_version_that_answered(
    server: Server, program: str, request: pytest.FixtureRequest
) -> None:
    name = f"live/{program.partition('.')[0]}-{uuid4().hex[:8]}"
    server.run(
        f"stages.in_production(world, stages.prompt_named(world, {name!r}))\n"
        f"stages.in_production(world, prompt({name!r}), stages.PATCH_TEXT)"
    )
    if program.endswith(".py"):
        command = [sys.executable, str(PROGRAMS / program)]
    else:
        command = [node(), str(request.getfixturevalue("modules") / program)]
    done = subprocess.run(
        [*command, name],
        env=addresses(server, server.key),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    got = server.run(
        "from tests.evaluation.online.otlp.spans import counted\n"
        "from evaluation.online.models import BegunCall, IntakeCount, WaitingScore\n"
        f"result = {{m: counted(m, {name!r}) for m in {METRICS!r}}}\n"
        "result['left'] = WaitingScore.objects.count() + BegunCall.objects.count()\n"
        "counts = IntakeCount.objects.filter(door='langfuse')\n"
        "result['words'] = list(counts.filter(outcome='not_counted').values_list('n', flat=True))"
    )
    assert got["error"] == {"1.0.1": [2, 1]}, done.stderr[-3000:]
    assert got["tokens"] == {"1.0.1": [1, 120]}
    assert got["score:tone"] == {"1.0.1": [1, 0.75]}
    assert got["latency"]["1.0.1"][0] == 2
    assert got["left"] == 0
    assert got["words"], "the score in words was not noted"
