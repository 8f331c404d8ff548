"""The real SDKs of Langfuse against the running product, unchanged and each as an application."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.runtime.key_format import new_key
from tests.clients.server import Server, running
from tests.runtime.langfuse.sdk import addresses, install_node_packages, node, python_command, tell
from tests.stages import FIRST_TEXT, MAJOR_TEXT, PATCH_TEXT

pytestmark = pytest.mark.slow
SDKS = ["python", "langfuse_3.mjs", "client_5.mjs"]


@pytest.fixture(scope="module")
def server(ground: Path) -> Iterator[Server]:
    with running(ground) as server:
        yield server


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both JavaScript SDKs."""
    folder: Path = tmp_path_factory.mktemp("sdks")
    install_node_packages(folder)
    return folder


@pytest.fixture(params=SDKS)
def command(request: pytest.FixtureRequest) -> tuple[list[str], Path]:
    """How to run the program of an SDK, and where."""
    if request.param == "python":
        return python_command(), Path.cwd()
    folder: Path = request.getfixturevalue("modules")
    return [node(), str(folder / request.param)], folder


def filled(text: str) -> str:
    """Return a text with its variables filled as the programs fill them."""
    return text.replace("{{company}}", "Lumen").replace("{{plan}}", "gold")


OLD = ["support/rolling", 1, ["production", "v1.0.0"], {}, filled(FIRST_TEXT)]
NEW = ["support/rolling", 2, ["canary", "staging", "v2.0.0"], {}, filled(MAJOR_TEXT)]
EXPECTED: dict[str, Any] = {
    "default": OLD,
    "label": NEW,
    "revision": NEW,
    "semver label": OLD,
    "latest": NEW,
    "idle canary": [
        "support/system", 1, ["production", "staging", "v1.0.0"], {}, filled(FIRST_TEXT)
    ],
    "chat": [
        ["system", "You help customers of Lumen. Tone: calm."],
        ["user", "Hello."],
        ["assistant", "Hi!"],
        ["user", "Where is it?"],
    ],
    "auth": True,
    "cache": [1, 1, 1, 2],  # stale while it is fetched anew, then the version that was moved to
    "down": [2, 2],
    "down, fallback": ["At hand, Lumen.", True, 0],
    "down, none": True,
}  # fmt: skip

UNKNOWN = {"prompt": "no prompt", "version": "no revision 9", "label": "nothing under 'eu'"}


def test_an_application_reads_prompts_through_its_sdk_and_outlives_the_server(
    server: Server, command: tuple[list[str], Path], request: pytest.FixtureRequest
) -> None:
    name = f"live/{request.node.callspec.params['command'].partition('.')[0]}"
    server.run(f"stages.in_production(world, stages.prompt_named(world, {name!r}))")
    move = f"stages.in_production(world, prompt({name!r}), {PATCH_TEXT!r})"
    doing = {"move": lambda: server.run(move), "stop": server.stop}
    program, folder = command
    try:
        got = tell([*program, name], addresses(server, server.key), folder, doing)
    finally:
        server.stop()
        server.start()
    assert {key: got[key] for key in EXPECTED} == EXPECTED
    assert ["support/rolling", [1]] in got["list"]
    assert {row[0] for row in got["list"]} >= {"support/chat", "support/other", "support/system"}
    for kind, words in UNKNOWN.items():
        assert_says(got[f"unknown {kind}"], "NotFoundError", words)
    for kind in ("write", "relabel"):
        assert_says(got[kind], "MethodNotAllowedError", "only read here")


def test_a_key_that_is_not_known_is_refused_in_the_words_of_the_sdk(
    server: Server, command: tuple[list[str], Path]
) -> None:
    program, folder = command
    got = tell([*program, ""], addresses(server, new_key(["read"])), folder, {})
    for said in got.values():
        assert_says(said, "UnauthorizedError", "valid pair of keys")


def assert_says(said: str, error: str, words: str) -> None:
    """The error has its class in Python and in JS 5; npm 3 passes on our sentence."""
    assert said == error or words in said, said
