"""A running `manage.py up`, as a person at a terminal has it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from promptcms.processes.ready import answers
from tests.services import free_port
from tests.source import ROOT

START_SECONDS = 90
LEFT_OUT = ("DATABASE_URL", "REDIS_URL", "PROMPTCMS_URL", "DJANGO_SETTINGS_MODULE", "LOG_LEVEL")


def environment(var: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing is set but where run-time files go."""
    bare = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**bare, "PROMPTCMS_VAR": str(var), "PROMPTCMS_NO_BOOTSTRAP": "1", **more}


def manage(var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a management command to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment(var, **more),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@dataclass
class Product:
    """`manage.py up` on the folder `var`, from its start until it said that it is ready."""

    var: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start it and wait for its last line of greeting."""
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *self.options],
            env=environment(self.var),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        try:
            wait_until(lambda: "Ctrl-C" in self.text or self.process.poll() is not None)
        except AssertionError:
            self.process.kill()  # its children end with it, and a second try has the folder alone
            raise
        assert "Ctrl-C" in self.text, self.text

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def text(self) -> str:
        """Everything it printed so far."""
        return "".join(self.lines)

    def answers(self) -> bool:
        """Say whether the web process answers."""
        return answers("127.0.0.1", self.port)

    def fetch(self) -> dict[str, object]:
        """Do what the printed `curl` line does; return the JSON."""
        found = re.search(r"curl -H 'Authorization: ([^']+)' '([^']+)'", self.text)
        assert found, self.text
        request = urllib.request.Request(found[2], headers={"Authorization": found[1]})
        with urllib.request.urlopen(request, timeout=10) as response:
            body: dict[str, object] = json.load(response)
            return body

    def children(self) -> dict[int, str]:
        """Return pid -> command line of every process that this folder's children are."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                variables = (entry / "environ").read_bytes()
            except OSError:
                continue  # it ended while we looked
            ours = f"PROMPTCMS_VAR={self.var}".encode() in variables.split(b"\0")
            if ours and int(entry.name) != self.process.pid and command:
                found[int(entry.name)] = command
        return found

    def child(self, word: str) -> int:
        """Return the lowest pid of the children whose command line has `word`."""
        return min(pid for pid, command in self.children().items() if word in command)

    def has(self, word: str) -> bool:
        """Say whether a child runs whose command line has `word`."""
        return any(word in command for command in self.children().values())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal; return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=40)


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> float:
    """Return after how many seconds `condition` held; fail if it never did."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError(f"This did not come true within {seconds} s.")
