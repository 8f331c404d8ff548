"""How soon a label move and a revocation reach every process, and what an outage does.

Run: `python tests/benchmarks/fetch_reach.py [--sqlite | --postgresql] [--moves 12]`. Four
processes of granian serve without Redis; eight connections ask all the time. Told, by
database: how old the oldest answer was that still had the version before a move (milliseconds
after its commit), how long a revoked key was still let in, answers that were errors, and on
PostgreSQL the answers while the server is stopped (SIGSTOP) and gone (SIGKILL).
"""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests import services  # noqa: E402
from tests.benchmarks.fetch import get  # noqa: E402

PROCESSES, CONNECTIONS = 4, 8
PATH = "/api/v1/prompts/support/system"
MOVER = Path(__file__).with_name("fetch_mover.py")


@dataclass
class Asker:
    """A connection that asks without end. `seen` holds (began, ended, status, version, stale)."""

    port: int
    key: str
    seen: list[tuple[float, float, int, bytes, bool]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until stopped; a broken connection counts as status 0 and is opened again."""
        request = get(PATH, self.key)
        while not self.stopped.is_set():
            try:
                self._ask(request)
            except OSError:
                self.seen.append((time.time(), time.time(), 0, b"", False))
                time.sleep(0.05)

    def _ask(self, request: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            for _ in range(500):  # then another process may take the next connection
                if self.stopped.is_set():
                    return
                began = time.time()
                connection.sendall(request)
                head, body = _read(connection)
                version = body.partition(b'"version":"')[2].partition(b'"')[0]
                stale = b"x-pcms-stale" in head.lower()
                self.seen.append((began, time.time(), int(head[9:12]), version, stale))
                time.sleep(0.002)


def _read(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


class Mover:
    """A process with the product's use-cases, told what to do line by line."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(MOVER)],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.keys = self.read().split()

    def read(self) -> str:
        """Return the next line that is meant for us."""
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("> "):
                return line[2:].strip()
        raise SystemExit("The mover ended.")

    def do(self, what: str) -> tuple[float, bytes]:
        """Have something done; return when it was committed, and what serves afterwards."""
        assert self._process.stdin
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        at, version = self.read().split()
        return float(at), version.encode()

    def end(self) -> None:
        """Let it go."""
        self._process.kill()
        self._process.wait()


def main() -> None:
    """Measure on the chosen databases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sqlite", action="store_true")
    options.add_argument("--postgresql", action="store_true")
    options.add_argument("--moves", type=int, default=12)
    chosen = options.parse_args()
    both = not (chosen.sqlite or chosen.postgresql)
    for name in ("sqlite", "postgresql"):
        if both or getattr(chosen, name):
            with ExitStack() as stack:
                _measure(name, chosen.moves, stack)


def _measure(database: str, moves: int, stack: ExitStack) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    folder.chmod(0o711)
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
        "PROMPTCMS_VAR": str(folder / "var"),
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": secrets.token_hex(32),
        "LOG_LEVEL": "ERROR",
    }
    (folder / "var" / "static").mkdir(parents=True)
    if database == "postgresql":
        environment["DATABASE_URL"] = stack.enter_context(services.postgresql(folder / "pg"))
    mover = Mover(environment)
    stack.callback(mover.end)
    port = stack.enter_context(_served(environment))
    print(f"\n{database}, {PROCESSES} processes")
    askers = _asking(port, mover.keys[0], CONNECTIONS, stack)
    lost = _asking(port, mover.keys[1], 2, stack)
    time.sleep(2)
    reaches = [_reach(askers, *mover.do("move")) for _ in range(moves)]
    print(f"label moves    oldest answer after commit: max {max(reaches):.0f} ms of {moves}")
    at, _ = mover.do("revoke")
    time.sleep(1.5)
    let_in = [began - at for a in lost for began, _, status, *_ in a.seen if status == 200]
    print(f"revocation     let in for {max(let_in) * 1000:.0f} ms")
    for asker in lost:
        asker.stopped.set()
    _tell("all the time", askers, 0)
    if database == "postgresql":
        _outage(askers, folder)


def _reach(askers: list[Asker], at: float, version: bytes) -> float:
    """Return how many ms after its commit a question was still answered with another version."""
    time.sleep(1.0)
    late = [
        began - at
        for asker in askers
        for began, _, status, seen, _ in asker.seen[-1500:]
        if status == 200 and seen != version and began > at - 0.5
    ]
    return max((*late, 0.0)) * 1000


def _outage(askers: list[Asker], folder: Path) -> None:
    """Stop the database for a while, then kill it."""
    pid = int((folder / "pg" / "data" / "postmaster.pid").read_text().split()[0])
    children = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
    )
    everyone = [pid, *map(int, children.stdout.split())]
    began = time.time()
    for one in everyone:
        os.kill(one, signal.SIGSTOP)
    time.sleep(6)
    for one in everyone:
        os.kill(one, signal.SIGCONT)
    _tell("database stopped for 6 s", askers, began)
    time.sleep(3)
    began = time.time()
    _tell("after it went on", askers, began - 1)
    os.kill(pid, signal.SIGQUIT)
    time.sleep(6)
    _tell("database gone for 6 s", askers, began)


def _tell(what: str, askers: list[Asker], since: float) -> None:
    seen = [one for asker in askers for one in asker.seen if one[0] >= since]
    bad = [status for _, _, status, *_ in seen if status != 200]
    waits = max(ended - began for began, ended, *_ in seen) * 1000
    marked = sum(stale for *_, stale in seen)
    print(
        f"{what:26} {len(seen):7,} answers, {len(bad)} not 2xx {sorted(set(bad)) or ''}, "
        f"{marked:,} marked stale, longest {waits:.0f} ms"
    )


def _asking(port: int, key: str, count: int, stack: ExitStack) -> list[Asker]:
    askers = [Asker(port, key) for _ in range(count)]
    for asker in askers:
        threading.Thread(target=asker.run, daemon=True).start()
        stack.callback(asker.stopped.set)
    return askers


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", str(PROCESSES), "--blocking-threads", "4", "--no-ws"]
    command += ["--log-level", "error", "promptcms.wsgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


if __name__ == "__main__":
    main()
