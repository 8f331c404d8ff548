"""A real server for the tests of the clients: granian on a free port, with a database of its own.

    with running() as server:
        server.url, server.key
        server.run("stages.in_production(world, prompt('support/other'), 'Be brief, {{company}}.')")

What is there, in the project "shop" (all in production, version 1.0.0):

- `support/system`, `support/other`: text with {{company}}. Tests may move the labels of `other`
  and of prompts that they make; they leave `system` as it is.
- `support/rolling`: the same, with a canary of 2.0.0 that also needs {{plan}}.
- `support/chat`: messages with {{company}}, {{question}}, {{tone}} (optional) and `history`.

In the project "bakery": `bread/system`; `other_key` reads it and nothing of the shop.
"""

import fcntl
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from promptcms.processes.lifeline import dies_with_parent
from promptcms.processes.programs import web
from promptcms.processes.ready import answers
from tests.processes.product import environment, wait_until
from tests.services import free_port
from tests.source import ROOT


@dataclass
class Server:
    """The product at `url`; `key` reads the shop, `other_key` the bakery."""

    var: Path
    port: int = field(default_factory=free_port)
    workers: int = 1
    key: str = ""
    other_key: str = ""

    @property
    def url(self) -> str:
        """Where it listens; the same after a stop and a start."""
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Make the database, where there is none, in a process that stays for `run`."""
        self._ground = subprocess.Popen(
            [sys.executable, "-m", "tests.clients.ground"],
            env=self.environment(),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.var / "ground.log").open("w"),
            text=True,
        )
        keys = self._answer()
        self.key, self.other_key = keys["key"], keys["other_key"]

    def run(self, code: str) -> Any:
        """Run a piece of Python against the database; return what it left in `result` (JSON).

        It knows `stages`, `world` (the shop), `other` (the bakery) and `prompt(name)`.
        The change is committed when this returns. Raises AssertionError with the traceback.
        """
        assert self._ground.stdin is not None
        self._ground.stdin.write(json.dumps({"code": code}) + "\n")
        self._ground.stdin.flush()
        return self._answer()

    def start(self) -> None:
        """Start the web server and wait until it answers."""
        self._web = subprocess.Popen(
            web("127.0.0.1", self.port, self.workers).command,
            env=self.environment(),
            cwd=ROOT,
            stdout=(self.var / "web.log").open("a"),
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        wait_until(lambda: answers("127.0.0.1", self.port) or self._web.poll() is not None)
        assert self._web.poll() is None, (self.var / "web.log").read_text()[-2000:]

    def stop(self) -> None:
        """Stop the web server; the database and `run` stay."""
        if self._web.poll() is None:
            self._web.terminate()
            self._web.wait(timeout=40)

    def close(self) -> None:
        """Stop everything."""
        assert self._ground.stdin is not None
        self._ground.stdin.close()
        self._ground.wait(timeout=40)

    def _answer(self) -> Any:
        output: IO[str] | None = self._ground.stdout
        assert output is not None
        line = output.readline()
        assert line, (self.var / "ground.log").read_text()[-2000:]
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes."""
        # Django's settings read PROMPTCMS_URL as the public address of the server.
        return environment(
            self.var, DJANGO_SETTINGS_MODULE="promptcms.settings", PROMPTCMS_URL=self.url
        )


@contextmanager
def running(ground: Path | None = None, workers: int = 1) -> Iterator[Server]:
    """Yield the product, running on a database of its own that goes away at the end.

    `ground` is a folder that keeps a fresh database, so that only the first server in a test
    run waits for its migrations.
    """
    with tempfile.TemporaryDirectory(prefix="promptcms-clients-") as folder:
        var = Path(folder) / "var"
        if ground:
            shutil.copytree(_fresh(ground), var)
        else:
            var.mkdir()
        server = Server(var, workers=workers)
        server.open()
        try:
            server.start()
            yield server
        finally:
            server.stop()
            server.close()


def _fresh(ground: Path) -> Path:
    """Return the folder with a fresh database; one process of the test run makes it."""
    ground.mkdir(parents=True, exist_ok=True)
    var = ground / "var"
    with (ground / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (var / "keys.json").exists():
            shutil.rmtree(var, ignore_errors=True)
            var.mkdir()
            maker = Server(var)
            maker.open()
            maker.close()
    return var
