"""OpenTelemetry's own exporters, unchanged, against the running product.

Those for JavaScript send bodies in pieces, of which Django alone would see nothing.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.clients.server import Server, running
from tests.runtime.langfuse.sdk import SECONDS, install_node_packages, node

pytestmark = pytest.mark.slow
PROGRAMS = Path(__file__).parent.parent / "sdks"
METRICS = ("error", "tokens", "latency", "score:tone")


@pytest.fixture(scope="module")
def server(ground: Path) -> Iterator[Server]:
    with running(ground) as server:
        yield server


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exporters for JavaScript."""
    folder: Path = tmp_path_factory.mktemp("tracers")
    install_node_packages(folder, PROGRAMS)
    return folder


def exported(server: Server, command: list[str]) -> dict[str, dict[str, list[float]]]:
    """Run a program that traces two calls of a new prompt; return what was counted of which."""
    name = f"live/{uuid4().hex}"
    server.run(
        f"stages.in_production(world, stages.prompt_named(world, {name!r}))\n"
        f"stages.in_production(world, prompt({name!r}), stages.PATCH_TEXT)"
    )
    done = subprocess.run(
        [*command, name, "1.0.1"],
        env={**os.environ, "SERVER": server.url, "KEY": server.key},
        cwd=PROGRAMS,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    got: dict[str, dict[str, list[float]]] = server.run(
        "from tests.evaluation.online.otlp.spans import counted\n"
        f"result = {{m: counted(m, {name!r}) for m in {METRICS!r}}}"
    )
    return got


def assert_two_calls(got: dict[str, dict[str, list[float]]]) -> None:
    """Both calls count once, under the version that answered, with the error and the score."""
    assert got["error"] == {"1.0.1": [2, 1]}
    assert got["tokens"] == {"1.0.1": [1, 120]}
    assert got["score:tone"] == {"1.0.1": [1, 0.75]}
    assert got["latency"]["1.0.1"][0] == 2


@pytest.mark.parametrize("compression", ["none", "gzip", "deflate"])
def test_the_exporter_for_python(server: Server, compression: str) -> None:
    command = [sys.executable, str(PROGRAMS / "otlp_python.py"), compression]
    assert_two_calls(exported(server, command))


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", ["json", "protobuf"])
def test_the_exporters_for_javascript(
    server: Server, modules: Path, protocol: str, compression: str
) -> None:
    command = [node(), str(modules / "otlp.mjs"), protocol, compression]
    assert_two_calls(exported(server, command))
